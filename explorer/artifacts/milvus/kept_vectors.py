"""Vectors of a few rows of a database, fetched once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


class KeptVectors:
    """Fetches vectors of rows, and keeps them as long as there is room, so that a later request is for the new ones."""

    def __init__(self, fetch: Callable[[np.ndarray], np.ndarray], dimensions: int, most: int) -> None:
        """fetch: rows (m,) int64 -> vectors (m, d) float32. most: numbers kept, besides those of the last request."""
        self._fetch, self._most = fetch, most
        self._kept = np.empty(0, np.int64), np.empty((0, dimensions), np.float32)  # rows, ascending, and vectors

    def of(self, rows: np.ndarray) -> np.ndarray:
        """The vectors of rows (m,) int64: (m, d) float32."""
        kept, vectors = self._kept
        new = rows[~_contained(rows, kept)]
        if len(new):
            fetched = self._fetch(new)
            if vectors.size + fetched.size > self._most:
                stay = _contained(kept, np.sort(rows))
                kept, vectors = kept[stay], vectors[stay]
            order = np.argsort(kept := np.append(kept, new))
            kept, vectors = kept[order], np.concatenate([vectors, fetched])[order]
            self._kept = kept, vectors
        return vectors[np.searchsorted(kept, rows)]


def _contained(rows: np.ndarray, ascending: np.ndarray) -> np.ndarray:
    """Whether each row is among others: (len(rows),) bool."""
    if not len(ascending):
        return np.zeros(len(rows), bool)
    return ascending[np.searchsorted(ascending, rows).clip(max=len(ascending) - 1)] == rows
