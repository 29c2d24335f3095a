"""numpy files: .npy (memory-mapped) and one array of an .npz. Pickles are never loaded."""

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
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error, choose, float32

OBJECTS = "Python objects, which are never loaded because that would run code. Save {how}"
Shapes = dict[str, tuple[tuple[int, ...], np.dtype]]


def read(path: Path, format: str, choice: str | None, limit: Limits) -> ParsedFile:
    """Read the vectors of an .npy, or the chosen array of an .npz with its text arrays as metadata. Raises BadData.

    A one-dimensional .npy is a column of metadata; texts are keys.
    """
    with _old_headers(), bad_data_on_error(path, format):
        return _read_npy(path, limit) if format == "npy" else _read_npz(path, choice, limit)


def choices(path: Path, format: str, limit: Limits) -> list[str]:
    """Names of the matrices in an .npz: those with fractions first, then the largest. Raises BadData."""
    if format == "npy":
        return []
    with _old_headers(), bad_data_on_error(path, "npz"), zipfile.ZipFile(path) as archive:
        return _tables(_shapes(archive, path, limit))


def _tables(shapes: Shapes) -> list[str]:
    tables = {name: found for name, found in shapes.items() if len(found[0]) == 2 and found[1].kind in "fiub"}
    return sorted(tables, key=lambda name: (tables[name][1].kind != "f", -int(np.prod(tables[name][0]))))


@contextmanager
def _old_headers() -> Iterator[None]:
    # Shapes in files of Python 2, such as (3L, 2L), can be read; suppress numpy's warning about them.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Reading `.npy` or `.npz` file required")
        yield


def _read_npy(path: Path, limit: Limits) -> ParsedFile:
    """Read a matrix, memory-mapped if it is float32. Raises BadData."""
    with path.open("rb") as stream:
        shape, kind = _header(stream, path.name, limit)
    if kind.hasobject:
        raise BadData(f"{path.name}: contains {_objects(len(shape))}")
    if kind.names:
        how = "np.savez('vectors.npz', **{name: array[name] for name in array.dtype.names})"
        raise BadData(f"{path.name}: is a structured array with the fields {', '.join(kind.names)}. Save them: {how}")
    if np.prod(shape, dtype=object) * kind.itemsize > path.stat().st_size:
        size = path.stat().st_size
        raise BadData(
            f"{path.name}: truncated; its header declares {shape} of {kind}, but the file has {size:,} bytes."
        )
    array = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    if len(shape) == 1 and shape[0] and kind.kind in "USfiub":
        flat = (
            ""
            if kind.kind != "f"
            else (
                f"The array is {shape}, one number a row; if its vectors stand one after the other: "
                f'np.save("vectors.npy", np.load("{path.name}").reshape(-1, DIMENSIONS))'
            )
        )
        name = "key" if kind.kind in "US" else path.stem
        return ParsedFile(None, _beside({name: array}), path.stem, "npy", numbers=flat)
    rows = len(array) if array.ndim else 0
    vectors = float32(array[: limit.first] if array.ndim else array, path.name)
    return ParsedFile(vectors, pd.DataFrame(index=pd.RangeIndex(len(vectors))), path.stem, "npy", rows=rows)


