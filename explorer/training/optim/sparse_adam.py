"""Sparse Adam: a step updates only those rows of an embedding table that its batch uses."""

from typing import Any

import numpy as np

from explorer.training.optim.tensorflow import tensorflow

MOMENTUM, POWER, EPSILON = 0.9, 0.99, 1e-7


class SparseAdamTable:
    """Embedding table with lazy Adam (Kingma & Ba 2015) and one second moment per row.

    values: (n, d) float32, initial values. pace: factor of the learning rate. A step fetches the rows of its batch and
    writes them back, so its cost does not depend on n. A row that occurs several times in a batch is updated once, by
    the sum of its gradients.
    """

    def __init__(self, values: np.ndarray, name: str, pace: float = 1.0):
        tf = tensorflow()
        self.name, self.lr_scale, self.size = name, pace, values.shape[1]
        # values, momentum and second moment of a row are adjacent, which needs one fetch and write per step
        rest = np.zeros((len(values), self.size + 1), np.float32)
        self.state = tf.Variable(np.hstack([values.astype(np.float32), rest]), name=name)

    def numpy(self) -> np.ndarray:
        """A copy of the values, (n, d) float32."""
        return self.state.numpy()[:, : self.size].copy()

    def assign(self, values: np.ndarray) -> None:
        """Set the values; the optimizer state does not change."""
        self.state[:, : self.size].assign(values)

    def fetch(self, index: Any) -> Any:
        """The state of the rows at `index` (b,), as a (b, 2 d + 1) tensor."""
        return tensorflow().gather(self.state, index)

    def store(self, index: Any, state: Any) -> None:
        """Write the state that `apply_gradient` returned."""
        # repetitions of a row have the same state, so the order of writing does not matter
        self.state.scatter_update(tensorflow().IndexedSlices(state, index))

    def apply_gradient(self, state: Any, gradient: Any, same: Any, rate: Any) -> Any:
        """State after a step against `gradient` (b, d); `same` (b,) numbers the distinct rows of the batch."""
        tf = tensorflow()
        values, momentum, power = tf.split(state, [self.size, self.size, 1], axis=1)
        total = tf.gather(tf.math.unsorted_segment_sum(gradient, same, state.shape[0]), same)
        momentum = MOMENTUM * momentum + (1 - MOMENTUM) * total
        power = POWER * power + (1 - POWER) * tf.reduce_mean(total * total, axis=1, keepdims=True)
        values -= self.lr_scale * rate * momentum / (tf.sqrt(power) + EPSILON)
        return tf.concat([values, momentum, power], 1)


def random_table(rng: np.random.Generator, rows: int, size: int, spread: float, constant: int = 0) -> np.ndarray:
    """Initial table: (rows, size + constant) float32, normal with standard deviation `spread`, then zero columns."""
    values = np.zeros((rows, size + constant), np.float32)
    values[:, :size] = spread * rng.standard_normal((rows, size), dtype=np.float32)
    return values
