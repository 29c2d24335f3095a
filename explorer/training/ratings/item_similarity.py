"""Item-item neighbors from EASE partial correlations and shrunk rating correlations."""

from typing import Any

import numpy as np

from explorer.datasets.ratings import Ratings
from explorer.training.ratings.models.baselines import baseline

FEWEST, MOST = 20, 8192  # least ratings of an item; most items (the most rated), as the tables are dense
RIDGE, SHRINK = 1000.0, 100.0
LIKING = 2.0  # weight of the correlation of ratings relative to the partial correlation of choices
CIRCLE, SECOND = 20, 0.5  # size of compared neighborhoods, and the weight of their overlap
TYPICAL, SCALED = 10, 0.5  # number of neighbors in an item's typical score; its power by which scores are divided


def item_neighbors(ratings: Ratings, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest items of every item with enough ratings: (m,) item indices and (m, k) item indices, best first.

    The score adds standardized signals. Partial correlation: the normalized inverse of the ridged Gram matrix of user-
    item weights (1 + residual of the rating), as in EASE (Steck 2019). Correlation of the ratings' residuals after user
    and item bias, shrunk if few users rated both items (Bell & Koren 2007). Overlap: cosine of the two items' CIRCLE
    nearest items by the first two.

    Popular items have high scores with their neighbors, items with few ratings low scores with all. Ranked by the score
    alone, popular items would be the first neighbors of items with few ratings, by chance more than by evidence.
    Therefore a score is divided by a power of the neighbor's typical score, the mean of its TYPICAL highest (local
    scaling against hubs: Schnitzer et al. 2012). With fewer than k + 1 such items, k is smaller.
    """
    ratings = ratings.chosen
    counts = np.bincount(ratings.item, minlength=ratings.n_items)
    fewest = min(FEWEST, int(np.sort(counts)[-min(ratings.n_items, k + 1)]))
    items = np.sort(np.argsort(-counts, kind="stable")[: min(MOST, np.count_nonzero(counts >= max(1, fewest)))])
    k = min(k, len(items) - 1)
    residual = _residuals(ratings)
    score = _standard(_partial(ratings, items, residual)) + LIKING * _standard(_correlation(ratings, items, residual))
    score = _standard(score) + SECOND * _standard(_shared(score, min(CIRCLE, len(items) - 1)))
    return items, items[_top_k(_scaled(score, min(TYPICAL, len(items) - 1)), k)]


def _scaled(score: np.ndarray, k: int) -> np.ndarray:
    """Scores divided by the SCALED power of the mean of each column's k highest."""
    np.fill_diagonal(score, 0)
    typical = -np.partition(-score, k - 1, axis=0)[:k].mean(axis=0) if k else np.ones(len(score))
    return score / np.maximum(typical, 1e-9) ** SCALED


def _top_k(score: np.ndarray, k: int) -> np.ndarray:
    np.fill_diagonal(score, -np.inf)
    nearest = np.argpartition(-score, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(score, nearest, axis=1), axis=1, kind="stable")
    return np.take_along_axis(nearest, order, axis=1)


def _shared(score: np.ndarray, k: int) -> np.ndarray:
    near = _top_k(score.copy(), k)
    weights = np.zeros_like(score)
    np.put_along_axis(weights, near, np.maximum(np.take_along_axis(score, near, axis=1), 0), axis=1)
    np.fill_diagonal(weights, weights.max(axis=1))
    weights /= np.maximum(np.linalg.norm(weights, axis=1, keepdims=True), 1e-9)
    return weights @ weights.T


def _partial(ratings: Ratings, items: np.ndarray, residual: np.ndarray) -> np.ndarray:
    chosen = _table(ratings, items, 1 + residual)
    gram = (chosen.T @ chosen).toarray()
    gram[np.diag_indices_from(gram)] += RIDGE
    precision = np.linalg.inv(gram)
    scale = np.sqrt(np.diag(precision))
    return -precision / np.outer(scale, scale)


def _correlation(ratings: Ratings, items: np.ndarray, residual: np.ndarray) -> np.ndarray:
    above, both = _table(ratings, items, residual), _table(ratings, items, np.ones_like(residual))
    squares = (_table(ratings, items, residual**2).T @ both).toarray()
    common = (both.T @ both).toarray()
    correlation = (above.T @ above).toarray() / np.sqrt(squares * squares.T + 1e-6)
    return correlation * common / (common + SHRINK)


def _residuals(ratings: Ratings) -> np.ndarray:
    fitted = baseline("bias", ratings)
    return ratings.y - fitted.user_bias[ratings.user] - fitted.item_bias[ratings.item]


def _table(ratings: Ratings, items: np.ndarray, values: np.ndarray) -> Any:
    from scipy.sparse import csr_matrix

    column = np.full(ratings.n_items, -1)
    column[items] = np.arange(len(items))
    listed = column[ratings.item] >= 0
    index = (ratings.user[listed], column[ratings.item[listed]])
    return csr_matrix((values[listed].astype(np.float32), index), shape=(ratings.n_users, len(items)))


def _standard(score: np.ndarray) -> np.ndarray:
    other = ~np.eye(len(score), dtype=bool)
    return score / max(float(score[other].std()) if other.any() else 0.0, 1e-9)
