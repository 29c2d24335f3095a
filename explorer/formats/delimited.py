"""CSV and TSV as they stand: with or without a header, in UTF-8 or not, numbers as numbers and names as names."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from explorer.errors import BadData
from explorer.formats.parsed_file import Limits
from explorer.formats.vector_columns import is_number

BLOCK = 1 << 22
FACTS = 1000  # columns beside those of the vectors
ROWS = 1000  # that are looked at before all are read
MARK = b"\xef\xbb\xbf"  # of UTF-8, which some programs put at the beginning
CELL = 1 << 27  # characters; Python's own limit is less than a list of numbers in a cell
_PADDED = r"^[+-]?0[0-9]|^\+"  # 007 is a name, no number


def read(path: Path, delimiter: str, limit: Limits, notes: list[str], header: bool | None = None) -> pa.Table:
    """All cells, each column of the type that pyarrow finds for it. Raises BadData, or what pyarrow raises.

    header: whether the first row names the columns; by default that is guessed from it. notes: is added to.
    """
    source = _utf8(path, limit, notes)
    first = source.read(BLOCK)
    source.seek(0)
    sample = pd.DataFrame(_cells(first, delimiter))
    if not len(sample):
        raise BadData(f"{path.name}: holds no rows.")
    width = int(sample.iloc[0].notna().sum())
    names = [str(cell) for cell in sample.iloc[0, :width]]
    named = header if header is not None else _is_header(names, len(sample), delimiter)
    if not named:
        if header is None:
            notes.append("The first row is no header: the columns are numbered.")
        names = _numbered(sample.iloc[:, :width]) if width > 1 or header is not None else ["key"]
    names = unique(names, "column")
    if len(names) > limit.dims + FACTS:
        raise BadData(f"{path.name}: {len(names):,} columns; at most {limit.dims + FACTS:,} are read.")
    below = sample.iloc[int(named) :]
    texts = {name for n, name in enumerate(names) if below[n].astype(str).str.match(_PADDED).any()}
    texts |= {"key"}  # a key is what it says, whether or not it looks like a number
    parse = pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=delimiter == ",", ignore_empty_lines=width > 1)
    parse.quote_char = '"' if delimiter == "," else False  # only CSV has cells in quotes
    return pacsv.read_csv(
        source,
        pacsv.ReadOptions(column_names=names, skip_rows=int(named), block_size=4 * BLOCK),
        parse,
        pacsv.ConvertOptions(column_types={name: pa.string() for name in names if name in texts}),
    )


def unique(names: Iterable[object], empty: str) -> list[str]:
    """Names made unique: `a`, `a (2)`; a name of nothing but space becomes `empty`."""
    taken: dict[str, None] = {}
    for name in names:
        wanted = " ".join(str(name).split()) or empty
        made, number = wanted, 1
        while made in taken:
            number += 1
            made = f"{wanted} ({number})"
        taken[made] = None
    return list(taken)


def _cells(block: bytes, delimiter: str) -> list[list[str]]:
    text = block.decode(errors="replace")
    whole = text if len(block) < BLOCK else text[: text.rfind("\n") + 1] or text
    csv.field_size_limit(CELL)
    if delimiter == ",":
        found = csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter)
    else:
        found = csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return [row for row, _ in zip((row for row in found if row), range(ROWS), strict=False)]


def _is_header(names: list[str], rows: int, delimiter: str) -> bool:
    """Words name columns, numbers do not, unless they count them. One column of a TSV is a list of labels."""
    numbers = [name for name in names if is_number(name)]
    counted = [str(int(numbers[0]) + n) for n in range(len(numbers))] if numbers and numbers[0].isdecimal() else None
    if delimiter == "\t" and len(names) == 1:
        return False
    return rows > 1 and (not numbers or (len(numbers) > 1 and numbers == counted))


def _numbered(sample: pd.DataFrame) -> list[str]:
    """Names for columns without: `key` for one of texts at the beginning, `0`, `1`, ... for the numbers."""
    names, number = [], 0
    for n in sample.columns:
        if sample[n].map(is_number).mean() > 0.5:
            names.append(str(number))
            number += 1
        else:
            names.append("key" if n == 0 else f"column {n + 1}")
    return names


def _utf8(path: Path, limit: Limits, notes: list[str]) -> pa.NativeFile:
    """The file if it is UTF-8; else its text with what is not UTF-8 replaced. The byte order mark is left out."""
    if path.stat().st_size > limit.bytes:
        raise BadData(f"{path.name}: {path.stat().st_size:,} bytes; at most {limit.bytes:,} are read.")
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        with path.open("rb") as raw:
            marked = raw.read(3) == MARK
            raw.seek(0)
            while block := raw.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        return pa.BufferReader(path.read_bytes()[3:]) if marked else pa.OSFile(str(path))
    except UnicodeDecodeError:
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
        notes.append("The file is not UTF-8; what could not be read stands as \N{REPLACEMENT CHARACTER}.")
        return pa.BufferReader(text.encode())
