"""Normal equations of many small least-squares problems at once; each row of a sparse matrix is one problem."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

BLOCK = 1 << 20  # numbers in the normal matrices of one block, which fit into the CPU cache


def rows_of(row: np.ndarray, column: np.ndarray, values: np.ndarray, shape: tuple[int, int]) -> Any:
    """CSR matrix of float32 with sorted columns; zeros are kept as entries."""
    matrix = csr_matrix((np.asarray(values, np.float32), (row, column)), shape=shape)
    matrix.sort_indices()
    return matrix


def ones_like(matrix: Any) -> Any:
    """Matrix with the same entries, each 1."""
    return csr_matrix((np.ones(matrix.nnz, np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def with_values(matrix: Any, values: np.ndarray) -> Any:
    """Matrix with the same entries and other values."""
    return csr_matrix((values, matrix.indices, matrix.indptr), shape=matrix.shape)


def outer_products(vectors: np.ndarray) -> np.ndarray:
    """Upper triangles of v v' for each row v of (n, d): (n, d (d + 1) / 2), to be summed and unpacked later."""
    first, second = np.triu_indices(vectors.shape[1])
    return vectors[:, first] * vectors[:, second]


def pack(matrices: np.ndarray) -> np.ndarray:
    """Upper triangles of symmetric matrices (n, d, d), in the order of `outer_products`."""
    first, second = np.triu_indices(matrices.shape[1])
    return matrices[:, first, second]


def unpack(triangles: np.ndarray, size: int) -> np.ndarray:
    """Symmetric matrices (n, size, size) from upper triangles."""
    place = np.empty((size, size), np.intp)
    first, second = np.triu_indices(size)
    place[first, second] = place[second, first] = np.arange(len(first))
    return np.take(triangles, place.ravel(), axis=1).reshape(len(triangles), size, size)


def blocks(rows: int, size: int) -> Iterator[slice]:
    """Slices over all rows, short enough that their (size, size) matrices fit into BLOCK numbers."""
    step = max(1, BLOCK // (size * size))
    for start in range(0, rows, step):
        yield slice(start, min(rows, start + step))
