"""Nearest-neighbor search: the index interface, and exact search over all items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from explorer.core.vectors.blocks import spans
from explorer.core.vectors.erased import ErasedVectors
from explorer.errors import BadRequest

METRICS = ("cosine", "dot", "euclidean")
QUERIES = ("item", "analogy", "between", "other")  # kinds of query vectors; other: users, selection centers
SHARE = 0.05  # share of the items; if a mask leaves fewer, only those are compared


class NeighborIndex(Protocol):
    """Interface of a nearest-neighbor index."""

    @property
    def recall(self) -> Mapping[str, float] | None:
        """Measured recall of the 10 nearest neighbors by kind of query (see QUERIES); None for exact search."""
        ...

    def search(
        self, query: np.ndarray, k: int, metric: str = "cosine", mask: np.ndarray | None = None, kind: str = "other"
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k items nearest to a vector (d,): their rows (k,) int64 and scores (k,) float32, best first.

        metric: one of METRICS; euclidean is a distance. mask: (n,) bool, the items to search among; if it leaves fewer
        than k, fewer are returned. kind: kind of query, one of QUERIES; an approximate index chooses its search effort
        by it. Ties are in the order of rows. Raises BadRequest.
        """
        ...


class ExactIndex:
    """Exact search: compares the query with every item."""

    recall: Mapping[str, float] | None = None

    def __init__(self, vectors: np.ndarray, norms: np.ndarray) -> None:
        """vectors: (n, d) float32. norms: (n,) float32, their lengths, 1 for a zero vector."""
        self.vectors, self.norms = vectors, norms

    def search(
        self, query: np.ndarray, k: int, metric: str = "cosine", mask: np.ndarray | None = None, kind: str = "other"
    ) -> tuple[np.ndarray, np.ndarray]:
        """See NeighborIndex.search."""
        if mask is not None and mask.sum() < SHARE * len(mask):
            rows = np.flatnonzero(mask)
            return top_k(rows, self.scores(query, metric, rows), k, metric)
        score = self.scores(query, metric)
        rows = np.arange(len(score)) if mask is None else np.flatnonzero(mask)
        return top_k(rows, score if mask is None else score[rows], k, metric)

    def scores(self, query: np.ndarray, metric: str, rows: np.ndarray | None = None) -> np.ndarray:
        """Scores of some items, by default all, in their order: (len(rows),) float32. Raises BadRequest."""
        n, d = self.vectors.shape
        query = validate_query(query, metric, d)
        if isinstance(self.vectors, ErasedVectors) and rows is None and metric != "euclidean":
            dots = self.vectors @ query
            return dots if metric == "dot" else dots / self.norms / (np.linalg.norm(query) or 1)
        parts = spans(n if rows is None else len(rows), d)
        found = [self._scores(query, metric, part if rows is None else rows[part]) for part in parts]
        return found[0] if len(found) == 1 else np.concatenate([np.empty(0, np.float32), *found])

    def _scores(self, query: np.ndarray, metric: str, rows: np.ndarray | slice) -> np.ndarray:
        some = self.vectors[rows]
        if metric == "euclidean":
            return np.linalg.norm(some - query, axis=1)
        dots = some @ query
        return dots if metric == "dot" else dots / self.norms[rows] / (np.linalg.norm(query) or 1)


def top_k(rows: np.ndarray, score: np.ndarray, k: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """The k best rows and their scores, best first. rows, score: (m,)."""
    order = -score if metric != "euclidean" else score
    # Keep all items that tie with the k-th, so that ties are sorted by row.
    some = np.flatnonzero(order <= np.partition(order, k - 1)[k - 1]) if k < len(rows) else np.arange(len(rows))
    some = some[np.lexsort((rows[some], order[some]))][:k]
    return rows[some], score[some]


def validate_query(query: np.ndarray, metric: str, dimensions: int) -> np.ndarray:
    """Convert a query vector to (d,) float32. Raises BadRequest for an unknown metric or another shape."""
    if metric not in METRICS:
        raise BadRequest(f"There is no metric {metric!r}; choose one of {', '.join(METRICS)}.")
    query = np.asarray(query, dtype=np.float32)
    if query.shape != (dimensions,):
        raise BadRequest(f"The vector has shape {query.shape}; this embedding has ({dimensions},).")
    return query
