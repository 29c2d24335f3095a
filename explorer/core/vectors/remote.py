"""Vectors in a database: rows are fetched on demand, and all of them only block by block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from explorer.core.vectors.blocks import blocks
from explorer.errors import BadRequest

MOST = 5_000  # most rows fetched at once
WHOLE = 128 << 20  # bytes: most that one operation may hold in memory


class RemoteVectors:
    """Stand-in for an (n, d) float32 matrix that has its shape and fetches rows.

    Rows, products with a matrix, and the whole matrix are available as for an array, as long as they need at most WHOLE
    bytes. A product is computed while the vectors are streamed. What needs more raises BadRequest.
    """

    dtype, ndim = np.dtype(np.float32), 2

    def __init__(
        self, shape: tuple[int, int], norms: np.ndarray, fetch: Callable[[np.ndarray], np.ndarray], where: str
    ) -> None:
        """shape: (n, d). norms: (n,) float32, as Embedding.norms. fetch: rows (m,) -> (m, d). where: for messages."""
        self.shape, self.norms, self._fetch, self._where = shape, norms, fetch, where

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def fits(self) -> bool:
        """Whether the whole matrix may be held in memory."""
        return 4 * self.shape[0] * self.shape[1] <= WHOLE

    def __getitem__(self, asked: Any) -> np.ndarray:
        """Rows in the order given, (m, d) float32, or one row, (d,). asked: a number, numbers, booleans or a slice."""
        if isinstance(asked, tuple):
            return np.asarray(self)[asked]
        some = self._rows(asked)
        if 4 * some.size * self.shape[1] > WHOLE:
            self._refuse(f"{some.size:,} of them, where at most {WHOLE // (4 * self.shape[1]):,} are held")
        rows = some.ravel()
        found = [self._fetch(rows[start : start + MOST]) for start in range(0, rows.size, MOST)]
        return np.concatenate([np.empty((0, self.shape[1]), np.float32), *found]).reshape(*some.shape, self.shape[1])

    def _rows(self, asked: Any) -> np.ndarray:
        n = len(self)
        if isinstance(asked, slice):
            return np.arange(*asked.indices(n))
        rows = np.asarray(asked)
        if rows.dtype == bool:
            return np.arange(n)[rows]
        rows = rows.astype(np.int64)
        if rows.size and not -n <= rows.min() <= rows.max() < n:
            raise IndexError(f"rows {rows.min():,} to {rows.max():,} of {n:,}")
        return np.where(rows < 0, rows + n, rows)

    def __matmul__(self, other: np.ndarray) -> np.ndarray:
        """The product with a vector (d,) or matrix (d, m), computed block by block."""
        return np.concatenate([block @ other for block in blocks(self)])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if not self.fits:
            self._refuse("all of them")
        return self[:].astype(dtype or np.float32, copy=False)

    def _refuse(self, what: str) -> NoReturn:
        raise BadRequest(
            f"The {len(self):,} vectors are in {self._where}, and this needs {what} here. Set EXPLORER_ARTIFACTS to a "
            "folder with the artifact itself."
        )
