"""Read the columns of a MovieLens ratings file with pyarrow; reread line by line only to explain errors."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from explorer.datasets.archive import File, size
from explorer.errors import BadData

Progress = Callable[[int, int], None]  # bytes done, total
NAMES = ("user", "item", "rating", "timestamp")
SOURCE_NAMES = {"user": "userId", "item": "movieId", "rating": "rating", "timestamp": "timestamp"}
_BLOCK = 4 << 20
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,18}\s*", re.ASCII)


@dataclass(frozen=True)
class Form:
    """Row format of a ratings file."""

    delimiter: str  # "," has a header; "::" and tab have none and the columns NAMES; "" is parquet
    scale: tuple[float, float]
    dates: bool = False  # timestamps as `2005-04-02 23:53:47`

    @property
    def header(self) -> bool:
        """True when the first line names the columns."""
        return self.delimiter == ","


def read_ratings(file: File, form: Form, progress: Progress | None = None) -> dict[str, np.ndarray]:
    """Read the columns of NAMES in file order: ids int32 (int64 if needed), rating float32, timestamp int64 seconds.

    Raises BadData with file, line and value at the first row that is not a rating.
    """
    parts: dict[str, list[np.ndarray]] = {name: [] for name in NAMES}
    try:
        for batch in (_text_batches if form.delimiter else _parquet_batches)(file, form, progress):
            for name, values in _checked(batch, form).items():
                parts[name].append(values)
    except (pa.ArrowException, OSError, _Unusable) as error:
        good = sum(map(len, parts["user"]))
        raise explain(file, form, skip=good) or BadData(f"{file}: {str(error).splitlines()[0]}") from error
    if not any(len(values) for values in parts["user"]):
        raise BadData(f"{file}: no ratings in the file")
    return {name: np.concatenate(parts.pop(name)) for name in NAMES}


class _Unusable(Exception):
    """Raised for a block with a row that is not a rating."""


def _checked(batch: pa.RecordBatch, form: Form) -> dict[str, np.ndarray]:
    low, high = form.scale
    if any(column.null_count != (len(column) if pa.types.is_null(column.type) else 0) for column in batch.columns):
        raise _Unusable("a value is missing")
    columns = {name: batch.column(name) for name in NAMES}
    if form.dates:
        columns["timestamp"] = columns["timestamp"].cast(pa.int64())
    arrays = {name: column.to_numpy(zero_copy_only=False) for name, column in columns.items()}
    rating = arrays["rating"]
    if len(rating) and not (rating.min() >= low and rating.max() <= high):  # also fails for NaN
        raise _Unusable(f"a rating is outside the scale {low:g}..{high:g}")
    for name in ("user", "item"):  # int32 halves the memory
        ids = arrays[name]
        if len(ids) and ids.min() >= 0 and ids.max() <= np.iinfo(np.int32).max:
            arrays[name] = ids.astype(np.int32)
    return arrays


def _text_batches(file: File, form: Form, progress: Progress | None) -> Iterator[pa.RecordBatch]:
    types = {"user": pa.int64(), "item": pa.int64(), "rating": pa.float32()}
    types["timestamp"] = pa.timestamp("s") if form.dates else pa.int64()
    if form.header:
        keep = [SOURCE_NAMES[name] for name in NAMES]
        _check_header(file, keep)
        types = {SOURCE_NAMES[name]: kind for name, kind in types.items()}
        read_options = pacsv.ReadOptions(block_size=_BLOCK)
    else:  # with one-character delimiters, "::" encloses an empty column
        empty = [f"empty {i}" for i in range(3)] if form.delimiter == "::" else []
        keep = [*NAMES, *empty]
        types |= {name: pa.null() for name in empty}
        order = ["user", "empty 0", "item", "empty 1", "rating", "empty 2", "timestamp"] if empty else list(NAMES)
        read_options = pacsv.ReadOptions(block_size=_BLOCK, column_names=order)
    convert = pacsv.ConvertOptions(column_types=types, include_columns=keep, null_values=[""])
    parse = pacsv.ParseOptions(delimiter=form.delimiter[0], quote_char='"' if form.header else False)
    total = size(file)
    with file.open("rb") as stream:
        counted = _Counted(stream)
        for batch in pacsv.open_csv(counted, read_options, parse, convert) if total else ():
            yield batch.rename_columns([*NAMES, *keep[len(NAMES) :]])
            if progress:
                progress(min(counted.done, total), total)


class _Counted(io.RawIOBase):
    """A stream that counts the bytes read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.done = stream, 0

    def readable(self) -> bool:
        return True

    def read(self, length: int = -1) -> bytes:
        data = self.stream.read(length)
        self.done += len(data)
        return data


