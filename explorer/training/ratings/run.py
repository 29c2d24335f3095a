"""Training loop over epochs, with early stopping, progress and cancelling."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from explorer.datasets.ratings import Ratings
from explorer.errors import ExplorerError
from explorer.training.ratings.model import Model
from explorer.training.ratings.result import RatingModel, rmse_mae

Progress = Callable[[dict[str, float]], Any]


class Cancelled(ExplorerError):
    """The progress callback asked to stop."""


def run(
    model: Model, stopping: Ratings | None, epochs: int, progress: Progress | None
) -> tuple[list[dict], RatingModel]:
    """Train a model; returns its curve and the trained model.

    The curve has a dict per epoch: epoch, loss, rmse, val_rmse, seconds. stopping: held-out ratings. If the model
    `stops_early`, training ends when their RMSE has not improved for `patience` epochs, and the parameters of the best
    epoch are returned. Otherwise, or without `stopping`, all `epochs` are run. progress: called with a dict before the
    first and after every chunk; it cancels by raising or returning False. Raises Cancelled.
    """
    curve: list[dict] = []
    least, best = np.inf, None
    for epoch in range(1, epochs + 1):
        report = _reporter(progress, epoch, epochs)
        report(fraction=0.0)
        start = time.perf_counter()
        with threadpool_limits(1, user_api="blas"):  # threads slow down products of small matrices
            point = {"epoch": epoch, **model.epoch(epoch, report)}
        point["seconds"] = time.perf_counter() - start
        measured = None
        if stopping is not None:
            measured = model.result()
            point["val_rmse"] = rmse_mae(measured.predict(stopping.user, stopping.item), stopping.rating)["rmse"]
        curve.append(point)
        report(**point, fraction=1.0)
        if measured is None or not model.stops_early:
            continue
        if point["val_rmse"] < least:
            least, best, since = point["val_rmse"], measured, epoch
        elif epoch - since >= model.recipe.patience:
            break
    return curve, best or model.result()


def _reporter(progress: Progress | None, epoch: int, epochs: int) -> Callable[..., None]:
    def report(**state: float) -> None:
        if progress and progress({"epoch": epoch, **state, "epochs": epochs}) is False:
            raise Cancelled("Training was cancelled; nothing was saved.")

    return report
