"""What the columns of a table of facts are: category, labels, number, year, text, link; guessed, and made so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from explorer.errors import BadRequest
from explorer.formats.parsed_file import cell_text

KINDS = ("category", "labels", "number", "year", "text", "link", "skip")
SEPARATORS = ("|", ";", ",", "/")
FIRST_YEAR, LAST_YEAR = 1000, 2100
FEW = 50  # different texts up to which they are categories, whatever the number of rows
LABELS = ("genres", "genre", "tags", "labels", "categories", "topics", "keywords")


def guess(column: pd.Series) -> tuple[str, str]:
    """The kind of a column, one of KINDS, and the separator of its labels, "" for all other kinds."""
    known = column.dropna()
    if not len(known) or known.map(lambda cell: isinstance(cell, dict)).any():
        return "skip", ""
    if column.dtype == object:
        return ("labels", "") if known.map(_is_list).all() else ("text", "")
    if pd.api.types.is_bool_dtype(column):
        return "category", ""
    if pd.api.types.is_numeric_dtype(column):
        named = "year" in str(column.name).lower() or "date" in str(column.name).lower()
        return ("year", "") if named and _years(known) else ("number", "")
    texts = known.astype(str)
    if texts.str.match(r"https?://\S+$").all():
        return "link", ""
    separator = _separator(texts, str(column.name))
    if separator:
        return "labels", separator
    different = texts.nunique()
    return ("category", "") if different < max(2, min(FEW, len(texts) / 2)) else ("text", "")


def convert(column: pd.Series, kind: str, separator: str = "") -> pd.Series:
    """A column made one of KINDS: labels are lists of texts, years Int32, numbers float64 or Int64, the rest text.

    What is no number or year is unknown then; an unknown cell has no labels. Raises BadRequest for another kind.
    """
    if kind not in KINDS:
        raise BadRequest(f"{column.name!r} cannot be a {kind!r}; a column is one of {', '.join(KINDS)}.")
    if kind == "labels":
        return pd.Series([labels(cell, separator) for cell in column], column.index, object, str(column.name))
    if kind in ("number", "year"):
        numbers = pd.to_numeric(column, errors="coerce") if column.dtype != object else _numbers(column)
        numbers = numbers.astype("float64").where(lambda found: np.isfinite(found))
        if kind == "year":
            whole = numbers.where((numbers >= FIRST_YEAR) & (numbers <= LAST_YEAR)).round()
            return whole.astype("Int32")
        return column if pd.api.types.is_integer_dtype(column) else numbers
    return column.map(cell_text, na_action="ignore").astype("str")


def labels(cell: Any, separator: str = "") -> list[str]:
    """The labels in a cell, each once, in order: `Drama|War` -> `["Drama", "War"]`."""
    if _is_list(cell):
        parts = [cell_text(part) for part in cell if not _unknown(part)]
    elif _unknown(cell):
        return []
    else:
        parts = cell_text(cell).split(separator) if separator else [cell_text(cell)]
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _is_list(cell: Any) -> bool:
    return isinstance(cell, list | tuple | np.ndarray)


def _unknown(cell: Any) -> bool:
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell))


def _numbers(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column.map(lambda cell: None if _is_list(cell) else cell), errors="coerce")


def _years(known: pd.Series) -> bool:
    numbers = known.astype("float64")
    return bool(((numbers >= FIRST_YEAR) & (numbers <= LAST_YEAR) & (numbers % 1 == 0)).mean() > 0.9)


def _separator(texts: pd.Series, name: str) -> str:
    """The sign that parts labels that come again: one in many cells whose parts are few beside the cells."""
    sample = texts.iloc[:10_000]
    for separator in SEPARATORS:
        held = sample.str.contains(separator, regex=False).mean()
        if held < (0.01 if name.lower() in LABELS else 0.3):
            continue
        parts = sample.str.split(separator).explode().str.strip()
        if name.lower() in LABELS or (parts.str.len().mean() < 25 and parts.nunique() < len(parts) / 4):
            return separator
    return ""
