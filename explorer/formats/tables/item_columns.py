"""Columns of metadata: arrow's types as pandas series, written lists as lists."""

from __future__ import annotations

import ast
import json
import re
import uuid
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from explorer.formats.tables import vector_columns

NAMED = ("name", "label", "title", "text", "value", "tag", "key", "id")  # fields used as the name of an object
# notations of lists of texts: numpy (['a' 'b']), R (c("a", "b")), PostgreSQL ({a,"b c"}), sets and tuples of Python
_TEXT = r"""('[^']*'|"[^"]*")"""
_EMPTY_LIST = r"\s*(\[\]|\{\}|\(\)|set\(\)|character\(0\))\s*$"
_OTHER_LISTS = (
    rf"""\s*(\[\s*{_TEXT}(\s+{_TEXT})*\s*\]|c\(\s*{_TEXT}(,\s*{_TEXT})*\s*\)|\(\s*{_TEXT}(,\s*{_TEXT})*,?\s*\)"""
    r"""|\{\s*("[^"]*"|[^",{}:]+)(,\s*("[^"]*"|[^",{}:]+))*\})\s*$"""
)
_PARTS = re.compile(r"""'([^']*)'|"([^"]*)"|([^\s'",][^'",]*)""")


def frame(found: pa.Table, notes: list[str]) -> pd.DataFrame:
    """Metadata as pandas columns without loss: lists as lists, dates as texts, integers exactly."""
    columns, odd = {}, []
    for name, column in zip(found.column_names, found.columns, strict=True):
        if name == "index" and _counts_rows(column):
            continue
        if _is_blob(column):
            odd.append(name)
            continue
        if pa.types.is_map(column.type) or pa.types.is_union(column.type):
            odd.append(name)
            continue
        cells = series(column)
        columns[name] = cells if name.lower() in vector_columns.WORDS or cells.dtype != "str" else written_lists(cells)
    if odd:
        notes.append(f"Left out because their type is not supported: {', '.join(odd)}.")
    return pd.DataFrame(columns, index=pd.RangeIndex(found.num_rows))


def _counts_rows(column: pa.ChunkedArray) -> bool:
    """Whether a column counts the rows from 0 or 1, as a saved index does."""
    if not pa.types.is_integer(column.type) or column.null_count or not len(column):
        return False
    numbers = column.to_numpy()
    return bool(numbers[0] in (0, 1) and (numbers == range(int(numbers[0]), int(numbers[0]) + len(numbers))).all())


