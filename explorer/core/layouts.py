"""Layouts of the items: validation, and which of them is the default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.core.vectors.validation import readonly
from explorer.errors import BadData

METHODS = ("tsne", "umap", "xy", "pca")  # layout methods, preferred first; xy: positions from an imported file


def validate_layouts(layouts: Mapping[str, np.ndarray], n: int, finite: bool = False) -> dict[str, np.ndarray]:
    """Layouts by name as read-only float32, each (n, 2) or (n, 3). Raises BadData.

    finite: whether the numbers are known to be finite, so that those of a memory-mapped file need not be read.
    """
    valid = {name: readonly(xy) for name, xy in layouts.items()}
    for name, xy in valid.items():
        if xy.shape not in ((n, 2), (n, 3)):
            raise BadData(f"Layout {name!r} has shape {xy.shape}; {n:,} items need ({n}, 2).")
        if not finite and not np.isfinite(xy).all():
            raise BadData(f"Layout {name!r} contains numbers that are not finite.")
    return valid


def default_layout(layouts: Mapping[str, np.ndarray], metadata: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Name of the first layout in two dimensions in the order of METHODS; None if there is none.

    Layouts learned from all items are preferred, then those with the default settings. metadata: what the manifest
    stores about layouts by name.
    """

    def rank(name: str) -> tuple[int, bool, bool]:
        about = metadata.get(name, {})
        method = about.get("method", name)
        preference = METHODS.index(method) if method in METHODS else len(METHODS)
        return preference, "learned_from" in about, name != method

    return min((name for name, xy in layouts.items() if xy.shape[1] == 2), key=rank, default=None)
