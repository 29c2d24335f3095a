"""Baselines for rating models: means of the training ratings."""

import numpy as np

from explorer.core.user_models.prior import USER_DAMPING
from explorer.datasets.ratings import Ratings
from explorer.training.ratings.result import RatingModel

ITEM_DAMPING, SWEEPS = 3.0, 10
BASELINES = {
    "global-mean": "the mean of all ratings",
    "item-mean": "each item's mean rating",
    "bias": "mean plus damped deviations of the user and the item",
}


def baseline(model: str, ratings: Ratings, sweeps: int = SWEEPS) -> RatingModel:
    """Fit a baseline: `global-mean`, `item-mean` (the global mean for unrated items) or `bias`.

    `bias` is mean + user bias + item bias. Each bias is the mean residual, damped as if 5 more ratings of each user and
    3 of each item had residual 0 (Koren, Bell & Volinsky 2009, alternated `sweeps` times).
    """
    user_bias = np.zeros(ratings.n_users, np.float64)
    item_bias = np.zeros(ratings.n_items, np.float64)
    if model == "item-mean":
        item_bias = _damped(ratings.item, ratings.y, ratings.n_items, 0.0)
    elif model == "bias":
        for _ in range(sweeps):
            item_bias = _damped(ratings.item, ratings.y - user_bias[ratings.user], ratings.n_items, ITEM_DAMPING)
            user_bias = _damped(ratings.user, ratings.y - item_bias[ratings.item], ratings.n_users, USER_DAMPING)
    counts = {"mean": 1, "item_bias": np.count_nonzero(item_bias), "user_bias": np.count_nonzero(user_bias)}
    return RatingModel(
        model=model,
        item_vectors=np.zeros((ratings.n_items, 0), np.float32),
        item_bias=item_bias.astype(np.float32),
        user_vectors=np.zeros((ratings.n_users, 0), np.float32),
        user_bias=user_bias.astype(np.float32),
        mean=ratings.mean,
        scale=ratings.scale,
        layers=[{"name": name, "shape": [count], "parameters": count} for name, count in counts.items() if count],
    )


def _damped(index: np.ndarray, values: np.ndarray, size: int, damping: float) -> np.ndarray:
    total = np.bincount(index, weights=values, minlength=size)
    return total / np.maximum(np.bincount(index, minlength=size) + damping, 1.0)
