"""Tables: CSV, TSV, parquet, Arrow and JSON Lines, with a column of vectors, a column a dimension, or facts alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from explorer.errors import BadData
from explorer.formats import delimited, vector_columns
from explorer.formats.delimited import unique
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error

DELIMITERS = {"csv": ",", "tsv": "\t"}


def read(path: Path, format: str, choice: str | None, limit: Limits, header: bool | None = None) -> ParsedFile:
    """A table as it stands, with its vectors where some of its columns are vectors. Raises BadData.

    format: csv, tsv, parquet, arrow or jsonl. choice: of vector_columns.choices; by default the first of them. header:
    whether the first row of CSV and TSV names the columns; by default that is guessed from it.
    """
    notes: list[str] = []
    with bad_data_on_error(path, format):
        found = table(path, format, limit, notes, header)
        limit.check(path.name, found.num_rows, 1)
        if not found.num_rows:
            raise BadData(f"{path.name}: holds no rows.")
        vectors, xy, rest = vector_columns.split(found, choice, limit, path.name, notes)
        return ParsedFile(vectors, _items(rest), path.stem, format, xy, notes)


def choices(path: Path, format: str, limit: Limits) -> list[str]:
    """The columns, or groups of columns, that may be the vectors, the likeliest first. Raises BadData."""
    with bad_data_on_error(path, format):
        return vector_columns.choices(table(path, format, limit, []))


def table(path: Path, format: str, limit: Limits, notes: list[str], header: bool | None = None) -> pa.Table:
    """All columns of a table file; their names are made unique."""
    if format in DELIMITERS:
        found = delimited.read(path, DELIMITERS[format], limit, notes, header)
    else:
        found = {"parquet": _parquet, "arrow": _arrow, "jsonl": _json_lines}[format](path, limit)
    found.validate(full=True)
    return found.rename_columns(unique(found.column_names, "column"))


def _counted(batches: Iterator[pa.RecordBatch], path: Path, limit: Limits) -> Iterator[pa.RecordBatch]:
    size = rows = 0
    for batch in batches:
        size, rows = size + batch.nbytes, rows + batch.num_rows
        limit.check(path.name, rows, 1)
        if size > limit.bytes:
            raise BadData(f"{path.name}: unpacks to more than {limit.bytes:,} bytes, which is the limit.")
        yield batch


def _parquet(path: Path, limit: Limits) -> pa.Table:
    with pq.ParquetFile(path) as file:
        about = file.metadata
        groups = [about.row_group(n) for n in range(about.num_row_groups)]
        numbers = sum(group.column(n).num_values for group in groups for n in range(group.num_columns))
        limit.check(path.name, about.num_rows, 1)
        size = max(4 * numbers, sum(group.total_byte_size for group in groups))
        if size > limit.bytes:
            raise BadData(f"{path.name}: unpacks to {size:,} bytes; at most {limit.bytes:,} are read.")
        return pa.Table.from_batches(_counted(file.iter_batches(4096), path, limit), file.schema_arrow)


def _arrow(path: Path, limit: Limits) -> pa.Table:
    with pa.OSFile(str(path)) as source:
        if source.read(6) == b"ARROW1":
            source.seek(0)
            file = pa.ipc.open_file(source)
            batches = (file.get_batch(n) for n in range(file.num_record_batches))
            return pa.Table.from_batches(_counted(batches, path, limit), file.schema)
        source.seek(0)
        stream = pa.ipc.open_stream(source)
        return pa.Table.from_batches(_counted(stream, path, limit), stream.schema)


def _json_lines(path: Path, limit: Limits) -> pa.Table:
    tables, rows, size = [], [], 0
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise BadData(f"{path.name}, line {number:,}: not JSON ({error}); one object a line.") from error
            if not isinstance(row, dict):
                raise BadData(f'{path.name}, line {number:,}: not an object, as in {{"key": ..., ...}}.')
            rows.append(row)
            if len(rows) == 4096:
                tables.append(pa.Table.from_pylist(rows))
                size, rows = size + tables[-1].nbytes, []
                if size > limit.bytes:
                    raise BadData(f"{path.name}: unpacks to more than {limit.bytes:,} bytes, which is the limit.")
    tables += [pa.Table.from_pylist(rows)] if rows else []
    if not tables:
        raise BadData(f"{path.name}: holds no rows.")
    return pa.concat_tables(tables, promote_options="permissive")


def _items(found: pa.Table) -> pd.DataFrame:
    """Facts as pandas has them: lists as lists, dates as text, whole numbers with gaps still whole."""
    columns = {}
    for name, column in zip(found.column_names, found.columns, strict=True):
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
            kind = column.type
        if pa.types.is_nested(kind):
            columns[name] = pd.Series(column.to_pylist(), dtype=object)
        elif pa.types.is_integer(kind):
            columns[name] = pc.cast(column, pa.int64(), safe=False).to_pandas(integer_object_nulls=False)
            columns[name] = columns[name].astype("Int64") if column.null_count else columns[name].astype("int64")
        elif pa.types.is_floating(kind) or pa.types.is_boolean(kind):
            columns[name] = column.to_pandas()
        elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            texts = [None if cell is None else cell.decode(errors="replace") for cell in column.to_pylist()]
            columns[name] = pd.Series(texts, dtype="str")
        else:
            columns[name] = column.cast(pa.string()).to_pandas()
    return pd.DataFrame(columns, index=pd.RangeIndex(found.num_rows))
