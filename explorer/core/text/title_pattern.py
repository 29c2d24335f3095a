"""Filter items by a pattern of their title."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from explorer.errors import BadRequest


def matches_title(items: pd.DataFrame, pattern: str) -> np.ndarray:
    """Items whose title or key matches a regular expression, ignoring case: (n,) bool.

    The expression is matched by RE2, in linear time. An empty pattern matches all. Raises BadRequest for an invalid
    expression.
    """
    if not pattern:
        return np.ones(len(items), bool)
    try:
        masks = [pc.match_substring_regex(texts, pattern, ignore_case=True) for texts in _names(items)]
        return np.logical_or.reduce([mask.to_numpy(zero_copy_only=False) for mask in masks])
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
