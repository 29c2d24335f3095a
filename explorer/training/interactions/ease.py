"""Asymmetric EASE: a table of how much each chosen item speaks for every other, in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np


def ease(given: Any, wanted: Any, ridge: float) -> np.ndarray:
    """The (items, items) float32 table B with a zero diagonal that minimizes |wanted - given B|^2 + ridge |B|^2.

    given, wanted: (users, items) CSR; with given = wanted it is EASE (Steck 2019). The table is dense: of n items it
    and two more of its size are held, 12 n^2 bytes.
    """
    gram = (given.T @ given).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += ridge
    inverse = np.linalg.inv(gram)
    table = inverse @ (given.T @ wanted).toarray().astype(np.float32)
    table -= inverse * (np.diag(table) / np.diag(inverse))
    np.fill_diagonal(table, 0)
    return table


def largest(table: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k largest entries of each row by size, whatever their sign: columns (n, k) int32, values (n, k) float32."""
    k = min(k, table.shape[1])
    columns = np.argpartition(-np.abs(table), k - 1, axis=1)[:, :k].astype(np.int32)
    return columns, np.take_along_axis(table, columns, axis=1)
