"""File locks that end with the process that holds them, on Linux, macOS and Windows (portalocker)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from portalocker import AlreadyLocked, LockFlags, lock

LOCK_FILES = os.name == "nt"  # Windows cannot lock a folder, so a file beside it is locked

__all__ = ["AlreadyLocked", "lock_file", "locked"]


def lock_file(file: int | IO[bytes], *, shared: bool = False, wait: bool = True) -> None:
    """Lock an open file until it is closed; a child process that inherits it holds the lock too.

    shared: allow other shared locks. Raises AlreadyLocked when it is locked and `wait` is false.
    """
    kind = LockFlags.SHARED if shared else LockFlags.EXCLUSIVE
    lock(file, kind if wait else kind | LockFlags.NON_BLOCKING)


@contextmanager
def locked(folder: Path, *, shared: bool = False, wait: bool = True) -> Iterator[None]:
    """Hold the lock of a folder that exists. Raises FileNotFoundError, and AlreadyLocked when `wait` is false.

    Readers of artifacts share the lock of the folder that contains them; a writer holds it alone between its two
    renames, so that all files a reader sees are of one writing.
    """
    descriptor = os.open(folder, os.O_RDONLY) if not LOCK_FILES else _open_beside(folder)
    try:
        lock_file(descriptor, shared=shared, wait=wait)
        yield
    finally:
        os.close(descriptor)  # also happens when the process is killed


def _open_beside(folder: Path) -> int:
    folder.stat()
    return os.open(folder.absolute().parent / f".{folder.absolute().name}.lock", os.O_RDWR | os.O_CREAT, 0o666)
