"""Vectors without what they reveal about a column, computed from the original ones when they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, cast

import numpy as np

from explorer.core.vectors.blocks import spans


class ErasedVectors:
    """View of an (n, d) matrix whose rows are x - (x - mean) weights step, float32.

    Only the rows that are asked for are computed. A product with a query is computed from the original matrix, with the
    query projected instead of the rows.
    """

    dtype, ndim = np.dtype(np.float32), 2

    def __init__(self, vectors: np.ndarray, mean: np.ndarray, weights: np.ndarray, step: np.ndarray) -> None:
        """vectors: (n, d). mean: (d,). weights: (d, k). step: (k, d)."""
        self._vectors, self._mean, self._weights, self._step = vectors, mean, weights, step
        self._float32 = tuple(part.astype(np.float32) for part in (mean, weights, step))
        self.shape = vectors.shape

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, asked: Any) -> np.ndarray:
        """Rows, or parts of rows, as indexing the matrix returns them."""
        if isinstance(asked, tuple):
            rows, *rest = asked
            return cast(np.ndarray, self[rows][(..., *rest)])
        rows = np.asarray(self._vectors[asked])
        mean, weights, step = self._float32
        removed = (rows - mean) @ weights @ step
        return cast(np.ndarray, np.subtract(rows, removed, out=removed))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The whole matrix, (n, d)."""
        whole = np.empty(self.shape, self.dtype if dtype is None else dtype)
        for rows, block in self.blocks():
            whole[rows] = block
        return whole

    def __matmul__(self, query: np.ndarray) -> np.ndarray:
        """Products of all rows with a vector (d,): (n,) float32."""
        removed = self._weights @ (self._step @ np.asarray(query, np.float64))
        products = self._vectors @ (query - removed).astype(np.float32)
        return cast(np.ndarray, products + np.float32(self._mean @ removed))

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """All rows in blocks: their place, and (b, d) float32."""
        return ((rows, self[rows]) for rows in spans(*self.shape))

    @cached_property
    def norms(self) -> np.ndarray:
        """Euclidean length of each row, (n,) float32; 1 for a row of zeros."""
        norms = np.concatenate([np.linalg.norm(block, axis=1) for _, block in self.blocks()])
        norms[norms == 0] = 1
        return norms
