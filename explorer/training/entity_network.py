"""Keras network of entity embeddings, and the same network on one-hot inputs for comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.datasets.categorical_table import CategoricalTable, Column
from explorer.training.optim.tensorflow import tensorflow
from explorer.training.result import Report, report_epoch

SPEAKS = 20  # batches between two progress reports
PIECE = 1 << 14  # rows predicted at a time


@dataclass
class Network:
    """A network over the columns of a table. sizes: embedding dimensions of each column; None for one-hot inputs.

    One-hot inputs times the weights of the first layer equal a sum of rows of these weights. They are therefore
    computed by lookup, for any number of values. A cell with several values is the mean of their inputs.
    """

    table: CategoricalTable
    sizes: Sequence[int] | None
    hidden: Sequence[int]
    rate: float
    seed: int
    patience: int = 2  # epochs without progress before stopping
    curve: list[dict[str, float]] = field(default_factory=list)
    model: Any = None
    mean: float = 0.0  # mean and standard deviation of the target in the training rows
    scale: float = 1.0

    def fit(
        self,
        rows: np.ndarray,
        check: np.ndarray | None,
        epochs: int,
        batch: int,
        report: Report,
        phase: str,
    ) -> int:
        """Train on rows of the table; returns the number of epochs.

        With rows to check on, training stops after `patience` epochs without progress there, and the best weights are
        kept.
        """
        self.model = self._built()
        if self.table.classes is None:  # of the training rows only
            target = self.table.target[rows]
            self.mean, self.scale = float(target.mean(dtype=np.float64)), float(target.std(dtype=np.float64)) or 1.0
        import keras

        stopping = keras.callbacks.EarlyStopping(patience=self.patience, restore_best_weights=True)
        stop = [] if check is None else [stopping]
        steps = -(-len(rows) // batch)
        seen: list[float] = []

        def after_batch(number: int, logs: dict[str, float]) -> None:
            if number % SPEAKS == 0:
                report({"phase": phase, "done": len(seen) + number / steps, "total": epochs})

        def after_epoch(epoch: int, logs: dict[str, float]) -> None:
            seen.append(logs.get("val_loss", logs["loss"]))
            self.curve.append({"epoch": len(seen), **{name: float(value) for name, value in logs.items()}})
            report_epoch(report, phase, epochs, self.curve[-1])

        progress = keras.callbacks.LambdaCallback(on_train_batch_end=after_batch, on_epoch_end=after_epoch)
        self.model.fit(
            self._inputs(rows),
            self._target(rows),
            validation_data=None if check is None else (self._inputs(check), self._target(check)),
            epochs=epochs,
            batch_size=batch,
            callbacks=[*stop, progress],
            verbose=0,
        )
        report({"phase": phase, "done": epochs, "total": epochs})
        return int(np.argmin(seen)) + 1

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Predictions: (rows,) numbers, or (rows, classes) probabilities."""
        pieces = np.array_split(rows, -(-len(rows) // PIECE))
        predicted = np.concatenate([self.model(self._inputs(piece)).numpy() for piece in pieces])
        return predicted[:, 0] * self.scale + self.mean if self.table.classes is None else predicted

    def vectors(self, column: Column) -> np.ndarray:
        """Vectors of a column's values, in their order: (values, size) float32."""
        return self.model.get_layer(_layer_name(self.table, column)).get_weights()[0][1:]

    @property
    def parameters(self) -> int:
        """Number of weights, without table rows that represent no value."""
        spare = self.sizes or [self.hidden[0]] * len(self.table.columns)
        return int(self.model.count_params()) - sum(spare)

    def _inputs(self, rows: np.ndarray) -> list[np.ndarray]:
        return [column.codes[rows] + 1 for column in self.table.columns]

    def _target(self, rows: np.ndarray) -> np.ndarray:
        target = self.table.target[rows]
        return (target - self.mean) / self.scale if self.table.classes is None else target

    def _built(self) -> Any:
        tensorflow()
        import keras
        from keras import layers

        keras.utils.set_random_seed(self.seed)
        columns = self.table.columns
        inputs = [keras.Input((column.codes.shape[1],), dtype="int32") for column in columns]
        if self.sizes is None:
            # initialized like a dense layer over all one-hot inputs; each cell has a value, so no bias is needed
            limit = (6 / (sum(len(column.values) for column in columns) + self.hidden[0])) ** 0.5
            start = keras.initializers.RandomUniform(-limit, limit)
            parts = [self._embedded_mean(*pair, self.hidden[0], start) for pair in zip(columns, inputs, strict=True)]
            found = layers.Activation("relu")(layers.Add()(parts) if len(parts) > 1 else parts[0])
        else:
            triples = zip(columns, inputs, self.sizes, strict=True)
            parts = [self._embedded_mean(column, codes, size, "uniform") for column, codes, size in triples]
            found = layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
            found = layers.Dense(self.hidden[0], "relu")(found)
        for width in self.hidden[1:]:
            found = layers.Dense(width, "relu")(found)
        classes = self.table.classes
        output = layers.Dense(len(classes), "softmax")(found) if classes else layers.Dense(1)(found)
        model = keras.Model(inputs, output)
        loss = "sparse_categorical_crossentropy" if classes else "mse"
        model.compile(keras.optimizers.Adam(self.rate), loss, jit_compile=False)
        return model

    def _embedded_mean(self, column: Column, codes: Any, size: int, start: Any) -> Any:
        """Mean of the rows of a cell's values; row 0 is padding."""
        from keras import layers, ops

        rows = layers.Embedding(len(column.values) + 1, size, start, name=_layer_name(self.table, column))(codes)
        if column.codes.shape[1] == 1:
            return layers.Flatten()(rows)
        known = ops.cast(ops.expand_dims(codes, -1) > 0, "float32")
        return ops.sum(rows * known, axis=1) / ops.sum(known, axis=1)


def _layer_name(table: CategoricalTable, column: Column) -> str:
    """A valid Keras layer name for a column."""
    return f"column_{table.columns.index(column)}"
