"""Files mapped into memory whose pages can be dropped: what was read once would count as memory of the process."""

from __future__ import annotations

import mmap
from pathlib import Path
from threading import Lock
from weakref import WeakSet

import numpy as np

_open: WeakSet[mmap.mmap] = WeakSet()
_lock = Lock()


def map_file(file: Path) -> mmap.mmap:
    """A file that is not empty as read-only memory."""
    with file.open("rb") as stream:
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    _keep(mapped)
    return mapped


def map_array(file: Path) -> np.ndarray:
    """The array in a .npy file, as read-only memory. Raises ValueError for another file."""
    array = np.load(file, mmap_mode="r")
    if isinstance(array.base, mmap.mmap):
        _keep(array.base)
    return array


def release_pages() -> None:
    """Drop the pages of all mapped files from this process. They are read again when they are needed.

    The operating system keeps them in its cache as long as there is room, so that this costs little.
    """
    with _lock:
        files = list(_open)
    for file in files:
        if hasattr(file, "madvise"):  # not on Windows
            file.madvise(mmap.MADV_DONTNEED)


def _keep(mapped: mmap.mmap) -> None:
    with _lock:
        _open.add(mapped)
