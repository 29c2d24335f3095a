"""Parameter tables of which a step touches only the rows in its batch."""

from typing import Any

import numpy as np

from explorer.training.backend import tensorflow

MOMENTUM, POWER, EPSILON = 0.9, 0.99, 1e-7


class Table:
    """Rows of parameters under lazy Adam (Kingma & Ba 2015) with one second moment a row.

    values: (n, d) float32, the start. A step reads and writes the rows of its batch and no others, so its cost does
    not depend on n. A row that stands several times in a batch moves once, by the sum of its gradients. pace: what the
    rate of every step is multiplied by.
    """

    def __init__(self, values: np.ndarray, name: str, pace: float = 1.0):
        tf = tensorflow()
        self.name, self.pace = name, pace
        self.values = tf.Variable(values.astype(np.float32), name=name)
        self.sum = tf.Variable(tf.zeros_like(self.values))
        self.momentum = tf.Variable(tf.zeros_like(self.values))
        self.power = tf.Variable(tf.zeros((len(values), 1)))

    def gather(self, index: Any) -> Any:
        """The rows at `index` (b,), as a (b, d) tensor."""
        return tensorflow().gather(self.values, index)

    def update(self, index: Any, gradient: Any, rate: Any) -> None:
        """Move the rows at `index` (b,) against their gradient (b, d)."""
        tf = tensorflow()
        # Adding up in place and reading back makes every repeat of a row carry the same sum, so that the
        # scatters below write the same value twice: no sorting, no `unique`, the same result in any order.
        self.sum.scatter_add(tf.IndexedSlices(gradient, index))
        total = tf.gather(self.sum, index)
        momentum = MOMENTUM * tf.gather(self.momentum, index) + (1 - MOMENTUM) * total
        square = tf.reduce_mean(total * total, axis=1, keepdims=True)
        power = POWER * tf.gather(self.power, index) + (1 - POWER) * square
        move = self.pace * rate * momentum / (tf.sqrt(power) + EPSILON)
        fresh = tf.gather(self.values, index) - move
        for variable, rows in (
            (self.values, fresh),
            (self.momentum, momentum),
            (self.power, power),
            (self.sum, tf.zeros_like(total)),
        ):
            variable.scatter_update(tf.IndexedSlices(rows, index))


def random_table(rng: np.random.Generator, rows: int, size: int, spread: float, constant: int = 0) -> np.ndarray:
    """A start for a table: (rows, size + constant) float32, normal with standard deviation `spread`, then zeros."""
    values = np.zeros((rows, size + constant), np.float32)
    values[:, :size] = spread * rng.standard_normal((rows, size), dtype=np.float32)
    return values
