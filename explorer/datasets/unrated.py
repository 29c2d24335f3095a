"""Values in a column of ratings that stand for no rating, such as -1 or 99."""

from __future__ import annotations

from collections.abc import Callable

Measure = Callable[[float], tuple[int, float, float]]  # number of rows with a value; lowest and highest of the others
UNRATED = {-1.0: (0.0, 0.0, 1e9), 99.0: (0.0, -10.0, 10.0), 0.0: (0.1, 0.5, 1e9)}  # least share; range of the others


def unrated(rows: int, measure: Measure) -> float | None:
    """The value that stands for no rating; None if there is none.

    -1 where no other rating is negative and some are above 1; 99 where the others are from -10 to 10 (Jester); 0 where
    all others are at least 0.5 and a tenth of the rows are 0 (Book-Crossing, Goodreads).
    """
    for value, (least, low, high) in UNRATED.items():
        count, lowest, highest = measure(value)
        if least * rows < count < rows and low <= lowest < highest <= high and highest > 1:
            return value
    return None


def said(column: str, value: float, count: int, low: float, high: float) -> str:
    """A note about rows that were left out. low, high: range of the other ratings."""
    scale = f"{min(low, value):g}..{max(high, value):g}"
    return f"Left out {count:,} rows whose {column} is {value:g}, for not rated; `--scale {scale}` keeps them."
