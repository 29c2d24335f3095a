"""Local copy of the files of a published artifact, which is memory-mapped: large tables and maps stay on disk.

A copy is a folder of the cache, named by the database and the digest. It is filled once, from pieces whose sha256 is
compared with the manifest, and shared by all processes of the machine.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from explorer import paths
from explorer.artifacts import item_table
from explorer.artifacts.manifest import MANIFEST
from explorer.artifacts.mapped_files import map_array, map_file
from explorer.core.search.key_index import KeyIndex
from explorer.errors import BadArtifact, BadRequest

TABLE, COLUMNS, NAMES = "items.parquet", "columns", "columns.json"
HASHES, ROWS = "key_hashes.npy", "key_rows.npy"
UNUSED = 7 * 86_400  # seconds after which a copy that was not opened is removed
NAN = float("nan")
Piece = tuple[str, str]  # name of a file, and the next part of it as base64


def copy_of(place: str, digest: str, pieces: Callable[[], Iterable[Piece]], what: str, again: str) -> Path:
    """The folder with the copy of an artifact; made first if there is none.

    place: names the database and the version of its files. digest: sha256 of the manifest. pieces: called to read the
    files. what, again: the artifact and how to mend it, for messages. Raises BadArtifact, BadRequest.
    """
    folder = folder_of(place, digest)
    name, parent = folder.name, folder.parent
    if not folder.exists():
        try:
            parent.mkdir(parents=True, exist_ok=True)
            _remove_unused(parent)
            work = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=parent))
            try:
                _fill(work, digest, pieces(), what, again)
                with suppress(OSError):  # another process was faster
                    work.rename(folder)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        except OSError as error:
            raise BadRequest(
                f"The files of {what} cannot be kept in {parent}: {error.strerror or error}. "
                f"Set {paths.CACHE} to a folder with space."
            ) from error
    with suppress(OSError):
        os.utime(folder)
    return folder


def folder_of(place: str, digest: str) -> Path:
    """The folder of a copy, which need not exist; see copy_of."""
    return paths.cache_folder() / "databases" / hashlib.sha256(f"{place} {digest}".encode()).hexdigest()[:40]


def read_items(folder: Path) -> tuple[pd.DataFrame, KeyIndex]:
    """The item table of a copy, its numbers and texts memory-mapped, and the index of its keys."""
    names = json.loads((folder / COLUMNS / NAMES).read_text(encoding="utf-8"))
    columns = {name: _read_column(folder / COLUMNS / file, name) for name, file in names}
    items = pd.DataFrame(columns, copy=False)
    hashes, rows = (map_array(folder / file) for file in (HASHES, ROWS))
    return items, KeyIndex(items["key"], hashes, rows)


def read_arrays(folder: Path, part: str) -> dict[str, np.ndarray]:
    """The arrays of a part of the files, `layouts/` or `model/`, by name; memory-mapped."""
    return {file.stem: map_array(file) for file in sorted((folder / part).glob("*.npy"))}


def _remove_unused(parent: Path) -> None:
    for folder in parent.iterdir():
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > UNUSED:
                shutil.rmtree(folder, ignore_errors=True)


def _fill(folder: Path, digest: str, pieces: Iterable[Piece], what: str, again: str) -> None:
    sums: dict[str, Any] = {}
    for name, text in pieces:
        file = folder / name
        if not file.resolve().is_relative_to(folder.resolve()):
            raise BadArtifact(f"A file of {what} is named {name!r}, which is outside of it. {again}")
        file.parent.mkdir(exist_ok=True)
        raw = base64.b64decode(text)
        sums.setdefault(name, hashlib.sha256()).update(raw)
        with file.open("ab") as stream:
            stream.write(raw)
    if MANIFEST not in sums:
        raise BadArtifact(f"{what} has no {MANIFEST}. {again}")
    listed = {name: entry["sha256"] for name, entry in json.loads((folder / MANIFEST).read_bytes())["files"].items()}
    for name, expected in {**listed, MANIFEST: digest}.items():
        if name in sums and sums[name].hexdigest() != expected:
            raise BadArtifact(f"{name} of {what} has changed. {again}")
    for file in (folder / "layouts").glob("*.npy"):
        if not np.isfinite(np.load(file, mmap_mode="r")).all():
            raise BadArtifact(f"Layout {file.stem!r} of {what} contains numbers that are not finite. {again}")
    _split_columns(folder)


def _split_columns(folder: Path) -> None:
    """Write each column of the item table to a file of its own, holding one column in memory at a time."""
    (folder / COLUMNS).mkdir()
    item_table.check_file(folder / TABLE)
    names = []
    for number, name in enumerate(pq.read_schema(folder / TABLE).names):
        column = item_table.read_items(folder / TABLE, [name])[name]
        names.append((name, _write_column(column, folder / COLUMNS / str(number))))
        if name == "key":
            index = KeyIndex.of(column)
            np.save(folder / HASHES, index.hashes)
            np.save(folder / ROWS, index.rows)
    (folder / COLUMNS / NAMES).write_text(json.dumps(names), encoding="utf-8")
    (folder / TABLE).unlink()


def _write_column(column: pd.Series, file: Path) -> str:
    """Returns the name of the file: its suffix says how it is read."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biufM":
        np.save(file.with_suffix(".npy"), column.to_numpy())
        return f"{file.name}.npy"
    if isinstance(column.dtype, pd.StringDtype):
        table = pa.table({"": pa.array(column, pa.large_string(), from_pandas=True)}).combine_chunks()
        with pa.OSFile(str(file.with_suffix(".arrow")), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        return f"{file.name}.arrow"
    ids = np.fromiter(map(id, column), np.int64, len(column))  # read_items shares equal lists
    _, first, codes = np.unique(ids, return_index=True, return_inverse=True)
    distinct = column.iloc[first].tolist() if column.dtype == object else []
    if distinct and all(cell is None or isinstance(cell, list) for cell in distinct):
        file.with_suffix(".json").write_text(json.dumps(distinct), encoding="utf-8")
        np.save(file.with_suffix(".npy"), codes.astype(np.int32))
        return f"{file.name}.json"
    column.to_frame().to_parquet(file.with_suffix(".parquet"), index=False)
    return f"{file.name}.parquet"


def _read_column(file: Path, name: str) -> pd.Series:
    if file.suffix == ".npy":
        return pd.Series(np.asarray(map_array(file)), copy=False)
    if file.suffix == ".arrow":
        texts = pa.ipc.open_file(pa.py_buffer(map_file(file))).read_all().column(0)
        return pd.Series(pd.StringDtype("pyarrow", na_value=NAN).__from_arrow__(texts), copy=False)
    if file.suffix == ".json":
        lists = json.loads(file.read_text(encoding="utf-8"))
        shared = np.empty(len(lists), object)
        shared[:] = lists
        return pd.Series(shared[np.load(file.with_suffix(".npy"), mmap_mode="r")], dtype=object, copy=False)
    return item_table.read_items(file)[name]
