"""Matrix factorization trained by gradient steps, the base of svdpp and hybrid."""

from collections.abc import Sequence
from typing import Any

from explorer.training.optim.sparse_adam import SparseAdamTable, random_table
from explorer.training.optim.tensorflow import tensorflow
from explorer.training.ratings.gradient_model import GradientModel
from explorer.training.ratings.model import vectors_and_biases


class GradientFactorization(GradientModel):
    """Biased matrix factorization with L2 on vectors and biases (Koren, Bell & Volinsky 2009)."""

    shapes = staticmethod(vectors_and_biases)

    def build(self) -> None:
        """Initialize one table per side, with the bias as last column, so that one lookup fetches both."""
        for name, rows in (("user", self.ratings.n_users), ("item", self.ratings.n_items)):
            self.tables.append(SparseAdamTable(random_table(self.rng, rows, self.recipe.size, 0.1, constant=1), name))

    def loss(self, rows: Sequence[Any], *batch: Any) -> tuple[Any, Any]:
        """Squared error plus l2 times the squared rows, summed over ratings."""
        tf = tensorflow()
        (p, q), (_, _, y) = rows, batch
        predicted = tf.reduce_sum(p[:, :-1] * q[:, :-1], axis=1) + p[:, -1] + q[:, -1]
        squared = tf.reduce_sum(tf.square(predicted - y))
        return squared + self.recipe.l2 * (tf.reduce_sum(p * p) + tf.reduce_sum(q * q)), squared

    def vectors(self) -> dict[str, Any]:
        """Vectors and biases, separated."""
        p, q = (table.numpy() for table in self.tables[:2])
        return {
            "user_vectors": p[:, :-1],
            "user_bias": p[:, -1],
            "item_vectors": q[:, :-1],
            "item_bias": q[:, -1],
        }
