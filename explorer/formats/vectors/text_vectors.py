"""Text files with one vector per line: word2vec, fastText .vec, GloVe, and matrices from numpy.savetxt."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from explorer.errors import BadData
from explorer.formats.parsed_file import Hole, Limits, ParsedFile
from explorer.formats.tables.delimited import without_preamble
from explorer.formats.tables.utf8_source import utf8_source

BLOCK = 1 << 20  # bytes parsed at a time
COUNT = 1 << 24  # bytes in which lines are counted at a time
SAMPLE = 1 << 22  # bytes used to detect the dimensions
BLANK = " \t\r"  # white space at the end of a line
LINES = 200  # lines that are inspected
ALIKE = 0.8  # least share of lines with the same number of dimensions
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(nan|inf|infinity)", re.IGNORECASE | re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?")
_LETTERED = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(?![eE][-+]?\d)[A-Za-z][-+]?\d*")  # 1.2D-03 of Fortran, 0.5f of C
_BRACKETED = re.compile(r"[^\t\[\](){},;|\"]+[ :][\[(]\s*[-+.\d][^\[\](){}\t]*[\])]\s*")  # key [0.1, 0.2]
_SPACES = re.compile(rb"[ \t]+")
_LINE_ENDS = re.compile(rb"[ \t]*\r?\n[ \t\r\n]*")


@dataclass(frozen=True)
class Shape:
    """Structure of lines with vectors."""

    dims: int
    keyed: bool  # each line begins with a key, which may contain spaces
    counts: tuple[int, int] | None  # rows and dimensions declared in the first line
    regular: bool  # all parts are separated by single spaces
    named: bool = False  # the first line names the columns

    @property
    def skipped(self) -> int:
        """Number of lines before the first vector."""
        return int(self.counts is not None or self.named)


def shape(text: str, cut: bool = False) -> Shape | None:
    """Detect the structure of lines with vectors from a sample; None if they are not vectors.

    cut: whether the last line may be incomplete. Raises BadData if the numbers have decimal commas.
    """
    lines = [line.rstrip("\r") for line in text.split("\n", LINES + 2)[: LINES + 2]]
    lines = lines[:-1] if cut and len(lines) > 2 else lines
    filled = [line for line in lines if line.strip(BLANK)][: LINES + 1]
    if not filled:
        return None
    if sum(bool(_BRACKETED.fullmatch(line)) for line in filled) > ALIKE * len(filled):
        raise BadData(
            f"line 1: the numbers are in brackets: {filled[0][:60]!r}. Write the key and its numbers, separated by "
            "spaces: sed 's/[][(),]/ /g' FILE > vectors.txt"
        )
    first = _parts(filled[0])
    counts = (int(first[0]), int(first[1])) if len(first) == 2 and all(map(_is_count, first)) else None
    rows = [_parts(line) for line in filled[1 if counts else 0 :]]
    if not rows:
        return None
    if cut and len(filled) == (2 if counts else 1):  # one line that is longer than the sample
        whole = rows[0][1:-1]
        if not whole or not all(map(_is_number, whole)):
            return None
        return Shape(counts[1] if counts else 0, True, counts, _is_regular(lines))
    if counts is None and (any("\t" in line for line in filled) and not any(" " in line for line in filled)):
        return None  # only tabs: a table
    if counts is None and len(rows) > 2 and all(len(row[0]) > 2 and row[0][0] == row[0][-1] == '"' for row in rows):
        return None  # row names in quotes, as R's write.table writes them: a table
    named = counts is None and len(rows) > 2 and not any(map(_is_number, rows[0])) and _trailing(rows[1]) > 1
    named = named and len(rows[0]) - _trailing(rows[1]) in (0, 1) and len(rows[1]) - _trailing(rows[1]) == 1
    rows = rows[int(named) :]
    trailing = [_trailing(row) for row in rows]
    commas = sum(bool(_DECIMAL_COMMA.fullmatch(part)) for row in rows for part in row[1:])
    if commas > 0.5 * sum(len(row) - 1 for row in rows) > 0:
        number = next(part for row in rows for part in row[1:] if _DECIMAL_COMMA.fullmatch(part))
        raise BadData(
            f"the number {number!r} is written with a decimal comma; expected decimal points. "
            "Replace them: sed 's/,/./g' FILE > points.txt"
        )
    keyed = not all(_is_fraction(row[0]) for row in rows)
    dims, often = Counter(trailing).most_common(1)[0]
    if counts and sum(count >= counts[1] for count in trailing) >= ALIKE * len(rows) and counts[1] > 0:
        # a number before the last ones is part of a key, such as `route 66`, unless it has a point
        longer = sum(
            count > counts[1] and _is_fraction(row[-counts[1] - 1]) for count, row in zip(trailing, rows, strict=True)
        )
        dims, often = (counts[1], len(rows)) if longer <= 0.5 * len(rows) else (dims, often)
    if not keyed and counts is None and len({len(row) for row in rows}) == 1 and trailing[0] == len(rows[0]) - 1:
        return Shape(len(rows[0]), False, None, _is_regular(lines)) if len(rows[0]) > 1 else None
    numbers = [part for row in rows if len(row) > 2 for part in row[1:]]
    if numbers and sum(bool(_LETTERED.fullmatch(part)) for part in numbers) > 0.8 * len(numbers):
        line = next(n for n, line in enumerate(lines, 1) if numbers[0] in _parts(line))
        raise BadData(f"line {line}: {numbers[0]!r} is no number. Write numbers as 0.5 or 5e-1.")
    if len(rows) > 2 and all(
        len(row) > 2 and not _is_number(row[-1]) and all(map(_is_number, row[:-1])) for row in rows
    ):
        how = "awk '{key = $NF; NF--; print key, $0}' FILE > vectors.txt"
        raise BadData(f"line 1: the key {rows[0][-1][:40]!r} is behind its numbers. Put it first: {how}")
    least = 1 if counts and counts[1] == 1 else 2
    if dims < least or (counts is None and often < ALIKE * len(rows)) or (counts and often < 0.5 * len(rows)):
        return None
    if counts and dims not in counts and dims < 3:
        return None
    return Shape(dims, True, counts, _is_regular(lines), named)


def _parts(line: str) -> list[str]:
    """Split a line at spaces and tabs; other white space may be part of a key."""
    return re.split("[ \t]+", line.strip(BLANK))


def _is_regular(lines: list[str]) -> bool:
    return not any("\t" in line or "  " in line or line.startswith(" ") for line in lines)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text))


def _is_fraction(text: str) -> bool:
    return _is_number(text) and not text.lstrip("+-").isdigit()


def _trailing(parts: list[str]) -> int:
    """Count the numbers at the end of a line; the first part is always the key."""
    for count, part in enumerate(reversed(parts[1:])):
        if not _is_number(part):
            return count
    return len(parts) - 1


@dataclass
class VectorText:
    """A text file of vectors; the key is the text before the last numbers of a line."""

    path: Path
    format: str
    limit: Limits
    notes: list[str] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    keyed: bool = True

    def read(self) -> ParsedFile:
        """Read keys and vectors. Raises BadData with the invalid line."""
        source, before = without_preamble(utf8_source(self.path, self.limit, self.notes))
        if before:
            self.notes.append(f"The first {before:,} lines are comments.")
        first = source.read(SAMPLE).decode(errors="replace")
        try:
            found = shape(first, cut=source.size() > SAMPLE)
        except BadData as error:
            raise BadData(f"{self.path.name}: {error}") from error
        if found is None:
            raise BadData(
                f"{self.path.name}, line {2 if self.format == 'word2vec' else 1}: expected a key followed by the same "
                f"number of values in every line; it begins with {first[:60]!r}."
            )
        if self.format == "word2vec" and found.counts is None:
            raise BadData(f"{self.path.name}, line 1: expected two counts, rows and dimensions. Is it GloVe text?")
        self.keyed = found.keyed
        rows = _lines(source) - found.skipped
        dims = found.dims or _trailing(_parts(first.partition("\n")[0]))
        if dims < 1 or rows < 1:
            raise BadData(f"{self.path.name}, line {1 + bool(found.counts)}: expected a key followed by numbers.")
        self.limit.check(self.path.name, min(rows, self.limit.first or rows), dims)
        if rows * dims * 2 > source.size():
            raise BadData(f"{self.path.name}: {rows:,} rows of {dims:,} dimensions do not fit into the file.")
        if found.counts and found.counts[0] != rows:
            self.notes.append(f"The first line declares {found.counts[0]:,} rows; there are {rows:,}.")
        if found.counts and found.counts[1] != dims:
            self.notes.append(f"The first line declares {found.counts[1]:,} dimensions; the rows have {dims:,}.")
        source = source if found.regular else _normalised(source)
        taken = min(rows, self.limit.first or rows)
        try:
            keys, vectors = self._parsed(source, taken, dims, found, first)
        except pa.ArrowInvalid:  # a cell is not a number
            self.holes.clear()
            keys, vectors = self._line_by_line(source, taken, dims, found)
        if len(self.holes) > 0.5 * len(vectors):
            raise BadData(f"{self.path.name}, {self.holes[0].where}: {self.holes[0].reason}.")
        items = pd.DataFrame({"key": keys}) if found.keyed else pd.DataFrame(index=pd.RangeIndex(len(vectors)))
        name = self.path.stem
        return ParsedFile(vectors, items, name, self.format, None, self.notes, holes=self.holes, rows=rows)

    def _parsed(
        self, source: pa.NativeFile, rows: int, dims: int, found: Shape, first: str
    ) -> tuple[list[str], np.ndarray]:
        vectors = np.empty((rows, dims), np.float32)
        keys: list[str] = []
        header = found.skipped
        odd: list[tuple[int, str]] = []  # row and text of lines with another number of parts

        def other(row: pacsv.InvalidRow) -> str:
            odd.append((int(row.number or 0) - 1 - header, row.text))
            return "skip"

        line = first.split("\n", 2)[header]
        lines = first.split("\n", LINES)[header:LINES]
        spaced = sum(text.rstrip("\r").endswith(" ") for text in lines) > 0.5 * len(lines)
        end = ["end"] if found.regular and spaced else []  # word2vec ends its lines with a space
        names = [*["key"] * found.keyed, *map(str, range(dims)), *end]
        source.seek(0)
        types = {"key": pa.string(), **{str(n): pa.float32() for n in range(dims)}, "end": pa.string()}
        with pacsv.open_csv(
            source,
            pacsv.ReadOptions(
                use_threads=False, block_size=max(BLOCK, 8 * len(line)), column_names=names, skip_rows=header
            ),
            pacsv.ParseOptions(delimiter=" ", quote_char=False, invalid_row_handler=other, ignore_empty_lines=True),
            pacsv.ConvertOptions(
                column_types=types, null_values=["nan", "NaN", "-nan", "NAN", ""],
                include_columns=[*["key"] * found.keyed, *map(str, range(dims))],
            ),
        ) as batches:  # fmt: skip
            done = 0
            for batch in batches:
                take = min(batch.num_rows, rows - done)
                for n in range(dims):
                    vectors[done : done + take, n] = batch.column(str(n)).to_numpy(zero_copy_only=False)[:take]
                keys += batch.column("key").to_pylist()[:take] if found.keyed else []
                done += take
                if self.limit.first and done + len(odd) >= rows:
                    break
        if odd:
            return self._with_odd(keys, vectors[:done], odd, dims, len(end), header, rows)
        return keys, vectors[:done]

    def _line_by_line(self, source: pa.NativeFile, rows: int, dims: int, found: Shape) -> tuple[list[str], np.ndarray]:
        """Read a text with cells that are not numbers; their rows become holes."""
        source.seek(0)
        vectors, keys = np.full((rows, dims), np.nan, np.float32), list[str]()
        lines = source.read().decode(errors="replace").split("\n")
        numbered = [(number, line.rstrip(BLANK)) for number, line in enumerate(lines, 1) if line.strip(BLANK)]
        for row, (number, line) in enumerate(numbered[found.skipped :][:rows]):
            parts = line.rsplit(" ", dims if found.keyed else -1)
            cells = parts[1:] if found.keyed else parts
            wrong = [cell for cell in cells if not _is_number(cell)]
            if wrong or len(cells) != dims:
                keys.append(line.partition(" ")[0])
                what = f"{wrong[0]!r}, no number" if wrong else f"{len(cells)} numbers, expected {dims}"
                self.holes.append(Hole(row, f"line {number:,}", what))
            else:
                keys.append(parts[0])
                vectors[row] = np.array(cells, np.float64)
        return keys if found.keyed else [], vectors[: len(keys)]

    def _with_odd(
        self, keys: list[str], vectors: np.ndarray, odd: list[tuple[int, str]], dims: int, ends: int, header: int,
        rows: int,
    ) -> tuple[list[str], np.ndarray]:  # fmt: skip
        """Insert lines whose keys contain spaces at their positions; lines with too few numbers become holes."""
        odd = [(row, text) for row, text in odd if row < rows]
        words, found = [], np.full((len(odd), dims), np.nan, np.float32)
        for n, (row, text) in enumerate(odd):
            parts = text.rstrip(BLANK).rsplit(" ", dims)
            try:
                found[n] = [float(part) for part in parts[1:]]
                words.append(parts[0])
            except ValueError:
                cells = _parts(text)
                count = _trailing(cells)
                words.append(" ".join(cells[: len(cells) - count]))
                where = f"line {row + 1 + header:,}"
                self.holes.append(Hole(row, where, f"{count} numbers, expected {dims}"))
        places = [row - n for n, (row, _) in enumerate(odd)]
        whole = np.insert(vectors, np.minimum(places, len(vectors)), found, axis=0)
        if self.keyed:
            for (row, _), key in zip(odd, words, strict=True):
                keys.insert(row, key)
        return keys[:rows], whole[:rows]


def _lines(source: pa.NativeFile) -> int:
    """Count non-empty lines."""
    count, last = 0, b"\n"
    source.seek(0)
    while block := source.read(COUNT):
        block = block.replace(b"\r\n", b"\n")
        count += block.count(b"\n") - (last + block).count(b"\n\n")
        last = block[-1:] or last
    return max(count + (last != b"\n"), 0)


def _normalised(source: pa.NativeFile) -> pa.NativeFile:
    """Normalize white space: single spaces between parts, none at the ends of lines."""
    source.seek(0)
    text = _SPACES.sub(b" ", _LINE_ENDS.sub(b"\n", source.read().lstrip()))
    return pa.BufferReader(text)
