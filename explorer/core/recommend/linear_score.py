"""Scores that are the similarity to a vector plus a number per item, and the items with the highest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.core.embedding import Embedding
from explorer.core.vectors.remote import MOST

FIRST = 200  # items asked for in the first search
GROWTH = 8  # factor of the next search
LAST = 16_384  # items asked for in the last one
ROUNDING = 1e-5  # relative rounding error of a score


@dataclass(frozen=True, eq=False)
class LinearScore:
    """The score of each item: the similarity of its vector to `query`, plus its `offset`."""

    query: np.ndarray  # (d,) float32
    metric: str  # cosine or dot
    offset: np.ndarray  # (n,) float

    def of_all(self, embedding: Embedding) -> np.ndarray:
        """The score of every item, (n,) float."""
        return embedding.scores(self.query, self.metric) + self.offset

    def best(self, embedding: Embedding, k: int, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the k items of a mask (n,) with the highest scores, best first, and the scores: (k,) each.

        Found by searching for the nearest items first. Any other item is at most as similar as the last of these, so it
        can be among the k best only if its offset is high enough, and those are compared too (threshold algorithm:
        Fagin, Lotem & Naor 2003). If that leaves too many, all items are compared. Ties are in the order of rows.
        """
        size = min(FIRST + k, LAST)
        while True:
            rows, similarity = embedding.neighbor_index.search(self.query, size, self.metric, mask)
            score = similarity + self.offset[rows]
            if len(rows) < size:
                return _first(rows, score, k)
            worst = np.sort(score)[-k] - similarity[-1]  # k <= size
            candidates = mask & (self.offset >= worst - ROUNDING * (1 + abs(worst)))
            candidates[rows] = False
            more = np.flatnonzero(candidates)
            if len(more) <= MOST:
                vectors = embedding.vectors[more]
                norms = embedding.norms[more] * (np.linalg.norm(self.query) or 1) if self.metric == "cosine" else 1
                return _first(
                    np.append(rows, more), np.append(score, vectors @ self.query / norms + self.offset[more]), k
                )
            if size >= LAST:
                allowed = np.flatnonzero(mask)
                return _first(allowed, self.of_all(embedding)[allowed], k)
            size = min(size * GROWTH, LAST)


def _first(rows: np.ndarray, score: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    order = np.lexsort((rows, -score))[:k]
    return rows[order], score[order]
