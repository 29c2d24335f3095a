"""Base class of the kinds of columns; a new kind is one subclass and one line in the registry."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa

from explorer.core.columns import enrichment
from explorer.core.columns.agreement import Agreement
from explorer.core.columns.choice import Choice
from explorer.core.columns.color import ColorEncoding
from explorer.core.columns.column import Column
from explorer.core.columns.summary import Summary
from explorer.core.columns.target import Target
from explorer.core.columns.traits import Traits
from explorer.errors import BadRequest

SHORT = 80  # characters of a short text
BLOCK = 1_000_000  # values looked at at a time
SAMPLE = 10_000  # size of the samples that guesses use
FIRST = 30  # values of a sample that show whether a pattern is worth a look at all


class Kind(ABC):
    """The values of one column, prepared once for all operations.

    Holds the values of all items, (n,), and never changes.
    """

    name: ClassVar[str]
    choice: ClassVar[type[Choice]] = Choice

    def __init__(self, values: pd.Series, column: Column) -> None:
        self.column = column
        self.values = self.parse(values.reset_index(drop=True), column.separator)

    def __len__(self) -> int:
        return len(self.values)

    @staticmethod
    @abstractmethod
    def guess(values: pd.Series) -> float:
        """Confidence from 0 to 1 that a column is of this kind. values: the known values, with the column's name."""

    @staticmethod
    @abstractmethod
    def parse(values: pd.Series, separator: str = "") -> pd.Series:
        """Convert values to the type this kind is stored in; unreadable values become unknown."""

    @cached_property
    def known(self) -> np.ndarray:
        """Items that have a value: (n,) bool."""
        return self.values.notna().to_numpy(bool)

    @cached_property
    def arrow(self) -> pa.Array:
        """The values for an SQL expression; null where unknown."""
        return pa.array(self.values, from_pandas=True)

    # Filters

    def mask(self, choice: Choice) -> np.ndarray:
        """Items that pass a filter: (n,) bool. Raises BadRequest for a filter of another kind."""
        if not isinstance(choice, self.choice):
            what = f"a {type(choice).__name__}, not a {self.choice.__name__}"
            raise BadRequest(f"{self.column.label} is a {self.name} column; its filter cannot be {what}.")
        asks = choice.asks()
        if choice.known:
            found = self.matches(choice) & self.known if asks else self.known.copy()
        else:
            found = np.zeros(len(self), bool)
        if choice.unknown or (choice.unknown is None and not asks):
            found |= ~self.known
        return found

    def matches(self, choice: Any) -> np.ndarray:
        """Items whose known value passes the filter: (n,) bool; arbitrary for unknown values."""
        raise BadRequest(f"{self.column.label} can only be filtered by whether it is known.")

    def describe(self, choice: Any) -> str:
        """A filter in words: "year from 1990 to 1999"; "" for a filter that excludes nothing."""
        words = self.describe_value(choice) if choice.asks() and choice.known else ""
        if not choice.known:
            return f"{self.column.phrase} unknown" if choice.unknown is not False else "nothing"
        if not words:
            return f"{self.column.phrase} known" if choice.unknown is False else ""
        return f"{words} or unknown" if choice.unknown else words

    def describe_value(self, choice: Any) -> str:
        """The part of `describe` about known values."""
        return self.column.phrase

    def summary(self, among: np.ndarray | None = None) -> Summary:
        """Counts or a histogram of some items. among: (n,) bool; by default all."""
        known = int((self.known if among is None else self.known & among).sum())
        return Summary(known, (len(self) if among is None else int(among.sum())) - known)

    # What is shown

    @abstractmethod
    def order(self, descending: bool = False) -> np.ndarray:
        """Rows sorted by value, (n,) int64; the sort is stable, unknown values come last."""

    def colors(self) -> ColorEncoding | None:
        """The color of each item; None if the kind has no colors."""
        return None

    @abstractmethod
    def long_text(self, row: int) -> str:
        """Full text of an item's value; "" if unknown."""

    def text(self, row: int) -> str:
        """Text of an item's value, at most 80 characters; "" if unknown."""
        return shorten(self.long_text(row))

    def texts(self, rows: np.ndarray) -> list[str]:
        """`text` of several rows, in their order."""
        return [self.text(int(row)) for row in rows]

    # What is measured

    def enrichment(self, selected: np.ndarray, rest: np.ndarray) -> pd.DataFrame:
        """How selected items differ from the rest: one row per comparison, with the columns enrichment.COLUMNS.

        selected, rest: (n,) bool, disjoint. p is not corrected for the number of comparisons.
        """
        inside, outside = (np.array([int((self.known & mask).sum())]) for mask in (selected, rest))
        size = int(selected.sum()), int(rest.sum())
        return enrichment.compare_shares(self.column.name, self.name, [KNOWN], inside, outside, size)

    def sentence(self, finding: Any) -> str:
        """One row of `enrichment` as a sentence. finding: has the columns as attributes."""
        inside, outside = enrichment.percent(finding.inside), enrichment.percent(finding.outside)
        what = f"{self.column.label} known" if finding.what == KNOWN else self.named(finding.what)
        return f"{what}: {inside} of these, {outside} of the rest"

    def named(self, value: str) -> str:
        """A value with its column, at the beginning of a sentence."""
        return f"{self.column.label} {value}"

    def traits(self) -> list[Traits]:
        """Traits after which a group of items can be named, the narrowest first; empty for a kind without."""
        return []

    def association(self, score: np.ndarray) -> list[tuple[str, str, float]]:
        """Associations of the column with a number for each item: name, measure and value.

        score: (n,) float, finite. The measure of numbers is Spearman's `correlation`, -1 to 1. The measure of values
        with at least 10 items and 10 others is the `AUC`: the chance that an item with the value has the higher score.
        """
        return []

    def agreement(self, near: np.ndarray, order: np.ndarray | None = None) -> list[Agreement]:
        """Agreement of each item with its neighbors, by one or more measures; empty for a kind without.

        near: (n, k) rows. order: (n,) permutation of the items' values, used to estimate agreement by chance.
        """
        return []

    def grade(self, value: str | None = None) -> np.ndarray:
        """Amount of a value that each item has: (n,) float64, nan where unknown.

        value: a category value or a label, graded 1 if the item has it, else 0. Numbers and dates are graded by rank,
        from -1 for the lowest to 1 for the highest. Raises BadRequest for a kind or value without grades.
        """
        raise BadRequest(f"{self.column.label} is a {self.name} column: there is no more or less of it.")

    def target(self) -> Target | None:
        """Target that a model can predict from the vectors; None if there is none."""
        return None


