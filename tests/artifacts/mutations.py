"""Mutated artifact folders, each reproducible from its number."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from explorer import artifacts
from explorer.artifacts.manifest import MANIFEST, list_files, sha256
from explorer.errors import BadArtifact
from tests import ROOT

N, USERS = 30, 12
SCALARS = (
    None, True, -1, 0, 1, 7, 2.5, 1e300, -1e-300, 10**24, "", "text", "item", "🎬" * 300, "a\u202e\x00b", "<b>", "NaN",
    [], [[]], ["a", 1], [None], {}, {"a": {}}, {"name": "x", "kind": "number"}, "number", "date", "labels",
)  # fmt: skip
RAW = (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 50_000, b'{"schema": 1}', b'{"schema": 1, "mean": Infinity}')
CELLS: tuple[Any, ...] = (
    None, "text", "", 0, -1, 2.5, 1e300, float("nan"), float("inf"), True, b"\xff", ["a"], [], [1, 2], [[1]], {"a": 1},
    "2020-01-01", "https://example.org", "a" * 3000, "\x00", "<script>", 2**62, [None], ["a", None],
)  # fmt: skip
TYPES = (
    pa.string(), pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.bool_(), pa.binary(), pa.date32(),
    pa.timestamp("ns"), pa.timestamp("s", "UTC"), pa.time64("us"), pa.duration("s"), pa.decimal128(30, 5),
    pa.list_(pa.int64()), pa.list_(pa.string()), pa.struct([("a", pa.int64())]), pa.null(),
    pa.dictionary(pa.int8(), pa.string()), pa.list_(pa.list_(pa.string())), pa.map_(pa.string(), pa.int64()),
)  # fmt: skip
NUMBERS = (0.0, 1.0, -1.0, np.nan, np.inf, 1e300, 1e38, 1e-45, 1e20, 2.0**50, 2.0**-60)
DTYPES = ("<f4", "<f8", "<f2", "<i4", "<u1", "|b1", "<U3", "<c8", "<M8[s]", ">f4", "|O", "|V4")


def specimens(folder: Path) -> list[Path]:
    """Two small artifacts with every optional file: the first items of two shipped samples."""
    return [_specimen(name, folder / name) for name in ("movielens", "movielens-deep")]


def _specimen(name: str, target: Path) -> Path:
    whole = artifacts.load(ROOT / "artifacts" / name)
    model = {
        part: array % N if part == "likely_columns" else array
        for part, array in ((p, a[:N] if p.startswith("likely") else a) for p, a in whole.model.items())
    }
    items = whole.items.head(N).assign(
        added=pd.date_range("2020-01-01", periods=N), in_stock=[True, False] * (N // 2), n_ratings=range(500, 500 + N),
        page=[f"https://example.org/{n}" for n in range(N)], description=[f"A film with {n} acts." for n in range(N)],
    )  # fmt: skip
    about = {key: value for key, value in whole.manifest.items() if key not in ("files", "columns")}
    layouts = {method: whole.layout(method)[:N] for method in ("pca", "tsne")}
    users = None if whole.users is None else whole.users[:USERS]
    return artifacts.save(
        target, whole.vectors[:N], items, about, layouts=layouts, users=users, model=model, card="# A"
    )


def mutated(specimen: Path, target: Path, number: int) -> str:
    """Make `target` a copy of an artifact with one to three mutations chosen by `number`. Returns their names.

    In half of the cases the manifest is rewritten to list the mutated files, as an attacker would do.
    """
    rng = np.random.default_rng(number)
    _remove(target)
    shutil.copytree(specimen, target)
    ways = [WAYS[rng.integers(len(WAYS))] for _ in range(1 + rng.integers(3) // 2)]
    for way in ways:
        way(target, rng)
    if rng.integers(2):
        _list_again(target)
    return f"case {number} of {specimen.name}: {', '.join(way.__name__[1:] for way in ways)}"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _is_plain(folder: Path, file: Path) -> bool:
    """Whether it is a regular file in the folder: not a pipe, which would block, nor a link to a file elsewhere."""
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())


def _list_again(folder: Path) -> None:
    if not _is_plain(folder, folder / MANIFEST):
        return
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        manifest["files"] = {
            name: {"bytes": (folder / name).stat().st_size, "sha256": sha256(folder / name)}
            for name in list_files(folder)
            if _is_plain(folder, folder / name)
        }
    except (BadArtifact, OSError, ValueError, TypeError, RecursionError):
        return
    (folder / MANIFEST).write_text(json.dumps(manifest))


def _any(rng: np.random.Generator, values: Any) -> Any:
    return values[rng.integers(len(values))]


def _paths(document: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    parts = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [prefix, *(path for name, value in parts for path in _paths(value, (*prefix, name)))]


def _manifest_value(folder: Path, rng: np.random.Generator) -> None:
    """Replace, remove or add one value somewhere in the manifest."""
    if not _is_plain(folder, folder / MANIFEST):
        return
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return
    top = _any(rng, [name for name in manifest if name != "files"]) if isinstance(manifest, dict) and manifest else None
    inside = [] if top is None else [path for path in _paths(manifest[top], (top,)) if path]
    if not inside:
        return
    path = _any(rng, inside)
    *way, last = path
    holder = manifest
    for part in way:
        holder = holder[part]
    match rng.integers(6):
        case 0:
            del holder[last]
        case 1 if isinstance(holder[last], dict):
            holder[last][_any(rng, ("x", "", "pca", "metric", "<b>", "a" * 500))] = _any(rng, SCALARS)
        case 2 if isinstance(holder[last], list):
            holder[last].append(_any(rng, SCALARS))
        case _:
            holder[last] = _any(rng, SCALARS)
    (folder / MANIFEST).write_text(json.dumps(manifest))


def _manifest_bytes(folder: Path, rng: np.random.Generator) -> None:
    if _is_plain(folder, folder / MANIFEST):
        (folder / MANIFEST).write_bytes(_any(rng, RAW))


def _bytes(folder: Path, rng: np.random.Generator) -> None:
    """Flip, cut, repeat or add bytes of one file."""
    file = folder / _any(rng, sorted(list_files(folder)) or [MANIFEST])
    if not _is_plain(folder, file) or not (raw := bytearray(file.read_bytes())):
        return
    match rng.integers(5):
        case 0:
            raw = raw[: rng.integers(len(raw))]
        case 1:
            raw += rng.bytes(1 + rng.integers(100))
        case 2:  # headers and footers hold the structure
            for place in rng.integers(min(len(raw), 128), size=1 + rng.integers(4)):
                raw[place if rng.integers(2) else -1 - place] = rng.integers(256)
        case 3:
            start = rng.integers(len(raw))
            raw[start : start + rng.integers(64)] = b""
        case _:
            for place in rng.integers(len(raw), size=1 + rng.integers(8)):
                raw[place] ^= 1 << rng.integers(8)
    file.write_bytes(raw)


def _no_file(folder: Path, rng: np.random.Generator) -> None:
    """Replace a file or folder by a folder, a pipe or a link, or delete it."""
    names = [*sorted(list_files(folder)), MANIFEST, "layouts", "model"]
    path = folder / _any(rng, names)
    _remove(path)
    path.parent.mkdir(exist_ok=True)
    match rng.integers(6):
        case 0:
            path.mkdir()
        case 1:
            os.mkfifo(path)
        case 2:
            path.symlink_to(_any(rng, ("/dev/zero", "/proc/self/mem", path.name, "nothing", "/etc/passwd", "..")))
        case 3:
            path.mkdir()
            (path / "pca.npy").write_bytes(b"\x93NUMPY")
        case 4:
            path.write_bytes(b"")


def _odd_names(folder: Path, rng: np.random.Generator) -> None:
    """Rename a layout or a model part to a strange name, or replace one file by another."""
    names = ("<b>.npy", "a" * 200 + ".npy", "pca ✓.npy", " .npy", ".npy", "a\nb.npy", "*x*.npy", "umap.npy")
    source = folder / _any(rng, sorted(list_files(folder)) or [MANIFEST])
    target = folder / _any(rng, ("layouts", "model")) / _any(rng, names)
    inside = target.parent.is_dir() and target.parent.resolve().is_relative_to(folder.resolve())
    if _is_plain(folder, source) and inside and not target.is_symlink():
        shutil.copyfile(source, target)


def _array(folder: Path, rng: np.random.Generator) -> None:
    """Replace an array by one of another shape, dtype or other values."""
    files = [file for file in sorted(folder.rglob("*.npy")) if _is_plain(folder, file)]
    if not files:
        return
    file = _any(rng, files)
    try:
        array = np.load(file)
    except (OSError, ValueError, EOFError):
        return
    match rng.integers(5):
        case 0:
            shape = tuple(rng.integers(0, 4, size=rng.integers(4)))
            array = np.zeros(shape, array.dtype)
        case 1:
            array = array[: rng.integers(len(array) + 1)] if array.ndim else array
        case 2:
            array = np.zeros(array.shape, _any(rng, DTYPES))
        case 3:
            array = np.full(array.shape, _any(rng, NUMBERS))
        case _:
            with np.errstate(all="ignore"):
                array = array.astype(np.float64)
                array.flat[rng.integers(array.size, size=1 + rng.integers(4))] = _any(rng, NUMBERS)
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    file.write_bytes(stream.getvalue())


def _array_header(folder: Path, rng: np.random.Generator) -> None:
    shapes = ("(30, -4)", "(10000000000000, 4)", "(30,)*9", "None", "('a',)", "(30, 64, 1)", "(2**62, 2**62)", "(30,)")
    fields = f"'descr': '{_any(rng, DTYPES)}', 'fortran_order': {_any(rng, (True, False, 7))}"
    header = f"{{{fields}, 'shape': {_any(rng, shapes)}, }}".ljust(117) + "\n"
    raw = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + b"\0" * 7680
    files = [file for file in sorted(folder.rglob("*.npy")) if _is_plain(folder, file)]
    if files:
        _any(rng, files).write_bytes(raw)


def _table(folder: Path, rng: np.random.Generator) -> None:
    """Change a column, dtype, name, row count or the metadata of the item table."""
    file = folder / artifacts.folder.ITEMS
    if not _is_plain(folder, file):
        return
    try:
        table = pq.read_table(file)
    except (OSError, ValueError, pa.ArrowException):
        return
    names = table.column_names
    if not names or not len(table):
        return
    place = int(rng.integers(len(names)))
    match rng.integers(8):
        case 0:
            table = table.slice(0, int(rng.integers(len(table) + 3)))
        case 1:
            table = table.remove_column(place)
        case 2:
            name = _any(rng, ("key", "title", "year", "", "<b>", "a" * 500, "genres", "score", "select", "\x00"))
            table = table.rename_columns([name if n == place else old for n, old in enumerate(names)])
        case 3:
            metadata = (b"{", b"[]", b"{}", b'{"columns": 7}', b'{"index_columns": ["key"], "columns": []}', b"\xff")
            table = table.replace_schema_metadata({b"pandas": _any(rng, metadata)})
        case 4:
            columns = [table.column(n) for n in range(len(names))]
            table = pa.table([*columns, columns[place]], names=[*names, _any(rng, names)])
        case 5 | 6:
            table = table.set_column(place, names[place], _column(rng, len(table)))
        case _:
            kind = _any(rng, TYPES)
            try:
                table = table.set_column(place, names[place], table.column(place).cast(kind, safe=False))
            except (pa.ArrowException, ValueError):
                table = table.set_column(place, names[place], pa.nulls(len(table), kind))
    try:
        pq.write_table(table, file)
    except (pa.ArrowException, ValueError):
        return


def _column(rng: np.random.Generator, rows: int) -> pa.Array:
    """A constant column of a random dtype, with or without missing values."""
    cell = _any(rng, CELLS)
    cells = [cell if rng.integers(4) else None for _ in range(rows)] if rng.integers(2) else [cell] * rows
    try:
        return pa.array(cells)
    except (pa.ArrowException, ValueError, OverflowError):
        return pa.nulls(rows, _any(rng, TYPES))


Way = Callable[[Path, np.random.Generator], None]
WAYS: tuple[Way, ...] = (
    _manifest_value, _manifest_value, _manifest_value, _manifest_bytes, _bytes, _bytes, _no_file, _odd_names, _array,
    _array, _array_header, _table, _table, _table,
)  # fmt: skip
