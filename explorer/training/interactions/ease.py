"""Asymmetric EASE: an item-item table of weights, in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np


def ease(given: Any, wanted: Any, ridge: float) -> np.ndarray:
    """The (items, items) float32 table B with zero diagonal that minimizes |wanted - given B|^2 + ridge |B|^2.

    given, wanted: (users, items) CSR; EASE (Steck 2019) if both are equal. The computation is dense and needs 12 n^2
    bytes for n items.
    """
    gram = (given.T @ given).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += ridge
    inverse = np.linalg.inv(gram)
    table = inverse @ (given.T @ wanted).toarray().astype(np.float32)
    table -= inverse * (np.diag(table) / np.diag(inverse))
    np.fill_diagonal(table, 0)
    return table


def largest(table: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k entries of each row with the largest absolute values: columns (n, k) int32, values (n, k) float32."""
    k = min(k, table.shape[1])
    columns = np.argpartition(-np.abs(table), k - 1, axis=1)[:, :k].astype(np.int32)
    return columns, np.take_along_axis(table, columns, axis=1)
