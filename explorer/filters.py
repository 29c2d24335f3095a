"""Which items are meant: title pattern, genres, years, popularity -> (n,) bool."""

from collections.abc import Collection

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from explorer.errors import BadRequest

GENRE_MODES = ("any", "all", "only")


def title(items: pd.DataFrame, pattern: str) -> np.ndarray:
    """Items whose title or key matches a regular expression, in any case, (n,) bool.

    The expression is read by RE2, which takes linear time whatever the pattern. An empty pattern matches all.
    Raises BadRequest when it is no valid expression.
    """
    if not pattern:
        return np.ones(len(items), bool)
    keys = pa.array(items["key"], pa.string())
    try:
        return pc.match_substring_regex(keys, pattern, ignore_case=True).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise BadRequest(
            f"{pattern!r} is not a title pattern: {reason}. Write \\ before a sign meant as itself."
        ) from error


def genres(items: pd.DataFrame, wanted: Collection[str], mode: str = "any") -> np.ndarray:
    """Items of some genres, (n,) bool: `any` of them, `all` of them, or `only` them (all and no other).

    No genre wanted matches all. Raises BadRequest for another mode.
    """
    if mode not in GENRE_MODES:
        raise BadRequest(f"There is no genre mode {mode!r}; choose one of {', '.join(GENRE_MODES)}.")
    wanted = set(wanted)
    if not wanted or "genres" not in items:
        return np.ones(len(items), bool)
    have = map(set, items["genres"])
    tests = {
        "any": (bool(wanted & h) for h in have),
        "all": (wanted <= h for h in have),
        "only": (wanted == h for h in have),
    }
    return np.fromiter(tests[mode], bool, len(items))


def years(items: pd.DataFrame, first: int, last: int) -> np.ndarray:
    """Items from a year to another, both included, (n,) bool; an item without a year is left out."""
    return _between(items["year"], first, last)


def popularity(items: pd.DataFrame, at_least: int) -> np.ndarray:
    """Items with at least so many ratings, (n,) bool; all when the items carry no counts."""
    if "n_ratings" not in items or at_least <= 0:
        return np.ones(len(items), bool)
    return _between(items["n_ratings"], at_least, np.inf)


def all_genres(items: pd.DataFrame) -> list[str]:
    """Every genre that occurs, the most frequent first."""
    return items["genres"].explode().value_counts().index.tolist() if "genres" in items else []


def _between(column: pd.Series, low: float, high: float) -> np.ndarray:
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    return (numbers >= low) & (numbers <= high)
