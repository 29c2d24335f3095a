"""Readers of CSV, TSV, parquet, Arrow and JSON tables, with vectors in one or several columns, or only metadata."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from explorer.datasets.sql import escape_glob
from explorer.datasets.table_file import connect
from explorer.errors import BadData
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error
from explorer.formats.tables import delimited, item_columns, json_tables, number_lists, vector_columns
from explorer.formats.tables.delimited import unique
from explorer.formats.tables.object_cells import objects_as_columns

TEXTS = ("csv", "tsv")
INDEX = "__index_level_0__"  # pandas' name of an unnamed index


def read(path: Path, format: str, choice: str | None, limit: Limits, header: bool | None = None) -> ParsedFile:
    """Read a table, with vectors if it has any. Raises BadData.

    format: csv, tsv, parquet, arrow, json or jsonl. choice: one of vector_columns.choices; by default the first.
    header: whether the first row of a text table names the columns; inferred by default.
    """
    notes: list[str] = []
    with bad_data_on_error(path, format):
        found, known = table(path, format, limit, notes, header)
        return parsed(found, path.stem, format, choice, limit, notes, known)


def parsed(
    found: pa.Table, name: str, format: str, choice: str | None, limit: Limits, notes: list[str], header: str = ""
) -> ParsedFile:
    """Split a table into vectors and metadata. Raises BadData."""
    rows = found.num_rows
    found = found.slice(0, limit.first) if limit.first else found
    limit.check(name, found.num_rows, 1)
    if not rows:
        raise BadData(f"{name}: contains no rows.")
    split = vector_columns.split(found, choice, limit, name, notes)
    items = item_columns.frame(split.items, notes)
    return ParsedFile(split.vectors, items, name, format, split.xy, notes, split.holes, rows, header, split.numbers)


def choices(path: Path, format: str, limit: Limits) -> list[str]:
    """Columns or groups of columns that may be the vectors, the likeliest first. Raises BadData."""
    with bad_data_on_error(path, format):
        return vector_columns.choices(table(path, format, limit, [])[0])


def table(path: Path, format: str, limit: Limits, notes: list[str], header: bool | None = None) -> tuple[pa.Table, str]:
    """All columns under unique names, and the certainty of a header in a text table: sure, likely, none."""
    known = ""
    if format in TEXTS:
        tabs = format == "tsv" and path.suffix.lower() in (".tsv", ".tab")
        found, dialect = delimited.read(path, "\t" if tabs else None, limit, notes, header)
        known = dialect.header
    elif format in ("json", "jsonl"):
        found = json_tables.read(path, format, limit, notes)
    else:
        found = {"parquet": _parquet, "arrow": _arrow}[format](path, limit)
    found.validate(full=True)
    found = _flat(objects_as_columns(found))
    numbers = sum(map(vector_columns.may_be_vectors, found.schema.types))
    limit.check_columns(path.name, numbers, found.num_columns - numbers)
    found = number_lists.plain_lists(found, notes)
    return found.rename_columns(unique(found.column_names, "column")), known


def _flat(found: pa.Table) -> pa.Table:
    """Flatten objects into columns, under their short names if these are unique; other names keep their points."""
    own = {
        name for name, kind in zip(found.column_names, found.schema.types, strict=True) if not pa.types.is_struct(kind)
    }
    for _ in range(8):
        nested = [
            name for name, kind in zip(found.column_names, found.schema.types, strict=True) if pa.types.is_struct(kind)
        ]
        if not nested:
            break
        found = found.flatten()
    short = [name if name in own else name.rpartition(".")[2] for name in found.column_names]
    times = Counter(short)
    names = [part if times[part] == 1 else name for name, part in zip(found.column_names, short, strict=True)]
    return found.rename_columns(names)


def _counted(batches: Iterator[pa.RecordBatch], path: Path, limit: Limits) -> Iterator[pa.RecordBatch]:
    size = rows = 0
    for batch in batches:
        size, rows = size + batch.nbytes, rows + batch.num_rows
        if size > limit.bytes:
            raise BadData(f"{path.name}: unpacks to more than {limit.bytes:,} bytes, which is the limit.")
        yield batch
        if limit.first and rows >= limit.first:
            return
        limit.check(path.name, rows, 1)


_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12}  # bytes a value


def _parquet(path: Path, limit: Limits) -> pa.Table:
    with pq.ParquetFile(path) as file:
        about = file.metadata
        if not limit.first:
            limit.check(path.name, about.num_rows, 1)
            limit.check_unpacked(path.name, _unpacked_size(path), path.stat().st_size)
        found = pa.Table.from_batches(_counted(file.iter_batches(4096), path, limit), file.schema_arrow)
        found = _named_classes(found)
        found = found.rename_columns(unique(found.column_names, "column"))
        for name in _categories(file) & set(found.column_names):
            if not pa.types.is_dictionary(found[name].type):
                place = found.column_names.index(name)
                found = found.set_column(place, name, found[name].dictionary_encode())
        return _with_index(found)


def _unpacked_size(path: Path) -> int:
    """Bytes that the values of a parquet file take, from its metadata.

    It is read by DuckDB: pyarrow 26 ends the process if the metadata of a column is damaged.
    """
    query = "SELECT type, sum(num_values), sum(total_uncompressed_size) FROM parquet_metadata(?) GROUP BY type"
    with connect(path.name) as connection:
        found = connection.execute(query, [escape_glob(str(path))]).fetchall()
    values = sum(number * _WIDTHS.get(kind, 4) for kind, number, _ in found)
    return int(max(values, sum(size for *_, size in found)))


def _categories(file: pq.ParquetFile) -> set[str]:
    """Columns that were categorical when pandas or Arrow wrote the file; parquet itself does not store this."""
    about = file.schema_arrow.pandas_metadata or {}
    found = {str(column["name"]) for column in about.get("columns", []) if column.get("pandas_type") == "categorical"}
    raw = (file.metadata.metadata or {}).get(b"ARROW:schema")
    if raw:
        schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(raw)))
        found |= {field.name for field in schema if pa.types.is_dictionary(field.type)}
    return found


def _named_classes(found: pa.Table) -> pa.Table:
    """Replace the numbers of a `ClassLabel` of Hugging Face datasets by its names, which the schema contains."""
    with suppress(ValueError, TypeError, AttributeError, KeyError):
        about = json.loads((found.schema.metadata or {}).get(b"huggingface", b"{}"))
        for name, feature in about["info"]["features"].items():
            if feature.get("_type") == "ClassLabel" and pa.types.is_integer(found[name].type):
                names = pa.array([*map(str, feature["names"]), None], pa.string())
                codes = found[name].combine_chunks()
                if pc.all(pc.and_(pc.greater_equal(codes, -1), pc.less(codes, len(names) - 1))).as_py():
                    known = pc.if_else(pc.equal(codes, -1), len(names) - 1, codes)  # -1: no label
                    made = pa.DictionaryArray.from_arrays(pc.cast(known, pa.int32()), names).dictionary_decode()
                    found = found.set_column(found.column_names.index(name), name, made.dictionary_encode())
    return found


def _with_index(found: pa.Table) -> pa.Table:
    """Name the index of a pandas table: `key` if it contains words."""
    if INDEX not in found.column_names:
        return found
    name = "key" if pa.types.is_string(found[INDEX].type) or pa.types.is_large_string(found[INDEX].type) else "index"
    return found.rename_columns([name if column == INDEX else column for column in found.column_names])


def _arrow(path: Path, limit: Limits) -> pa.Table:
    with pa.OSFile(str(path)) as source:
        if source.read(6) == b"ARROW1":
            source.seek(0)
            file = pa.ipc.open_file(source)
            batches = (file.get_batch(n) for n in range(file.num_record_batches))
            return _named_classes(pa.Table.from_batches(_counted(batches, path, limit), file.schema))
        source.seek(0)
        stream = pa.ipc.open_stream(source)
        return _named_classes(pa.Table.from_batches(_counted(stream, path, limit), stream.schema))
