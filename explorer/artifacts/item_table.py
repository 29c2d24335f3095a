"""The item table of an artifact: read from parquet and validated."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from explorer.core.columns import Schema
from explorer.core.columns.registry import KINDS
from explorer.errors import BadData

CELLS = 2_000_000_000  # rows times columns of a table that is read
SPARSE = 50_000_000  # rows times columns allowed for a file of any size
CELLS_A_BYTE = 100  # allowed above that, per byte of the file
NEEDED = ("number", "date", "boolean")  # kinds whose values cannot be any text
SHOWN = 80  # characters of a wrong value in a message


def read_items(file: Path | IO[bytes], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read the item table of an artifact from parquet; rows with the same labels share one list object.

    columns: names of those to read, by default all. Creating a million lists would take a second. Raises BadData, which
    names what is wrong with the table, and pyarrow.ArrowException for a file that is not a table.
    """
    with pq.ParquetFile(file) as parquet:
        _check(parquet, _size(file))
        table = parquet.read(None if columns is None else list(columns))
    listed = [n for n, field in enumerate(table.schema) if _of_texts(field.type)]
    try:
        items = table.drop_columns([table.column_names[n] for n in listed]).to_pandas()
    except Exception as error:  # pandas reads its own metadata without validating them
        why = " ".join(str(error).split())[:SHOWN] or type(error).__name__
        raise BadData(f"The item table cannot be made a pandas table: {type(error).__name__}: {why}.") from error
    for place in listed:
        items.insert(place, table.column_names[place], _lists(table.column(place).combine_chunks()))
    return items


def check_file(file: Path) -> None:
    """Check names and types of the columns of a parquet file, without their values. Raises BadData."""
    with pq.ParquetFile(file) as parquet:
        _check(parquet, _size(file))


def check_columns(items: pd.DataFrame, schema: Schema) -> None:
    """Compare the values of the columns with the kinds that a schema says they have.

    Raises BadData for a column of numbers, dates or truth values in which no value can be read as one.
    """
    for column in schema.values():
        if column.kind in NEEDED:
            known = items[column.name].dropna()
            if len(known) and not KINDS[column.kind].parse(known, column.separator).notna().any():
                value = repr(known.iloc[0])
                raise BadData(
                    f"Column {column.name!r} is of kind {column.kind}, but none of its {len(known):,} values is one; "
                    f"the first is {value[:SHOWN]}."
                )


def _size(file: Path | IO[bytes]) -> int:
    if isinstance(file, Path):
        return file.stat().st_size
    return file.seek(0, os.SEEK_END)


def _check(parquet: pq.ParquetFile, size: int) -> None:
    _check_size(parquet.metadata, size)
    _check_types(parquet.schema_arrow)


def _check_size(about: pq.FileMetaData, size: int) -> None:
    """Raises BadData before a file that takes far more memory than disk is read.

    size: bytes of the file. The sizes of its columns are not used: pyarrow 26 ends the process if their metadata is
    damaged.
    """
    cells = about.num_rows * about.num_columns
    most = min(CELLS, max(SPARSE, CELLS_A_BYTE * size))
    if cells > most:
        what = f"{about.num_rows:,} rows of {about.num_columns:,} columns in {size:,} bytes"
        raise BadData(f"The item table has {what}; at most {most:,} cells of that are read.")


def _check_types(schema: pa.Schema) -> None:
    twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
    if twice:
        raise BadData(f"The item table has two columns {twice[0]!r}; names of columns must be unique.")
    for name in ("key", "title"):
        kind = schema.field(name).type if name in schema.names else pa.string()
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
            raise BadData(f"Column {name!r} of the item table contains {kind}; it must be text.")
    for field in schema:
        if pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type):
            raise BadData(f"Column {field.name!r} of the item table contains {field.type}; bytes are not shown.")


def _of_texts(kind: pa.DataType) -> bool:
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return lists and (pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))


def _lists(column: pa.ListArray) -> np.ndarray:
    joined = pc.binary_join(column, "\n")
    if joined.null_count or pc.any(pc.match_substring(column.flatten(), "\n")).as_py():
        cells = column.to_pylist()
        codes = np.arange(len(cells))
    else:
        codes = joined.dictionary_encode().indices.to_numpy()
        cells = column.take(pa.array(np.unique(codes, return_index=True)[1])).to_pylist()
    lists = np.empty(len(cells), object)
    lists[:] = cells
    return lists[codes]
