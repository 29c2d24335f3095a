"""Validation of vectors against their items, and conversion to read-only arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.errors import BadData

LARGEST = 2.0**50  # absolute value of a number in a vector; sums of squares over all dimensions then fit into float32


def readonly(array: np.ndarray) -> np.ndarray:
    """View of an array as read-only float32; numbers too large for float32 become infinite."""
    with np.errstate(over="ignore"):
        view = np.asarray(array, dtype=np.float32).view()
    view.flags.writeable = False
    return view


def validate_vectors(vectors: np.ndarray, items: pd.DataFrame) -> np.ndarray:
    """Vectors as read-only (n, d) float32, checked against their items.

    Raises BadData, which names the first fault: shape, dtype, keys that are missing, empty or repeated, numbers that
    are not finite, or a largest absolute value outside 2**-50 to 2**50.
    """
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or not vectors.size:
        raise BadData(f"Vectors must be a table of rows by dimensions; these have shape {vectors.shape}.")
    if not np.issubdtype(vectors.dtype, np.number) or np.iscomplexobj(vectors):
        raise BadData(f"Vectors must be real numbers; these are {vectors.dtype}.")
    if len(vectors) != len(items):
        raise BadData(f"The number of vectors ({len(vectors):,}) must match the number of items ({len(items):,}).")
    if "key" not in items:
        raise BadData(f"Items need a column 'key'; these have {', '.join(map(repr, items.columns)) or 'none'}.")
    keys = items["key"]
    strange = keys.map(lambda key: not isinstance(key, str)) if keys.dtype == object else keys.isna()
    wrong = np.flatnonzero(strange.astype(bool) | (keys == ""))
    if len(wrong):
        raise BadData(f"Every key must be a non-empty string; row {wrong[0]:,} has {keys.iloc[wrong[0]]!r}.")
    if not keys.is_unique:
        key = keys[keys.duplicated()].iloc[0]
        rows = np.flatnonzero(keys == key)[:2]
        raise BadData(f"Keys must be unique; {key!r} is in rows {rows[0]:,} and {rows[1]:,}.")
    with np.errstate(over="ignore", invalid="ignore"):
        vectors = np.asarray(vectors, dtype=np.float32)  # a float64 may overflow
        suspect = not np.isfinite(vectors.sum())  # avoids an (n, d) array of booleans
    if suspect and not (finite := np.isfinite(vectors)).all():
        row, column = np.argwhere(~finite)[0]
        raise BadData(
            f"Vectors must be finite; row {row:,} ({keys.iloc[row]!r}), dimension {column} is {vectors[row, column]}."
        )
    largest = max(float(vectors.max()), -float(vectors.min()))
    if largest > LARGEST or 0 < largest < 1 / LARGEST:
        raise BadData(
            f"The largest number of the vectors is {largest:.3g}; float32 keeps products of numbers from "
            f"{1 / LARGEST:.2g} to {LARGEST:.2g}. Scale all vectors by one factor, such as "
            f"{1 / largest:.0e}; cosines do not change."
        )
    return readonly(vectors)
