"""Prediction targets: what a model can be trained to predict about a column from the vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Measure = Literal["AUC", "accuracy", "rank correlation"]


@dataclass(frozen=True, eq=False)
class Target:
    """What to predict for the items whose value is known, and the score of guessing."""

    measure: Measure  # AUC for booleans (mean over labels), accuracy for classes, Spearman for numbers
    rows: np.ndarray  # (m,) int64, items whose value is known
    values: np.ndarray  # (m,) int64 classes, (m,) float64 numbers, or (m, labels) bool
    names: tuple[str, ...]  # of the classes or labels; empty for numbers
    guessing: float  # value of the measure without using the vectors
