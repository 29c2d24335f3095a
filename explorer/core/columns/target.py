"""What a model of the vectors can be asked to predict about a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Measure = Literal["AUC", "accuracy", "rank correlation"]


@dataclass(frozen=True, eq=False)
class Target:
    """What to predict for the items whose value is known, and how well guessing does."""

    measure: Measure  # AUC of truth values (the mean over several labels), accuracy of classes, Spearman of numbers
    rows: np.ndarray  # (m,) int64, items whose value is known
    values: np.ndarray  # (m,) int64 classes, (m,) float64 numbers, or (m, labels) bool
    names: tuple[str, ...]  # of the classes or labels; empty for numbers
    guessing: float  # what the measure is without looking at the vectors
