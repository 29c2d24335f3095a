"""What each figure of the quality card means, and what is normal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Figure:
    """One figure of the card."""

    name: str
    value: float | None  # None where it cannot be had from this embedding
    unit: str  # "" for a number without one
    meaning: str
    normal: str
    verdict: str  # good, unusual, or unknown
    interval: tuple[float, float] | None = None  # of 95% confidence
    baseline: float | None = None  # the same with the genres shuffled
    examples: tuple[str, ...] = ()  # keys of items, or of pairs

    @property
    def text(self) -> str:
        """The value as one would say it, with what is needed to judge it."""
        if self.value is None:
            return "not known"
        said = self._number(self.value)
        if self.interval is not None:
            said += f" ({self._number(self.interval[0])} to {self._number(self.interval[1])})"
        if self.baseline is not None:
            said += f", shuffled {self._number(self.baseline)}"
        return said

    def _number(self, value: float) -> str:
        if self.unit.startswith("share"):
            return f"{value:.1%}"
        return f"{value:,}" if isinstance(value, int) else f"{round(value, 2) + 0:.2f}"


@dataclass(frozen=True)
class ReferenceRange:
    """What a figure says, and between which values it is as usual."""

    unit: str
    meaning: str
    normal: str
    low: float = -np.inf
    high: float = np.inf

    def figure(self, name: str, value: float | None, **more: Any) -> Figure:
        """A figure on this scale. more: interval, baseline, examples."""
        verdict = "unknown" if value is None else "good" if self.low <= value <= self.high else "unusual"
        return Figure(name, value, self.unit, self.meaning, self.normal, verdict, **more)


HUBNESS = {
    "cosine": ReferenceRange(
        "skew",
        "How unevenly items turn up in others' neighbor lists, by cosine: 0 is even, much above it a few hubs are "
        "everybody's neighbors.",
        "Up to 1.5: noise in all directions alike gives 0.2 to 0.4, groups of uneven density somewhat more.",
        high=1.5,
    ),
    "euclidean": ReferenceRange(
        "skew",
        "How unevenly items turn up in others' lists by straight distance, where the middle is near to all.",
        "Up to 5: noise alone gives 0.2 in 8 dimensions, 4 in 32, 5 in 64, as distances there are all alike.",
        high=5,
    ),
    "dot": ReferenceRange(
        "skew",
        "How unevenly items turn up in others' lists by dot product, where long vectors are near to all.",
        "Up to 5: noise gives 1 to 5, the more the fewer dimensions it has, as some vectors are always long.",
        high=5,
    ),
}
ANTI_HUBS = ReferenceRange(
    "share",
    "Items that are in nobody's list of neighbors, so that no list ever leads to them.",
    "Up to 5%: with ten neighbors each, chance alone would leave out nearly nobody.",
    high=0.05,
)
NORM = ReferenceRange(
    "rank correlation",
    "Whether better-known items have longer vectors, which dot products then favour.",
    "Between -0.7 and 0.7: where rarely seen items are held back in training some of it is meant, but a length that "
    "tells nothing but popularity is wasted.",
    -0.7, 0.7,
)  # fmt: skip
ANISOTROPY = ReferenceRange(
    "mean cosine",
    "Likeness of two items drawn at random: far above 0 all vectors point the same way, and every cosine looks high.",
    "Between -0.1 and 0.3: directions that are used evenly cancel out, and a common part up to there leaves room.",
    -0.1, 0.3,
)  # fmt: skip
CENTRED = ReferenceRange(
    "mean cosine",
    "Likeness of two items drawn at random when the mean vector is taken away: whether all that is wrong is in it.",
    "Between -0.1 and 0.1: around their own mean vectors should point everywhere.",
    -0.1, 0.1,
)  # fmt: skip
DIMENSIONS = ReferenceRange(
    "share of dimensions",
    "In how many directions items really differ, as a share of those there are: the participation ratio of the "
    "principal axes.",
    "At least 20%: below, a few axes say nearly all, and the others cost memory for little.",
    low=0.2,
)
ENTROPY = ReferenceRange(
    "share of dimensions",
    "In how many directions items differ, by the entropy of the principal axes, which heeds the small ones more.",
    "At least 30%: it is never below the participation ratio, and mostly half as much again.",
    low=0.3,
)
DEAD = ReferenceRange(
    "dimensions",
    "Dimensions that are the same for all items, or vary less than 1% of the one that varies most.",
    "None: each number should say something.",
    high=0,
)
DUPLICATES = ReferenceRange(
    "pairs",
    "Pairs of items with a cosine above 0.999, which no list of neighbors can tell apart.",
    "Up to one for each 1,000 items: films released together, or items with so few data that they stayed alike.",
)
AGREEMENT = ReferenceRange(
    "mean Jaccard",
    "How far two ways to measure nearness name the same neighbors: 1 the same, 0 none in common.",
    "At least 0.2: below, an answer says more about the measure than about the items.",
    low=0.2,
)
GENRES = {
    "neighbors that share a genre": "Neighbors that have at least one genre in common with the item; where training "
    "knew no genres, they were found out, not put in.",
    "likeness of genres": "How alike the genres of an item and its neighbors are, as the mean Jaccard of both sets.",
}
GENRES_NORMAL = (
    "Above what shuffled genres give, beyond the interval of 95% confidence, and by at least a fifth of what they miss "
    "to full agreement."
)
GENRES_PART = 0.2
GROUPS = {
    "groups: hit": ReferenceRange(
        "share",
        "Members of a named group, as the films of a series, that have another one among their neighbors.",
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
