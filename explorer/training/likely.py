"""Train the order `likely`, which predicts what users like next from what they liked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from explorer.core.recommend.user import WITHOUT_RATINGS
from explorer.core.user_models.likely import Likely, Settings
from explorer.datasets.ratings import Ratings
from explorer.training.interactions.ease import ease, largest
from explorer.training.interactions.ials import ials
from explorer.training.ratings.models.baselines import baseline

LIKED = 0.8  # share of the highest rating from which an item counts as liked
SIZE, SWEEPS = 64, 10  # of iALS
RIDGE = 200.0  # regularization of the table
RATINGS = 5_000_000  # most ratings used
KEPT = 100  # entries kept per row of the table
MOST = 8192  # items in the table (the most rated); its computation is dense


def train_likely(
    ratings: Ratings,
    items: np.ndarray,
    *,
    size: int = SIZE,
    seed: int = 0,
    most: int = MOST,
    progress: Callable[[int, int], Any] | None = None,
) -> Likely:
    """Train iALS factors and an item-item table on the ratings of some items.

    items: (n,) item indices that may be recommended. most: number of items in the table; the others, those with the
    fewest ratings, are ranked by their factors alone. With more than RATINGS ratings, a random sample of the users is
    used, which limits the time to minutes. progress: called with the sweep of iALS and the number of sweeps.
    """
    bias = baseline("bias", ratings)
    if ratings.n_ratings > RATINGS:
        drawn = np.random.default_rng(seed).random(ratings.n_users) < RATINGS / ratings.n_ratings
        ratings = ratings.take(drawn[ratings.user])
    settings = Settings(mean=bias.mean, liked=LIKED * ratings.scale[1])
    place = np.full(ratings.n_items, -1)
    place[items] = np.arange(len(items))
    counted = place[ratings.item] >= 0
    user, item, stars = ratings.user[counted], place[ratings.item[counted]], ratings.rating[counted]
    beyond = stars - bias.mean - bias.item_bias[ratings.item[counted]] - bias.user_bias[user]
    shape = (ratings.n_users, len(items))

    def matrix(values: np.ndarray, rows: np.ndarray) -> Any:
        return csr_matrix((values[rows].astype(np.float32), (user[rows], item[rows])), shape=shape)

    likes = matrix(np.ones(len(stars)), stars >= settings.liked)
    given = matrix(settings.counted(stars, beyond), np.ones(len(stars), bool))
    columns, values = _table(given, likes, most)
    swept = (lambda sweep, _: progress(sweep, SWEEPS)) if progress else None
    factors = ials(likes, size, alpha=settings.alpha, l2=settings.l2, sweeps=SWEEPS, seed=seed, swept=swept)
    return Likely(factors, columns, values, bias.item_bias[items], settings)


def train_likely_of_choices(
    chosen: Any,
    *,
    size: int = SIZE,
    seed: int = 0,
    most: int = MOST,
    progress: Callable[[int, int], Any] | None = None,
) -> Likely:
    """Train iALS factors and an item-item table on choices, without ratings.

    chosen: (users, items) CSR of weights w > 0. The factors use the weights; in the table each choice counts 1. A liked
    item of a visitor counts as a choice; lower ratings are ignored. most, progress: as for `train_likely`.
    """
    high = WITHOUT_RATINGS[1]
    settings = Settings(mean=LIKED * high, liked=LIKED * high, residual=0.0)
    ones = (chosen > 0).astype(np.float32)
    columns, values = _table(ones, ones, most)
    swept = (lambda sweep, _: progress(sweep, SWEEPS)) if progress else None
    factors = ials(chosen, size, alpha=settings.alpha, l2=settings.l2, sweeps=SWEEPS, seed=seed, swept=swept)
    return Likely(factors, columns, values, np.zeros(chosen.shape[1], np.float32), settings)


def _table(given: Any, likes: Any, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest entries of each item's row in the table, (n, k); zeros for items beyond the `most` rated."""
    count = given.shape[1]
    chosen = np.sort(np.argsort(-given.getnnz(axis=0), kind="stable")[:most])
    near, weight = largest(ease(given[:, chosen], likes[:, chosen], RIDGE), KEPT)
    columns, values = np.zeros((count, near.shape[1]), np.int32), np.zeros((count, near.shape[1]), np.float32)
    columns[chosen], values[chosen] = chosen[near], weight
    return columns, values
