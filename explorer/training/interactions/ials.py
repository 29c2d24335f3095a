"""Implicit alternating least squares: factors that separate chosen from other items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from explorer.training.optim.least_squares import gram_matrices

SPREAD = 0.1  # expected initial length of a vector


def ials(
    chosen: Any,
    size: int = 64,
    *,
    alpha: float = 0.1,
    l2: float = 0.01,
    sweeps: int = 10,
    seed: int = 0,
    swept: Callable[[int, np.ndarray], Any] | None = None,
) -> np.ndarray:
    """Item vectors, (items, size) float32, of iALS (Hu, Koren & Volinsky 2008, regularized as in Rendle et al. 2021).

    Minimizes the sum of w (1 - u.v)^2 over the entries of chosen, plus alpha (u.v)^2 over all pairs, plus l2 times each
    squared vector times (the sum of its w + alpha times the number of rows of the other side). chosen: (users, items)
    CSR of weights w > 0. User vectors follow from the item vectors by `solve_rows`. swept: called after each sweep with
    its number and the item vectors.
    """
    weights, transposed = chosen.tocsr().astype(np.float32), chosen.T.tocsr().astype(np.float32)
    rng = np.random.default_rng(seed)
    items = rng.standard_normal((chosen.shape[1], size), dtype=np.float32) * np.float32(SPREAD / np.sqrt(size))
    for sweep in range(sweeps):
        with threadpool_limits(1, user_api="blas"):  # threads slow down products of small matrices
            users = solve_rows(weights, items, alpha, l2)
            items = solve_rows(transposed, users, alpha, l2)
        if swept:
            swept(sweep + 1, items)
    return items


def solve_rows(weights: Any, other: np.ndarray, alpha: float, l2: float) -> np.ndarray:
    """Vectors of one side that minimize the loss given those of the other side: (rows, size) float32.

    weights: (rows, other side) CSR float32. A row without entries gets zeros.
    """
    size = other.shape[1]
    everywhere = np.float32(alpha) * (other.T @ other)
    ridge = np.float32(l2) * (np.asarray(weights.sum(axis=1)).ravel() + np.float32(alpha * len(other)))
    target, result = weights @ other, np.empty((weights.shape[0], size), np.float32)
    diagonal = np.arange(size)
    for rows, normal in gram_matrices(weights, other):
        normal += everywhere
        normal[:, diagonal, diagonal] += ridge[rows, None]
        result[rows] = np.linalg.solve(normal, target[rows, :, None])[:, :, 0]
    return result
