"""What each figure of the quality card means, and which values are normal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Figure:
    """One figure of the card."""

    name: str
    value: float | None  # None where it cannot be computed for this embedding
    unit: str  # "" for a number without one
    meaning: str
    normal: str
    verdict: str  # good, unusual, or unknown
    interval: tuple[float, float] | None = None  # of 95% confidence
    baseline: float | None = None  # the same with the values shuffled
    examples: tuple[str, ...] = ()  # keys of items, or of pairs
    noise: float | None = None  # the same of Gaussian noise with as many items and dimensions

    @property
    def text(self) -> str:
        """The value with what is needed to judge it."""
        if self.value is None:
            return "not known"
        said = self._number(self.value)
        if self.interval is not None:
            said += f" ({self._number(self.interval[0])} to {self._number(self.interval[1])})"
        if self.baseline is not None:
            said += f", shuffled {self._number(self.baseline)}"
        if self.noise is not None:
            said += f", noise {self._number(self.noise)}"
        return said

    def _number(self, value: float) -> str:
        if self.unit.startswith("share"):
            return f"{value:.1%}"
        return f"{value:,}" if isinstance(value, int) else f"{round(value, 2) + 0:.2f}"


@dataclass(frozen=True)
class ReferenceRange:
    """What a figure says, and between which values it is normal.

    times: of what noise of as many items and dimensions gives, so much is added to both limits.
    """

    unit: str
    meaning: str
    normal: str
    low: float = -np.inf
    high: float = np.inf
    times: float = 0.0

    def figure(self, name: str, value: float | None, noise: float | None = None, **more: Any) -> Figure:
        """A figure in this range. noise: the same figure of noise. more: interval, baseline, examples."""
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
        "cosine": "How unevenly items occur in the neighbor lists of others, by cosine: 0 is even; far above it, a few "
        "hubs are neighbors of nearly everything.",
        "euclidean": "How unevenly items occur in the lists of others by Euclidean distance, where the centre is near "
        "to everything.",
        "dot": "How unevenly items occur in the lists of others by dot product, where long vectors are near to "
        "everything.",
    }.items()
}
ANTI_HUBS = ReferenceRange(
    "share",
    "Items that are in no other item's list of neighbors, so that no list ever leads to them.",
    "Up to 5 points more than in noise with as many items and dimensions.",
    high=0.05, times=1.0,
)  # fmt: skip
NORM = ReferenceRange(
    "rank correlation",
    "Whether better-known items have longer vectors, which dot products then favour.",
    "Between -0.7 and 0.7: where rarely seen items are held back in training some of it is meant, but a length that "
    "tells nothing but popularity is wasted.",
    -0.7, 0.7,
)  # fmt: skip
ANISOTROPY = ReferenceRange(
    "mean cosine",
    "Cosine of two items drawn at random: far above 0 all vectors point the same way, and every cosine looks high.",
    "Between -0.1 and 0.3; noise gives 0.",
    -0.1, 0.3,
)  # fmt: skip
TOP_AXIS = ReferenceRange(
    "share of variance",
    "Variance on the first principal axis of the centred vectors: near 100% the vectors differ in one direction only.",
    "Up to 30 points more than in noise with as many items and dimensions.",
    high=0.3, times=1.0,
)  # fmt: skip
DIMENSIONS = ReferenceRange(
    "share of dimensions",
    "Number of directions in which items differ, as a share of the dimensions: the participation ratio of the "
    "variances on the principal axes.",
    "At least a fifth of what noise with as many items and dimensions gives: below, a few axes say nearly everything.",
    low=0.0, times=0.2,
)  # fmt: skip
ENTROPY = ReferenceRange(
    "share of dimensions",
    "Number of directions in which items differ, as a share of the dimensions: the effective rank, the exponential of "
    "the entropy of the singular values, which gives small axes more weight.",
    "At least two fifths of what noise with as many items and dimensions gives.",
    low=0.0, times=0.4,
)  # fmt: skip
DEAD = ReferenceRange(
    "dimensions",
    "Dimensions that are the same for all items, or vary less than 1% of the one that varies most.",
    "None: each number should say something.",
    high=0,
)
DUPLICATES = ReferenceRange(
    "pairs",
    "Pairs of items with a cosine above 0.999, which no list of neighbors can tell apart.",
    "Up to one for each 1,000 items and twice as many as in noise with as many items and dimensions: parts of one "
    "work, or items with so few data that they stayed alike.",
    times=2.0,
)
AGREEMENT = ReferenceRange(
    "mean Jaccard",
    "How far two metrics name the same neighbors: 1 the same, 0 none in common.",
    "At least half of what noise with as many items and dimensions gives: below, an answer says more about the metric "
    "than about the items.",
    low=0.0, times=0.5,
)  # fmt: skip
COLUMNS_NORMAL = (
    "Above what shuffled values give, with all of the 95% interval, and by at least a fifth of the way from there to "
    "full agreement."
)
COLUMNS_PART = 0.2
GROUPS = {
    "groups: hit": ReferenceRange(
        "share",
        "Members of a named group, as the parts of a series, that have another one among their neighbors.",
        "At least 50%: who liked one part often saw the others.",
        low=0.5,
    ),
    "groups: recall": ReferenceRange(
        "share",
        "Of the other members that could be among the neighbors, those that are.",
        "At least 30%: parts made decades apart or by others have their own public.",
        low=0.3,
    ),
}