def _read_npz(path: Path, choice: str | None, limit: Limits) -> ParsedFile:
    """Read one matrix; arrays of texts or numbers with as many rows become columns. Raises BadData."""
    with zipfile.ZipFile(path) as archive:
        shapes = _shapes(archive, path, limit)
        offered = _tables(shapes)
        objects = [name for name, (_, kind) in shapes.items() if kind.hasobject]
        if choice in objects or (not offered and objects):
            name = choice or objects[0]
            raise BadData(f"{path.name}, {name}: contains {_objects(len(shapes[name][0]))}")
        if {"data", "indices", "indptr", "shape"} <= set(shapes):
            how = f'np.save("vectors.npy", scipy.sparse.load_npz("{path.name}").toarray())'
            raise BadData(f"{path.name}: is a sparse matrix of scipy. Save it as a dense one: {how}")
        if not offered:
            raise BadData(f"{path.name}: contains no matrix of rows by dimensions; it has {_listed(shapes)}.")
        choice, more = choose(offered, choice, "array", path.name)
        notes = [*(f"{name}: left out, because it contains {_objects(1)}" for name in objects), *more]
        vectors = float32(_load(archive, choice), f"{path.name}, {choice}")
        turned = [name for name, (shape, kind) in shapes.items() if kind.kind in "US" and shape == vectors.shape[1:]]
        of_rows = any(shape == (len(vectors),) for shape, _ in shapes.values())  # such as the classes of the rows
        if turned and not of_rows and len(vectors) != vectors.shape[1]:
            size = " x ".join(f"{number:,}" for number in vectors.shape)
            raise BadData(
                f"{path.name}: {choice} is {size}, and {turned[0]} has {vectors.shape[1]:,} texts, one for each "
                f"column. If the columns are the vectors, save {choice}.T."
            )
        beside = [name for name, (shape, kind) in shapes.items() if shape == (len(vectors),) and kind.kind in "USfiub"]
        items = _beside({name: _load(archive, name) for name in beside}, len(vectors))
    taken = limit.first or len(vectors)
    return ParsedFile(vectors[:taken], items.iloc[:taken], path.stem, "npz", notes=notes, rows=len(vectors))


def _objects(dimensions: int) -> str:
    how = "text as text: words.astype(str)." if dimensions == 1 else "numbers as numbers: array.astype(float)."
    both = " For words: words.astype(str)." if dimensions != 1 else " For numbers: array.astype(float)."
    return OBJECTS.format(how=how + both)


def _listed(shapes: Shapes) -> str:
    return ", ".join(f"{name} {shape} of {kind}" for name, (shape, kind) in list(shapes.items())[:5]) or "no array"


def _beside(columns: dict[str, np.ndarray], rows: int | None = None) -> pd.DataFrame:
    """Arrays as columns of metadata; bytes are decoded as UTF-8."""
    arrays = {}
    for name, array in columns.items():
        if array.dtype.kind == "S":
            array = np.char.decode(np.asarray(array), "utf-8", "replace")
        arrays[name] = array.astype(str).astype(object) if array.dtype.kind == "U" else np.asarray(array)
    found = pd.DataFrame(arrays, pd.RangeIndex(rows if rows is not None else len(next(iter(arrays.values())))))
    texts = [name for name in found if found[name].dtype == object]
    return found.astype(dict.fromkeys(texts, "str"))


def _shapes(archive: zipfile.ZipFile, path: Path, limit: Limits) -> Shapes:
    found = {}
    for member in members(archive, path.name, limit):
        if not member.filename.endswith(".npy"):
            raise BadData(f"{path.name}: member {member.filename!r} is not an array.")
        with archive.open(member) as stream:
            shape, kind = _header(stream, f"{path.name}, {member.filename}", limit)
        if not kind.hasobject and np.prod(shape, dtype=object) * kind.itemsize > member.file_size:
            raise BadData(f"{path.name}, {member.filename}: says {shape} of {kind}, which is more than it contains.")
        found[member.filename.removesuffix(".npy")] = (shape, kind)
    return found


def _load(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    with archive.open(f"{name}.npy") as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _header(stream: IO[bytes], where: str, limit: Limits) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of an array from its header. Raises BadData if it is too large or has named fields."""
    version = np.lib.format.read_magic(stream)
    read = {(1, 0): np.lib.format.read_array_header_1_0}.get(version, np.lib.format.read_array_header_2_0)
    if version == (3, 0):
        raise BadData(f"{where}: has named fields; expected a matrix of rows by dimensions.")
    shape, _, kind = read(stream)
    if any(size < 0 for size in shape):
        raise BadData(f"{where}: declares the shape {shape}.")
    rows, dims = (*shape, 1, 1)[:2]
    rows = min(rows, limit.first) if limit.first and where.endswith(".npy") and "," not in where else rows
    limit.check(where, rows, dims if len(shape) > 1 else 1, kind.itemsize)
    return shape, kind
