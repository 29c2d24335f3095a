"""Axis between two groups of items, and the position of every item on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.core.embedding import Embedding
from explorer.errors import BadRequest


def concept_axis(embedding: Embedding, low: str | Sequence[str], high: str | Sequence[str]) -> np.ndarray:
    """Position of every item on the axis between two groups: 0 at the center of the first, 1 at that of the second.

    low, high: a key or several. Returns (n,) float32; values below 0 and above 1 occur. The center of a group is the
    mean of its unit vectors, and the unit vector of each item is projected on the line through both centers (semantic
    projection, Grand et al. 2022). Raises UnknownItem, and BadRequest for an empty group, an item in both groups, or
    identical centers.
    """
    start, end = _keys(low), _keys(high)
    both = sorted(set(start) & set(end))
    if not start or not end:
        raise BadRequest("An axis needs two groups of items; name at least one item at each end.")
    if both:
        raise BadRequest(f"{both[0]!r} is at both ends of the axis; name it at one end only.")
    centers = [embedding.unit_vectors(embedding.index(keys)).mean(axis=0, dtype=np.float64) for keys in (start, end)]
    axis = centers[1] - centers[0]
    length = float(axis @ axis)
    if length < 1e-9:
        raise BadRequest("Both ends of the axis have the same center; choose items that differ.")
    along = embedding.vectors @ axis.astype(np.float32) / embedding.norms
    return ((along - centers[0] @ axis) / length).astype(np.float32)


def _keys(keys: str | Sequence[str]) -> list[str]:
    return list(dict.fromkeys([keys] if isinstance(keys, str) else keys))
