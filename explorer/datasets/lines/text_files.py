"""Text files, plain or .gz, in any encoding."""

from __future__ import annotations

import atexit
import csv
import gzip
import hashlib
import io
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, AnyStr

from explorer.datasets.lines import charset
from explorer.errors import BadData

SAMPLE_BYTES = 1 << 20  # in which the encoding is detected
LONGEST_LINE = 1 << 24  # characters
COPIES = 4  # most copies in UTF-8 that are kept


def is_packed(file: Path) -> bool:
    """Whether a file is packed with gzip."""
    with file.open("rb") as raw:
        return raw.read(2) == b"\x1f\x8b"


@contextmanager
def open_bytes(file: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacking .gz. Raises BadData if the .gz turns out to be damaged while it is read."""
    try:
        with gzip.open(file) if is_packed(file) else file.open("rb") as stream:
            yield stream  # type: ignore[misc]
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadData(f"{file}: the .gz is damaged or cut off ({error}); create or download it again.") from error


@contextmanager
def open_text(file: Path, encoding: str) -> Iterator[Iterator[str]]:
    """Open a file as lines of text, without a byte order mark, unpacking .gz. Raises BadData for a very long line."""
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    with open_bytes(file) as stream, io.TextIOWrapper(stream, encoding=name, newline="", errors="replace") as lines:
        try:
            yield bounded_lines(lines.readline, file)
        except csv.Error as error:
            raise BadData(f"{file}: {error}. Check the quotes.") from error


def bounded_lines(readline: Callable[[int], AnyStr], where: object) -> Iterator[AnyStr]:
    """The lines of a stream. Raises BadData for one of more than LONGEST_LINE characters, such as a file of zeros."""
    number = 0
    while line := readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise BadData(f"{where}, line {number:,}: more than {LONGEST_LINE:,} characters; give a text file")
        yield line


def head(file: Path) -> tuple[bytes, str, str]:
    """The first bytes of a file, unpacked; their encoding, and the same as text. The text of binary data is empty."""
    try:
        with open_bytes(file) as stream:
            first = stream.read(SAMPLE_BYTES) if file.stat().st_size else b""  # files in /proc have none; some block
    except OSError as error:
        raise BadData(f"{file}: cannot be read ({error.strerror}).") from error
    legacy = not charset.mostly_utf8(*charset.utf8_sequences(first))
    window = first[: charset.SAMPLE]  # enough to tell one-byte encodings apart, which takes long
    name = charset.encoding(window if legacy and not window.isascii() else first)
    text = charset.sample_text(first, 0.01, name)
    if text is None or "\0" in text[:1000]:
        return first, "", ""
    return first, "utf-8" if name == "utf-8-sig" else name, text


def squeezed(line: str) -> str:
    """A line whose words are separated by one space each."""
    return " ".join(line.split()) + "\n"


def utf8_copy(file: Path, encoding: str, squeeze: bool = False) -> Path:
    """A copy of a text file in UTF-8, in a temporary folder that is deleted when the process ends.

    squeeze: write one space between words.
    """
    stat = file.stat()
    key = f"{file.absolute()}|{stat.st_mtime_ns}|{stat.st_size}|{encoding}|{squeeze}"
    copy = _folder() / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}{file.suffix.lower().replace('.gz', '')}"
    if not copy.exists():
        for old in sorted(_folder().iterdir(), key=lambda path: path.stat().st_mtime)[: -COPIES + 1]:
            old.unlink(missing_ok=True)
        new = copy.with_name(f"{copy.name}.new")
        with open_text(file, encoding) as lines, new.open("w", encoding="utf-8", newline="") as sink:
            ended = (f"{line[:-1]}\n" if line.endswith("\r") else line for line in lines)
            sink.writelines(map(squeezed, lines) if squeeze else ended)
        new.rename(copy)
    return copy


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="explorer-utf8-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
