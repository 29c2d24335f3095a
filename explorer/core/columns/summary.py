"""Counts and histograms of a column, as filters show them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Summary:
    """How many of some items have a value, and how many have none."""

    known: int
    unknown: int


@dataclass(frozen=True, eq=False)
class Counts(Summary):
    """How many of some items have each value; an item with several labels counts for each."""

    names: tuple[str, ...]  # the most frequent of all items first, whatever is counted
    counts: np.ndarray  # (len(names),) int64


@dataclass(frozen=True, eq=False)
class Histogram(Summary):
    """How many of some items lie between one edge and the next, the last edge included."""

    edges: np.ndarray  # (bins + 1,) float64, or datetime64[us]
    counts: np.ndarray  # (bins,) int64
    log: bool = False  # whether the edges are equally far apart on a logarithmic scale
