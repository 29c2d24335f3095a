"""Which items are meant: title pattern, genres, years, popularity -> (n,) bool."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain

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
    try:
        found = [pc.match_substring_regex(texts, pattern, ignore_case=True) for texts in _names(items)]
        return np.logical_or.reduce([one.to_numpy(zero_copy_only=False) for one in found])
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise BadRequest(
            f"{pattern!r} is not a title pattern: {reason}. Write \\ before a sign meant as itself."
        ) from error


def find_by_text(items: pd.DataFrame, text: str, most: int = 50) -> np.ndarray:
    """Rows of the items whose title or key holds a text, in any case; those that begin with it first, best known first.

    Returns (at most `most`,) int64.
    """
    names = _names(items)
    held = [pc.match_substring(texts, text, ignore_case=True).to_numpy(zero_copy_only=False) for texts in names]
    rows = np.flatnonzero(np.logical_or.reduce(held))
    chosen = pa.array(rows)
    starts = [pc.starts_with(texts.take(chosen), text, ignore_case=True) for texts in names]
    begins = np.logical_or.reduce([one.to_numpy(zero_copy_only=False) for one in starts])
    known = items["n_ratings"].to_numpy(float)[rows] if "n_ratings" in items else np.zeros(len(rows))
    return rows[np.lexsort((-known, ~begins))][:most]


def _names(items: pd.DataFrame) -> list[pa.Array]:
    """The keys, and the titles where there are any."""
    columns = [items["key"], *([items["title"]] if "title" in items else [])]
    return [pa.array(column.fillna(""), pa.string()) for column in columns]


@dataclass(frozen=True, eq=False)
class Genres:
    """Which item has which genre; of a million items, worth keeping."""

    names: list[str]  # the most frequent first
    have: np.ndarray  # (n, len(names)) bool

    def of(self, wanted: Collection[str]) -> np.ndarray:
        """The columns of some genres, in the order given, (n, len(wanted)) bool; none has a genre there is not."""
        place = {name: n for n, name in enumerate(self.names)}
        return np.column_stack(
            [self.have[:, place[name]] if name in place else np.zeros(len(self.have), bool) for name in wanted]
        )


def genre_table(items: pd.DataFrame) -> Genres:
    """Every genre that occurs and the items that have it."""
    lists = items["genres"].tolist() if "genres" in items else [[]] * len(items)
    codes, names = pd.factorize(np.array(list(chain.from_iterable(lists)), object))
    rows = np.repeat(np.arange(len(lists)), np.fromiter(map(len, lists), int, len(lists)))
    have = np.zeros((len(lists), len(names)), bool)
    have[rows, codes] = True
    order = np.argsort(-have.sum(axis=0), kind="stable")
    return Genres([str(names[n]) for n in order], have[:, order])


def genres(items: pd.DataFrame, wanted: Collection[str], mode: str = "any", table: Genres | None = None) -> np.ndarray:
    """Items of some genres, (n,) bool: `any` of them, `all` of them, or `only` them (all and no other).

    No genre wanted matches all. table: of genre_table, where it is at hand. Raises BadRequest for another mode.
    """
    if mode not in GENRE_MODES:
        raise BadRequest(f"There is no genre mode {mode!r}; choose one of {', '.join(GENRE_MODES)}.")
    wanted = list(dict.fromkeys(wanted))
    if not wanted or "genres" not in items:
        return np.ones(len(items), bool)
    table = genre_table(items) if table is None else table
    have = table.of(wanted)
    found = np.asarray(have.any(axis=1) if mode == "any" else have.all(axis=1))
    return found & (table.have.sum(axis=1) == len(wanted)) if mode == "only" else found


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
    return genre_table(items).names


def _between(column: pd.Series, low: float, high: float) -> np.ndarray:
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    return (numbers >= low) & (numbers <= high)
