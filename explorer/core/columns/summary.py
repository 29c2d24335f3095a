"""Counts and histograms of a column, as filters show them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Summary:
    """Number of items with and without a value."""

    known: int
    unknown: int


@dataclass(frozen=True, eq=False)
class Counts(Summary):
    """Number of items with each value; an item with several labels counts for each."""

    names: tuple[str, ...]  # ordered by frequency among all items
    counts: np.ndarray  # (len(names),) int64


@dataclass(frozen=True, eq=False)
class Histogram(Summary):
    """Number of items in each bin; the last bin includes its upper edge."""

    edges: np.ndarray  # (bins + 1,) float64, or datetime64[us]
    counts: np.ndarray  # (bins,) int64
    log: bool = False  # whether the edges are evenly spaced on a logarithmic scale
