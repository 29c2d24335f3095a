"""Meaning and normal range of each metric of the quality card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Figure:
    """One metric of the card."""

    name: str
    value: float | None  # None if it cannot be computed for this embedding
    unit: str  # "" for a number without one
    meaning: str
    normal: str
    verdict: str  # good, unusual, or unknown
    interval: tuple[float, float] | None = None  # 95% confidence
    baseline: float | None = None  # value for shuffled columns
    examples: tuple[str, ...] = ()  # keys of items, or of pairs
    noise: float | None = None  # value for Gaussian noise with as many items and dimensions

    @property
    def text(self) -> str:
        """The value with its interval, baseline and noise."""
        if self.value is None:
            return "not known"
        result = self._number(self.value)
        if self.interval is not None:
            result += f" ({self._number(self.interval[0])} to {self._number(self.interval[1])})"
        if self.baseline is not None:
            result += f", shuffled {self._number(self.baseline)}"
        if self.noise is not None:
            result += f", noise {self._number(self.noise)}"
        return result

    def _number(self, value: float) -> str:
        if self.unit.startswith("share"):
            return f"{value:.1%}"
        return f"{value:,}" if isinstance(value, int) else f"{round(value, 2) + 0:.2f}"


@dataclass(frozen=True)
class ReferenceRange:
    """Meaning of a metric, and its normal range.

    times: this multiple of the metric of noise with as many items and dimensions is added to both limits.
    """

    unit: str
    meaning: str
    normal: str
    low: float = -np.inf
    high: float = np.inf
    times: float = 0.0

    def figure(self, name: str, value: float | None, noise: float | None = None, **more: Any) -> Figure:
        """A metric in this range. noise: its value for noise. more: interval, baseline, examples."""
        shift = self.times * max(noise, 0.0) if noise is not None else 0.0
        verdict = (
            "unknown" if value is None else "good" if self.low + shift <= value <= self.high + shift else "unusual"
        )
        shown = noise if self.times else None
        return Figure(name, value, self.unit, self.meaning, self.normal, verdict, noise=shown, **more)


UP_TO_NOISE = "Up to 1 above twice the skew of noise with as many items and dimensions, where the skew grows with both."
HUBNESS = {
    metric: ReferenceRange("skew", meaning, UP_TO_NOISE, high=1.0, times=2.0)
    for metric, meaning in {
        "cosine": "How unevenly items occur in the neighbor lists of others, by cosine: 0 is even; at high values, a "
        "few hubs are neighbors of nearly all items.",
        "euclidean": "How unevenly items occur in the neighbor lists of others, by Euclidean distance; items near the "
        "center become hubs.",
        "dot": "How unevenly items occur in the neighbor lists of others, by dot product; items with long vectors "
        "become hubs.",
    }.items()
}
ANTI_HUBS = ReferenceRange(
    "share",
    "Items that are in no other item's list of neighbors.",
    "Up to 5 points more than in noise with as many items and dimensions.",
    high=0.05, times=1.0,
)  # fmt: skip
NORM = ReferenceRange(
    "rank correlation",
    "Whether better-known items have longer vectors, which dot products then favor.",
    "Between -0.7 and 0.7: regularization shortens the vectors of rare items, but a length that only reflects "
    "popularity carries no other information.",
    -0.7, 0.7,
)  # fmt: skip
ANISOTROPY = ReferenceRange(
    "mean cosine",
    "Cosine of two random items: far above 0, all vectors point in a similar direction and every cosine is high.",
    "Between -0.1 and 0.3; noise gives 0.",
    -0.1, 0.3,
)  # fmt: skip
TOP_AXIS = ReferenceRange(
    "share of variance",
    "Variance on the first principal axis of the centered vectors: near 100% the vectors differ in one direction only.",
    "Up to 30 points more than in noise with as many items and dimensions.",
    high=0.3, times=1.0,
)  # fmt: skip
DIMENSIONS = ReferenceRange(
    "share of dimensions",
    "Number of directions in which items differ, as a share of the dimensions: the participation ratio of the "
    "variances on the principal axes.",
    "At least a fifth of noise with as many items and dimensions; below, a few axes hold nearly all information.",
    low=0.0, times=0.2,
)  # fmt: skip
ENTROPY = ReferenceRange(
    "share of dimensions",
    "Number of directions in which items differ, as a share of the dimensions: the effective rank, the exponential of "
    "the entropy of the singular values, which gives small axes more weight.",
    "At least two fifths of noise with as many items and dimensions.",
    low=0.0, times=0.4,
)  # fmt: skip
DEAD = ReferenceRange(
    "dimensions",
    "Dimensions that are constant, or vary less than 1% of the one that varies most.",
    "None: each dimension should carry information.",
    high=0,
)
DUPLICATES = ReferenceRange(
    "pairs",
    "Pairs of items with a cosine above 0.999, which no list of neighbors can tell apart.",
    "Up to one per 1,000 items plus twice the number in noise with as many items and dimensions: parts of one work, "
    "or items with too few data to differ.",
    times=2.0,
)
AGREEMENT = ReferenceRange(
    "mean Jaccard",
    "Overlap of the neighbors by two metrics: 1 is identical, 0 is disjoint.",
    "At least half of noise with as many items and dimensions; below, neighbors depend more on the metric than on the "
    "items.",
    low=0.0, times=0.5,
)  # fmt: skip
COLUMNS_NORMAL = (
    "The 95% interval is above the value for shuffled columns, the figure by at least a fifth of the way from there "
    "to full agreement."
)
COLUMNS_PART = 0.2
GROUPS = {
    "groups: hit": ReferenceRange(
        "share",
        "Members of a group, such as the parts of a series, that have another member among their neighbors.",
        "At least 50%: people who like one part have often seen the others.",
        low=0.5,
    ),
    "groups: recall": ReferenceRange(
        "share",
        "Share of the other group members that are among the neighbors, of those that fit into the list.",
        "At least 30%: parts made decades apart or by other people have different audiences.",
        low=0.3,
    ),
}
