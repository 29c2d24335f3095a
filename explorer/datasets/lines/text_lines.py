"""Numbered lines of a text file, plain or .gz."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from explorer.datasets.lines.text_files import bounded_lines, head, is_packed, utf8_copy
from explorer.datasets.other_formats import refuse
from explorer.errors import BadData
from explorer.paths import why_no_file

EVERY = 100_000  # lines between two progress reports


def lines(
    path: str | Path, progress: Callable[[int, int], None] | None = None, read: Collection[str] = ()
) -> Iterator[tuple[int, str]]:
    """(number from 1, line without its end) of each non-empty line.

    progress: called with (bytes done, total), of the file on disk. read: formats of other_formats that are not refused.
    Raises BadData with file and line if the file is absent, damaged, binary or of another format.
    """
    path, number = Path(path), 0
    if not path.is_file():
        raise BadData(f"{path}: {why_no_file(path)}; give a text file")
    begin, encoding, text = head(path)
    refuse(path, begin, text, read)
    old = b"\r" in begin and b"\n" not in begin  # line ends of old Macs
    file = path if encoding in ("", "utf-8") and not old else utf8_copy(path, encoding)
    if not (total := file.stat().st_size):  # also in /proc, where some files block when read
        return
    try:
        with file.open("rb") as raw, gzip.open(raw) if is_packed(file) else raw as stream:
            for number, line in enumerate(bounded_lines(stream.readline, path), 1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if "\0" in text:
                    raise BadData(f"{path}, line {number:,}: not text; give a text file, one line each")
                if text.strip():
                    yield number, text
                if progress and number % EVERY == 0:
                    progress(raw.tell(), total)
    except UnicodeDecodeError as error:
        raise BadData(f"{path}, line {number:,}: not UTF-8 ({error.reason}); save the file as UTF-8") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadData(f"{path}: after line {number:,} the .gz is damaged ({error}); create it again") from error
    if progress:
        progress(total, total)
