"""Escaping of keys with characters that a format does not allow, such as a space in word2vec text (`%20`).

An escaped file has a note beside it, `<file>.escaping.json`, because a key may also contain a literal `%20`. Other
programs, such as gensim, show the escaped keys; `urllib.parse.unquote` restores them.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote

WHITESPACE = r"[\x00-\x20\x7f\xa0\ufeff]"  # not allowed in word2vec keys
CONTROLS = r'[\x00-\x1f\x7f\ufeff]|^"'  # not allowed in TSV cells; a leading quote would be read as quoting
SAID = {"escaping": "percent", "how": "RFC 3986: urllib.parse.unquote gives the keys as they were"}

WINDOWS = "windows-1252"  # error handler of codecs: bytes that are not UTF-8 are decoded as Windows-1252


def _windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(WINDOWS, _windows)


def escaped(texts: Sequence[str], signs: str) -> tuple[list[str], bool]:
    """Escape the characters of a class; returns the texts and whether any needed it (then `%` is escaped too)."""
    wanted = re.compile(signs)
    if not any(map(wanted.search, texts)):
        return list(texts), False
    both = re.compile(f"{signs}|%")
    return [both.sub(lambda sign: quote(sign[0], safe=""), text) for text in texts], True


def write_note(path: Path, done: bool) -> list[Path]:
    """Write a note beside a file that its keys are escaped, or delete an old note. Returns the files written."""
    note = _note(path)
    note.unlink(missing_ok=True)  # also a link, which is not written through
    if not done:
        return []
    note.write_text(json.dumps(SAID), encoding="utf-8")
    return [note]


def is_escaped(path: Path) -> bool:
    """Whether a note beside a file says that its keys are escaped."""
    note = _note(path)
    try:
        return not note.is_symlink() and json.loads(note.read_bytes()[:10_000]).get("escaping") == "percent"
    except (OSError, ValueError, AttributeError, RecursionError):
        return False


def unescape(texts: Sequence[str]) -> list[str]:
    """Undo the escaping of texts."""
    return [unquote(text) for text in texts]


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.escaping.json")
