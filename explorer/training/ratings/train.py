"""Train a model of ratings: hold out, fit, measure, refit."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from explorer.datasets.ratings import Ratings
from explorer.errors import BadRequest
from explorer.training.optim.loop import Progress, finish, run
from explorer.training.ratings.baselines import BASELINES, baseline
from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.ratings.model import Model
from explorer.training.ratings.result import RatingModel, rmse_mae

STOPPING = 0.05  # share of the training ratings that decides when to stop
MODELS = {
    "global-mean": "always the mean of all ratings",
    "item-mean": "each item's mean rating",
    "bias": "mean plus how a user and an item deviate from it, damped",
    "deep": "a small network over user and item vectors of size 8",
    "dot": "dot product of user and item vectors of size 8, no biases",
    "mf": "matrix factorization: dot product of user and item vectors, plus biases",
    "svdpp": "matrix factorization that adds what a user rated at all to the user vector",
    "hybrid": "one item vector from how items were rated and from who chose them",
}


def train(
    ratings: Ratings,
    model: str = "mf",
    *,
    seed: int = 0,
    holdout: float = 0.1,
    refit: bool = True,
    progress: Progress | None = None,
    measured: Callable[[Ratings, np.ndarray], Any] | None = None,
    **options: Any,
) -> RatingModel:
    """Train a model of MODELS, measure it on ratings it never saw, and return it fitted to all of them.

    holdout: share of the ratings, drawn with `seed`, on which `metrics` are measured; the epoch to stop at is chosen on
    a further 5% of the rest. refit: train once more, on everything and for as many epochs, after measuring; without it
    the returned vectors never saw those ratings. options: fields of Recipe; None means the model's default. The same
    seed gives the same vectors. progress: see loop.run; it is first told `baseline`, the RMSE of the best baseline.
    measured: called with the held-out ratings and their predictions. Raises BadRequest and Cancelled.
    """
    if not 0 < holdout < 1:
        raise BadRequest(f"holdout is {holdout}; it is a share of the ratings, above 0 and below 1")
    rest, test = split(ratings, holdout, seed)
    baselines = {name: rmse_mae(baseline(name, rest).predict(test.user, test.item), test.rating) for name in BASELINES}
    if progress:
        progress({"baseline": min(errors["rmse"] for errors in baselines.values())})
    first = fit(rest, model, seed=seed, refit=False, progress=progress, **options)
    predicted = first.predict(test.user, test.item)
    if measured:
        measured(test, predicted)
    metrics = {**rmse_mae(predicted, test.rating), "n_test": test.n_ratings, "baselines": baselines}
    trained = first
    if refit:
        epochs = first.params.get("epochs_kept")
        trained = _fit(ratings, model, seed, None, epochs, progress, options)
    params = {**first.params, "seed": seed, "holdout": holdout, "refit": refit}
    return replace(trained, params=params, metrics=metrics, curve=first.curve)


def fit(
    ratings: Ratings,
    model: str = "mf",
    *,
    seed: int = 0,
    refit: bool = True,
    progress: Progress | None = None,
    **options: Any,
) -> RatingModel:
    """Train on `ratings` alone, stopping early by 5% of them; with `refit` once more on all of them for as long."""
    if model in BASELINES:
        return replace(baseline(model, ratings), params={"model": model})
    rest, stopping = split(ratings, STOPPING, seed + 1)
    trained = _fit(rest, model, seed, stopping, None, progress, options)
    if not refit:
        return trained
    again = _fit(ratings, model, seed, None, trained.params["epochs_kept"], progress, options)
    return replace(again, params=trained.params, curve=trained.curve)


def split(ratings: Ratings, share: float, seed: int) -> tuple[Ratings, Ratings]:
    """All ratings but a share of them, and that share (at least one rating each), drawn with `seed`, in order."""
    if ratings.n_ratings < 2:
        raise BadRequest(f"{ratings.name} has {ratings.n_ratings} rating; training needs at least 2")
    n = min(max(1, round(share * ratings.n_ratings)), ratings.n_ratings - 1)
    chosen = np.zeros(ratings.n_ratings, bool)
    chosen[np.random.default_rng(seed).permutation(ratings.n_ratings)[:n]] = True
    return ratings.take(~chosen), ratings.take(chosen)


def family(model: str) -> type[Model]:
    """The class of a model in MODELS."""
    from explorer.training.ratings.deep import Deep
    from explorer.training.ratings.dot import Dot
    from explorer.training.ratings.hybrid import Hybrid
    from explorer.training.ratings.mf import MatrixFactorization
    from explorer.training.ratings.svdpp import SvdPlusPlus

    families: dict[str, type[Model]] = {
        kind.name: kind for kind in (Deep, Dot, MatrixFactorization, SvdPlusPlus, Hybrid)
    }
    if model not in families:
        raise BadRequest(f"there is no model {model!r}; choose one of {', '.join(MODELS)}")
    return families[model]


def _recipe(kind: type[Model], options: dict[str, Any]) -> Hyperparameters:
    given = {name: value for name, value in options.items() if value is not None}
    unknown = set(given) - set(asdict(kind.defaults))
    if unknown:
        raise BadRequest(f"unknown option {', '.join(sorted(unknown))}; there are {', '.join(asdict(kind.defaults))}")
    return replace(kind.defaults, **given)


def _fit(
    ratings: Ratings,
    name: str,
    seed: int,
    stopping: Ratings | None,
    epochs: int | None,
    progress: Progress | None,
    options: dict[str, Any],
) -> RatingModel:
    if name in BASELINES:
        return baseline(name, ratings)
    kind = family(name)
    recipe = _recipe(kind, options)
    model = kind(ratings, recipe, seed)
    curve = run(model, seed, stopping, epochs or recipe.epochs, progress)
    kept = min(curve, key=lambda point: point.get("val_rmse", -point["epoch"]))["epoch"]
    return replace(finish(model), params={"model": name, **asdict(recipe), "epochs_kept": kept}, curve=curve)


def architecture(model: str, n_users: int, n_items: int, size: int | None = None) -> list[dict[str, Any]]:
    """Name, shape and number of parameters of each layer of a model, from input to output; none for a baseline.

    size: dimensions, by default the model's own. Raises BadRequest for an unknown model.
    """
    if model in BASELINES:
        return []
    kind = family(model)
    shapes = kind.shapes(n_users, n_items, size or kind.defaults.size)
    return [{"name": name, "shape": list(s), "parameters": int(np.prod(s))} for name, s in shapes.items()]