def _parquet_batches(file: File, form: Form, progress: Progress | None) -> Iterator[pa.RecordBatch]:
    kinds = [pa.int64(), pa.int64(), pa.float32(), pa.int64()]
    keep = [SOURCE_NAMES[name] for name in NAMES]
    total, rows = size(file), 0
    with file.open("rb") as stream:
        # seeking in a zip is slow
        source = stream if isinstance(stream, io.BufferedReader) else io.BytesIO(stream.read())
        parquet = pq.ParquetFile(source)
        _check_columns(file, parquet.schema_arrow.names, keep, "")
        for batch in parquet.iter_batches(columns=keep):
            columns = [batch.column(name).cast(kind) for name, kind in zip(keep, kinds, strict=True)]
            yield pa.RecordBatch.from_arrays(columns, names=NAMES)
            rows += batch.num_rows
            if progress:
                progress(total * rows // parquet.metadata.num_rows, total)


def _check_header(file: File, needed: Iterable[str]) -> None:
    with file.open("rb") as stream:
        line = stream.readline(1 << 16).decode("utf-8-sig", errors="replace")
    found = next(csv.reader([line]), [])
    _check_columns(file, found, needed, ", line 1")


def _check_columns(file: File, found: Collection[str], needed: Iterable[str], line: str) -> None:
    for name in needed:
        if name not in found:
            raise BadData(f"{file}{line}: no column {name!r}; found {', '.join(map(repr, found)) or 'nothing'}")


class _Unquoted(csv.excel):
    quoting = csv.QUOTE_NONE


def explain(file: File, form: Form, known: Collection[int] | None = None, skip: int = 0) -> BadData | None:
    """The error of the first row after `skip` that is not a rating or rates an unknown item; None if all are valid."""
    for place, fields in (_text_rows if form.delimiter else _parquet_rows)(file, form, skip):
        complaint = fields if isinstance(fields, str) else _complaint(fields, form, known)
        if complaint:
            return BadData(f"{file}, {place}: {complaint}")
    return None


def _text_rows(file: File, form: Form, skip: int) -> Iterator[tuple[str, dict[str, str] | str]]:
    """(`line 7`, fields by name), or a description of the error in the line."""
    with file.open("rb") as binary, io.TextIOWrapper(binary, encoding="latin-1", newline="") as lines:
        if form.delimiter == "::":
            rows: Iterator[tuple[int, list[str]]] = (
                (number, line.rstrip("\r\n").split("::")) for number, line in enumerate(lines, 1) if line.strip()
            )
        else:
            reader = csv.reader(lines, "excel" if form.header else _Unquoted, delimiter=form.delimiter)
            rows = ((reader.line_num, row) for row in reader if row)
        names = [name.strip("ï»¿") for name in next(rows)[1]] if form.header else list(NAMES)
        ours = {source: name for name, source in SOURCE_NAMES.items()} if form.header else {}
        try:
            for number, row in islice(rows, skip, None):
                if len(row) != len(names):
                    yield f"line {number}", f"{len(names)} fields expected, {len(row)} found in {row}"
                else:
                    yield f"line {number}", {ours.get(n, n): value for n, value in zip(names, row, strict=True)}
        except csv.Error as error:
            yield f"line {reader.line_num}", str(error)


def _parquet_rows(file: File, form: Form, skip: int) -> Iterator[tuple[str, dict[str, str] | str]]:
    try:
        table = pq.read_table(io.BytesIO(file.read_bytes()), columns=list(SOURCE_NAMES.values()))
    except (pa.ArrowException, OSError) as error:
        raise BadData(f"{file}: not an intact parquet file ({str(error).splitlines()[0]})") from error
    rows = zip(*(table.column(name).to_pylist() for name in SOURCE_NAMES.values()), strict=True)
    for number, row in islice(enumerate(rows, 1), skip, None):
        yield f"row {number}", dict(zip(NAMES, map(_as_written, row), strict=True))


def _as_written(value: object) -> str:
    """A parquet value as in a text file: missing values are empty, whole numbers have no `.0`."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _complaint(fields: dict[str, str], form: Form, known: Collection[int] | None) -> str | None:
    for name in ("user", "item"):
        if not _WHOLE.fullmatch(fields[name]):
            return f"{SOURCE_NAMES[name]} {fields[name]!r} is not a whole number"
    low, high = form.scale
    try:
        rating = float(fields["rating"])
    except ValueError:
        return f"rating {fields['rating']!r} is not a number"
    if not low <= rating <= high:
        return f"rating {fields['rating']!r} is outside the scale {low:g}..{high:g}"
    if not (_is_date(fields["timestamp"]) if form.dates else _WHOLE.fullmatch(fields["timestamp"])):
        expected = "a date like 2005-04-02 23:53:47" if form.dates else "a whole number of seconds"
        return f"timestamp {fields['timestamp']!r} is not {expected}"
    if known is not None and int(fields["item"]) not in known:
        return f"movieId {fields['item']!r} is missing from the movie table"
    return None


def _is_date(value: str) -> bool:
    try:
        return bool(datetime.fromisoformat(value))
    except ValueError:
        return False
