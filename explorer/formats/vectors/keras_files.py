"""Vectors of an embedding layer from models and weights of Keras 3 (.keras, .weights.h5) and Keras 2 (.h5).

The arrays are read with h5py. No model is built, so no Lambda layer and no custom code in the file can run. Links to
other files and arrays stored in other files are not followed.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from explorer.errors import BadData
from explorer.formats.compression import members
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error, choose, float32

WEIGHTS, CONFIG = "model.weights.h5", "config.json"
CONFIG_BYTES = 1 << 26
DEFLATED = 1100  # highest compression ratio of zlib
OBJECTS = 100_000  # most groups and arrays in a file
INNER = ("vars", "layers", "_layer_checkpoint_dependencies", "model_weights")  # parts of a path other than layers
LAYERS = ("Embedding", "ReversibleEmbedding", "TokenAndPositionEmbedding")


def choices(path: Path, format: str, limit: Limits) -> list[str]:
    """Names of the layers, embeddings first. Raises BadData."""
    with bad_data_on_error(path, format), _weights(path, format, limit) as (file, names):
        return list(_tables(file, names, limit))


def read(path: Path, format: str, choice: str | None, limit: Limits) -> ParsedFile:
    """Read the vectors of one layer. They have no keys: row n is the vector of id n in the model. Raises BadData."""
    with bad_data_on_error(path, format), _weights(path, format, limit) as (file, names):
        tables = _tables(file, names, limit)
        if choice is None and next(iter(tables), "") == "matrix" and "col_attrs" in file:
            raise BadData(
                f"{path.name}: is a loom file: its matrix has a row for each gene, a column for each cell, and "
                f'col_attrs has no embedding of the cells. With scanpy: a = sc.read_loom("{path.name}"); sc.pp.pca(a); '
                'np.save("vectors.npy", a.obsm["X_pca"]). `--choice matrix` takes the rows of genes.'
            )
        if not tables and choice is None and (keys := _keys_of_vectors(file)):
            limit.check(path.name, len(keys), len(file[keys[0]]))
            for key in keys:
                _check(file[key], path, limit)
            vectors = float32(np.stack([file[key][()] for key in keys]), path.name)
            return ParsedFile(vectors, pd.DataFrame({"key": keys}, dtype="str"), path.stem, format)
        name, notes = choose(tables, choice, "layer", path.name)
        found = file[tables[name]]
        _check(found, path, limit)
        vectors = float32(found[()], path.name)
        return ParsedFile(vectors, _names(file, len(vectors)), name, format, notes=notes)


def _keys_of_vectors(file: Any) -> list[str]:
    """The names of the arrays of a file that holds nothing but a vector for each key; empty for any other file."""
    arrays = dict(_arrays(file))
    alike = {(found.shape, found.dtype.kind) for found in arrays.values()}
    if len(arrays) < 2 or len(alike) > 1 or next(iter(alike))[1] != "f" or len(next(iter(alike))[0]) != 1:
        return []
    return list(arrays)


def _names(file: Any, rows: int) -> pd.DataFrame:
    """Text arrays with as many rows as the vectors, as columns of metadata."""
    import h5py

    columns = {}
    for place, found in _arrays(file):
        texts = found.dtype.kind == "S" or h5py.check_string_dtype(found.dtype) is not None
        if texts and found.shape == (rows,) and rows * max(found.dtype.itemsize, 8) < 1 << 30:
            columns[place.rpartition("/")[2]] = [cell.decode(errors="replace") for cell in found[()]]
    return pd.DataFrame(columns, pd.RangeIndex(rows), dtype="str")


def _check(found: Any, path: Path, limit: Limits) -> None:
    """Raise BadData if an array is too large, or larger than its stored bytes can unpack to."""
    rows, dims = found.shape if found.ndim == 2 else (1, found.size)
    limit.check(path.name, rows, dims, found.dtype.itemsize)
    stored, size = found.id.get_storage_size(), rows * dims * found.dtype.itemsize
    if stored * (DEFLATED if found.chunks else 1) < size:
        raise BadData(f"{path.name}, {found.name}: {size:,} bytes of which {stored:,} are there. It is damaged.")


@contextmanager
def _weights(path: Path, format: str, limit: Limits) -> Iterator[tuple[Any, dict[str, str]]]:
    """The HDF5 file, and layer -> class if the file has a config."""
    import h5py

    if format == "h5":
        with h5py.File(path, "r") as file:
            yield file, _classes(_config(file))
        return
    with zipfile.ZipFile(path) as archive:
        found = {member.filename: member for member in members(archive, path.name, limit)}
        if WEIGHTS not in found:
            raise BadData(f"{path.name}: contains no {WEIGHTS}, so it is not a .keras file.")
        with archive.open(found[WEIGHTS]) as stream, h5py.File(_taken(stream, limit, path), "r") as file:
            config = _parsed(archive.read(found[CONFIG])) if _small(found.get(CONFIG)) else None
            yield file, _classes(config)


def _taken(stream: IO[bytes], limit: Limits, path: Path) -> io.BytesIO:
    taken = io.BytesIO(stream.read(limit.bytes + 1))
    if taken.getbuffer().nbytes > limit.bytes:
        raise BadData(f"{path.name}: unpacks to more than {limit.bytes:,} bytes, which is the limit.")
    return taken


def _small(member: zipfile.ZipInfo | None) -> bool:
    return member is not None and member.file_size <= CONFIG_BYTES


def _config(file: Any) -> Any:
    raw = file.attrs.get("model_config")
    return None if raw is None else _parsed(raw if isinstance(raw, bytes) else str(raw).encode())


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None  # the arrays can be read without the config, which only tells which layers are embeddings


def _classes(config: Any) -> dict[str, str]:
    """Name of a layer -> its class, at any level of a config."""
    found, open_ = {}, [config]
    while open_:
        part = open_.pop()
        if isinstance(part, dict):
            name = part.get("config", {}).get("name") if isinstance(part.get("config"), dict) else None
            if isinstance(name, str) and isinstance(part.get("class_name"), str):
                found[name] = part["class_name"]
        open_ += part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return found


def _tables(file: Any, classes: dict[str, str], limit: Limits) -> dict[str, str]:
    """Name -> path of each matrix; embeddings first, then the largest."""
    places = [place for place, found in _arrays(file) if len(found.shape) == 2 and found.dtype.kind in "fiu"]
    places = [place for place in places if "optimizer" not in place.split("/")[0]]
    if "obsm" in file and "X" in file:  # AnnData: the embeddings of cells are in obsm, the widest first
        embedded = [place for place in places if place.startswith("obsm/") and file[place].shape[1] > 2]
        rest = [place for place in places if place not in embedded]
        return {place: place for place in [*sorted(embedded, key=lambda place: -file[place].shape[1]), *rest]}
    if {"matrix", "row_attrs", "col_attrs"} <= {*file}:  # loom: embeddings of cells may be in col_attrs
        embedded = [place for place in places if place.startswith("col_attrs/") and file[place].shape[1] > 2]
        return {place: place for place in [*embedded, *(place for place in places if place not in embedded)]}
    names = {place: _name(file, place, classes) for place in places}

    def rank(place: str) -> tuple[bool, int]:
        layer = classes.get(names[place], "")
        called = layer in LAYERS or "embeddings" in place.split("/")[-1] or (not layer and "embedding" in place)
        return not called, -int(np.prod(file[place].shape))

    tables: dict[str, str] = {}
    for place in sorted(places, key=rank):
        name = names[place]
        tables[name if name not in tables else place] = place
    return tables


def _name(file: Any, place: str, classes: dict[str, str]) -> str:
    """The layer of an array: Keras 3 stores its name beside `vars`, Keras 2 in the path."""
    parts = place.split("/")
    for depth in range(len(parts) - 1, 0, -1):
        noted = file["/".join(parts[:depth])].attrs.get("name")
        if isinstance(noted, bytes | str) and noted:
            return noted.decode() if isinstance(noted, bytes) else noted
    own = [part for part in parts[:-1] if part not in INNER]
    known = [part for part in reversed(own) if part in classes]
    return known[0] if known else own[-1] if own else place


def _arrays(file: Any) -> Iterator[tuple[str, Any]]:
    """All arrays of a file by path, without links and arrays stored in other files. Raises BadData."""
    import h5py

    open_, seen = [("", file)], 0
    while open_:
        at, group = open_.pop()
        for name in group:
            seen += 1
            place = f"{at}/{name}".lstrip("/")
            if seen > OBJECTS or place.count("/") > 64:
                raise BadData(f"contains more than {OBJECTS:,} objects; save only the weights.")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                continue
            found = group[name]
            if isinstance(found, h5py.Group):
                open_.append((place, found))
            elif isinstance(found, h5py.Dataset) and not found.is_virtual and not found.external:
                yield place, found
