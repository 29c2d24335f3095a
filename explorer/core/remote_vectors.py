"""Vectors in a database: rows are fetched on demand, never all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from explorer.errors import BadRequest

MOST = 5_000  # most rows fetched at once


class RemoteVectors:
    """Stand-in for an (n, d) float32 matrix that has its shape and can fetch a few rows.

    An operation that needs the whole matrix raises BadRequest, which says what to do.
    """

    dtype, ndim = np.dtype(np.float32), 2

    def __init__(
        self, shape: tuple[int, int], norms: np.ndarray, fetch: Callable[[np.ndarray], np.ndarray], where: str
    ) -> None:
        """shape: (n, d). norms: (n,) float32, as Embedding.norms. fetch: rows (m,) -> (m, d). where: for messages."""
        self.shape, self.norms, self._fetch, self._where = shape, norms, fetch, where

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, asked: Any) -> np.ndarray:
        """Rows in the order given, (m, d) float32, or one row, (d,). asked: a number, numbers, booleans or a slice."""
        if isinstance(asked, tuple):
            self._refuse("all of them")
        some = np.arange(len(self))[asked]
        if some.size > MOST:
            self._refuse(f"{some.size:,} of them, where at most {MOST:,} are fetched")
        rows = some.ravel()
        found = self._fetch(rows) if rows.size else np.empty((0, self.shape[1]), np.float32)
        return found.reshape(*some.shape, self.shape[1])

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        self._refuse("all of them")

    def _refuse(self, what: str) -> NoReturn:
        raise BadRequest(
            f"The {len(self):,} vectors are in {self._where}, and this needs {what} here. Set EXPLORER_ARTIFACTS to a "
            "folder with the artifact itself."
        )
