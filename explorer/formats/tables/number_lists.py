"""Vectors stored as another type than lists of numbers: tensors, decimals, quoted numbers, bytes, base64."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from explorer.formats.tables.vector_cells import BASE64, NAMES, SOME, is_called, is_list_type

USUAL, TINY, HUGE = (1e-3, 100.0), 1e-9, 1e4  # median of the numbers of vectors, and the least and the largest


def plain_lists(table: pa.Table, notes: list[str]) -> pa.Table:
    """Convert such columns to lists of numbers, and unwrap lists of one list. notes: gets the columns of bytes."""
    columns = [_plain(column, name, notes) for name, column in zip(table.column_names, table.columns, strict=True)]
    return pa.table(columns, table.column_names).replace_schema_metadata(table.schema.metadata)


def _plain(column: pa.ChunkedArray, name: str, notes: list[str]) -> pa.ChunkedArray:
    if isinstance(column.type, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
    if is_list_type(column.type) and is_list_type(column.type.value_type):
        lengths = pc.list_value_length(column).drop_null()
        if len(lengths) and pc.all(pc.equal(lengths, 1)).as_py():
            column = pc.list_element(column, 0)
    if is_list_type(column.type) and pa.types.is_decimal(column.type.value_type):
        column = pc.cast(column, pa.list_(pa.float64()))
    if column.type == pa.list_(pa.string()) and (name.lower() in NAMES or _are_fractions(column)):
        with suppress(pa.ArrowInvalid):
            column = pc.cast(column, pa.list_(pa.float64()))
    if is_called(name) and (found := _floats(column)) is not None:
        kind = "bytes" if _is_bytes(column.type) else "base64"
        notes.append(f"Column {name!r} contains {kind}, which were read as float32 numbers.")
        column = found
    return column


def _are_fractions(column: pa.ChunkedArray) -> bool:
    """Whether the first lists of texts have the same length, and most texts are numbers with decimals."""
    sample = column.drop_null().slice(0, SOME)
    if len(sample) == 0 or pc.count_distinct(pc.list_value_length(sample)).as_py() > 1:
        return False
    texts = pc.list_flatten(sample).drop_null()
    return len(texts) > 2 * len(sample) and pc.mean(pc.match_substring_regex(texts, r"^-?\d*\.\d+")).as_py() > 0.9


def _is_bytes(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)


def _floats(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Bytes or base64 as lists of float32, if these numbers are those of vectors; else None."""
    text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    first = column.drop_null().slice(0, SOME).to_pylist()
    if not first or not (text or _is_bytes(column.type)) or (text and not all(map(BASE64.fullmatch, first))):
        return None
    if not all(raw is not None and len(raw) > 8 and len(raw) % 4 == 0 for raw in map(_decoded, first)):
        return None
    numbers = np.abs(np.frombuffer(b"".join(_decoded(cell) or b"" for cell in first), "<f4"))
    known = numbers[numbers > 0]
    usual = len(known) > 0 and np.isfinite(known).all() and USUAL[0] < np.median(known) < USUAL[1]
    if not usual or (known < TINY).mean() > 0.01 or known.max() > HUGE:
        return None
    return pa.chunked_array(
        [pa.array(map(_numbers, chunk.to_pylist()), pa.list_(pa.float32())) for chunk in column.chunks]
    )


def _decoded(cell: str | bytes) -> bytes | None:
    try:
        return base64.b64decode(cell, validate=True) if isinstance(cell, str) else cell
    except binascii.Error:
        return None


def _numbers(cell: str | bytes | None) -> np.ndarray | None:
    """The numbers of a cell; None if it is empty or damaged, which is a row without a vector."""
    raw = None if cell is None else _decoded(cell)
    return None if raw is None or len(raw) % 4 else np.frombuffer(raw, "<f4")