KNOWN = "known"  # name of the comparison of known and unknown values


def shorten(text: str, most: int = SHORT) -> str:
    """A text on one line, cut to `most` characters."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most and len(text) <= 4 * most else f"{line[: most - 1].rstrip()}…"


def sample(values: pd.Series, most: int = SAMPLE) -> pd.Series:
    """At most `most` values, evenly spaced."""
    return values if len(values) <= most else values.iloc[np.linspace(0, len(values) - 1, most).astype(int)]


def share(texts: pd.Series, pattern: re.Pattern[str]) -> float:
    """Share of the texts that begin with a match of a pattern; 0 without a look at the others if none of FIRST do."""
    if not any(map(pattern.match, sample(texts, FIRST))):
        return 0.0
    return float(np.mean([pattern.match(text) is not None for text in texts]))


def stringy(values: pd.Series) -> bool:
    """Whether all values are strings."""
    if isinstance(values.dtype, pd.StringDtype):
        return True
    return values.dtype == object and all(isinstance(value, str) for value in sample(values))


def has_numbers(items: pd.DataFrame, name: str) -> bool:
    """Whether a table has a column of that name, stored as numbers."""
    if name not in items.columns or not isinstance(items.columns.get_loc(name), int):  # not there, or not only once
        return False
    kind = items[name].dtype
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def unknown_cell(cell: Any) -> bool:
    """Whether a cell of any type is empty."""
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell))


def cell_text(cell: Any) -> str:
    """Text of a cell of any type: whole floats without a decimal point, lists and objects as JSON."""
    import json

    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    return json.dumps(cell, ensure_ascii=False, default=str) if isinstance(cell, list | dict | tuple) else str(cell)


def as_text(values: pd.Series) -> pd.Series:
    """Values of any type as text; blank texts become unknown."""
    if not isinstance(values.dtype, pd.StringDtype):
        if values.dtype == object:
            values = values.map(lambda cell: None if unknown_cell(cell) else cell_text(cell))
        else:
            values = values.map(cell_text, na_action="ignore")
        values = values.astype("str")
    blocks = [values.iloc[start : start + BLOCK] for start in range(0, len(values), BLOCK)]
    found = [(block.str.strip() == "").fillna(False).to_numpy(bool) for block in blocks]
    blank = np.concatenate([np.zeros(0, bool), *found])
    return values.where(~blank) if blank.any() else values


def narrow(codes: np.ndarray, most: int) -> np.ndarray:
    """Codes from -1 to most - 1 in the smallest signed integer type that fits."""
    return codes.astype(np.int8 if most <= 127 else np.int16 if most <= 32767 else np.int32)


def tally(codes: np.ndarray, among: np.ndarray | None, m: int) -> tuple[np.ndarray, int]:
    """Counts of the codes 0 to m - 1, (m,) int64, and the count of -1, among some items, (n,) bool."""
    codes = codes if among is None else codes[among]
    found = np.zeros(m + 1, np.int64)
    for start in range(0, len(codes), BLOCK):
        found += np.bincount(codes[start : start + BLOCK].astype(np.intp) + 1, minlength=m + 1)
    return found[1:], int(found[0])
