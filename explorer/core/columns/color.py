"""Colors of items by a column, independent of any plotting library: a palette of values, or numbers on a scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

GRAY = "#8a8d94"  # of items without a value
OTHER = "#ccc9c6"  # shared by all values beyond the palette
# Distinguishable with normal sight, protanopia and deuteranopia, on white and on near-black: the least Oklab distance
# between any two is 0.075, and 0.055 to OTHER (measured by tests/core/columns/test_color.py).
PALETTE = (
    "#697595", "#e6a428", "#4a369e", "#bb500f", "#f594c7", "#5cb486", "#4b5880", "#26c8fb", "#a779fd", "#ad0449",
    "#f6ce16", "#724dc9", "#c38417", "#708060", "#e04dcf", "#135d4c", "#713f07", "#848d96", "#54e9f4", "#d1d3a0",
)  # fmt: skip
# Okabe & Ito 2008 (Color Universal Design). Keys are bit sets of 1 blue, 2 red, 4 yellow, mixed like paints.
MIXTURES = {1: "#0072b2", 2: "#d55e00", 4: "#f0e442", 3: "#cc79a7", 5: "#009e73", 6: "#e69f00", 7: "#7a4b2a"}
TWO = ("#0072b2", "#e69f00")


@dataclass(frozen=True, eq=False)
class Discrete:
    """A value for each item, and a color for each value."""

    title: str
    codes: np.ndarray  # (n,) int8 or int16, positions in names; -1 for none
    names: tuple[str, ...]
    colors: tuple[str, ...]  # of the names, "#rrggbb"


@dataclass(frozen=True, eq=False)
class Continuous:
    """A number for each item, colored on a scale."""

    title: str
    values: np.ndarray  # (n,) float32, position on the scale; nan where unknown
    diverging: bool = False  # around 0
    ticks: tuple[float, ...] = ()  # positions of the labels on the scale; by default evenly spaced
    texts: tuple[str, ...] = ()  # labels at the ticks
    written: Callable[[float], str] = "{:.3g}".format  # text of a position on the scale
    limits: tuple[float, float] | None = None  # range of the colors; by default that of most values


ColorEncoding = Discrete | Continuous


def palette(names: Sequence[str]) -> tuple[str, ...]:
    """Colors for at most 20 names, in their order."""
    return PALETTE[: len(names)]
