"""Detection of a table's files, format, encoding, delimiter and header."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from explorer.datasets.lines.text_files import head, open_text, squeezed
from explorer.datasets.other_formats import refuse
from explorer.datasets.role_names import GROUPS, NAMES, fold
from explorer.datasets.table_file import TableFile, json_complaint, split_rows
from explorer.errors import BadData
from explorer.paths import why_no_file

FORMATS = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".txt": "csv", ".dat": "csv", ".data": "csv",
    ".jsonl": "json", ".ndjson": "json", ".json": "json", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
DELIMITERS = ("\t", ";", ",", "|", "::")
KNOWN = {name for names in (*NAMES.values(), GROUPS) for name in names}
TYPES = ("token", "token_seq", "float", "float_seq")  # of columns in RecBole's files
DATED = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")  # begins with a date
ALIKE = 0.9  # least share of lines with the same number of cells
SAMPLE_LINES = 200


def open_table(path: str | Path) -> TableFile:
    """Detect the files and dialect of a table (a file or a folder of parts).

    Formats: CSV and TSV with any of DELIMITERS, JSON Lines, parquet; the text formats also as .gz. The first line of a
    CSV is the header unless it contains a number or date. Raises BadData.
    """
    path = Path(path)
    files = _parts(path)
    first = files[0]
    if not first.stat().st_size:  # also in /proc, where some files block when read
        raise BadData(f"{first}: the file is empty.")
    if FORMATS.get(_suffix(first)) == "parquet" or _begins(first, b"PAR1"):
        columns, rows = _parquet_columns(first)
        return TableFile(path, files, "parquet", columns, sample=rows)
    begin, encoding, text = head(first)
    refuse(first, begin, text)
    if begin and not text:
        raise BadData(f"{first}: not a table of text; give CSV, TSV, JSON Lines or parquet.")
    if not text.strip():
        raise BadData(f"{first}: the file is empty.")
    with open_text(first, encoding) as lines:
        sample = list(islice(lines, SAMPLE_LINES))
        delimiter = _delimiter(sample)
        aligned = delimiter == " " and any("  " in line or line.rstrip("\r\n") != line.strip() for line in sample)
        sample = [squeezed(line) for line in sample] if aligned else sample
        quoted = _quoted(sample, delimiter)
        escaped = quoted and _escaped(sample, delimiter)
        rows = tuple(tuple(row) for _, row in split_rows(iter(sample), delimiter, quoted, escaped))
    if text.lstrip().startswith("["):
        raise BadData(f"{first}: a JSON array; write one JSON object per line (JSON Lines), as jq -c '.[]' does.")
    if text.lstrip().startswith("{"):
        return _json_table(path, files, sample, encoding)
    header = _is_header(rows)
    columns = _unique(_untyped(rows[0])) if header else tuple(str(n) for n in range(1, len(rows[0]) + 1))
    for file in files[1:] if header else ():
        _check_header(file, encoding, delimiter, columns)
    multiline = any("\n" in cell for row in rows for cell in row)
    return TableFile(
        path,
        files,
        "csv",
        columns,
        delimiter,
        quoted,
        header,
        encoding,
        rows[int(header) :],
        multiline,
        aligned,
        escaped,
    )


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
        listing = ", ".join(file.name for file in found[:10]) or "nothing"
        raise BadData(f"{path}: no table in the folder; give CSV, TSV, JSON Lines or parquet. Found: {listing}.")
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


def _begins(file: Path, magic: bytes) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(magic)) == magic


def _delimiter(sample: list[str]) -> str:
    """The delimiter for which most rows have the same number of fields, more than one; ties go to more fields."""
    best, found = (0.0, 0), ","
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for _, row in split_rows(iter(sample), delimiter))
        width, rows = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        rank = (rows / widths.total(), width)
        if width > 1 and rank > best:
            best, found = rank, delimiter
    words = {len(line.split()) for line in sample if line.strip()}
    return " " if best[0] < ALIKE and len(words) == 1 and words != {1} else found


def _escaped(sample: list[str], delimiter: str) -> bool:
    """Whether a backslash stands before quotes in cells: the cell goes on behind such a quote."""
    inside = re.compile(r'\\"(?!["\r\n]|' + re.escape(delimiter) + r"|$)")
    return any(map(inside.search, sample))


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: no number, no date, and no value that comes again below.

    If a cell is a name of role_names, up to half of them may come again. The same row may, as in joined parts.
    """
    first = rows[0]
    if any(_is_number(cell) or DATED.match(cell) for cell in first):
        return False
    below = [row for row in rows[1:] if row != first]
    again = sum(cell != "" and any(cell == row[n] for row in below if n < len(row)) for n, cell in enumerate(first))
    return not again or (2 * again <= len(first) and any(fold(cell) in KNOWN for cell in _untyped(first)))


def _quoted(sample: list[str], delimiter: str) -> bool:
    """Whether cells may be in quotes: unless a tab separates them, and none is, or quotes are part of some."""
    cells = [cell.strip() for line in sample for cell in line.split("\t")]
    opened = [cell for cell in cells if cell.startswith('"')]
    return delimiter != "\t" or (bool(opened) and all(len(cell) > 1 and cell.endswith('"') for cell in opened))


def _untyped(names: Sequence[str]) -> list[str]:
    """The names of a header without the types of RecBole: `user_id:token`, `rating:float`."""
    typed = [name.rpartition(":") for name in names]
    return [name for name, _, _ in typed] if all(kind in TYPES for _, _, kind in typed) else list(names)


def _check_header(file: Path, encoding: str, delimiter: str, columns: tuple[str, ...]) -> None:
    with open_text(file, encoding) as lines:
        names = next((_unique(_untyped(row)) for _, row in split_rows(lines, delimiter)), columns)
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
    columns: dict[str, None] = {}
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(sample, 1):
        if line.strip():
            if complaint := json_complaint(line):
                raise BadData(_document(files[0], sample) or f"{files[0]}, line {number:,}: {complaint}")
            rows.append(json.loads(line))
            columns |= dict.fromkeys(rows[-1])
    shown = tuple(tuple(_shown(row.get(name)) for name in columns) for row in rows)
    return TableFile(path, files, "json", tuple(columns), encoding=encoding, sample=shown)


def _document(file: Path, sample: list[str]) -> str:
    """What to do with a JSON document that spans several lines; empty for other lines."""
    if not json_complaint(sample[0]) or len(sample) < 2:
        return ""
    lists = [name for line in sample for name in re.findall(r'"(\w+)"\s*:\s*\[', line)]
    inside = f".{lists[0]}[]" if lists else ".[]"
    held = ", ".join(dict.fromkeys(lists[:5]))
    said = f" with the lists {held}" if lists else ""
    return (
        f"{file}: one JSON document over several lines{said}. Write one JSON object per line (JSON Lines), for "
        f"example with jq -c '{inside}'."
    )


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _parquet_columns(file: Path) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        parquet = pq.ParquetFile(file)
        batch = next(parquet.iter_batches(SAMPLE_LINES), None)
    except (pa.ArrowException, OSError) as error:
        raise BadData(f"{file}: not an intact parquet file ({str(error).splitlines()[0]}).") from error
    names = tuple(parquet.schema_arrow.names)
    rows = batch.to_pylist() if batch is not None else []
    return names, tuple(tuple(_shown(value) for value in row.values()) for row in rows)
