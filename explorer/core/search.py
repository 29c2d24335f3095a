"""Nearest-neighbor search: the interface, and exact search over all items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from explorer.errors import BadRequest

METRICS = ("cosine", "dot", "euclidean")
QUERIES = ("item", "analogy", "between", "other")  # kinds of query vectors; other: users, centres of selections
SHARE = 0.05  # of the items: where a mask leaves fewer, those are compared one by one


class NeighborIndex(Protocol):
    """Interface of a nearest-neighbor index."""

    @property
    def recall(self) -> Mapping[str, float] | None:
        """Measured recall of the 10 nearest neighbors by kind of query, of QUERIES; None for exact search."""
        ...

    def search(
        self, query: np.ndarray, k: int, metric: str = "cosine", mask: np.ndarray | None = None, kind: str = "other"
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k items nearest to a vector (d,): their rows (k,) int64 and scores (k,) float32, best first.

        metric: one of METRICS; euclidean is a distance. mask: (n,) bool, which items may answer; fewer answer where
        it leaves fewer. kind: of QUERIES, what the vector is; an index looks as far as such queries need. Of equal
        scores the first row is named first. Raises BadRequest.
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
        """See Search.top."""
        if mask is not None and mask.sum() < SHARE * len(mask):
            rows = np.flatnonzero(mask)
            return top_k(rows, self.scores(query, metric, rows), k, metric)
        score = self.scores(query, metric)
        rows = np.arange(len(score)) if mask is None else np.flatnonzero(mask)
        return top_k(rows, score if mask is None else score[rows], k, metric)

    def scores(self, query: np.ndarray, metric: str, rows: np.ndarray | slice = np.s_[:]) -> np.ndarray:
        """Score of some items, or of all in their order: (len(rows),) float32. Raises BadRequest."""
        query = validate_query(query, metric, self.vectors.shape[1])
        some = self.vectors[rows]
        if metric == "euclidean":
            return np.linalg.norm(some - query, axis=1)
        dots = some @ query
        return dots if metric == "dot" else dots / self.norms[rows] / (np.linalg.norm(query) or 1)


def top_k(rows: np.ndarray, score: np.ndarray, k: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """The k best of some rows and their scores, best first. rows, score: (m,)."""
    order = -score if metric != "euclidean" else score
    # All that are as near as the last of the k, so that those of equal scores come in the order of rows.
    some = np.flatnonzero(order <= np.partition(order, k - 1)[k - 1]) if k < len(rows) else np.arange(len(rows))
    some = some[np.lexsort((rows[some], order[some]))][:k]
    return rows[some], score[some]


def validate_query(query: np.ndarray, metric: str, dimensions: int) -> np.ndarray:
    """A query as (d,) float32. Raises BadRequest for another metric or shape."""
    if metric not in METRICS:
        raise BadRequest(f"There is no metric {metric!r}; choose one of {', '.join(METRICS)}.")
    query = np.asarray(query, dtype=np.float32)
    if query.shape != (dimensions,):
        raise BadRequest(f"The vector has shape {query.shape}; this embedding has ({dimensions},).")
    return query
