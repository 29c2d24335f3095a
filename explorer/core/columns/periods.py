"""Periods of years, and open ends, as names for groups of items."""

from __future__ import annotations

import numpy as np

from explorer.core.columns.traits import Traits

END = 0.1  # share of items that count as high, or as low


def periods(column: str, years: np.ndarray, lengths: tuple[int, ...]) -> list[Traits]:
    """Periods of the given lengths, and open periods before a year, as names for groups of items. years: (n,) float."""
    known = years[np.isfinite(years)]
    if not len(known):
        return []
    found = []
    shortest = lengths[0]
    starts = np.unique(known // shortest * shortest).astype(int)
    for length in lengths:
        first = starts if length == shortest else starts[:-1]
        named = {period(start, length): (years >= start) & (years < start + length) for start in first}
        found.append(Traits(column, tuple(named), stacked(named, len(years)), "periods"))
    old = {f"before {start}": years < start for start in starts[2:] if np.mean(years < start) < 2 * END}
    return [*found, Traits(column, tuple(old), stacked(old, len(years)), "periods")]


def stacked(named: dict[str, np.ndarray], n: int) -> np.ndarray:
    """Masks (n,) bool by name, as columns: (n, len(named)) bool."""
    return np.column_stack(list(named.values()) or [np.zeros((n, 0), bool)])


def period(start: int, length: int) -> str:
    """Name of a period: "2000", "1990s" or "1990s–00s"."""
    if length == 1:
        return str(start)
    return f"{start}s" if length == 10 else f"{start}s–{(start + length - 10) % 100:02}s"
