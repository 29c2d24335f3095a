"""Readers of CSV, TSV, parquet, Arrow and JSON tables, with vectors in one or several columns, or only metadata."""

from __future__ import annotations

import ast
import base64
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from explorer.datasets.sql import escape_glob
from explorer.datasets.table_file import connect
from explorer.errors import BadData
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error
from explorer.formats.tables import delimited, json_tables, number_lists, vector_columns
from explorer.formats.tables.delimited import unique
from explorer.formats.tables.object_cells import objects_as_columns

TEXTS = ("csv", "tsv")
NAMED = ("name", "label", "title", "text", "value", "tag", "key", "id")  # fields used as the name of an object
# notations of lists of texts: numpy (['a' 'b']), R (c("a", "b")), PostgreSQL ({a,"b c"}), sets and tuples of Python
_TEXT = r"""('[^']*'|"[^"]*")"""
_EMPTY_LIST = r"\s*(\[\]|\{\}|\(\)|set\(\)|character\(0\))\s*$"
_OTHER_LISTS = (
    rf"""\s*(\[\s*{_TEXT}(\s+{_TEXT})*\s*\]|c\(\s*{_TEXT}(,\s*{_TEXT})*\s*\)|\(\s*{_TEXT}(,\s*{_TEXT})*,?\s*\)"""
    r"""|\{\s*("[^"]*"|[^",{}:]+)(,\s*("[^"]*"|[^",{}:]+))*\})\s*$"""
)
_PARTS = re.compile(r"""'([^']*)'|"([^"]*)"|([^\s'",][^'",]*)""")
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
    items = _items(split.items, notes)
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
    """Flatten objects into columns, under their short names if these are unique."""
    for _ in range(8):
        nested = [
            name for name, kind in zip(found.column_names, found.schema.types, strict=True) if pa.types.is_struct(kind)
        ]
        if not nested:
            break
        found = found.flatten()
    own = {name for name in found.column_names if "." not in name}
    short = [name.rpartition(".")[2] for name in found.column_names]
    times = Counter(short)
    names = [
        part if part not in own and times[part] == 1 else name
        for name, part in zip(found.column_names, short, strict=True)
    ]
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


def _items(found: pa.Table, notes: list[str]) -> pd.DataFrame:
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
