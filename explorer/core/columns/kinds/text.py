"""Text: words, names and ids, different for nearly every item."""

from __future__ import annotations

import re
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from explorer.core.columns import enrichment
from explorer.core.columns.choice import Contains
from explorer.core.columns.kind import Kind, as_text, sample, shorten, stringy
from explorer.core.columns.kinds.category import VERSIONS, order_of
from explorer.core.columns.words import counted_words
from explorer.errors import BadRequest

ID = re.compile(r"(^|_)(id|ids|key|uuid|guid|isbn|asin|sku|ean|gtin)$|[a-z](Id|ID)$|^(Id|ID)$")
COMPARED = 5_000  # texts of a selection, and of the rest, whose words are compared
WITH = "with "  # prefix of words, which distinguishes the word "known" from the comparison KNOWN


class Text(Kind):
    """A text for each item."""

    name = "text"
    choice = Contains
    words: ClassVar[bool] = True  # whether words are compared; they are meaningless in links

    @staticmethod
    def guess(values: pd.Series) -> float:
        named = ID.search(str(values.name)) or str(values.name).lower() in ("id", "sku", "isbn", "asin")
        if named and not pd.api.types.is_float_dtype(values) and 10 * _different(values) >= 9 * len(values):
            return 0.96
        if isinstance(values.dtype, pd.StringDtype) or values.dtype == object:
            return 0.82 if VERSIONS.search(str(values.name)) and stringy(values) else 0.5
        return 0.1

    @staticmethod
    def parse(values: pd.Series, separator: str = "") -> pd.Series:
        return as_text(values)

    @cached_property
    def arrow(self) -> pa.Array:
        return pa.array(self.values, pa.large_string(), from_pandas=True)

    def matches(self, choice: Contains) -> np.ndarray:
        return contains(self.arrow, choice.text, choice.regex)

    def describe_value(self, choice: Contains) -> str:
        return f"{self.column.phrase} {'matching' if choice.regex else 'containing'} “{shorten(choice.text, 40)}”"

    def enrichment(self, selected: np.ndarray, rest: np.ndarray) -> pd.DataFrame:
        """Comparisons of known texts and of their words; of more than 5,000 texts on a side, 5,000 evenly spaced."""
        found = [super().enrichment(selected, rest)]
        if self.words:
            sides = [sample(self.values[mask & self.known], COMPARED).tolist() for mask in (selected, rest)]
            names, inside, outside = counted_words(*sides)
            size = len(sides[0]), len(sides[1])
            named = [f"{WITH}{name}" for name in names]
            found.append(enrichment.compare_shares(self.column.name, self.name, named, inside, outside, size))
        found = [table for table in found if len(table)]
        return pd.concat(found, ignore_index=True) if found else enrichment.empty()

    def named(self, value: str) -> str:
        return f"{self.column.label} with “{value.removeprefix(WITH)}”"

    def long_text(self, row: int) -> str:
        return str(self.values.iloc[row]) if self.known[row] else ""

    def order(self, descending: bool = False) -> np.ndarray:
        lower = pc.utf8_lower(self.arrow).fill_null("")
        rank = pc.rank(lower, tiebreaker="min").to_numpy(zero_copy_only=False).astype(np.int64)
        return order_of(rank, self.known, descending)


def contains(texts: pa.Array, text: str, regex: bool = False) -> np.ndarray:
    """Texts that contain a text, ignoring case, or match a regular expression: (n,) bool, False where unknown.

    The expression is matched by RE2, in linear time. Raises BadRequest for an invalid expression.
    """
    look = pc.match_substring_regex if regex else pc.match_substring
    try:
        found = look(texts, text, ignore_case=True).fill_null(False)
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise BadRequest(
            f"{text!r} is not a valid regular expression: {reason}. Write \\ before a character to match it literally."
        ) from error
    return found.to_numpy(zero_copy_only=False).astype(bool)


def _different(values: pd.Series) -> int:
    try:
        return int(values.nunique())
    except TypeError:  # lists and objects
        return 0
