"""Train the order `likely`: what people who liked an item went on to like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from explorer.core.fold_in import WITHOUT_RATINGS
from explorer.core.likely import Likely, Settings
from explorer.datasets.ratings import Ratings
from explorer.training.interactions.ease import ease, largest
from explorer.training.interactions.ials import ials
from explorer.training.ratings.baselines import baseline

LIKED = 0.8  # of the highest rating
SIZE, SWEEPS = 64, 10  # of iALS
RIDGE = 200.0  # of the table
RATINGS = 5_000_000  # learned from at most
KEPT = 100  # entries of the table an item
MOST = 8192  # items of the table, the most rated: it is dense while it is computed


def train_likely(
    ratings: Ratings,
    items: np.ndarray,
    *,
    size: int = SIZE,
    seed: int = 0,
    most: int = MOST,
    progress: Callable[[int, int], Any] | None = None,
) -> Likely:
    """Factors and table over some items, learned from the ratings of these.

    items: (n,) item indices that may be recommended. most: items of the table; the others, those with the fewest
    ratings, are ranked by their factors alone. Of more than RATINGS ratings, a random share of the users counts, so
    that it takes minutes at most. progress: called with the sweep of iALS and how many there are.
    """
    bias = baseline("bias", ratings)
    if ratings.n_ratings > RATINGS:
        drawn = np.random.default_rng(seed).random(ratings.n_users) < RATINGS / ratings.n_ratings
        ratings = ratings.take(drawn[ratings.user])
    settings = Settings(mean=bias.mean, liked=LIKED * ratings.scale[1])
    place = np.full(ratings.n_items, -1)
    place[items] = np.arange(len(items))
    kept = place[ratings.item] >= 0
    user, item, stars = ratings.user[kept], place[ratings.item[kept]], ratings.rating[kept]
    beyond = stars - bias.mean - bias.item_bias[ratings.item[kept]] - bias.user_bias[user]
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
    """Factors and table over all items, learned from what users chose, without ratings.

    chosen: (users, items) CSR of weights w > 0. The factors are learned from the weights; in the table each choice
    counts 1. A visitor who likes an item counts as a user who chose it; lower ratings count nothing. most, progress: as
    for `train_likely`.
    """
    high = WITHOUT_RATINGS[1]
    settings = Settings(mean=LIKED * high, liked=LIKED * high, residual=0.0)
    ones = (chosen > 0).astype(np.float32)
    columns, values = _table(ones, ones, most)
    swept = (lambda sweep, _: progress(sweep, SWEEPS)) if progress else None
    factors = ials(chosen, size, alpha=settings.alpha, l2=settings.l2, sweeps=SWEEPS, seed=seed, swept=swept)
    return Likely(factors, columns, values, np.zeros(chosen.shape[1], np.float32), settings)


def _table(given: Any, likes: Any, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest entries of the table in each item's row, (n, k); zeros for items beyond the `most` rated."""
    count = given.shape[1]
    chosen = np.sort(np.argsort(-given.getnnz(axis=0), kind="stable")[:most])
    near, weight = largest(ease(given[:, chosen], likes[:, chosen], RIDGE), KEPT)
    columns, values = np.zeros((count, near.shape[1]), np.int32), np.zeros((count, near.shape[1]), np.float32)
    columns[chosen], values[chosen] = chosen[near], weight
    return columns, values
