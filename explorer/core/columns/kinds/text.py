"""Text: words, names and ids, different for nearly every item."""

from __future__ import annotations

import re
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from explorer.core.columns.choice import Contains
from explorer.core.columns.kind import Kind, as_text, shorten
from explorer.core.columns.kinds.category import order_of
from explorer.errors import BadRequest

ID = re.compile(r"(^|_)(id|ids|key|uuid|guid|isbn|asin|sku|ean|gtin)$|[a-z](Id|ID)$|^(Id|ID)$")


class Text(Kind):
    """Some text for each item."""

    name = "text"
    choice = Contains

    @staticmethod
    def guess(values: pd.Series) -> float:
        named = ID.search(str(values.name)) or str(values.name).lower() in ("id", "sku", "isbn", "asin")
        if named and not pd.api.types.is_float_dtype(values) and 10 * _different(values) >= 9 * len(values):
            return 0.96
        return 0.5 if isinstance(values.dtype, pd.StringDtype) or values.dtype == object else 0.1

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

    def long_text(self, row: int) -> str:
        return str(self.values.iloc[row]) if self.known[row] else ""

    def order(self, descending: bool = False) -> np.ndarray:
        lower = pc.utf8_lower(self.arrow).fill_null("")
        rank = pc.rank(lower, tiebreaker="min").to_numpy(zero_copy_only=False).astype(np.int64)
        return order_of(rank, self.known, descending)


def contains(texts: pa.Array, text: str, regex: bool = False) -> np.ndarray:
    """Which texts contain a text in any case, or match a regular expression: (n,) bool, False where unknown.

    RE2 reads the expression, in linear time. Raises BadRequest when it is not valid.
    """
    look = pc.match_substring_regex if regex else pc.match_substring
    try:
        found = look(texts, text, ignore_case=True).fill_null(False)
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise BadRequest(
            f"{text!r} is no regular expression: {reason}. Write \\ before a sign meant as itself."
        ) from error
    return found.to_numpy(zero_copy_only=False).astype(bool)


def _different(values: pd.Series) -> int:
    try:
        return int(values.nunique())
    except TypeError:  # lists and objects
        return 0
