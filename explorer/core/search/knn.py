"""Exact k nearest neighbors of all items."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import local

import numpy as np

from explorer.core.search.index import METRICS
from explorer.errors import BadRequest

BLOCK = 2_000_000  # distances per thread and step; blocks that fit into the CPU cache are fastest
THREADS = min(4, os.cpu_count() or 1)
GROUPS = 32  # size of the groups whose minimum is compared first
Distances = Callable[..., np.ndarray]  # rows (m,), output array -> distances to all points (m, n)


def all_neighbors(
    vectors: np.ndarray, k: int = 10, metric: str = "cosine", rows: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest neighbors of every item, or of the items in `rows`: row numbers and scores, best first.

    vectors: (n, d). metric and scores: see Embedding.neighbors. rows: (m,) int. Returns (m, k) int64 and float32. No
    item is its own neighbor; ties are in the order of rows. All pairs are compared, block by block. Raises BadRequest
    for an unknown metric, or k not from 1 to n - 1.
    """
    from threadpoolctl import threadpool_limits

    vectors = np.asarray(vectors, np.float32)
    n = len(vectors)
    if not 1 <= k < n:
        raise BadRequest(f"{k} neighbors of {n:,} items cannot be found; k must be from 1 to {n - 1:,}.")
    asked = np.arange(n) if rows is None else np.asarray(rows, np.int64)
    measure = distances(vectors, metric)
    near, scores = np.empty((len(asked), k), np.int64), np.empty((len(asked), k), np.float32)
    step = max(1, min(BLOCK // n, len(asked)))
    own = local()  # a buffer per thread: allocating one for each block would cost a quarter of the time

    def fill(start: int) -> None:
        block = asked[start : start + step]
        if not hasattr(own, "far"):
            own.far = np.empty((step, n), np.float32)
        found = np.sort(_least(measure(block, own.far[: len(block)]), k))
        score = _scores(vectors, block, found, metric)
        order = np.argsort(score if metric == "euclidean" else -score, axis=1, kind="stable")
        near[start : start + step] = np.take_along_axis(found, order, axis=1)
        scores[start : start + step] = np.take_along_axis(score, order, axis=1)

    # One thread per block, and one core per matrix product: BLAS threads that share a product wait for each other,
    # which takes three times as long on a busy machine.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(fill, range(0, len(asked), step)))
    return near, scores


def distances(points: np.ndarray, metric: str) -> Distances:
    """Function that computes the distances from some points to all points.

    points: (n, d) float; results have the same precision. The function maps rows (m,) to an (m, n) array, written to
    `out` if given, whose order is that of the distances: the smallest value is the nearest point. The distance of a
    point to itself is infinite. Raises BadRequest for an unknown metric.
    """
    if metric not in METRICS:
        raise BadRequest(f"There is no metric {metric!r}; choose one of {', '.join(METRICS)}.")
    ends, halves = points, None
    if metric == "cosine":
        norms = np.linalg.norm(points, axis=1, keepdims=True)
        ends = points / np.where(norms == 0, 1, norms)
    elif metric == "euclidean":
        # In |a - b|² = |a|² + |b|² - 2ab, |a|² is the same for a whole row and does not change the order.
        # Centering the points reduces cancellation; the copy it needs is made only if their mean is farther from
        # the origin than the points are from each other.
        middle = points.mean(axis=0, dtype=np.float64)
        squares = np.einsum("nd,nd->n", points, points, dtype=np.float64)
        if middle @ middle > squares.mean() / 2:
            ends = np.subtract(points, middle, dtype=points.dtype, casting="same_kind")
            squares = np.einsum("nd,nd->n", ends, ends, dtype=np.float64)
        halves = (squares / 2).astype(points.dtype)

    def measure(rows: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        far = np.matmul(-ends[rows], ends.T, out=out)
        if halves is not None:
            far += halves
        far[np.arange(len(rows)), rows] = np.inf
        return far

    return measure


def _least(far: np.ndarray, k: int) -> np.ndarray:
    """Columns of the k smallest values of each row, (m, k), unsorted."""
    n = far.shape[1]
    size = n // GROUPS
    if size < 4 * k:
        return np.argpartition(far, k - 1, axis=1)[:, :k]
    # The k smallest values lie in the k groups with the smallest minima, so only those are partitioned.
    first = far[:, : size * GROUPS].reshape(len(far), GROUPS, size).min(axis=1)
    groups = np.argpartition(first, k - 1, axis=1)[:, :k]
    members = (groups[:, None, :] + size * np.arange(GROUPS)[:, None]).reshape(len(far), -1)
    rest = np.broadcast_to(np.arange(size * GROUPS, n), (len(far), n - size * GROUPS))
    columns = np.concatenate([members, rest], axis=1)
    best = np.argpartition(np.take_along_axis(far, columns, axis=1), k - 1, axis=1)[:, :k]
    return np.take_along_axis(columns, best, axis=1)


def _scores(vectors: np.ndarray, rows: np.ndarray, near: np.ndarray, metric: str) -> np.ndarray:
    """Scores (m, k) float32 of the neighbors found, computed from the vectors."""
    queries, neighbors = vectors[rows], vectors[near]
    if metric == "euclidean":
        return np.linalg.norm(neighbors - queries[:, None], axis=2)
    dots = np.einsum("md,mkd->mk", queries, neighbors)
    if metric == "dot":
        return dots
    norms = np.linalg.norm(neighbors, axis=2) * np.linalg.norm(queries, axis=1)[:, None]
    return dots / np.where(norms == 0, 1, norms)
