"""Backslash escapes in tab-separated exports of PostgreSQL (`COPY`) and MySQL, which write unknown values as `\\N`."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

UNKNOWN = r"\N"
_CELL = re.compile(r"(^|\t)\\N(\t|\r?$)", re.MULTILINE)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SIGNS = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


def has_escapes(text: str) -> bool:
    """Whether a cell of a tab-separated text is `\\N`; then backslashes in other cells are escapes."""
    return bool(_CELL.search(text))


def unescaped(table: pa.Table) -> pa.Table:
    """Replace `\\t`, `\\n`, `\\\\` and other escapes in columns of texts by what they stand for."""
    for n, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        if pa.types.is_string(column.type) and pc.any(pc.match_substring(column, "\\")).as_py():
            texts = [None if text is None else _ESCAPE.sub(_sign, text) for text in column.to_pylist()]
            table = table.set_column(n, name, pa.array(texts, pa.string()))
    return table


def _sign(found: re.Match[str]) -> str:
    return _SIGNS.get(found[1], found[1])
