"""Keys and numbers as text, a line each, parsed by pyarrow into the matrix at once."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from explorer.errors import BadData
from explorer.formats.parsed_file import Limits, ParsedFile, row_keys

BLOCK = 1 << 20  # bytes of text parsed together
COUNT = 1 << 24  # bytes in which lines are counted together
REPLACED = "\N{REPLACEMENT CHARACTER}".encode()


@dataclass
class VectorText:
    """A file of word2vec, GloVe or fastText; a key is what stands before the last numbers of a line."""

    path: Path
    format: str
    limit: Limits
    notes: list[str] = field(default_factory=list)
    utf8: bool = True

    def read(self) -> ParsedFile:
        """Keys and vectors. Raises BadData with the line that is wrong."""
        with self.path.open("rb") as stream:
            header = stream.readline(200).split() if self.format == "word2vec" else []
            if self.format == "word2vec" and not (len(header) == 2 and all(part.isdigit() for part in header)):
                raise BadData(f"{self.path.name}, line 1: not two counts, rows and dimensions. Is it GloVe text?")
            first = stream.readline(self.limit.dims * 64)
        cells = first.rstrip(b"\r\n").split(b" ")
        trailing = int(cells[-1] == b"")  # word2vec ends its lines with a space
        dims = int(header[1]) if header else _trailing_numbers(cells[: len(cells) - trailing])
        rows = self._lines() - bool(header)
        if dims < 1 or rows < 1:
            raise BadData(f"{self.path.name}, line {1 + bool(header)}: no key with numbers after it.")
        self.limit.check(self.path.name, rows, dims)
        if rows * dims * 2 > self.path.stat().st_size:
            raise BadData(f"{self.path.name}: {rows:,} rows of {dims:,} dimensions do not fit into its bytes.")
        if header and int(header[0]) != rows:
            self.notes.append(f"The first line says {int(header[0]):,} rows; there are {rows:,}.")
        keys, vectors = self._parsed(rows, dims, trailing, int(bool(header)), len(first))
        if not self.utf8:
            wrong = sum(REPLACED in key for key in keys)
            self.notes.append(f"{wrong:,} keys are not UTF-8; what could not be read stands as {REPLACED.decode()}.")
        items = pd.DataFrame({"key": row_keys(keys, self.notes)})
        return ParsedFile(vectors, items, self.path.stem, self.format, None, self.notes)

    def _parsed(self, rows: int, dims: int, trailing: int, header: int, line: int) -> tuple[list[bytes], np.ndarray]:
        vectors = np.empty((rows, dims), np.float32)
        keys: list[bytes] = []
        odd: list[tuple[int, str]] = []  # lines with another number of cells, by the row they are

        def other(row: pacsv.InvalidRow) -> str:
            odd.append((int(row.number or 0) - 1 - header, row.text))
            return "skip"

        names = ["key", *map(str, range(dims)), *["end"] * trailing]
        with pacsv.open_csv(
            self._source(),
            pacsv.ReadOptions(use_threads=False, block_size=max(BLOCK, 8 * line), column_names=names, skip_rows=header),
            pacsv.ParseOptions(delimiter=" ", quote_char=False, invalid_row_handler=other, ignore_empty_lines=True),
            pacsv.ConvertOptions(
                column_types={"key": pa.binary(), **{str(n): pa.float32() for n in range(dims)}, "end": pa.binary()},
                null_values=["nan", "NaN", "-nan", ""], include_columns=["key", *map(str, range(dims))],
            ),
        ) as batches:  # fmt: skip
            for batch in batches:
                start, end = len(keys), len(keys) + batch.num_rows
                for n in range(dims):
                    vectors[start:end, n] = batch.column(n + 1).to_numpy(zero_copy_only=False)
                keys += batch.column(0).to_pylist()
        if odd:
            keys, vectors = self._with_odd(keys, vectors, odd, dims, trailing, header)
        return keys, vectors[: len(keys)]

    def _with_odd(
        self, keys: list[bytes], vectors: np.ndarray, odd: list[tuple[int, str]], dims: int, trailing: int, header: int
    ) -> tuple[list[bytes], np.ndarray]:
        """Lines whose keys hold spaces, put where they were."""
        made, found = [], np.empty((len(odd), dims), np.float32)
        for n, (row, text) in enumerate(odd):
            parts = text.rstrip().rsplit(" ", dims)
            try:
                found[n] = [float(part) for part in parts[1:]]
            except ValueError:
                where = f"{self.path.name}, line {row + 1 + header:,}"
                raise BadData(f"{where}: {len(text.split(' ')) - 1 - trailing} numbers; expected {dims}.") from None
            made.append(parts[0].encode())
        places = [row - n for n, (row, _) in enumerate(odd)]
        whole = np.insert(vectors[: len(keys)], places, found, axis=0)
        for (row, _), key in zip(odd, made, strict=True):
            keys.insert(row, key)
        return keys, whole

    def _lines(self) -> int:
        """How many lines there are that are not empty; notes on the way whether the file is UTF-8."""
        count, last, decoder = 0, b"\n", codecs.getincrementaldecoder("utf-8")()
        with self.path.open("rb") as stream:
            for block in chain(iter(lambda: stream.read(COUNT), b""), [b""]):
                count += block.count(b"\n") - (last + block).count(b"\n\n") if block else 0
                last = block[-1:] or last
                try:
                    if self.utf8 and (decoder.getstate()[0] or not block.isascii()):
                        decoder.decode(block, final=not block)
                except UnicodeDecodeError:
                    self.utf8 = False
        return count + (last != b"\n")

    def _source(self) -> pa.NativeFile:
        """The file; where it is not UTF-8 its text with what could not be read replaced, as pyarrow wants UTF-8."""
        if self.utf8:
            return pa.OSFile(str(self.path))
        return pa.BufferReader(self.path.read_bytes().decode(errors="replace").encode())


def _trailing_numbers(cells: list[bytes]) -> int:
    """How many cells at the end are numbers; the first never is one of them: it is the key."""
    for count, cell in enumerate(reversed(cells[1:])):
        try:
            float(cell)
        except ValueError:
            return count
    return len(cells) - 1
