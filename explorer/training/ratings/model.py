"""Base class of the gradient-trained models; `optim.loop` trains them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from explorer.datasets.ratings import Ratings
from explorer.training.optim.sparse_adam import SparseAdamTable
from explorer.training.ratings.hyperparameters import Hyperparameters, check_memory

CHUNK = 1 << 18  # ratings between two reports of progress
Batches = tuple[np.ndarray, ...]  # each (steps, batch, ...)


class Model(ABC):
    """Tables and weights, which rows a batch needs, and what the loss of these rows is.

    A subclass declares `defaults` and `shapes`, makes its tables in the constructor, and answers `indices`,
    `loss` and `vectors`; the batches may be its own too.
    """

    name: str
    defaults: Hyperparameters

    def __init__(self, ratings: Ratings, recipe: Hyperparameters, seed: int):
        self.ratings, self.recipe = ratings, recipe
        self.tables: list[SparseAdamTable] = []
        self.weights: list[Any] = []
        check_memory(sum(layer["parameters"] for layer in self.layers()), ratings.n_ratings)
        self.build(np.random.default_rng(seed))

    def layers(self) -> list[dict[str, Any]]:
        """Name, shape and number of parameters of each layer, from input to output."""
        shapes = self.shapes(self.ratings.n_users, self.ratings.n_items, self.recipe.size)
        return [{"name": name, "shape": list(s), "parameters": int(np.prod(s))} for name, s in shapes.items()]

    @staticmethod
    @abstractmethod
    def shapes(n_users: int, n_items: int, size: int) -> dict[str, tuple[int, ...]]:
        """Shape of each block of parameters."""

    @abstractmethod
    def build(self, rng: np.random.Generator) -> None:
        """Make `tables` and `weights`."""

    @abstractmethod
    def indices(self, *batch: Any) -> Sequence[Any]:
        """For each table, the rows that a batch needs: (b,) int32 tensors."""

    @abstractmethod
    def loss(self, rows: Sequence[Any], *batch: Any) -> tuple[Any, Any]:
        """Of gathered rows: the sum to be minimized, and the sum of squared rating errors, both scalars."""

    @abstractmethod
    def vectors(self) -> dict[str, Any]:
        """item_vectors, item_bias, user_vectors, user_bias (and predictor) as `Trained` takes them."""

    def chunks(self, rng: np.random.Generator) -> Iterator[Batches]:
        """One epoch: every rating in a new order, as equal chunks of (steps, batch) user, item and centred rating.

        The last step is filled up with ratings from the beginning, so that all chunks have one shape.
        """
        ratings = self.ratings
        for rows in shuffled(rng, ratings.n_ratings, self.recipe.batch):
            yield ratings.user[rows], ratings.item[rows], ratings.y[rows]

    def counted(self, batches: Batches) -> int:
        """How many ratings a chunk holds."""
        return int(batches[0].size)


def shuffled(rng: np.random.Generator, n: int, batch: int) -> Iterator[np.ndarray]:
    """The numbers 0..n-1 in random order as chunks of one shape (steps, batch), a few repeated to fill the last."""
    batch = min(batch, max(1, n // 10))  # a small data set needs steps more than it needs speed
    steps = -(-n // batch)
    chunks = max(1, round(steps * batch / CHUNK))
    steps = -(-steps // chunks)
    order = np.resize(rng.permutation(n), chunks * steps * batch)
    yield from order.reshape(chunks, steps, batch)
