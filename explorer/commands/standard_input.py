"""Standard input as one of the files of a command."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer.errors import BadData, BadRequest
from explorer.formats.parsed_file import Limits

STDIN = "-"
BLOCK = 1 << 20  # bytes


@contextmanager
def with_standard_input(files: list[str]) -> Iterator[list[str]]:
    """Files in which `-` is replaced by a temporary file with standard input. Raises BadData, BadRequest."""
    if STDIN not in files:
        yield files
        return
    with tempfile.TemporaryDirectory(prefix="explorer-") as folder:
        path = Path(folder) / "stdin"
        _save(path)
        yield [str(path) if file == STDIN else file for file in files]


def _save(path: Path) -> None:
    """Write standard input to a file, at most as much as is read of a file, and half of the free disk."""
    if sys.stdin is None:
        raise BadRequest("Standard input is closed. Give a file, or pipe one into the command.")
    most = left = min(Limits().bytes, shutil.disk_usage(path.parent).free // 2)
    with path.open("wb") as target:
        while part := sys.stdin.buffer.read(min(BLOCK, left + 1)):
            target.write(part)
            if (left := left - len(part)) < 0:
                raise BadData(f"Standard input has more than {most:,} bytes, the limit here. Give a file.")
