"""Text files of any encoding, opened as UTF-8."""

from __future__ import annotations

import codecs
from pathlib import Path

import pyarrow as pa

from explorer.datasets.lines.charset import (
    SAMPLE,
    encoding,
    first_invalid,
    legacy,
    line_ends,
    mostly_utf8,
    utf8_sequences,
)
from explorer.errors import BadData
from explorer.formats.parsed_file import Limits
from explorer.formats.text_encoding import WINDOWS

BLOCK = 1 << 22
JOINED = b"\n\xef\xbb\xbf"  # a byte order mark in the middle, where files were concatenated
END = b"\x1a"  # end of a file of DOS


def utf8_source(path: Path, limit: Limits, notes: list[str]) -> pa.NativeFile:
    """Open a text file as UTF-8 without a byte order mark. Raises BadData for a file over the limit.

    notes: list to which a sentence is added if the file has another encoding.
    """
    size = path.stat().st_size
    if size > limit.bytes:
        raise BadData(f"{path.name}: {size:,} bytes; at most {limit.bytes:,} are read.")
    with path.open("rb") as raw:
        head = raw.read(SAMPLE)
        name = encoding(head)
        if name == "utf-8" and (b"\n" in head or b"\r" not in head):
            decoder, clean, last = codecs.getincrementaldecoder("utf-8")("strict"), True, b""
            try:
                for block in iter(lambda: raw.read(BLOCK), b""):
                    decoder.decode(head + block)
                    clean = clean and JOINED not in head + block
                    head, last = b"", (head + block)[-1:]
                decoder.decode(head, final=True)
                if clean and JOINED not in head and (head[-1:] or last) != END:
                    return pa.OSFile(str(path))
            except UnicodeDecodeError:
                pass
    data = path.read_bytes().removesuffix(END)
    if name == "utf-8-sig":
        data, name = data[3:], "utf-8"
    if name == "utf-8":
        data = data.replace(JOINED, b"\n")
        valid, invalid = utf8_sequences(data)
        if not invalid:
            return pa.BufferReader(line_ends(data.decode()).encode() if b"\n" not in data else data)
        if not mostly_utf8(valid, invalid):
            name = legacy(data)
    text = data.decode(name, errors=WINDOWS if name == "utf-8" else "replace")
    if name == "utf-8":
        first = data[: first_invalid(data)].count(b"\n") + 1
        notes.append(f"{path.name}, line {first:,}: not UTF-8; {invalid:,} bytes were read as Windows-1252.")
    else:
        notes.append(f"{path.name} is not UTF-8; it was read as {name}.")
    return pa.BufferReader(line_ends(text.removeprefix("\ufeff")).encode())
