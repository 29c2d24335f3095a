"""Filter items by a pattern of their title."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from explorer.errors import BadRequest

BLOCK = 500_000  # items whose texts are held in memory at a time


def matches_title(items: pd.DataFrame, pattern: str) -> np.ndarray:
    """Items whose title or key matches a regular expression, ignoring case: (n,) bool.

    The expression is matched by RE2, in linear time. An empty pattern matches all. Raises BadRequest for an invalid
    expression.
    """
    if not pattern:
        return np.ones(len(items), bool)
    found = np.zeros(len(items), bool)
    try:
        for start in range(0, max(1, len(items)), BLOCK):
            span = slice(start, start + BLOCK)
            for texts in _names(items.iloc[span]):
                one = pc.match_substring_regex(texts, pattern, ignore_case=True)
                found[span] |= one.to_numpy(zero_copy_only=False)
        return found
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise BadRequest(
            f"{pattern!r} is not a valid regular expression: {reason}. "
            "Write \\ before a character to match it literally."
        ) from error


def _names(items: pd.DataFrame) -> list[pa.Array]:
    """The keys, and the titles where there are any."""
    columns = [items["key"], *([items["title"]] if "title" in items else [])]
    return [pa.array(column.fillna(""), pa.string()) for column in columns]
