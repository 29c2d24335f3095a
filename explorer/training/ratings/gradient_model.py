"""Base class of models trained by gradient steps; `optim.loop` runs the steps."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from explorer.datasets.ratings import Ratings
from explorer.training.optim import loop
from explorer.training.optim.sparse_adam import SparseAdamTable
from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.ratings.model import Model, Report

CHUNK = 1 << 18  # ratings between two progress reports
Batches = tuple[np.ndarray, ...]  # each (steps, batch, ...)


class GradientModel(Model):
    """A model defined by its tables, the rows a batch needs, and the loss of these rows.

    A subclass creates its tables in `build` and implements `loss` and `vectors`; `indices` and `chunks` may be its own.
    """

    options = ("size", "epochs", "l2", "rate", "decay", "batch", "patience", "weight")

    def __init__(self, ratings: Ratings, recipe: Hyperparameters, seed: int):
        self.tables: list[SparseAdamTable] = []
        self.weights: list[Any] = []
        super().__init__(ratings, recipe, seed)
        self.step = loop.compiled(self)
        self.order = np.random.default_rng(seed)

    def indices(self, *batch: Any) -> Sequence[Any]:
        """Rows of each table that a batch needs: (b,) int32 tensors; by default its users and its items."""
        user, item, *_ = batch
        return user, item

    @abstractmethod
    def loss(self, rows: Sequence[Any], *batch: Any) -> tuple[Any, Any]:
        """The loss of the rows of a batch, and the sum of squared rating errors, both scalars."""

    def chunks(self, rng: np.random.Generator) -> Iterator[Batches]:
        """One epoch: all ratings in random order, as equal chunks of (steps, batch) user, item and centered rating.

        The last chunk is filled up with ratings from the beginning, so that all chunks have the same shape.
        """
        ratings = self.ratings
        for rows in shuffled(rng, ratings.n_ratings, self.recipe.batch):
            yield ratings.user[rows], ratings.item[rows], ratings.y[rows]

    def counted(self, batches: Batches) -> int:
        """Number of ratings in a chunk."""
        return int(batches[0].size)

    def epoch(self, number: int, report: Report) -> dict[str, float]:
        """Take one step per batch; loss and rmse are those of each batch before its step."""
        rate = self.recipe.rate * self.recipe.decay ** (number - 1)
        total, count = np.zeros(2), 0
        for batches in self.chunks(self.order):
            report(fraction=min(1.0, count / self.ratings.n_ratings), **_means(total, count))
            total += self.step(rate, *batches)
            count += self.counted(batches)
        return _means(total, count)


def shuffled(rng: np.random.Generator, n: int, batch: int) -> Iterator[np.ndarray]:
    """The numbers 0..n-1 in random order, as chunks of shape (steps, batch); a few are repeated to fill the last."""
    batch = min(batch, max(1, n // 10))  # small data sets need enough steps per epoch
    steps = -(-n // batch)
    chunks = max(1, round(steps * batch / CHUNK))
    steps = -(-steps // chunks)
    order = np.resize(rng.permutation(n), chunks * steps * batch)
    yield from order.reshape(chunks, steps, batch)


def _means(total: np.ndarray, count: int) -> dict[str, float]:
    return {"loss": float(total[0] / count), "rmse": float(np.sqrt(total[1] / count))} if count else {}
