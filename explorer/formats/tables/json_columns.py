"""Values of JSON as Arrow columns: exact integers, and texts where types are mixed."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a table; fields that a row does not have are null."""
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: _column([row.get(name) for row in rows]) for name in names} or {"": [None] * len(rows)})


def _column(values: list[Any]) -> pa.Array:
    """Values of one type unchanged, with exact integers; values of several types as texts."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int}:
        for kind in (pa.int64(), pa.uint64()):
            try:
                return pa.array(values, kind)
            except (OverflowError, pa.ArrowInvalid):
                continue
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    try:
        if kinds <= {int, float}:
            return pa.array(values, pa.float64())
        if len(kinds) <= 1:
            return _surrogates_replaced(values) if kinds == {str} else pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass
    return _surrogates_replaced([None if value is None else _text(value) for value in values])


def _surrogates_replaced(values: list[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # an unpaired surrogate, which is valid in JSON but not in UTF-8
        return pa.array([value if value is None else value.encode(errors="replace").decode() for value in values])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def joined(tables: list[pa.Table]) -> pa.Table:
    """Concatenate tables; columns with different types become text."""
    names = dict.fromkeys(name for table in tables for name in table.column_names)
    parts = [dict(zip(table.column_names, table.columns, strict=True)) for table in tables]
    unknown = [pa.chunked_array([pa.nulls(len(table))]) for table in tables]
    columns = {
        name: _concatenated([part.get(name, none) for part, none in zip(parts, unknown, strict=True)]) for name in names
    }
    return pa.table(columns)


def _concatenated(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    kinds = {part.type for part in parts} - {pa.null()}
    kind = next(iter(kinds), pa.null())
    if len(kinds) > 1:
        numbers = all(pa.types.is_integer(type_) or pa.types.is_floating(type_) for type_ in kinds)
        lists = all(pa.types.is_list(type_) and not pa.types.is_nested(type_.value_type) for type_ in kinds)
        kind = pa.float64() if numbers else pa.list_(pa.float64()) if lists else pa.string()
    try:
        return pa.chunked_array([chunk for part in parts for chunk in pc.cast(part, kind, safe=False).chunks], kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        texts = [[None if v is None else _text(v) for v in part.to_pylist()] for part in parts]
        return pa.chunked_array([pa.array(text, pa.string()) for text in texts])
