"""Values that are frequent among the nearest items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

CHANCE = 0.05


def common_values(names: Sequence[str], near: np.ndarray, among: np.ndarray, size: int, total: int) -> pd.DataFrame:
    """Values that are more frequent among some items than among all, the highest ratio first.

    names: of the m values. near, among: (m,) int64, number of items with each value among the `size` nearest and among
    all `total`. Columns `name`, `count` (near), `lift` (share near over share among all), `p`. p: hypergeometric test
    of at least as many among `size` random items, adjusted for the number of values (Benjamini & Hochberg 1995); rows
    above 0.05 are left out.
    """
    from scipy.stats import false_discovery_control, hypergeom

    known = among > 0
    if not known.any():
        return pd.DataFrame(columns=["name", "count", "lift", "p"])
    near, among = near[known], among[known]
    p = np.ones(len(near))
    there = near > 0  # SciPy computes one value after the other
    p[there] = np.clip(hypergeom.sf(near[there] - 1, total, among[there], size), 0, 1)
    p = false_discovery_control(p)
    lift = (near / size) / (among / total)
    best = np.flatnonzero(p <= CHANCE)
    best = best[np.argsort(-lift[best], kind="stable")]
    shown = np.array(names, object)[known][best]
    return pd.DataFrame({"name": shown, "count": near[best], "lift": lift[best], "p": p[best]})
