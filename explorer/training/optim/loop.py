"""Gradient steps: a whole chunk of them in one compiled function."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.training.optim.tensorflow import tensorflow

if TYPE_CHECKING:
    from explorer.training.ratings.gradient_model import GradientModel


def compiled(model: "GradientModel") -> Callable:
    """Compile a function (rate, *chunk) -> (2,) sums of loss and squared error that takes one step per batch.

    A call processes a whole chunk, which avoids the cost of the interpreter per step. Only the computation on fetched
    rows is compiled by XLA. Fetching and storing stay outside, as XLA would copy whole tables to change a few rows.
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

    def take(rate: float, *batches: np.ndarray) -> np.ndarray:
        return chunk(tf.constant(rate, tf.float32), *(tf.constant(part) for part in batches)).numpy()

    return take


class _DenseAdam:
    """Adam for the few weights that every step updates."""

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
