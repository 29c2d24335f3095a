"""Registry of rating models: a line here and a file in `models`."""

from dataclasses import asdict, fields, replace
from importlib import import_module
from typing import Any

import numpy as np

from explorer.errors import BadRequest
from explorer.training.ratings.gradient_model import GradientModel
from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.ratings.model import Model
from explorer.training.ratings.models.baselines import BASELINES

# name: (module, class, description)
TRAINED = {
    "deep": ("deep", "Deep", "neural network over user and item vectors of size 8"),
    "dot": ("dot", "Dot", "dot product of user and item vectors of size 8, no biases"),
    "mf": ("mf", "MatrixFactorization", "matrix factorization: dot product of user and item vectors, plus biases"),
    "svdpp": ("svdpp", "SvdPlusPlus", "matrix factorization whose user vectors include which items were rated"),
    "bayes": (
        "bayes",
        "BayesianFactorization",
        "Bayesian matrix factorization: mean of many samples, the most accurate",
    ),
    "hybrid": ("hybrid", "Hybrid", "matrix factorization plus a contrastive loss over co-rated items"),
}
NAMES = {field.name for field in fields(Hyperparameters)}
MODELS = {**BASELINES, **{name: summary for name, (_, _, summary) in TRAINED.items()}}


def model_class(name: str) -> type[Model]:
    """The class of a model. Raises BadRequest for an unknown name or a baseline."""
    if name not in TRAINED:
        raise BadRequest(f"There is no model {name!r}; choose one of {', '.join(MODELS)}.")
    module, kind, _ = TRAINED[name]
    return getattr(import_module(f"explorer.training.ratings.models.{module}"), kind)


def by_gradient(name: str) -> bool:
    """Whether a model is trained by gradient steps and needs TensorFlow; True for models of other data."""
    if name in BASELINES:
        return False
    return name not in TRAINED or issubclass(model_class(name), GradientModel)


def hyperparameters(name: str, options: dict[str, Any]) -> Hyperparameters:
    """The defaults of a model, updated by `options`; None keeps a default.

    An option that only other models read is ignored; see `unread`. Raises BadRequest for an option that no model reads,
    or a value out of range.
    """
    kind = model_class(name)
    given = {option: value for option, value in options.items() if value is not None}
    unknown = [option for option in given if option not in NAMES]
    if unknown:
        raise BadRequest(f"unknown option {', '.join(unknown)}; there are {', '.join(kind.options)}")
    return replace(kind.defaults, **given)


def unread(name: str, options: dict[str, Any]) -> list[str]:
    """The given options that a model does not read."""
    reads = () if name in BASELINES else model_class(name).options
    return [option for option, value in options.items() if value is not None and option not in reads]


def used(name: str, recipe: Hyperparameters) -> dict[str, Any]:
    """The hyperparameters that the model reads."""
    return {option: value for option, value in asdict(recipe).items() if option in model_class(name).options}


def architecture(model: str, n_users: int, n_items: int, size: int | None = None) -> list[dict[str, Any]]:
    """Name, shape and number of parameters of each layer, from input to output; empty for a baseline.

    size: dimensions, by default the model's. Raises BadRequest for an unknown model.
    """
    if model in BASELINES:
        return []
    kind = model_class(model)
    shapes = kind.shapes(n_users, n_items, size or kind.defaults.size)
    return [{"name": name, "shape": list(s), "parameters": int(np.prod(s))} for name, s in shapes.items()]
