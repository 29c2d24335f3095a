"""Traits after which a group of items can be named: a boolean per item and name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True, eq=False)
class Traits:
    """Some traits of one column, of equal breadth.

    sort: `values` of a category or labels; `ends`, high or low numbers; `periods` of time. most: how many traits one
    name may combine, as in "Comedy & War".
    """

    column: str
    names: tuple[str, ...]
    have: np.ndarray  # (n, len(names)) bool
    sort: Literal["values", "ends", "periods"] = "values"
    most: int = 1
