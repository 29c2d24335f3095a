"""Predict which items a user will like next: iALS factors combined with an item-item table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from explorer.core.normal_equations import solve
from explorer.core.user_models.prior import USER_DAMPING
from explorer.errors import BadArtifact

NOTHING = np.empty(0, np.int64)
REJECTED = 0.05  # negative weight of a rejected item; a liked one has 1; see docs/statistics.md
LARGEST = 1e7  # largest absolute value in an array; factors and biases are small, columns are rows of items
ARRAYS = ("factors", "columns", "values", "bias")


@dataclass(frozen=True)
class Settings:
    """Parameters of the order `likely`; the defaults are the best found by benchmarks/recommendations.py.

    mean: of all ratings. liked: lowest rating that counts as liked, in stars. alpha, l2: of iALS. neutral: weight of a
    rating that is neither liked nor disliked; a liked one has 1. residual: weight of each star above the expected
    rating. first, more, most: weight of the table relative to the factors, as a function of the number of ratings.
    few: additional regularization of the vector of a user with few ratings, see `ridge`.
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
    few: float = 300.0

    def counted(self, stars: np.ndarray, beyond: np.ndarray) -> np.ndarray:
        """Weights of ratings, (m,) float32; 0 or negative for ratings below the mean of all ratings.

        beyond: rating less the biases of its user and item, in stars.
        """
        value = np.where(stars >= self.liked, 1.0, self.neutral) + self.residual * beyond
        return np.where(stars < self.mean, np.minimum(value, 0), value).astype(np.float32)

    def weight(self, count: int) -> float:
        """Weight of the table relative to the factors for a user with `count` ratings."""
        return min(self.most, self.first + self.more * count)

    def ridge(self, count: int) -> float:
        """Regularization of the vector of a user with `count` ratings: l2 (1 + few / count^2)."""
        return self.l2 * (1 + self.few / max(count, 1) ** 2)


@dataclass(frozen=True, eq=False)
class Likely:
    """iALS factors and an asymmetric EASE table over the same items; see training.likely.

    factors: (n, d) float32. columns, values: (n, k), the largest entries of each item's row in the table; zeros for an
    item without entries. bias: (n,) item biases, subtracted from ratings.
    """

    factors: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    bias: np.ndarray
    settings: Settings

    @classmethod
    def read(cls, name: str, settings: Mapping[str, Any], arrays: Mapping[str, np.ndarray], n: int) -> Likely:
        """Read the model of an artifact. Raises BadArtifact if its arrays do not fit.

        name: of the artifact. settings: what `parameters` returned. arrays: by name. n: number of items.
        """
        parts = {part: np.asarray(arrays.get(f"likely_{part}", np.empty(0))) for part in ARRAYS}
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
            raise BadArtifact(f"The arrays model/likely_*.npy of {name} are missing or damaged. Train again.")
        wide = {part: array.astype(np.int64 if part == "columns" else np.float32) for part, array in parts.items()}
        known = {field.name: float(settings[field.name]) for field in fields(Settings) if field.name in settings}
        return cls(**wide, settings=Settings(**known))

    def parameters(self) -> dict[str, float]:
        """What the manifest of the artifact stores: the settings."""
        return asdict(self.settings)

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays that the artifact stores, by name: float16, and int16 columns if they fit."""
        kinds = dict.fromkeys(ARRAYS, np.float16) | {"columns": np.int16 if len(self.factors) < 1 << 15 else np.int32}
        return {f"likely_{name}": getattr(self, name).astype(kinds[name]) for name in ARRAYS}

    def contributions(
        self, rows: np.ndarray, stars: np.ndarray, rejected: np.ndarray = NOTHING, of: np.ndarray | None = None
    ) -> np.ndarray:
        """What each rating and each rejected item adds to the scores of some items: (q, m + r) float32.

        rows: (m,) rated items. stars: (m,) their ratings. rejected: (r,) items that are not wanted, none of them rated.
        of: (q,) the items, by default all. The rows sum to `scores`.
        """
        n, known = len(self.factors), np.append(rows, rejected)
        of = np.arange(n) if of is None else of
        choices = self._choices(rows, stars, rejected)
        shares = self.factors[of] @ choices - self.factors.mean(axis=0) @ choices
        shares = _divided(shares, (self.factors @ choices.sum(axis=1)).std())

        values = self.values[known] * self._weights(rows, stars, rejected)[:, None]
        place = np.full(n, -1)
        place[of] = np.arange(len(of))
        places = place[self.columns[known]]
        rating, entry = np.nonzero(places >= 0)
        table = np.zeros((len(of), len(known)), np.float32)
        np.add.at(table, (places[rating, entry], rating), values[rating, entry])
        whole = np.bincount(self.columns[known].ravel(), values.ravel(), minlength=n)
        table = _divided(table - values.sum(axis=1) / n, whole.std())
        return (shares + self.settings.weight(len(rows)) * table).astype(np.float32)

    def scores(self, rows: np.ndarray, stars: np.ndarray, rejected: np.ndarray = NOTHING) -> np.ndarray:
        """How likely every item is to be liked: (n,) float32, higher is likelier.

        The score of the factors plus `weight` times the score of the table, each standardized over all items. rows,
        stars, rejected: as for `contributions`.
        """
        known = np.append(rows, rejected)
        values = self.values[known] * self._weights(rows, stars, rejected)[:, None]
        table = np.bincount(self.columns[known].ravel(), values.ravel(), minlength=len(self.factors))
        vector = self._choices(rows, stars, rejected).sum(axis=1)
        choices, weight = self.factors @ vector, self.settings.weight(len(rows))
        return (_standard(choices) + weight * _standard(table)).astype(np.float32)

    def _weights(self, rows: np.ndarray, stars: np.ndarray, rejected: np.ndarray) -> np.ndarray:
        return np.append(self.inputs(rows, stars), np.full(len(rejected), -REJECTED, np.float32))

    def inputs(self, rows: np.ndarray, stars: np.ndarray) -> np.ndarray:
        """Weight of each rating, (m,); see `Settings.counted`."""
        beyond = stars - self.settings.mean - self.bias[rows]
        return self.settings.counted(stars, beyond - beyond.sum() / (len(rows) + USER_DAMPING))

    @cached_property
    def everywhere(self) -> np.ndarray:
        """alpha times the sum of v v' over all item vectors, (d, d)."""
        return np.float32(self.settings.alpha) * (self.factors.T @ self.factors)

    def _choices(self, rows: np.ndarray, stars: np.ndarray, rejected: np.ndarray) -> np.ndarray:
        """What each rating and rejection adds to the user's iALS vector: (d, m + r) float32.

        The target of each is its weight, as in the table; items of weight 0 are left out.
        """
        settings, target = self.settings, self._weights(rows, stars, rejected)
        vectors = self.factors[np.append(rows, rejected)]
        known = vectors[target != 0]
        ridge = settings.ridge(len(rows)) * (len(known) + settings.alpha * len(self.factors))
        normal = known.T @ known + self.everywhere
        normal[np.diag_indices_from(normal)] += ridge
        return solve(normal, vectors.T * target).astype(np.float32)


def _standard(scores: np.ndarray) -> np.ndarray:
    """Scores of all items, (n,), with mean 0 and standard deviation 1; zeros if they are all the same."""
    return _divided(scores - scores.mean(), scores.std())


def _divided(values: np.ndarray, spread: float) -> np.ndarray:
    return values / spread if spread > 1e-12 else np.zeros_like(values)
