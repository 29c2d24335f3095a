"""The training loop: whole chunks of steps inside one compiled function, early stopping, progress."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from explorer.datasets.ratings import Ratings
from explorer.errors import ExplorerError
from explorer.training.optim.tensorflow import tensorflow
from explorer.training.ratings.model import Model
from explorer.training.ratings.result import RatingModel, rmse_mae

Progress = Callable[[dict[str, float]], Any]


class Cancelled(ExplorerError):
    """The progress callback asked to stop."""


def run(model: Model, seed: int, stopping: Ratings | None, epochs: int, progress: Progress | None) -> list[dict]:
    """Train a model in place and return its curve, one dict an epoch: epoch, loss, rmse, val_rmse, seconds.

    stopping: ratings that are not trained on; training ends when their RMSE has not fallen for `patience` epochs, and
    the best epoch's parameters are put back. Without them all `epochs` are run. rmse is that of the batches as they
    were met, before each step. progress: called with a dict before the first and after every chunk; it may raise, or
    return False, to stop. Raises Cancelled.
    """
    step, rng = compiled(model), np.random.default_rng(seed)
    curve: list[dict] = []
    best, kept = np.inf, None
    report = _Reporter(progress, epochs)
    for epoch in range(1, epochs + 1):
        point = {"epoch": epoch, **_epoch(model, step, rng, epoch, report)}
        if stopping is not None:
            point["val_rmse"] = rmse_mae(finish(model).predict(stopping.user, stopping.item), stopping.rating)["rmse"]
        curve.append(point)
        report(**point, fraction=1.0)
        if stopping is None:
            continue
        if point["val_rmse"] < best:
            best, kept, since = point["val_rmse"], snapshot(model), epoch
        elif epoch - since >= model.recipe.patience:
            break
    if kept is not None:
        restore(model, kept)
    return curve


def finish(model: Model) -> RatingModel:
    """The model as it stands, without parameters and metrics."""
    ratings = model.ratings
    return RatingModel(
        model=model.name, mean=ratings.mean, scale=ratings.scale, layers=model.layers(), **model.vectors()
    )


def snapshot(model: Model) -> list[np.ndarray]:
    """Copies of all tables and weights."""
    return [part.numpy() for part in (*model.tables, *model.weights)]


def restore(model: Model, kept: list[np.ndarray]) -> None:
    """Put back what `snapshot` took."""
    for part, values in zip((*model.tables, *model.weights), kept, strict=True):
        part.assign(values)


def compiled(model: Model) -> Callable:
    """A function (rate, *chunk) -> (loss, squared error) that takes one step for each batch of a chunk.

    The interpreter is met once in a quarter of a million ratings. What is computed from the fetched rows goes through
    XLA; fetching and storing stay outside, since XLA would copy whole tables to change a few of their rows.
    """
    tf = tensorflow()
    optimizer = _DenseAdam(model.weights)

    @tf.function(jit_compile=True)
    def step(rate: Any, batch: Any, states: Any, same: Any) -> Any:
        rows = [state[:, : table.size] for table, state in zip(model.tables, states, strict=True)]
        with tf.GradientTape() as tape:
            tape.watch(rows)
            loss, squared = model.loss(rows, *batch)
        sparse, dense = tape.gradient(loss, (rows, model.weights))
        optimizer.update(dense, rate)
        moves = zip(model.tables, states, sparse, same, strict=True)
        fresh = [table.apply_gradient(state, gradient, number, rate) for table, state, gradient, number in moves]
        return fresh, tf.stack([loss, squared])

    @tf.function
    def chunk(rate: Any, *batches: Any) -> Any:
        total = tf.zeros(2)
        for number in tf.range(tf.shape(batches[0])[0]):
            batch = [part[number] for part in batches]
            indices = model.indices(*batch)
            states = [table.fetch(index) for table, index in zip(model.tables, indices, strict=True)]
            fresh, sums = step(rate, batch, states, [tf.unique(index)[1] for index in indices])
            for table, index, state in zip(model.tables, indices, fresh, strict=True):
                table.store(index, state)
            total += sums
        return total

    return chunk


def _epoch(model: Model, step: Callable, rng: np.random.Generator, epoch: int, report: "_Reporter") -> dict:
    tf = tensorflow()
    rate = tf.constant(model.recipe.rate * model.recipe.decay ** (epoch - 1), tf.float32)
    total, count, start = np.zeros(2), 0, time.perf_counter()
    for batches in model.chunks(rng):
        report(epoch=epoch, fraction=min(1.0, count / model.ratings.n_ratings), **_means(total, count))
        total += step(rate, *(tf.constant(part) for part in batches)).numpy()
        count += model.counted(batches)
    return {**_means(total, count), "seconds": time.perf_counter() - start}


def _means(total: np.ndarray, count: int) -> dict[str, float]:
    return {"loss": float(total[0] / count), "rmse": float(np.sqrt(total[1] / count))} if count else {}


class _Reporter:
    """Passes progress on and turns a refusal into Cancelled."""

    def __init__(self, progress: Progress | None, epochs: int):
        self.progress, self.epochs = progress, epochs

    def __call__(self, **state: float) -> None:
        if self.progress and self.progress({**state, "epochs": self.epochs}) is False:
            raise Cancelled("training was cancelled; nothing was kept")


class _DenseAdam:
    """Adam for the few weights that every step touches."""

    def __init__(self, weights: list[Any]):
        tf = tensorflow()
        self.weights = weights
        self.moments = [(tf.Variable(tf.zeros_like(w)), tf.Variable(tf.zeros_like(w))) for w in weights]

    def update(self, gradients: list[Any], rate: Any) -> None:
        tf = tensorflow()
        for weight, gradient, (first, second) in zip(self.weights, gradients, self.moments, strict=True):
            first.assign(0.9 * first + 0.1 * gradient)
            second.assign(0.99 * second + 0.01 * gradient * gradient)
            weight.assign_sub(rate * first / (tf.sqrt(second) + 1e-7))
