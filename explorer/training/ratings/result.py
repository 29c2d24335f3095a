"""Result of a training on ratings."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.core.user_models.network import Network
from explorer.core.user_models.prior import UserPrior


@dataclass(frozen=True, eq=False)
class RatingModel:
    """A trained rating model: vectors, biases, parameters and metrics; `predict` returns ratings.

    A rating is mean + user_bias + item_bias + user . item, unless the model has a network, which takes both vectors.
    Baselines have vectors of size 0.
    """

    model: str
    item_vectors: np.ndarray  # (n_items, d) float32
    item_bias: np.ndarray  # (n_items,) float32, stars
    user_vectors: np.ndarray  # (n_users, d) float32
    user_bias: np.ndarray  # (n_users,) float32, stars
    mean: float
    scale: tuple[float, float]
    params: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    curve: list[dict[str, float]] = field(default_factory=list)
    layers: list[dict[str, Any]] = field(default_factory=list)
    network: Network | None = None
    prior: UserPrior | None = None  # of a new user, if the model learns one

    @property
    def parameters(self) -> int:
        """Number of trained values."""
        return sum(layer["parameters"] for layer in self.layers)

    def predict(self, user: np.ndarray, item: np.ndarray) -> np.ndarray:
        """Ratings for pairs of dense indices, (n,) float32, clipped to the scale."""
        user, item = np.asarray(user), np.asarray(item)
        raw = self.network(self.user_vectors[user], self.item_vectors[item]) if self.network else self._dot(user, item)
        return np.clip(self.mean + raw, *self.scale).astype(np.float32)

    def _dot(self, user: np.ndarray, item: np.ndarray) -> np.ndarray:
        result = np.asarray(self.user_bias[user] + self.item_bias[item])
        for start in range(0, len(user), 1 << 18):  # in blocks, to limit memory
            part = slice(start, start + (1 << 18))
            result[part] += np.einsum("nd,nd->n", self.user_vectors[user[part]], self.item_vectors[item[part]])
        return result


def rmse_mae(predicted: np.ndarray, rating: np.ndarray) -> dict[str, float]:
    """Root mean squared and mean absolute error, in stars."""
    difference = np.asarray(predicted, np.float64) - rating
    return {"rmse": float(np.sqrt(np.mean(difference**2))), "mae": float(np.mean(np.abs(difference)))}
