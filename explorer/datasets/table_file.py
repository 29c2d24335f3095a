"""Tables on disk (CSV, TSV, JSON Lines, parquet; one file or a folder of parts), read as text by DuckDB."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from explorer.errors import BadData
from explorer.paths import why_no_file

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FORMATS = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".txt": "csv", ".dat": "csv", ".data": "csv",
    ".jsonl": "json", ".ndjson": "json", ".json": "json", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
DELIMITERS = ("\t", ";", ",", "|", "::")
SAMPLE_LINES, SAMPLE_BYTES = 200, 1 << 20
MEMORY_LIMIT = "1500MB"  # of DuckDB; above it uses its temporary folder
LONGEST_LINE = 1 << 24


@dataclass(frozen=True)
class TableFile:
    """A table's files and dialect."""

    path: Path
    files: tuple[Path, ...]
    format: str  # csv, json or parquet
    columns: tuple[str, ...]  # without a header: "1", "2", ...
    delimiter: str = ","
    header: bool = True
    encoding: str = "utf-8"
    first_row: tuple[str, ...] = field(default=(), repr=False)  # values of the first row, as text
    multiline: bool = False  # whether one of the first rows spans several lines

    def relation(self) -> str:
        """The table as an SQL expression. Columns of CSV and JSON are text; those of parquet keep their types."""
        files = "[" + ", ".join(quote_text(_no_glob(str(file))) for file in self.files) + "]"
        if self.format == "parquet":
            return f"read_parquet({files}, union_by_name=true)"
        columns = "{" + ", ".join(f"{quote_text(name)}: 'VARCHAR'" for name in self.columns) + "}"
        if self.format == "json":
            return f"read_json({files}, format='newline_delimited', columns={columns})"
        return (
            f"read_csv({files}, auto_detect=false, columns={columns}, delim={quote_text(self.delimiter)}, "
            f"header={str(self.header).lower()}, quote='\"', escape='\"', encoding={quote_text(self.encoding)}, "
            f"null_padding=false, max_line_size={LONGEST_LINE})"
        )

    def check_lines(self) -> None:
        """Raise BadData with file and line for the first invalid line."""
        for file in self.files if self.format != "parquet" else ():
            for number, row in self._lines(file):
                if isinstance(row, str):
                    raise BadData(f"{file}, line {number:,}: {row}")

    def place(self, row: int) -> str:
        """The file and line of a row, counted from 0 over all files: `clicks.csv, line 7`."""
        for file in self.files:
            if self.format == "parquet":
                import pyarrow.parquet as pq

                rows = pq.read_metadata(file).num_rows
                if row < rows:
                    return f"{file}, row {row + 1:,}"
            else:
                rows = 0
                for number, _ in self._lines(file):
                    if rows == row:
                        return f"{file}, line {number:,}"
                    rows += 1
            row -= rows
        return f"{self.path}, row {row + 1:,}"

    def _lines(self, file: Path) -> Iterator[tuple[int, list[str] | str]]:
        """(line, fields) of each row; for an invalid line, a text that describes the error instead of fields."""
        with _open_text(file, self.encoding) as lines:
            if self.format == "json":
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        yield number, _json_complaint(line) or []
                return
            for number, row in islice(_rows(lines, self.delimiter), int(self.header), None):
                yield number, self._width_complaint(row) or row

    def line_complaint(self, line: str) -> str:
        """What is wrong with a line of a text format; empty if nothing is."""
        if self.format == "json":
            return _json_complaint(line)
        return next((self._width_complaint(row) for _, row in _rows(iter([line]), self.delimiter)), "")

    def _width_complaint(self, row: list[str]) -> str:
        width = len(self.columns)
        return f"{width} fields expected, {len(row)} found in {row}"[:300] if len(row) != width else ""


