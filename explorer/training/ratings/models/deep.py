"""Neural network over user and item embeddings."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from explorer.core.user_models.network import Network
from explorer.training.optim.sparse_adam import SparseAdamTable, random_table
from explorer.training.optim.tensorflow import tensorflow
from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.ratings.models.dot import Dot

HIDDEN = (32, 4)
AVERAGED = 200  # users over whom predictions are averaged to get item biases


class Deep(Dot):
    """Concatenated user and item vectors, two ReLU layers and a linear output (after Covington et al. 2016)."""

    name = "deep"
    defaults = Hyperparameters(size=8, l2=0.01)

    @staticmethod
    def shapes(n_users: int, n_items: int, size: int) -> dict[str, tuple[int, ...]]:
        """Shapes of the user and item vectors, then kernel and bias of each layer."""
        shapes: dict[str, tuple[int, ...]] = Dot.shapes(n_users, n_items, size)
        widths = (2 * size, *HIDDEN, 1)
        for number, (inputs, outputs) in enumerate(pairwise(widths), start=1):
            shapes[f"dense {number} kernel"] = (inputs, outputs)
            shapes[f"dense {number} bias"] = (outputs,)
        return shapes

    def build(self) -> None:
        """Initialize the tables, and the layers as in He et al. (2015)."""
        tf = tensorflow()
        for name, rows in (("user", self.ratings.n_users), ("item", self.ratings.n_items)):
            self.tables.append(SparseAdamTable(random_table(self.rng, rows, self.recipe.size, 0.1), name))
        for name, shape in self.shapes(1, 1, self.recipe.size).items():
            if name.startswith("dense"):
                spread = np.sqrt(2 / shape[0]) if name.endswith("kernel") else 0.0
                self.weights.append(
                    tf.Variable((spread * self.rng.standard_normal(shape)).astype(np.float32), name=name)
                )

    def loss(self, rows: Sequence[Any], *batch: Any) -> tuple[Any, Any]:
        """Squared error plus l2 times the squared rows, summed over ratings."""
        tf = tensorflow()
        (p, q), (_, _, y) = rows, batch
        values = tf.concat([p, q], 1)
        for kernel, bias in zip(self.weights[:-2:2], self.weights[1:-2:2], strict=True):
            values = tf.nn.relu(tf.matmul(values, kernel) + bias)
        predicted = (tf.matmul(values, self.weights[-2]) + self.weights[-1])[:, 0]
        squared = tf.reduce_sum(tf.square(predicted - y))
        return squared + self.recipe.l2 * (tf.reduce_sum(p * p) + tf.reduce_sum(q * q)), squared

    def vectors(self) -> dict[str, Any]:
        """Tables and network; an item's bias is its mean prediction for sampled training users, minus the mean."""
        found = super().vectors()
        network = Network(tuple(weight.numpy() for weight in self.weights), self.recipe.l2)
        items, bias = found["item_vectors"], np.zeros(self.ratings.n_items, np.float32)
        some = found["user_vectors"][:: max(1, self.ratings.n_users // AVERAGED)]
        for user in some:
            bias += network.scores(user, items) / len(some)
        return {**found, "item_bias": bias, "network": network}
