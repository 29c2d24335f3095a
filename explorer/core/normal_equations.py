"""Solution of the normal equations of a ridge regression."""

from __future__ import annotations

import numpy as np


def solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solution of matrix x = right, (d,) or (d, m); the shortest if there are several.

    matrix: (d, d), positive definite in theory. It is singular in floating point if the regularization is too small to
    change the squares of very large numbers.
    """
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        return np.linalg.lstsq(matrix, right, rcond=None)[0]
