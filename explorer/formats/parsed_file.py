"""The result of reading a file (ParsedFile), and limits on its size."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from explorer.errors import BadData
from explorer.formats.text_encoding import WINDOWS

SMALL = 256 << 20  # bytes that a file of any size may unpack to
AMPLIFIED = 100  # beyond that, bytes that a byte of a file may unpack to


@dataclass(frozen=True)
class Limits:
    """Limits on the unpacked content of a file. Raise one that is too low: `Limits(rows=50_000_000)`."""

    bytes: int = 8 << 30  # unpacked
    rows: int = 20_000_000
    dims: int = 65_536
    members: int = 10_000  # files in an archive
    attributes: int = 2_000  # columns of metadata
    first: int | None = None  # rows to read from the beginning of the file; None for all

    def check(self, where: object, rows: int, dims: int, width: int = 4) -> None:
        """Raise BadData if a matrix of rows by dims numbers, each of `width` bytes, exceeds the limits."""
        sizes = (("rows", rows, self.rows), ("dimensions", dims, self.dims), ("bytes", rows * dims * width, self.bytes))
        for what, found, most in sizes:
            if found > most:
                raise BadData(f"{where}: {found:,} {what}; at most {most:,} are read. Give a smaller file.")

    def check_columns(self, where: object, numbers: int, others: int) -> None:
        """Raise BadData for too many columns: of numbers and lists, which may be vectors, and of other values."""
        limits = ((numbers, self.dims + self.attributes, ""), (others, self.attributes, " of metadata"))
        for found, most, what in limits:
            if found > most:
                raise BadData(f"{where}: {found:,} columns{what}; at most {most:,} are read. Leave some out.")

    def check_unpacked(self, where: object, size: int, packed: int) -> None:
        """Raises BadData where `packed` bytes of a file take `size` bytes of memory, and that is too much for them."""
        most = min(self.bytes, max(SMALL, AMPLIFIED * packed))
        if size > most:
            raise BadData(f"{where}: {packed:,} bytes that unpack to {size:,}; at most {most:,} are read.")


@dataclass(frozen=True)
class Hole:
    """A row whose vector is missing or has another length; its numbers are NaN."""

    row: int  # from 0
    where: str  # "line 7", "row 5, column `embedding`"
    reason: str  # "3 numbers, expected 64"


@dataclass(frozen=True, eq=False)
class ParsedFile:
    """Vectors, metadata, or both, as read from a file. Each vector has one row of items.

    vectors: (n, d) float32, possibly memory-mapped, possibly with NaN; None for a table of metadata. items: n rows,
    with a column `key` if the file names its rows. xy: (n, 2) float32, a map, with or without vectors. notes: sentences
    for the user. holes: rows whose vector is missing or has another length. rows: number of rows in the file, if only
    some were read. header: certainty that a text table has a header: "sure", "likely" or "none".
    """

    vectors: np.ndarray | None
    items: pd.DataFrame
    name: str
    format: str
    xy: np.ndarray | None = None
    notes: list[str] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    rows: int | None = None
    header: str = ""
    numbers: str = ""  # for a table without vectors: advice on how to read number columns as vectors
    path: Path | None = None  # the file, or the first of several parts
    companion: ParsedFile | None = None  # metadata found beside the vectors in a folder or archive

    def __len__(self) -> int:
        return len(self.items)


@contextmanager
def bad_data_on_error(path: Path, what: str) -> Iterator[None]:
    """Context manager: turn any exception of a reader into BadData that names the file."""
    try:
        yield
    except BadData:
        raise
    except MemoryError as error:
        raise BadData(f"{path.name}: declares more data than fits into memory; it is damaged.") from error
    except Exception as error:  # numpy, pyarrow, h5py, zipfile and zlib raise two dozen types for damaged files
        text = error.strerror if isinstance(error, OSError) else ""  # without the path, which may be temporary
        reason = " ".join((text or str(error)).split())[:300] or type(error).__name__
        message = f"{path.name}: cannot be read as {what}: {reason}. Create the file again, or specify its format."
        raise BadData(message) from error


def float32(array: np.ndarray, where: object) -> np.ndarray:
    """Convert a matrix to float32, without a copy if possible. Raises BadData for other shapes and types."""
    if array.ndim != 2 or 0 in array.shape:
        tokens = array.ndim == 3 and 1 not in array.shape
        how = "For a vector per token or patch, save their mean: array.mean(axis=1)." if tokens else ""
        what = f"{where}: an array of shape {array.shape}; expected a matrix of rows by dimensions. {how}"
        raise BadData(what.strip())
    if array.dtype.kind not in "fiub":
        raise BadData(f"{where}: contains {array.dtype}; vectors must be real numbers.")
    if array.dtype.newbyteorder("=") == np.float32 and array.dtype.isnative:
        return array
    with np.errstate(over="ignore", invalid="ignore"):
        return array.astype(np.float32)


def choose(offered: Iterable[str], choice: str | None, kind: str, where: str) -> tuple[str, list[str]]:
    """The chosen vectors among those in a file, by default the first, and a note if there are others.

    kind: what they are called, as in "layer". where: the file's name. Raises BadData where there is none of that name.
    """
    names = list(offered)
    if not names:
        raise BadData(f"{where}: contains no matrix of rows by dimensions.")
    if choice is None:
        return names[0], other_choices(names)
    if choice not in names:
        raise BadData(f"{where}: no {kind} {choice!r}; there are: {', '.join(map(repr, names))}.")
    return choice, []


def other_choices(offered: list[str]) -> list[str]:
    """A sentence about which vectors were read and how to choose others; for files that contain several."""
    if len(offered) < 2:
        return []
    candidates = ", ".join(map(repr, offered[1:5]))
    return [f"The vectors are {offered[0]!r}; other candidates: {candidates}. Choose one with --choice {offered[1]!r}."]


def row_keys(keys: list[bytes], notes: list[str]) -> list[str]:
    """Decode keys from UTF-8; other bytes are decoded as Windows-1252, which adds a note."""
    try:
        return [key.decode() for key in keys]
    except UnicodeDecodeError:
        wrong = sum(not _is_text(key) for key in keys)
        notes.append(f"{wrong:,} keys are not UTF-8; they were read as Windows-1252.")
        return [key.decode(errors=WINDOWS) for key in keys]


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def cell_text(cell: Any) -> str:
    """A cell of any type as text."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return json.dumps(cell, ensure_ascii=False, default=str) if isinstance(cell, list | dict) else str(cell)
