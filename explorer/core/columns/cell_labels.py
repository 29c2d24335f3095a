"""The labels in a cell: a list, or a text whose labels are separated by a sign."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import numpy as np
import pandas as pd

from explorer.core.columns.kind import cell_text, sample, share, unknown_cell

SEPARATORS = ("|", ";", ",", "/")
NAMES = ("genres", "genre", "tags", "labels", "categories", "topics", "keywords")
LITERAL = re.compile(r"^\s*\[.*\]\s*$", re.DOTALL)
NO_LABELS = re.compile(r"^[\d\s./:,-]+$|://|^[/~.]|^[A-Za-z]:\\")  # numbers, dates, addresses and paths


def labels(cell: Any, separator: str = "") -> list[str]:
    """The distinct labels in a cell, in order: `Drama|War` -> `["Drama", "War"]`, `["a", "b"]` as a list."""
    if is_list(cell):
        parts = [cell_text(part) for part in cell if not unknown_cell(part)]
    elif unknown_cell(cell):
        return []
    else:
        text = cell_text(cell)
        listed = literal(text) if LITERAL.match(text) else None
        parts = listed if listed is not None else text.split(separator) if separator else [text]
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def literal(text: str) -> list[str] | None:
    """The texts of a list written in JSON or Python syntax; None for anything else."""
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list) and all(isinstance(part, str) for part in found):
            return found
    return None


def separator(values: pd.Series) -> str:
    """Separator of the labels in a text column: one of SEPARATORS, "[]" for lists in brackets, "" for no labels.

    It must occur in many cells, and the parts must recur in other cells.
    """
    texts = sample(values).astype(str)
    if share(texts, LITERAL) > 0.95 and all(literal(text) is not None for text in texts.head(200)):
        return "[]"
    named = str(values.name).lower() in NAMES
    often = [sign for sign in SEPARATORS if texts.str.contains(sign, regex=False).mean() >= (0.01 if named else 0.3)]
    if not often or texts.str.contains(NO_LABELS).mean() > 0.05:
        return ""
    for sign in often:
        parts = texts.str.split(sign, regex=False).explode().str.strip()
        if sign in ",/" and not named and parts.nunique() >= texts.nunique():
            continue  # labels recur in other cells; the parts of "Tolkien, J. R. R." do not
        if named or (parts.str.len().mean() < 25 and parts.nunique() < len(parts) / 4):
            return sign
    return ""


def is_list(cell: Any) -> bool:
    """Whether a cell is a list of any type."""
    return isinstance(cell, list | tuple | set | np.ndarray)