def open_table(path: str | Path) -> TableFile:
    """Detect the files and dialect of a table (a file or a folder of parts).

    Formats: CSV and TSV with any of DELIMITERS, JSON Lines, parquet; the text formats also as .gz. The first line of a
    CSV is the header unless it contains a number or date. Raises BadData.
    """
    path = Path(path)
    files = _parts(path)
    first = files[0]
    kind = _format(first)
    if kind == "parquet":
        columns, row = _parquet_columns(first)
        return TableFile(path, files, kind, columns, first_row=row)
    encoding = _encoding(first)
    with _open_text(first, encoding) as lines:
        sample = list(islice(lines, SAMPLE_LINES))
    if not any(line.strip() for line in sample):
        raise BadData(f"{first}: the file is empty.")
    if kind == "json":
        return _json_table(path, files, sample, encoding)
    delimiter = _delimiter(sample)
    rows = [row for _, row in _rows(iter(sample), delimiter)]
    header = not any(_is_number(cell) for cell in rows[0])
    columns = _unique(rows[0]) if header else tuple(str(n) for n in range(1, len(rows[0]) + 1))
    for file in files[1:] if header else ():
        _check_header(file, encoding, delimiter, columns)
    shown = rows[1] if header and len(rows) > 1 else rows[0] if not header else []
    multiline = any("\n" in cell for row in rows for cell in row)
    return TableFile(path, files, kind, columns, delimiter, header, encoding, tuple(shown), multiline)


@contextmanager
def connect(where: object) -> Iterator[DuckDBPyConnection]:
    """A new DuckDB connection. Errors within the context become BadData that names `where`."""
    import duckdb

    connection = duckdb.connect(config={"threads": 2, "memory_limit": MEMORY_LIMIT})
    try:
        yield connection
    except duckdb.OutOfMemoryException as error:
        raise BadData(f"{where}: too large for the {MEMORY_LIMIT} of memory; split the file in parts.") from error
    except duckdb.Error as error:
        if isinstance(where, TableFile):
            where.check_lines()
        name = where.path if isinstance(where, TableFile) else where
        raise BadData(f"{name}: cannot be read ({str(error).strip().splitlines()[0][:300]}).") from error
    finally:
        connection.close()


def quote_text(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _no_glob(path: str) -> str:
    """Escape *, ? and [ in a path, which DuckDB would treat as patterns."""
    return re.sub(r"([*?\[])", r"[\1]", path)


def quote_name(name: str) -> str:
    """A column name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def as_text(name: str, kind: str = "VARCHAR") -> str:
    """SQL for a column as text: whole numbers without `.0`, no surrounding spaces, empty text as NULL."""
    column = quote_name(name)
    if kind in ("DOUBLE", "FLOAT"):
        whole = f"{column} = floor({column}) AND abs({column}) < 9007199254740992"
        return f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
    return f"nullif(trim(CAST({column} AS VARCHAR), ' \t'), '')"


def column_types(connection: DuckDBPyConnection, table: TableFile) -> dict[str, str]:
    """The SQL type of each column."""
    rows = connection.execute(f"DESCRIBE SELECT * FROM {table.relation()}").fetchall()
    return {row[0]: row[1] for row in rows}


def _parts(path: Path) -> tuple[Path, ...]:
    if not path.exists():
        raise BadData(f"{path}: no such file or folder.")
    if path.is_file():
        return (path,)
    if not path.is_dir():
        raise BadData(f"{path}: {why_no_file(path)}; give a file, or a folder with parts of one table.")
    found = [file for file in sorted(path.iterdir()) if file.is_file() and not file.name.startswith((".", "_"))]
    files = tuple(file for file in found if _suffix(file) in FORMATS)
    if not files:
        there = ", ".join(file.name for file in found[:10]) or "nothing"
        raise BadData(f"{path}: no table in the folder; give CSV, TSV, JSON Lines or parquet. Found: {there}.")
    kinds = {FORMATS[_suffix(file)] for file in files}
    if len(kinds) > 1:
        names = ", ".join(file.name for file in files[:10])
        raise BadData(
            f"{path}: files of several formats ({names}); give one file, or a folder with parts of one table."
        )
    return files


def _suffix(file: Path) -> str:
    ends = [end.lower() for end in file.suffixes]
    return (ends[-2] if len(ends) > 1 else "") if ends[-1:] == [".gz"] else (ends[-1] if ends else "")


def _format(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            start = stream.read(4)
    except OSError as error:
        raise BadData(f"{file}: cannot be read ({error.strerror}).") from error
    if start == b"PAR1":
        return "parquet"
    if FORMATS.get(_suffix(file)) == "parquet":
        raise BadData(f"{file}: the parquet file is damaged; create or download it again.")
    if start[:2] == b"PK":
        raise BadData(f"{file}: a .zip; unpack it and give the table inside.")
    with _open_text(file, _encoding(file)) as lines:
        first = next((line for line in lines if line.strip()), "")
    if "\0" in first:
        raise BadData(f"{file}: not a table of text; give CSV, TSV, JSON Lines or parquet.")
    if first.lstrip().startswith("["):
        raise BadData(f"{file}: a JSON array; write one JSON object per line (JSON Lines).")
    return "json" if first.lstrip().startswith("{") else "csv"


def _encoding(file: Path) -> str:
    with _open_bytes(file) as stream:
        start = stream.read(SAMPLE_BYTES)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


@contextmanager
def _open_bytes(file: Path) -> Iterator[IO[bytes]]:
    with file.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(file) if packed else file.open("rb") as stream:
            yield stream  # type: ignore[misc]
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadData(f"{file}: the .gz is damaged or cut off ({error}); create or download it again.") from error


@contextmanager
def _open_text(file: Path, encoding: str) -> Iterator[Iterator[str]]:
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    with _open_bytes(file) as stream, io.TextIOWrapper(stream, encoding=name, newline="", errors="replace") as lines:
        yield lines


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line, fields) of each line that is not empty."""
    if len(delimiter) > 1:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, line.rstrip("\r\n").split(delimiter)
        return
    reader = csv.reader(lines, delimiter=delimiter)
    for row in reader:
        if row:
            yield reader.line_num, row


def _delimiter(sample: list[str]) -> str:
    """The delimiter for which most rows have the same number of fields, more than one; ties go to more fields."""
    best, found = (0.0, 0), ","
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for _, row in _rows(iter(sample), delimiter))
        width, rows = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        rank = (rows / widths.total(), width)
        if width > 1 and rank > best:
            best, found = rank, delimiter
    return found


