"""Encodings of text files: UTF-8, UTF-16, UTF-32, and those that charset-normalizer detects."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import pyarrow as pa

from explorer.errors import BadData
from explorer.formats.parsed_file import Limits

BLOCK = 1 << 22
CONTROLS = 0.003  # largest share of control characters in text; random bytes have 0.1
SAMPLE = 1 << 16  # bytes used to detect an encoding
MARKS = (  # byte order marks; UTF-32 first, as its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_LETTER_RUNS = re.compile(r"[^\W\d_]+")


def encoding(sample: bytes) -> str:
    """Detect the encoding of a text from its first bytes; returns Python's name of it."""
    for mark, name in MARKS:
        if sample.startswith(mark):
            return name
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(sample) > 3 and sample[start::2].count(0) > 0.7 * len(sample[start::2]):
            return name
    valid, invalid = _utf8_sequences(sample)
    return "utf-8" if invalid == 0 or valid > 10 * invalid else _legacy(sample)


def sample_text(sample: bytes, controls: float = CONTROLS) -> str | None:
    """The first bytes of a file as text, without an incomplete character at the end; None if they are binary.

    controls: largest share of control characters in text.
    """
    try:
        text = codecs.getincrementaldecoder(encoding(sample))("replace").decode(sample)
    except UnicodeError:
        return None
    return None if len(_CONTROLS.findall(text)) > controls * len(text) else text


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
        if name == "utf-8":
            decoder = codecs.getincrementaldecoder("utf-8")("strict")
            try:
                for block in iter(lambda: raw.read(BLOCK), b""):
                    decoder.decode(head + block)
                    head = b""
                decoder.decode(head, final=True)
                return pa.OSFile(str(path))
            except UnicodeDecodeError:
                pass
    data = path.read_bytes()
    if name == "utf-8-sig":
        data, name = data[3:], "utf-8"
    if name == "utf-8":
        valid, invalid = _utf8_sequences(data)
        if not invalid:
            return pa.BufferReader(data)
        if valid <= 10 * invalid:
            name = _legacy(data)
    text = data.decode(name, errors="replace")
    if name == "utf-8":
        first = data[: _first_invalid(data)].count(b"\n") + 1
        notes.append(
            f"{path.name}, line {first:,}: not UTF-8; {invalid:,} bytes are shown as \N{REPLACEMENT CHARACTER}."
        )
    else:
        notes.append(f"{path.name} is not UTF-8; it was read as {name}.")
    return pa.BufferReader(text.removeprefix("\ufeff").encode())


def _utf8_sequences(data: bytes) -> tuple[int, int]:
    """Numbers of valid multi-byte UTF-8 characters and of invalid bytes."""
    if data.isascii():
        return 0, 0
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(data)
    invalid = text.count("\N{REPLACEMENT CHARACTER}") - data.count("\N{REPLACEMENT CHARACTER}".encode())
    return len(_FOREIGN.findall(text)) - text.count("\N{REPLACEMENT CHARACTER}"), invalid


def _first_invalid(data: bytes) -> int:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


def _legacy(sample: bytes) -> str:
    """A one-byte or East Asian encoding: Windows-1252 if it results in Western words, else a statistical guess."""
    try:
        western = sample.decode("cp1252")
    except UnicodeDecodeError:
        western = sample.decode("latin-1")
    words = [word for word in _LETTER_RUNS.findall(western) if not word.isascii()]
    letters = sum(map(len, words))
    if sum(len(_FOREIGN.findall(word)) for word in words) <= 0.5 * letters:
        return "cp1252" if _decodes(sample, "cp1252") else "latin-1"
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:SAMPLE]).best()
    return best.encoding if best is not None and _decodes(sample, best.encoding) else "latin-1"


def _decodes(sample: bytes, name: str) -> bool:
    try:
        codecs.getincrementaldecoder(name)("strict").decode(sample)
    except (UnicodeError, LookupError):
        return False
    return True
