"""word2vec text and binary, GloVe text and fastText .vec.

gensim reads the same files. Here pyarrow parses text directly into the matrix, which is many times faster. A key may
contain spaces, as some of GloVe's do (gensim cannot read those): the last numbers of a line are the vector, the rest is
the key.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.errors import BadData
from explorer.formats import text_encoding
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error, row_keys
from explorer.formats.vectors.rows import text_rows
from explorer.formats.vectors.text_vectors import VectorText

if TYPE_CHECKING:
    from explorer.core.embedding import Embedding

LONGEST = 1 << 16  # most bytes of a key in a binary file
SEEN = 100  # rows whose keys are inspected to recognize a binary file


def read(path: Path, format: str, choice: str | None, limit: Limits) -> ParsedFile:
    """Read keys and vectors in the order of the file. Raises BadData, with the line for text files."""
    with bad_data_on_error(path, format):
        found = _read_binary(path, limit) if format == "word2vec-binary" else VectorText(path, format, limit).read()
        if text_encoding.is_escaped(path) and "key" in found.items:
            found.items["key"] = text_encoding.unescape(found.items["key"].tolist())
        return found


def choices(path: Path, format: str, limit: Limits) -> list[str]:
    """An empty list: such a file contains a single embedding."""
    return []


def write(embedding: Embedding, path: Path, binary: bool) -> list[Path]:
    """Write word2vec text or binary, which gensim can read; returns the files.

    The format allows no spaces in keys: they are escaped, with a note beside the file; see text_encoding.
    """
    keys, done = text_encoding.escaped(embedding.items["key"].tolist(), text_encoding.WHITESPACE)
    with path.open("wb") as file:
        file.write("{} {}\n".format(*embedding.vectors.shape).encode())
        if binary:
            file.writelines(
                key.encode() + b" " + row.astype("<f4").tobytes() + b"\n"
                for key, row in zip(keys, embedding.vectors, strict=True)
            )
        else:
            file.writelines(text_rows(embedding.vectors, " ", keys))
    return [path, *text_encoding.write_note(path, done)]


def is_binary(first: bytes, size: int, exact: bool = False) -> bool:
    """Whether the first bytes of a file of `size` bytes are word2vec binary: two counts, then keys and raw numbers.

    The keys must be text at all positions given by the dimensions. exact: `first` is the whole file, so the rows must
    end at its end.
    """
    header = first[:200].partition(b"\n")[0]
    counts = header.split()
    if len(counts) != 2 or not all(part.isdigit() and len(part) < 12 for part in counts):
        return False
    place, width = len(header) + 1, 4 * int(counts[1])
    for row in range(int(counts[0]) if exact else min(int(counts[0]), SEEN)):
        space = first.find(b" ", place)
        if space < 0 or space - place > LONGEST:
            return not exact and row > 0 and len(first) < size
        if any(byte < 32 for byte in first[place:space].lstrip(b"\r\n")):
            return False
        place = space + 1 + width
        if place > len(first):
            return not exact and len(first) < size
    return not exact or place <= size <= place + 1


def _read_binary(path: Path, limit: Limits) -> ParsedFile:
    notes: list[str] = []
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        end = data.find(b"\n", 0, 200)
        header = data[: max(end, 0)].split()
        if len(header) != 2 or not all(part.isdigit() for part in header):
            raise BadData(f"{path.name}: does not begin with two counts, rows and dimensions, as word2vec binary does.")
        rows, dims = map(int, header)
        taken = min(rows, limit.first or rows)
        limit.check(path.name, taken, dims)
        if not rows or not dims or rows * (4 * dims + 1) > len(data) - end:
            raise BadData(f"{path.name}: says {rows:,} rows of {dims:,} dimensions; it has {len(data):,} bytes.")
        total, rows = rows, taken
        vectors, keys, place = np.empty((rows, dims), np.float32), [], end + 1
        for row, (key, raw) in enumerate(_rows(data, place, rows, 4 * dims, path)):
            keys.append(key)
            vectors[row] = np.frombuffer(raw, "<f4")
    items = pd.DataFrame({"key": row_keys(keys, notes)})
    return ParsedFile(vectors, items, path.stem, "word2vec-binary", None, notes, rows=total)


def _rows(data: mmap.mmap, place: int, rows: int, width: int, path: Path) -> Iterator[tuple[bytes, bytes]]:
    for row in range(rows):
        space = data.find(b" ", place, place + LONGEST)
        raw = data[space + 1 : space + 1 + width]
        if space < 0 or len(raw) < width:
            raise BadData(f"{path.name}, row {row + 1:,} of {rows:,}: truncated or damaged.")
        yield data[place:space].lstrip(b"\n"), raw
        place = space + 1 + width
