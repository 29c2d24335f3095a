"""Keys with signs that a format cannot hold, such as a space in word2vec text: written `%20`, and read back.

That a file is escaped so stands beside it, in `<file>.escaping.json`, since `%20` may be meant as it stands. Other
programs, such as gensim, read the file and show the escaped keys; `urllib.parse.unquote` gives what is meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote

WHITESPACE = r"[\x00-\x20\x7f\xa0\ufeff]"  # in no key of word2vec
CONTROLS = r'[\x00-\x1f\x7f\ufeff]|^"'  # in no cell of a TSV; a quote that begins a cell would be taken for quoting
SAID = {"escaping": "percent", "how": "RFC 3986: urllib.parse.unquote gives the keys as they were"}


def escaped(texts: Sequence[str], signs: str) -> tuple[list[str], bool]:
    """Texts with the signs of a class escaped, and whether any was; `%` is escaped too where any is."""
    wanted = re.compile(signs)
    if not any(map(wanted.search, texts)):
        return list(texts), False
    both = re.compile(f"{signs}|%")
    return [both.sub(lambda sign: quote(sign[0], safe=""), text) for text in texts], True


def say(path: Path, done: bool) -> list[Path]:
    """Note beside a file that it is escaped, or take such a note away. Returns the files written."""
    note = _note(path)
    if not done:
        note.unlink(missing_ok=True)
        return []
    note.write_text(json.dumps(SAID), encoding="utf-8")
    return [note]


def is_escaped(path: Path) -> bool:
    """Whether it is noted beside a file that it is escaped."""
    note = _note(path)
    try:
        return not note.is_symlink() and json.loads(note.read_bytes()[:10_000]).get("escaping") == "percent"
    except (OSError, ValueError, AttributeError):
        return False


def unescape(texts: Sequence[str]) -> list[str]:
    """Texts as they were before they were escaped."""
    return [unquote(text) for text in texts]


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.escaping.json")
