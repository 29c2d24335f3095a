"""Tables on disk (CSV, TSV, JSON Lines, parquet; one file or a folder of parts), read as text by DuckDB."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.datasets.lines.text_files import LONGEST_LINE, is_packed, open_text, squeezed, utf8_copy
from explorer.datasets.sql import escape_glob, quote_text
from explorer.errors import BadData

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

READ = ("utf-8", "utf-16")  # encodings that DuckDB reads
MEMORY_LIMIT = "1500MB"  # of DuckDB; above it uses its temporary folder


@dataclass(frozen=True)
class TableFile:
    """A table's files and dialect."""

    path: Path
    files: tuple[Path, ...]
    format: str  # csv, json or parquet
    columns: tuple[str, ...]  # without a header: "1", "2", ...
    delimiter: str = ","
    quoted: bool = True  # cells may be in double quotes
    header: bool = True
    encoding: str = "utf-8"
    sample: tuple[tuple[str, ...], ...] = field(default=(), repr=False)  # the first rows, as text
    multiline: bool = False  # whether one of the first rows spans several lines
    aligned: bool = False  # whether several spaces separate the cells
    escaped: bool = False  # whether quotes in cells are written with a backslash

    @property
    def dialect(self) -> str:
        """Format, delimiter and encoding, as in `CSV (;), cp1252`."""
        if self.format != "csv":
            return {"json": "JSON Lines", "parquet": "parquet"}[self.format]
        sign = {"\t": "tabs", " ": "spaces"}.get(self.delimiter, self.delimiter)
        header = "" if self.header else " without a header"
        return f"text separated by {sign}{header}" + (f" in {self.encoding}" if self.encoding != "utf-8" else "")

    def sampled(self, name: str) -> list[str]:
        """The values of a column in the first rows, as text; "" where there is none."""
        place = self.columns.index(name)
        return [row[place] for row in self.sample if place < len(row)]

    def relation(self) -> str:
        """The table as an SQL expression. Columns of CSV and JSON are text; those of parquet keep their types."""
        copied = self.aligned or self.encoding not in READ
        places = [utf8_copy(file, self.encoding, self.aligned) if copied else file for file in self.files]
        files = "[" + ", ".join(quote_text(escape_glob(str(file))) for file in places) + "]"
        if self.format == "parquet":
            return f"read_parquet({files}, union_by_name=true)"
        columns = "{" + ", ".join(f"{quote_text(name)}: 'VARCHAR'" for name in self.columns) + "}"
        packed = "gzip" if not copied and is_packed(self.files[0]) else "none"
        if self.format == "json":
            return f"read_json({files}, format='newline_delimited', compression='{packed}', columns={columns})"
        encoding = quote_text("utf-8" if copied else self.encoding)
        sign = quote_text('"' if self.quoted else "")
        escape = quote_text("\\") if self.escaped else sign
        return (
            f"read_csv({files}, auto_detect=false, columns={columns}, delim={quote_text(self.delimiter)}, "
            f"header={str(self.header).lower()}, quote={sign}, escape={escape}, encoding={encoding}, "
            f"compression='{packed}', null_padding=false, max_line_size={LONGEST_LINE})"
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
        with open_text(file, self.encoding) as lines:
            if self.format == "json":
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        yield number, json_complaint(line) or []
                return
            lines = map(squeezed, lines) if self.aligned else lines
            for number, row in islice(
                split_rows(lines, self.delimiter, self.quoted, self.escaped), int(self.header), None
            ):
                yield number, self._width_complaint(row) or row

    def line_complaint(self, line: str) -> str:
        """What is wrong with a line of a text format; empty if nothing is."""
        if self.format == "json":
            return json_complaint(line)
        rows = split_rows(iter([line]), self.delimiter, self.quoted, self.escaped)
        return next((self._width_complaint(row) for _, row in rows), "")

    def _width_complaint(self, row: list[str]) -> str:
        width = len(self.columns)
        return f"{width} fields expected, {len(row)} found in {row}"[:300] if len(row) != width else ""


@contextmanager
def connect(where: object) -> Iterator[DuckDBPyConnection]:
    """A new DuckDB connection. Errors within the context become BadData that names `where`."""
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect(config={"threads": 2, "memory_limit": MEMORY_LIMIT})
    try:
        yield connection
    except duckdb.OutOfMemoryException as error:
        raise BadData(f"{where}: too large for the {MEMORY_LIMIT} of memory; split the file in parts.") from error
    except (duckdb.Error, pa.ArrowException, OSError) as error:  # pyarrow raises OSError for errors of later blocks
        if isinstance(where, TableFile):
            where.check_lines()
        name = where.path if isinstance(where, TableFile) else where
        raise BadData(f"{name}: cannot be read ({str(error).strip().splitlines()[0][:300]}).") from error
    finally:
        connection.close()


def column_types(connection: DuckDBPyConnection, table: TableFile) -> dict[str, str]:
    """The SQL type of each column."""
    rows = connection.execute(f"DESCRIBE SELECT * FROM {table.relation()}").fetchall()
    return {row[0]: row[1] for row in rows}


def split_rows(
    lines: Iterator[str], delimiter: str, quoted: bool = True, escaped: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """(line, fields) of each line that is not empty. escaped: whether a backslash stands before quotes in cells."""
    if len(delimiter) > 1:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, line.rstrip("\r\n").split(delimiter)
        return
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(
        lines,
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        escapechar="\\" if escaped else None,
        doublequote=not escaped,
    )
    for row in reader:
        if row:
            yield reader.line_num, row


def json_complaint(line: str) -> str:
    """Why a line is not a JSON object; empty if it is one."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"not JSON ({error}) in {line.strip()[:80]!r}"
    return "" if isinstance(found, dict) else f"{line.strip()[:80]!r} is not a JSON object"
