"""What a group of items can be named after: truth values with a name each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Traits:
    """Some traits of one column, of equal breadth."""

    column: str
    names: tuple[str, ...]
    have: np.ndarray  # (n, len(names)) bool
    joinable: bool = True  # whether two of them make one name: "Comedy & War", but not "1990s & 2000s"
