"""Metrics of vectors and of neighbor lists."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import norm, spearmanr

from explorer.core.search.knn import distances

DEAD = 0.01  # a dimension is dead if its deviation is below this share of the largest
PAIRS = 20_000_000  # pairs of list positions compared at once


def mean_cosine(vectors: np.ndarray) -> float:
    """Mean cosine over all pairs of different items; exact, computed from the sum of the unit vectors."""
    vectors = np.asarray(vectors, np.float64)
    norms = np.linalg.norm(vectors, axis=1)
    unit = vectors / np.where(norms == 0, 1, norms)[:, None]
    n, total = len(unit), unit.sum(axis=0)
    return float((total @ total - np.count_nonzero(norms)) / (n * (n - 1)))


def principal_shares(vectors: np.ndarray) -> np.ndarray:
    """Share of the variance on each principal axis, (min(n, d),) descending; zeros if nothing varies."""
    centered = np.asarray(vectors, np.float64) - np.mean(vectors, axis=0, dtype=np.float64)
    n, d = centered.shape
    products = centered.T @ centered if d <= n else centered @ centered.T  # both have the same non-zero eigenvalues
    variance = np.maximum(np.linalg.eigvalsh(products)[::-1], 0)
    return variance / (variance.sum() or 1)


def effective_dimensions(shares: np.ndarray) -> tuple[float, float]:
    """Effective number of dimensions, by two measures; d for equal variance in all directions, 0 if nothing varies.

    shares: of `principal_shares`. The participation ratio is 1 / sum of the squared shares of variance. The effective
    rank (Roy & Vetterli 2007) is the exponential of the entropy of the singular values' shares, here of the centered
    vectors; singular values are the square roots of the variances.
    """
    if not shares.any():
        return 0.0, 0.0
    singular = np.sqrt(shares[shares > 0])
    singular /= singular.sum()
    return float(1 / (shares**2).sum()), float(np.exp(-(singular * np.log(singular)).sum()))


def dead_dimensions(vectors: np.ndarray) -> np.ndarray:
    """Dimensions that are (nearly) constant over all items: their numbers, ascending."""
    spread = np.std(vectors, axis=0, dtype=np.float64)
    return np.flatnonzero(spread <= DEAD * spread.max())


def near_duplicates(
    vectors: np.ndarray, near: np.ndarray, scores: np.ndarray, above: float = 0.999
) -> tuple[int, np.ndarray]:
    """Number of pairs of items with a cosine above `above`, and the most similar of them, (m, 2) rows.

    near, scores: (n, k) cosine neighbors of all items, which contain nearly all such pairs. Only items whose whole list
    exceeds the threshold are compared with all others.
    """
    alike = scores > above
    full = np.flatnonzero(alike.all(axis=1))
    count = int(alike[~alike.all(axis=1)].sum())
    measure = distances(np.asarray(vectors, np.float32), "cosine")
    step = max(1, 4_000_000 // len(vectors))
    for start in range(0, len(full), step):
        count += int((measure(full[start : start + step]) < -above).sum())
    rows, places = np.nonzero(alike)
    pairs = np.column_stack([rows, near[rows, places]])
    once = pairs[:, 0] < pairs[:, 1]
    order = np.argsort(-scores[rows, places][once], kind="stable")
    return count // 2, pairs[once][order]


def shared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Number of common items among the first 1, 2, ... k of two rankings: (m, k) int64.

    a, b: (m, k), k different items per row, the best first.
    """
    m, k = a.shape
    first = np.zeros((m, k), np.int64)
    step = max(1, PAIRS // k**2)
    for start in range(0, m, step):
        block = slice(start, start + step)
        row, place_a, place_b = np.nonzero(a[block, :, None] == b[block, None, :])
        np.add.at(first, (start + row, np.maximum(place_a, place_b)), 1)
    return first.cumsum(axis=1)


def jaccard(common: np.ndarray) -> np.ndarray:
    """Jaccard index of two sets of k: (m,), from the result of `shared`."""
    both, k = common[:, -1], common.shape[1]
    return both / (2 * k - both)


def rank_biased_overlap(common: np.ndarray, p: float = 0.9) -> np.ndarray:
    """Similarity of two rankings with more weight at the top: (m,), 1 for equal, 0 for disjoint.

    common: (m, k) from `shared`. This is RBO_ext of Webber, Moffat & Zobel 2010 (A similarity measure for indefinite
    rankings), which extrapolates the agreement at k. p: the probability of going on to the next position; at 0.9 the
    first ten have 86% of the weight.
    """
    k = common.shape[1]
    depth = np.arange(1, k + 1)
    agreement = common / depth
    return agreement[:, -1] * p**k + (1 - p) / p * (agreement * p**depth).sum(axis=1)


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float | None:
    """Spearman's correlation over the items where both are known; None if it is undefined."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    known = np.isfinite(x) & np.isfinite(y)
    if known.sum() < 3 or np.ptp(x[known]) == 0 or np.ptp(y[known]) == 0:
        return None
    return float(spearmanr(x[known], y[known]).statistic)


def jackknife_interval(mean: float, without: np.ndarray) -> tuple[float, float]:
    """95% interval of a mean over items whose values depend on each other, as neighbor lists share members.

    without: (n,) the mean with one item deleted. The delete-one jackknife overestimates the variance on average (Efron
    & Stein 1981, The jackknife estimate of variance), so coverage is at least 95%.
    """
    n = len(without)
    error = np.sqrt((n - 1) / n * np.square(without - without.mean()).sum()) * norm.ppf(0.975)
    return float(mean - error), float(mean + error)


def means_without(pairs: np.ndarray, near: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Mean over items of a quantity averaged over their k neighbors, with each item deleted in turn: (n,).

    near: (n, k + 1) neighbors, nearest first. pairs: (n, k + 1) the quantity for an item and each neighbor. counted:
    (n,) bool, items in the mean. If the deleted item was among the k neighbors of another, the next neighbor replaces
    it.
    """
    k = near.shape[1] - 1
    own = np.where(counted, pairs[:, :k].mean(axis=1), 0)
    change = np.where(counted[:, None], (pairs[:, k:] - pairs[:, :k]) / k, 0)
    moved = np.bincount(near[:, :k].ravel(), change.ravel(), minlength=len(near))
    return (own.sum() - own + moved) / (counted.sum() - counted)


def group_hits(groups: Mapping[str, np.ndarray], near: np.ndarray) -> tuple[float, float]:
    """Share of group members with another member among their neighbors, and share of the members that are found.

    groups: name -> rows, at least two. near: (n, k). The second is averaged over members: the number of their k
    neighbors in the group, divided by the largest possible number.
    """
    hit, recall = [], []
    for rows in groups.values():
        found = np.isin(near[rows], rows).sum(axis=1)
        hit.append(found > 0)
        recall.append(found / min(near.shape[1], len(rows) - 1))
    return float(np.concatenate(hit).mean()), float(np.concatenate(recall).mean())
