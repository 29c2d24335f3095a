"""numpy's files: .npy, mapped rather than read, and .npz, of which one array is chosen. Never a pickle."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from explorer.errors import BadData
from explorer.formats.compression import members
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error, float32

OBJECTS = "holds Python objects, which are code to be run; they are never loaded. Save numbers: array.astype(float)"


def read(path: Path, format: str, choice: str | None, limit: Limits) -> ParsedFile:
    """The vectors of an .npy, or those chosen of an .npz. Raises BadData."""
    with _old_headers():
        return _read_npy(path, limit) if format == "npy" else _read_npz(path, choice, limit)


def choices(path: Path, format: str, limit: Limits) -> list[str]:
    """The tables of numbers in an .npz, the largest first. Raises BadData."""
    if format == "npy":
        return []
    with _old_headers(), bad_data_on_error(path, "npz"), zipfile.ZipFile(path) as archive:
        shapes = _shapes(archive, path, limit)
        tables = {name: shape for name, (shape, kind) in shapes.items() if len(shape) == 2 and kind.kind in "fiub"}
        return sorted(tables, key=lambda name: -int(np.prod(tables[name])))


@contextmanager
def _old_headers() -> Iterator[None]:
    # files of Python 2 say (3L, 2L): they are read all the same, and nobody who imports one wants numpy's advice
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Reading `.npy` or `.npz` file required")
        yield


def _read_npy(path: Path, limit: Limits) -> ParsedFile:
    """An array of rows by dimensions, memory-mapped where it is float32. Raises BadData."""
    with bad_data_on_error(path, "npy"):
        with path.open("rb") as stream:
            shape, kind = _header(stream, path.name, limit)
        if np.prod(shape, dtype=object) * kind.itemsize > path.stat().st_size:
            raise BadData(f"{path.name}: cut off; it says {shape} of {kind} and has {path.stat().st_size:,} bytes.")
        array = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        vectors = float32(array, path.name)
        return ParsedFile(vectors, pd.DataFrame(index=pd.RangeIndex(len(vectors))), path.stem, "npy")


def _read_npz(path: Path, choice: str | None, limit: Limits) -> ParsedFile:
    """One table of numbers; arrays of texts or numbers with as many rows become columns. Raises BadData."""
    offered = choices(path, "npz", limit)
    if not offered:
        raise BadData(f"{path.name}: holds no array of rows by dimensions.")
    if choice is not None and choice not in offered:
        raise BadData(f"{path.name}: no vectors in {choice!r}; there are: {', '.join(map(repr, offered))}.")
    choice = choice or offered[0]
    with bad_data_on_error(path, "npz"), zipfile.ZipFile(path) as archive:
        shapes = _shapes(archive, path, limit)
        vectors = float32(_load(archive, choice, shapes), f"{path.name}, {choice}")
        beside = [
            name for name, (shape, kind) in shapes.items() if shape == (len(vectors),) and kind.kind in "Ufiub"
        ]  # fmt: skip
        items = pd.DataFrame({name: _load(archive, name, shapes) for name in beside}, pd.RangeIndex(len(vectors)))
    names = [name for name in items if name in ("key", "keys", "word", "words", "label", "labels")]
    if names and "key" not in items:
        items = items.rename(columns={names[0]: "key"})
    if "key" in items:
        items["key"] = items["key"].astype(str)
    return ParsedFile(vectors, items, path.stem, "npz")


def _shapes(archive: zipfile.ZipFile, path: Path, limit: Limits) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    found = {}
    for member in members(archive, path.name, limit):
        if not member.filename.endswith(".npy"):
            raise BadData(f"{path.name}: {member.filename!r} in it is no array.")
        with archive.open(member) as stream:
            shape, kind = _header(stream, f"{path.name}, {member.filename}", limit)
        if np.prod(shape, dtype=object) * kind.itemsize > member.file_size:
            raise BadData(f"{path.name}, {member.filename}: says {shape} of {kind}; that is more than it holds.")
        found[member.filename.removesuffix(".npy")] = (shape, kind)
    return found


def _load(archive: zipfile.ZipFile, name: str, shapes: dict[str, tuple[tuple[int, ...], np.dtype]]) -> np.ndarray:
    with archive.open(f"{name}.npy") as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _header(stream: IO[bytes], where: str, limit: Limits) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of an array, from its first bytes. Raises BadData where it is too large or holds objects."""
    version = np.lib.format.read_magic(stream)
    read = {(1, 0): np.lib.format.read_array_header_1_0}.get(version, np.lib.format.read_array_header_2_0)
    if version == (3, 0):
        raise BadData(f"{where}: has named fields; vectors are a table of rows by dimensions.")
    shape, _, kind = read(stream)
    if kind.hasobject:
        raise BadData(f"{where}: {OBJECTS}")
    if any(size < 0 for size in shape):
        raise BadData(f"{where}: says it has the shape {shape}.")
    rows, dims = (*shape, 1, 1)[:2]
    limit.check(where, rows, dims if len(shape) > 1 else 1, kind.itemsize)
    return shape, kind