def _check_header(file: Path, encoding: str, delimiter: str, columns: tuple[str, ...]) -> None:
    with _open_text(file, encoding) as lines:
        names = next((_unique(row) for _, row in _rows(lines, delimiter)), columns)
    if names != columns:
        raise BadData(f"{file}, line 1: columns {', '.join(names)}; the first part has {', '.join(columns)}.")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _unique(names: list[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    found = []
    for place, name in enumerate(names, 1):
        name = name.strip() or f"column {place}"
        seen[name.lower()] += 1  # DuckDB does not tell "User" from "user"
        times = seen[name.lower()]
        found.append(name if times == 1 else f"{name} ({times})")
    return tuple(found)


def _json_table(path: Path, files: tuple[Path, ...], sample: list[str], encoding: str) -> TableFile:
    columns: dict[str, Any] = {}
    for number, line in enumerate(sample, 1):
        if line.strip():
            if complaint := _json_complaint(line):
                raise BadData(f"{files[0]}, line {number:,}: {complaint}")
            for name, value in json.loads(line).items():
                columns.setdefault(name, value)
    shown = tuple("" if value is None else str(value) for value in columns.values())
    return TableFile(path, files, "json", tuple(columns), encoding=encoding, first_row=shown)


def _json_complaint(line: str) -> str:
    try:
        found = json.loads(line)
    except ValueError as error:
        return f"not JSON ({error}) in {line.strip()[:80]!r}"
    return "" if isinstance(found, dict) else f"{line.strip()[:80]!r} is not a JSON object"


def _parquet_columns(file: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        parquet = pq.ParquetFile(file)
        batch = next(parquet.iter_batches(1), None)
    except (pa.ArrowException, OSError) as error:
        raise BadData(f"{file}: not an intact parquet file ({str(error).splitlines()[0]}).") from error
    names = tuple(parquet.schema_arrow.names)
    row = batch.to_pylist()[0].values() if batch is not None and batch.num_rows else ()
    return names, tuple("" if value is None else str(value) for value in row)
