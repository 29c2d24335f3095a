"""Sparse Adam: embedding tables of which a step updates only the rows of its batch."""

from typing import Any

import numpy as np

from explorer.training.optim.tensorflow import tensorflow

MOMENTUM, POWER, EPSILON = 0.9, 0.99, 1e-7


class SparseAdamTable:
    """An embedding table with lazy Adam (Kingma & Ba 2015), one second moment a row.

    values: (n, d) float32, the start. pace: what the rate of every step is multiplied by. A step fetches the rows of
    its batch and puts them back, so its cost does not depend on n. A row that stands several times in a batch moves
    once, by the sum of its gradients.
    """

    def __init__(self, values: np.ndarray, name: str, pace: float = 1.0):
        tf = tensorflow()
        self.name, self.lr_scale, self.size = name, pace, values.shape[1]
        # a row's values, momentum and power lie side by side: one fetch and one write a step, not three
        rest = np.zeros((len(values), self.size + 1), np.float32)
        self.state = tf.Variable(np.hstack([values.astype(np.float32), rest]), name=name)

    def numpy(self) -> np.ndarray:
        """The values, (n, d) float32, a copy."""
        return self.state.numpy()[:, : self.size].copy()

    def assign(self, values: np.ndarray) -> None:
        """Set the values; optimizer state stays."""
        self.state[:, : self.size].assign(values)

    def fetch(self, index: Any) -> Any:
        """The state of the rows at `index` (b,), as a (b, 2 d + 1) tensor."""
        return tensorflow().gather(self.state, index)

    def store(self, index: Any, state: Any) -> None:
        """Write what `moved` returned."""
        # repeats of a row carry the same state, so it does not matter which of them is written last
        self.state.scatter_update(tensorflow().IndexedSlices(state, index))

    def apply_gradient(self, state: Any, gradient: Any, same: Any, rate: Any) -> Any:
        """The state after a step against `gradient` (b, d); `same` (b,) numbers the distinct rows of the batch."""
        tf = tensorflow()
        values, momentum, power = tf.split(state, [self.size, self.size, 1], axis=1)
        total = tf.gather(tf.math.unsorted_segment_sum(gradient, same, state.shape[0]), same)
        momentum = MOMENTUM * momentum + (1 - MOMENTUM) * total
        power = POWER * power + (1 - POWER) * tf.reduce_mean(total * total, axis=1, keepdims=True)
        values -= self.lr_scale * rate * momentum / (tf.sqrt(power) + EPSILON)
        return tf.concat([values, momentum, power], 1)


def random_table(rng: np.random.Generator, rows: int, size: int, spread: float, constant: int = 0) -> np.ndarray:
    """A start for a table: (rows, size + constant) float32, normal with standard deviation `spread`, then zeros."""
    values = np.zeros((rows, size + constant), np.float32)
    values[:, :size] = spread * rng.standard_normal((rows, size), dtype=np.float32)
    return values