def series(column: pa.ChunkedArray) -> pd.Series:
    """One column as Int64, UInt64, float64, boolean, category, str, or objects that are lists of texts."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return pd.Series(series(pc.cast(column, kind.value_type)).map(_cell, na_action="ignore"), dtype="category")
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return pd.Series([None if cell is None else _labels(cell) for cell in column.to_pylist()], dtype=object)
    if pa.types.is_integer(kind):
        target = pa.uint64() if kind == pa.uint64() and (pc.max(column).as_py() or 0) >= 2**63 else pa.int64()
        integers = pc.cast(column, target).to_pandas(integer_object_nulls=column.null_count > 0)
        name = "UInt64" if target == pa.uint64() else "Int64"
        return integers.astype(name if column.null_count else name.lower())
    if pa.types.is_decimal(kind):
        return _decimals(column)
    if pa.types.is_boolean(kind):
        return (
            column.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
            if column.null_count
            else column.to_pandas()
        )
    if pa.types.is_floating(kind):
        return pc.cast(column, pa.float64()).to_pandas()
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pd.Series([None if cell is None else _bytes(cell) for cell in column.to_pylist()], dtype="str")
    if pa.types.is_timestamp(kind):
        return _moments(column)
    return pc.cast(column, pa.string()).to_pandas()


def _is_bytes(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)


def _is_blob(column: pa.ChunkedArray) -> bool:
    """Whether the cells are binary data too long for an id, such as images."""
    if not _is_bytes(column.type):
        return False
    known = column.drop_null()
    return bool(len(known)) and pc.max(pc.binary_length(known)).as_py() > 64 and _bytes(known[0].as_py()).isalnum()


def _bytes(cell: bytes) -> str:
    """Bytes as text: UTF-8 if valid, 16 other bytes as a UUID, else hexadecimal."""
    try:
        text = cell.decode()
        if text.isprintable() or not any(ord(sign) < 9 for sign in text):
            return text
    except UnicodeDecodeError:
        pass
    return str(uuid.UUID(bytes=cell)) if len(cell) == 16 else cell.hex()


def _cell(cell: Any) -> str:
    return str(cell)


def _decimals(column: pa.ChunkedArray) -> pd.Series:
    """Decimals as numbers if a float64 represents the same digits, else as texts."""
    numbers = pc.cast(column, pa.float64(), safe=False)
    values = [None if value is None else value.as_py() for value in column]
    whole = all(value is None or value == value.to_integral_value() for value in values)
    if whole and all(value is None or abs(value) < 2**63 for value in values):
        return pd.Series([None if value is None else int(value) for value in values], dtype="Int64")
    if all(value is None or len(value.normalize().as_tuple().digits) <= 15 for value in values):
        return numbers.to_pandas()
    return pd.Series([None if value is None else format(value, "f") for value in values], dtype="str")


def _moments(column: pa.ChunkedArray) -> pd.Series:
    """Timestamps as ISO 8601 texts; only dates if all are midnight."""
    kind = column.type
    days = (
        pc.all(pc.equal(column, pc.floor_temporal(column, unit="day"))).as_py() if kind.tz in (None, "UTC") else False
    )
    text = pc.strftime(column, format="%Y-%m-%d" if days else "%Y-%m-%dT%H:%M:%S%z" if kind.tz else "%Y-%m-%dT%H:%M:%S")
    return pc.cast(text, pa.string()).to_pandas()


def _labels(cell: list[Any]) -> list[Any]:
    """A list of texts; objects such as {"id": 18, "name": "Drama"} are replaced by their names."""
    return [_object_name(part) if isinstance(part, dict) else part for part in cell]


def _object_name(part: dict[str, Any]) -> str:
    lower = {str(name).lower(): value for name, value in part.items()}
    return str(next((lower[name] for name in NAMED if lower.get(name) is not None), json.dumps(part, default=str)))


def written_lists(texts: pd.Series) -> pd.Series:
    """Parse texts as lists if all are lists in Python or JSON, `['Drama', 'War']`; else return them unchanged."""
    known = texts.dropna()
    known = known[known.str.strip() != ""]
    if not len(known) or known.iloc[0].lstrip()[0] not in "[({cs":
        return texts
    empty = known.str.match(_EMPTY_LIST)
    if not empty.all() and known[~empty].str.match(_OTHER_LISTS).all():
        texts = texts.map(_as_python, na_action="ignore")
        known = texts[known.index]
    if not len(known) or not known.str.match(r"\s*\[\s*(['\"{\]]|\d)").all() or not known.str.contains(r"\]\s*$").all():
        return texts
    lists = [None if pd.isna(text) or not text.strip() else _list(text) for text in texts]
    if any(part is None for part, text in zip(lists, texts, strict=True) if not pd.isna(text) and text.strip()):
        return texts
    return pd.Series(lists, index=texts.index, dtype=object)


def _as_python(text: str) -> str:
    """Convert a list in the notation of numpy, R or PostgreSQL, a set or a tuple, to JSON."""
    if re.match(_EMPTY_LIST, text):
        return "[]"
    inner = text.strip().removeprefix("c")[1:-1] if text.strip()[:1] in "c[{(" else text
    parts = [max(part) for part in _PARTS.findall(inner)]
    return json.dumps([part for part in parts if part])


def _list(text: str) -> list[Any] | None:
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        if isinstance(found, list):
            return _labels(found)
    return None
