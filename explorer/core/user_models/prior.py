"""Prior distribution of a rating model's user vectors, from which new users are folded in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.normal_equations import solve
from explorer.errors import BadRequest

USER_DAMPING = 5.0  # ratings with deviation 0 added when a user's bias is estimated


@dataclass(frozen=True, eq=False)
class UserPrior:
    """Normal prior on a user's vector and bias, concatenated as (d + 1,), as learned by a rating model.

    ridge: (d + 1, d + 1), the precision times the variance of a rating's noise. per_rating: added to the diagonal for
    each rating. mean: (d + 1,). implicit: (n, d + 1) or None; the rows of the m items rated by a user, whatever the
    rating, are summed, scaled by m^-1/2 and added to the mean (SVD++, Koren 2008).
    """

    ridge: np.ndarray
    mean: np.ndarray
    per_rating: float = 0.0
    implicit: np.ndarray | None = None

    @classmethod
    def of_l2(cls, l2: float, size: int) -> UserPrior:
        """Prior of matrix factorization that penalizes the squared vector and bias with weight l2 per rating."""
        return cls(np.zeros((size + 1, size + 1)), np.zeros(size + 1), l2)

    def take(self, rows: np.ndarray) -> UserPrior:
        """The prior restricted to some items."""
        implicit = None if self.implicit is None else self.implicit[rows]
        return UserPrior(self.ridge, self.mean, self.per_rating, implicit)

    def parameters(self) -> dict[str, float | bool]:
        """What the manifest of the artifact stores; `arrays` tells whether the artifact stores arrays as well."""
        known = {"per_rating": self.per_rating, "arrays": self.implicit is not None}
        return {**known, "vector": float(self.ridge[0, 0]), "bias": float(self.ridge[-1, -1])}

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays that the artifact stores, by name; none without implicit rows, as `parameters` suffice."""
        if self.implicit is None:
            return {}
        known = {"ridge": self.ridge, "mean": self.mean, "implicit": self.implicit}
        return {f"user_{name}": part.astype(np.float32) for name, part in known.items()}

    @classmethod
    def read(
        cls, name: str, settings: Mapping[str, Any], arrays: Mapping[str, np.ndarray], items: tuple[int, int]
    ) -> UserPrior:
        """Read the prior of an artifact. Raises BadRequest if its arrays are missing, as in a database.

        name: of the artifact. settings: what `parameters` returned. arrays: by name. items: shape of the vectors.
        """
        n, size = items
        if not settings["arrays"]:
            ridge = np.diag(np.append(np.full(size, float(settings["vector"])), float(settings["bias"])))
            return cls(ridge, np.zeros(size + 1), float(settings["per_rating"]))
        shapes = {"ridge": (size + 1, size + 1), "mean": (size + 1,), "implicit": (n, size + 1)}
        parts = {part: arrays.get(f"user_{part}", np.empty(0)) for part in shapes}
        for part, shape in shapes.items():
            if parts[part].shape != shape:
                raise BadRequest(
                    f"{name} cannot fold in a new user: model/user_{part}.npy is missing or not of shape "
                    f"{shape}. Load the artifact from the folder it was trained into, or train again."
                )
        return cls(parts["ridge"], parts["mean"], float(settings["per_rating"]), parts["implicit"])

    def posterior(self, rows: np.ndarray, vectors: np.ndarray, stars: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean given ratings: the part common to all users (d + 1,), and each rating's part (d + 1, m).

        rows: (m,) the rated items. vectors: (m, d), theirs. stars: (m,) ratings minus the mean and the item's bias. The
        sum of all parts is the vector and bias that minimize the squared error plus the prior's penalty.
        """
        design = np.column_stack([vectors, np.ones(len(rows))]).astype(np.float64)
        ridge = self.ridge + self.per_rating * len(rows) * np.eye(design.shape[1])
        normal = design.T @ design + ridge
        known = design.T * stars
        if self.implicit is not None:
            known = known + ridge @ (np.asarray(self.implicit[rows], np.float64) / np.sqrt(max(len(rows), 1))).T
        solved = solve(normal, np.column_stack([ridge @ self.mean, known]))
        return solved[:, 0], solved[:, 1:]
