"""Encodings of text files: UTF-8, UTF-16, UTF-32, and those that charset-normalizer detects."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

CONTROLS = 0.003  # largest share of control characters in text; random bytes have 0.1
SAMPLE = 1 << 16  # bytes used to detect an encoding
MARKS = (  # byte order marks; UTF-32 first, as its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LATIN = ("cp1252", "cp1250", "cp1254", "cp1257", "iso8859-2")  # the most frequent first
SCRIPTS = {
    "CYRILLIC": ("cp1251", "koi8-r", "cp866", "iso8859-5"),
    "GREEK": ("cp1253", "iso8859-7"),
    "HEBREW": ("cp1255",),
    "ARABIC": ("cp1256",),
}
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_QUOTES = "\u00ab\u00bb\u00b4\u2010-\u2026\u00a0\u00ae\u00b0\u2122"  # signs that stand beside letters
_SIGNS = re.compile(rf"(?<=[^\W\d_])[^\x00-\x7f\w\s{_QUOTES}]|[^\x00-\x7f\w\s{_QUOTES}](?=[^\W\d_])")
_LETTER_RUNS = re.compile(r"[^\W\d_]+")


def encoding(sample: bytes) -> str:
    """Detect the encoding of a text from its first bytes; returns Python's name of it."""
    for mark, name in MARKS:
        if sample.startswith(mark):
            return name
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(sample) > 3 and sample[start::2].count(0) > 0.7 * len(sample[start::2]):
            return name
    valid, invalid = utf8_sequences(sample)
    return "utf-8" if mostly_utf8(valid, invalid) else legacy(sample)


def sample_text(sample: bytes, controls: float = CONTROLS, name: str = "") -> str | None:
    """The first bytes of a file as text, without an incomplete character at the end; None if they are binary.

    controls: largest share of control characters in text. name: of the encoding, if known.
    """
    try:
        text = codecs.getincrementaldecoder(name or encoding(sample))("replace").decode(sample)
    except UnicodeError:
        return None
    return None if len(_CONTROLS.findall(text)) > controls * len(text) else line_ends(text)


def line_ends(text: str) -> str:
    """A text with the line ends of old Macs, where it has no others, as other texts have them."""
    return text.replace("\r", "\n") if "\r" in text and "\n" not in text else text


def utf8_sequences(data: bytes) -> tuple[int, int]:
    """Numbers of valid multi-byte UTF-8 characters and of invalid bytes."""
    if data.isascii():
        return 0, 0
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(data)
    invalid = text.count("\N{REPLACEMENT CHARACTER}") - data.count("\N{REPLACEMENT CHARACTER}".encode())
    return len(_FOREIGN.findall(text)) - text.count("\N{REPLACEMENT CHARACTER}"), invalid


def mostly_utf8(valid: int, invalid: int) -> bool:
    """Whether a text is UTF-8 with a few wrong bytes; other encodings seldom give valid sequences."""
    return invalid == 0 or valid >= 2 * invalid


def first_invalid(data: bytes) -> int:
    """Position of the first byte that is not UTF-8; the length if there is none."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


def legacy(sample: bytes) -> str:
    """A one-byte or East Asian encoding: the one that gives the most words of one script in upper or lower case.

    Windows-1252 where others give no more; where letters of other scripts prevail, what charset-normalizer guesses.
    """
    western = sample.decode("cp1252", errors="replace")
    words = [word for word in _LETTER_RUNS.findall(western) if not word.isascii()]
    letters = sum(map(len, words))
    if sum(len(_FOREIGN.findall(word)) for word in words) <= 0.5 * letters:
        return _most_words(sample, LATIN)
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:SAMPLE]).best()
    if best is None or not _decodes(sample, best.encoding):
        return "latin-1"
    letters_found = Counter(unicodedata.name(letter, "").partition(" ")[0] for letter in _FOREIGN.findall(str(best)))
    known = {"LATIN": LATIN, **SCRIPTS}.get(letters_found.most_common(1)[0][0], ())
    return _most_words(sample, (*known, best.encoding))


def _most_words(sample: bytes, encodings: Sequence[str]) -> str:
    """The first encoding that gives the most words; Latin-1 where none decodes the sample."""
    scores = {name: _words(sample.decode(name)) for name in encodings if _decodes(sample, name)}
    return max(scores, key=scores.__getitem__, default="latin-1")


def _words(text: str) -> int:
    """How many letters are in words of one script in upper, lower or title case, less those in other words.

    Words of ASCII letters do not count. A sign beside a letter, other than a quotation mark, stands for two wrong ones.
    """
    score = 0
    for word in _LETTER_RUNS.findall(text):
        if not word.isascii():
            scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
            cased = word.islower() or word.isupper() or word.istitle()
            score += len(word) if cased and len(scripts) == 1 else -len(word)
    return score - 2 * len(_SIGNS.findall(text))


def _decodes(sample: bytes, name: str) -> bool:
    try:
        codecs.getincrementaldecoder(name)("strict").decode(sample)
    except (UnicodeError, LookupError):
        return False
    return True
