"""Blocks of rows, so that a large matrix of vectors is never held in memory twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

BLOCK = 50_000  # most vectors read at a time
BYTES = 64 << 20  # most bytes of such a block


def spans(n: int, dimensions: int) -> list[slice]:
    """Slices of n rows in blocks of at most BLOCK rows and BYTES bytes."""
    step = max(1, min(BLOCK, BYTES // (4 * dimensions)))
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]


def blocks(vectors: Any, rows: np.ndarray | None = None) -> Iterator[np.ndarray]:
    """Some rows of vectors (n, d), by default all, in blocks as of `spans`: (b, d) float32.

    vectors: an array, or RemoteVectors, which are fetched block by block. rows: (m,) int.
    """
    n, d = vectors.shape
    return (vectors[span if rows is None else rows[span]] for span in spans(n if rows is None else len(rows), d))
