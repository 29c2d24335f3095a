"""Dot product of user and item vectors, without biases."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from explorer.training.optim.sparse_adam import SparseAdamTable, random_table
from explorer.training.optim.tensorflow import tensorflow
from explorer.training.ratings.gradient_model import GradientModel
from explorer.training.ratings.hyperparameters import Hyperparameters


class Dot(GradientModel):
    """Matrix factorization of the centered ratings with L2 (Funk 2006), the usual first embedding model."""

    name = "dot"
    defaults = Hyperparameters(size=8)

    @staticmethod
    def shapes(n_users: int, n_items: int, size: int) -> dict[str, tuple[int, ...]]:
        """Shapes of the user and item vectors."""
        return {"user vectors": (n_users, size), "item vectors": (n_items, size)}

    def build(self) -> None:
        """Initialize one table for users and one for items."""
        for name, rows in (("user", self.ratings.n_users), ("item", self.ratings.n_items)):
            self.tables.append(SparseAdamTable(random_table(self.rng, rows, self.recipe.size, 0.1), name))

    def loss(self, rows: Sequence[Any], *batch: Any) -> tuple[Any, Any]:
        """Squared error plus l2 times the squared rows, summed over ratings."""
        tf = tensorflow()
        (p, q), (_, _, y) = rows, batch
        squared = tf.reduce_sum(tf.square(tf.reduce_sum(p * q, axis=1) - y))
        return squared + self.recipe.l2 * (tf.reduce_sum(p * p) + tf.reduce_sum(q * q)), squared

    def vectors(self) -> dict[str, Any]:
        """The tables, with biases of 0."""
        p, q = (table.numpy() for table in self.tables)
        return {
            "user_vectors": p,
            "user_bias": np.zeros(len(p), np.float32),
            "item_vectors": q,
            "item_bias": np.zeros(len(q), np.float32),
        }
