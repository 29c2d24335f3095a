"""What somebody will like next, from what they liked so far: vectors of choices and a table of pairs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import BadArtifact

if TYPE_CHECKING:
    from explorer.core.embedding import Embedding

USER_DAMPING = 5.0  # ratings of 0 beside somebody's own when their bias is estimated
NOTHING = np.empty(0, np.int64)
REJECTED = 0.1  # what a rejected item counts against, beside 1 of a liked one; see docs/statistics.md
LARGEST = 1e7  # of a number in an array; factors and biases are small, columns are rows of items
ARRAYS = ("factors", "columns", "values", "bias")


@dataclass(frozen=True)
class Settings:
    """Numbers of the order; the defaults are those that found most (benchmarks/recommendations.py).

    mean: of all ratings. liked: from so many stars on an item was liked. alpha, l2: of iALS. neutral: what a rating
    counts in the table that says neither liked nor disliked, beside 1 of a liked one. residual: what each star above
    the expected adds. first, more, most: weight of the table beside the factors, by the number of ratings.
    """

    mean: float
    liked: float
    alpha: float = 0.1
    l2: float = 0.01
    neutral: float = 0.5
    residual: float = 0.2
    first: float = 0.1
    more: float = 0.005
    most: float = 0.5

    def counted(self, stars: np.ndarray, beyond: np.ndarray) -> np.ndarray:
        """What ratings count in the table, float32; below the mean of all ratings they count against, or not at all.

        beyond: what a rating is above the biases of its user and item, in stars.
        """
        value = np.where(stars >= self.liked, 1.0, self.neutral) + self.residual * beyond
        return np.where(stars < self.mean, np.minimum(value, 0), value).astype(np.float32)

    def weight(self, count: int) -> float:
        """Of the table beside the factors, for somebody with so many ratings."""
        return min(self.most, self.first + self.more * count)


@dataclass(frozen=True, eq=False)
class Likely:
    """iALS factors and an asymmetric EASE table over the same items; see training.likely.

    factors: (n, d) float32. columns, values: (n, k), the table's largest entries in the row of each item; a row of
    zeros where an item has none. bias: (n,) item biases that ratings are compared with.
    """

    factors: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    bias: np.ndarray
    settings: Settings

    @classmethod
    def of(cls, embedding: Embedding) -> Likely:
        """What an artifact keeps of it. Raises BadArtifact where its arrays do not fit."""
        facts, n = embedding.manifest["likely"], len(embedding)
        parts = {name: np.asarray(embedding.model.get(f"likely_{name}", np.empty(0))) for name in ARRAYS}
        fits = (
            all(part.shape[:1] == (n,) for part in parts.values())
            and parts["factors"].ndim == parts["columns"].ndim == 2
            and parts["columns"].shape == parts["values"].shape
            and parts["bias"].ndim == 1
            and all(np.issubdtype(part.dtype, np.number) for part in parts.values())
            and all(-LARGEST <= part.min() <= part.max() <= LARGEST for part in parts.values())  # not so of nan
            and 0 <= int(parts["columns"].min()) <= int(parts["columns"].max()) < n
        )
        if not fits:
            raise BadArtifact(f"The arrays model/likely_*.npy of {embedding.name} are missing or damaged. Train again.")
        wide = {name: part.astype(np.int64 if name == "columns" else np.float32) for name, part in parts.items()}
        return cls(**wide, settings=Settings(**{field.name: float(facts[field.name]) for field in fields(Settings)}))

    def facts(self) -> dict[str, float]:
        """What the manifest of an artifact keeps of it."""
        return asdict(self.settings)

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays that an artifact keeps of it, by name: half precision, and int16 columns where they fit."""
        kinds = dict.fromkeys(ARRAYS, np.float16) | {"columns": np.int16 if len(self.factors) < 1 << 15 else np.int32}
        return {f"likely_{name}": getattr(self, name).astype(kinds[name]) for name in ARRAYS}

    def contributions(self, rows: np.ndarray, stars: np.ndarray, rejected: np.ndarray = NOTHING) -> np.ndarray:
        """What each rating, then each rejected item, adds to the score of every item, (n, m + r) float32.

        rows: (m,) rated items. stars: (m,) their ratings. rejected: (r,) items that are not wanted, none of them rated.
        `scores` is the sum over all of these.
        """
        known, counted = np.append(rows, rejected), self._counted(rows, stars, rejected)
        table = np.zeros((len(self.factors), len(known)), np.float32)
        table[self.columns[known], np.arange(len(known))[:, None]] = self.values[known] * counted[:, None]
        choices = self.factors @ self._choices(rows, stars, rejected)
        return _standard(choices) + self.settings.weight(len(known)) * _standard(table)

    def scores(self, rows: np.ndarray, stars: np.ndarray, rejected: np.ndarray = NOTHING) -> np.ndarray:
        """How likely every item is to be liked, (n,) float32: higher is likelier.

        The score by the factors plus `weight` times that by the table, each less its mean over all items and in units
        of its standard deviation. rows, stars, rejected: as for `contributions`.
        """
        known = np.append(rows, rejected)
        values = self.values[known] * self._counted(rows, stars, rejected)[:, None]
        table = np.bincount(self.columns[known].ravel(), values.ravel(), minlength=len(self.factors))
        vector = self._choices(rows, stars, rejected).sum(axis=1)
        choices, weight = self.factors @ vector, self.settings.weight(len(known))
        return (_standard(choices[:, None]) + weight * _standard(table[:, None]))[:, 0].astype(np.float32)

    def _counted(self, rows: np.ndarray, stars: np.ndarray, rejected: np.ndarray) -> np.ndarray:
        return np.append(self.inputs(rows, stars), np.full(len(rejected), -REJECTED, np.float32))

    def inputs(self, rows: np.ndarray, stars: np.ndarray) -> np.ndarray:
        """What each rating counts in the table, (m,); see `Settings.counted`."""
        beyond = stars - self.settings.mean - self.bias[rows]
        return self.settings.counted(stars, beyond - beyond.sum() / (len(rows) + USER_DAMPING))

    @cached_property
    def everywhere(self) -> np.ndarray:
        """alpha times the sum of v v' over all items, (d, d)."""
        return np.float32(self.settings.alpha) * (self.factors.T @ self.factors)

    def _choices(self, rows: np.ndarray, stars: np.ndarray, rejected: np.ndarray) -> np.ndarray:
        """What each rating and rejection adds to this user's vector in iALS, (d, m + r) float32.

        A liked item is one pair with the target 1, a rejected one a pair with the target -REJECTED; a rating that is no
        like adds nothing.
        """
        settings = self.settings
        target = np.append(stars >= settings.liked, np.full(len(rejected), -REJECTED)).astype(np.float32)
        vectors = self.factors[np.append(rows, rejected)]
        known = vectors[target != 0]
        ridge = settings.l2 * (len(known) + settings.alpha * len(self.factors))
        normal = known.T @ known + self.everywhere
        normal[np.diag_indices_from(normal)] += ridge
        return np.linalg.solve(normal, vectors.T * target).astype(np.float32)


def _standard(shares: np.ndarray) -> np.ndarray:
    """Columns less their means, divided by the standard deviation of their sum; zeros where it is 0."""
    centred = shares - shares.mean(axis=0)
    spread = float(centred.sum(axis=1).std())
    return centred / spread if spread > 1e-12 else np.zeros_like(centred)
