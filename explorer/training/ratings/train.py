"""Train a rating model: hold out, fit, evaluate, refit."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from explorer.datasets.ratings import Ratings
from explorer.errors import BadRequest
from explorer.training.ratings.models.baselines import BASELINES, baseline
from explorer.training.ratings.registry import hyperparameters, model_class, used
from explorer.training.ratings.result import RatingModel, rmse_mae
from explorer.training.ratings.run import Progress, run

STOPPING = 0.05  # share of the training ratings used for early stopping


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
    """Train a model of MODELS, evaluate it on held-out ratings, and return it fitted to all ratings.

    holdout: share of the ratings, drawn with `seed`, for the `metrics`; another 5% of the rest decide when to stop.
    refit: train again on all ratings, for as many epochs, after the evaluation; otherwise the returned vectors are
    those trained without the held-out ratings. options: fields of Hyperparameters that the model reads; None means the
    model's default. The same seed gives the same vectors. progress: see run.run; first called with `baseline`, the RMSE
    of the best baseline. measured: called with the held-out ratings and their predictions. Raises BadRequest and
    Cancelled.
    """
    if not 0 < holdout < 1:
        raise BadRequest(f"holdout is {holdout}; it must be a share of the ratings, above 0 and below 1")
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
    """Train on `ratings`, with early stopping on 5% of them; with `refit`, train again on all for as many epochs.

    A model that never stops early is trained once, with `refit` on all ratings.
    """
    if model in BASELINES:
        return replace(baseline(model, ratings), params={"model": model})
    if refit and not model_class(model).stops_early:
        return _fit(ratings, model, seed, None, None, progress, options)
    rest, stopping = split(ratings, STOPPING, seed + 1)
    trained = _fit(rest, model, seed, stopping, None, progress, options)
    if not refit:
        return trained
    again = _fit(ratings, model, seed, None, trained.params["epochs_kept"], progress, options)
    return replace(again, params=trained.params, curve=trained.curve)


def split(ratings: Ratings, share: float, seed: int) -> tuple[Ratings, Ratings]:
    """Split off a share of the ratings (at least one), drawn with `seed`: the rest, and the share, in order."""
    if ratings.n_ratings < 2:
        raise BadRequest(f"{ratings.name} has {ratings.n_ratings} rating; training needs at least 2")
    n = min(max(1, round(share * ratings.n_ratings)), ratings.n_ratings - 1)
    chosen = np.zeros(ratings.n_ratings, bool)
    chosen[np.random.default_rng(seed).permutation(ratings.n_ratings)[:n]] = True
    return ratings.take(~chosen), ratings.take(chosen)


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
    recipe = hyperparameters(name, options)
    model = model_class(name)(ratings, recipe, seed)
    curve, trained = run(model, stopping, epochs or recipe.epochs, progress)
    early = stopping is not None and model.stops_early
    epoch = min(curve, key=lambda point: point["val_rmse"] if early else -point["epoch"])["epoch"]
    return replace(trained, params={"model": name, **used(name, recipe), "epochs_kept": epoch}, curve=curve)
