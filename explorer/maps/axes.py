"""Axes of one's own: from one group of items to another, with every item in between or beyond."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.embedding import Embedding
from explorer.errors import BadRequest
from explorer.queries import unit


def axis(embedding: Embedding, low: str | Sequence[str], high: str | Sequence[str]) -> np.ndarray:
    """Where every item lies on the way from one group to another: 0 at the middle of the first, 1 of the second.

    low, high: a key or several. Returns (n,) float32. The middle of a group is the mean of its unit vectors; items, at
    length one too, are projected on the straight line through both middles (semantic projection, Grand et al. 2022), so
    that beyond 1 lies what is more so than the second group, below 0 what is less so than the first. Raises
    UnknownItem, and BadRequest for an empty group, an item in both, or groups with one middle.
    """
    start, end = _keys(low), _keys(high)
    both = sorted(set(start) & set(end))
    if not start or not end:
        raise BadRequest("An axis goes from one group of items to another; name at least one item at each end.")
    if both:
        raise BadRequest(f"{both[0]!r} stands at both ends of the axis; name it at one only.")
    middles = [unit(embedding, embedding.index(keys)).mean(axis=0, dtype=np.float64) for keys in (start, end)]
    way = middles[1] - middles[0]
    length = float(way @ way)
    if length < 1e-9:
        raise BadRequest("Both ends of the axis lie in the same place; choose items that differ.")
    everything = unit(embedding, np.arange(len(embedding)))
    return ((everything @ way.astype(np.float32) - middles[0] @ way) / length).astype(np.float32)


def _keys(keys: str | Sequence[str]) -> list[str]:
    return list(dict.fromkeys([keys] if isinstance(keys, str) else keys))
