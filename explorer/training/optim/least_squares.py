"""Normal equations of many small least-squares problems at once; each row of a sparse matrix is one problem."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

BLOCK = 1 << 20  # numbers in the normal matrices of one block, which fit into the CPU cache
PADDING = 1.25  # longest row of a group, as a multiple of its shortest


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


def gram_matrices(matrix: Any, vectors: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Sum of value * v v' over the entries of each row of a CSR matrix, v the vector of the entry's column.

    Yields groups: row numbers (n,), and their sums (n, d, d). Rows with similar numbers of entries are in one group,
    filled up with zeros. This is faster than `matrix @ outer_products(vectors)`, whose products of many vectors do not
    fit into the CPU cache.
    """
    size = vectors.shape[1]
    padded = np.vstack([vectors, np.zeros((1, size), vectors.dtype)])
    for rows in _rows_of_similar_length(np.diff(matrix.indptr), size):
        column, value = _entries(matrix, rows)
        chosen = padded[column]
        yield rows, (chosen * value[:, :, None]).transpose(0, 2, 1) @ chosen


def _rows_of_similar_length(length: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Groups of rows, short enough that their vectors, and their (size, size) matrices, fit into BLOCK numbers."""
    order = np.argsort(length, kind="stable")
    ascending, start = length[order], 0
    while start < len(order):
        longest = max(PADDING * ascending[start], ascending[start] + 4)
        similar = int(np.searchsorted(ascending, longest, side="right"))
        stop = min(similar, start + max(1, BLOCK // (size * size)))
        stop = min(stop, start + max(1, BLOCK // (size * max(1, int(ascending[stop - 1])))))
        yield order[start:stop]
        start = stop


def _entries(matrix: Any, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns and values of some rows, each (rows, most entries of a row), filled up with column shape[1], value 0."""
    length = np.diff(matrix.indptr)[rows]
    place = np.arange(length.max())
    inside = place < length[:, None]
    entry = np.where(inside, matrix.indptr[rows][:, None] + place, 0)
    column = np.where(inside, matrix.indices[entry], matrix.shape[1])
    return column, np.where(inside, matrix.data[entry], np.float32(0))
