"""Objects in the cells of a column of texts, `{"page": 3}` or `{'page': 3}`, as columns."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from explorer.formats.tables.json_columns import table_of
from explorer.formats.tables.json_fields import rows_of
from explorer.formats.tables.json_tables import python_object

MOST = 64  # fields of the objects; more are data rather than names
SOME = 20  # cells that are inspected first


def objects_as_columns(table: pa.Table) -> pa.Table:
    """Replace columns whose known cells are all objects by their fields, under short names if these are unique."""
    for name in table.column_names:
        column = table[name]
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            rows = _rows(column)
            fields = table_of(rows) if rows and any(rows) else None
            if fields is not None and 0 < fields.num_columns <= MOST:
                table = table.drop_columns([name])
                for field, values in zip(fields.column_names, fields.columns, strict=True):
                    taken = field in table.column_names
                    table = table.append_column(f"{name}.{field}" if taken else field, values)
    return table


def _rows(column: pa.ChunkedArray) -> list[dict[str, Any]] | None:
    first = column.drop_null().slice(0, SOME)
    if not len(first) or not pc.all(pc.match_substring_regex(first, r"^\s*\{.*:.*\}\s*$|^\s*(\{\})?\s*$")).as_py():
        return None
    rows = []
    for cell in column.to_pylist():
        found = [{}] if cell is None or not cell.strip() else rows_of(_object(cell))
        if found is None or len(found) != 1:
            return None
        rows.append(found[0])
    return rows


def _object(cell: str) -> dict[str, Any] | None:
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        try:
            found = python_object(cell.encode())
        except (ValueError, RecursionError):
            return None
    return found if isinstance(found, dict) else None
