"""Evaluation of rating models on published and seeded splits."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from explorer.datasets import movielens
from explorer.datasets.ratings import Ratings
from explorer.errors import BadRequest
from explorer.training import MODELS, fit, rmse_mae

SPLITS = ("5fold", "90/10", "u1..u5", "u1", "u2", "u3", "u4", "u5")
Fold = tuple[str, np.ndarray, np.ndarray]  # name, training rows, test rows


def evaluate(
    ratings: Ratings,
    model: str = "mf",
    split: str = "5fold",
    *,
    seed: int = 0,
    data: str | Path | None = None,
    progress: Callable[[dict[str, Any]], Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Evaluate a model on the folds of a split; returns model, split, seed, folds and mean.

    `folds` and `mean` contain rmse and mae (stars), seconds (wall-clock training time, including compilation),
    ratings_per_second (training ratings times passes over them, per second), n_train and n_test. The test part is not
    used for training: means, biases and the number of epochs come from the training part. 5% of it decides when to
    stop; then the model is trained on all of it for as many epochs. data: the folder or .zip of ML-100K, for u1..u5.
    options: as for training.train. progress: called with `fold`, `folds` and the state of the training. Raises
    BadRequest.
    """
    if model not in MODELS:
        raise BadRequest(f"There is no model {model!r}; choose one of {', '.join(MODELS)}.")
    parts = list(folds(ratings, split, seed=seed, data=data))
    results = []
    for number, (name, train_rows, test_rows) in enumerate(parts, start=1):

        def report(state: dict[str, Any], number: int = number) -> Any:
            return progress({**state, "fold": number, "folds": len(parts)}) if progress else None

        results.append(
            {"fold": name, **_fold(ratings.take(train_rows), ratings.take(test_rows), model, seed, report, options)}
        )
    mean = {key: float(np.mean([result[key] for result in results])) for key in results[0] if key != "fold"}
    return {"data": ratings.name, "model": model, "split": split, "seed": seed, "folds": results, "mean": mean}


def folds(ratings: Ratings, split: str, *, seed: int = 0, data: str | Path | None = None) -> Iterator[Fold]:
    """Name, training rows and test rows of each fold of a split, rows ascending.

    `5fold`: five equal random parts, each the test part once. `90/10`: a random tenth as test part. Both use `seed`.
    `u1`..`u5`, `u1..u5`: published with ML-100K, read from `data`. Raises BadRequest.
    """
    if split not in SPLITS:
        raise BadRequest(f"There is no split {split!r}; choose one of {', '.join(SPLITS)}.")
    if split.startswith("u"):
        if data is None:
            raise BadRequest(f"{split} is published with ML-100K; give the folder of ML-100K")
        for name in SPLITS[3:] if split == "u1..u5" else (split,):
            yield name, *movielens.split(data, ratings, name)
        return
    order = np.random.default_rng(seed).permutation(ratings.n_ratings)
    parts = np.array_split(order, 5) if split == "5fold" else [order[: max(1, round(ratings.n_ratings / 10))]]
    for number, test in enumerate(parts, start=1):
        chosen = np.zeros(ratings.n_ratings, bool)
        chosen[test] = True
        yield str(number), np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _fold(
    training: Ratings, test: Ratings, model: str, seed: int, progress: Callable, options: dict[str, Any]
) -> dict[str, float]:
    start = time.perf_counter()
    trained = fit(training, model, seed=seed, progress=progress, **options)
    seconds = time.perf_counter() - start
    passes = len(trained.curve) + trained.params.get("epochs_kept", 1)
    return {
        **rmse_mae(trained.predict(test.user, test.item), test.rating),
        "seconds": seconds,
        "ratings_per_second": training.n_ratings * passes / seconds,
        "n_train": training.n_ratings,
        "n_test": test.n_ratings,
    }
