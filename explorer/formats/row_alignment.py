"""Metadata aligned with vectors row by row, with correction of a wrongly detected header."""

from __future__ import annotations

import pandas as pd

from explorer.errors import BadData
from explorer.formats.parsed_file import ParsedFile, cell_text
from explorer.formats.tables.delimited import unique
from explorer.formats.tables.header import is_name, is_number

HEADER = "Specify whether the first row of {name} names its columns: --header yes or --header no"


def align_rows(metadata: ParsedFile, n: int, name: str, total: int | None = None) -> tuple[pd.DataFrame, list[str]]:
    """Metadata of n vectors by position, and descriptions of corrections. name: name of the vectors.

    total: number of vectors in their file, if only the first n were read; the metadata may then have more rows.
    If there is one row too many and the first one names columns, it becomes the header. If there is one row too few and
    the header is a row of data, it becomes a row. Raises BadData for any other difference in the number of rows.
    """
    items, has = metadata.items.reset_index(drop=True), len(metadata.items)
    more = (metadata.rows or has) - (total or n)
    if more == 1 and metadata.header == "none" and _is_header(items):
        names = ["" if pd.isna(cell) else cell_text(cell) for cell in items.iloc[0]]
        made = items.iloc[1:].reset_index(drop=True).set_axis(unique(names, "column"), axis=1)
        return made.head(n).infer_objects(), [
            f"row of {metadata.name} is taken for its header, as there are fewer vectors"
        ]
    if more == -1 and metadata.header == "likely" and _is_row(items):
        first = pd.DataFrame([list(items.columns)], columns=items.columns)
        made = pd.concat([first.astype(object), items.astype(object)], ignore_index=True)
        names = ["key", *(f"column {place}" for place in range(2, len(items.columns) + 1))]
        made = made.set_axis(names, axis=1).map(cell_text, na_action="ignore").astype("str")
        return made.head(n), [f"header of {metadata.name} is taken for its first row, as there are more vectors"]
    if has == n or n < has < (metadata.rows or 0):
        return items.head(n), []
    raise BadData(f"{metadata.name} has {has:,} rows and {name} {n:,} vectors. {_advice(metadata, abs(has - n) == 1)}.")


def _advice(metadata: ParsedFile, by_one: bool) -> str:
    sentences = []
    if by_one and metadata.header in ("none", "likely"):
        first = [str(cell)[:30] for cell in (metadata.items.iloc[0] if metadata.header == "none" else metadata.items)]
        sentences = [HEADER.format(name=f"{metadata.name} ({', '.join(first[:4])})")]
    elif by_one and metadata.header == "sure":
        sentences = [f"Its first row, {', '.join(map(repr, list(metadata.items)[:4]))}, names the columns"]
    return ". ".join([*sentences, "Give one row per vector, or join by a column with their keys: --join COLUMN"])


def _is_header(items: pd.DataFrame) -> bool:
    """Whether the first row names the columns: it has a typical column name, or a word above nothing but numbers."""
    first = [str(cell) for cell in items.iloc[0]]
    above = not is_number(first[0]) and all(map(is_number, items.iloc[1:, 0].astype(str)))
    return any(map(is_name, first)) or (above and len(items) > 3)


def _is_row(items: pd.DataFrame) -> bool:
    """Whether the column names are a row of data: numbers above numbers, or words that occur again below."""
    if any(map(is_name, items)):
        return False
    evidence = []
    for name in items:
        if pd.api.types.is_numeric_dtype(items[name]):
            evidence.append(is_number(name))
        elif items[name].nunique() < len(items) and (items[name].astype(str) == str(name)).any():
            evidence.append(True)
    return bool(evidence) and all(evidence)
