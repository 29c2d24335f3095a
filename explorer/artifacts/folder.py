"""Artifacts on disk: a folder artifacts/<name>/ whose manifest lists the sha256 of every file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from explorer.artifacts import atomic_folder, faiss_index, item_table
from explorer.artifacts.location import database, root
from explorer.artifacts.locks import locked
from explorer.artifacts.manifest import MANIFEST, list_files, read_manifest, sha256, write_manifest
from explorer.core.columns import Schema
from explorer.core.embedding import Embedding
from explorer.core.search.index import ExactIndex, NeighborIndex
from explorer.errors import BadArtifact, BadData, BadRequest, closest
from explorer.paths import samples_folder

VECTORS, ITEMS, USERS, MODEL, LAYOUTS, INDEX, CARD = (
    "vectors.npy", "items.parquet", "users.npy", "model", "layouts", "index.faiss", "DATA_CARD.md",
)  # fmt: skip
LONGEST = 200  # bytes of a name; hidden folders next to it have longer names, and file systems allow 255
LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn", "tensorflow", "gensim", "pyspark", "umap-learn", "openTSNE")


def list_names() -> list[str]:
    """Names of the artifacts under the root and of the samples of an installed package, sorted."""
    folders = [path.parent for place in _places() for path in place.glob(f"*/{MANIFEST}")]
    return sorted({folder.name for folder in folders if not folder.name.startswith(".")})


def find(name_or_path: str | os.PathLike[str]) -> Path:
    """The folder of an artifact, given by name or path. Raises BadArtifact, which lists the existing artifacts."""
    by_path = Path(name_or_path)
    if len(os.fsencode(by_path.name)) > LONGEST:
        raise BadArtifact(f"{by_path.name[:40]}… is not the name of an artifact: it is longer than {LONGEST} bytes.")
    if database() and (by_path / MANIFEST).is_file():
        return by_path
    by_name = root() / name_or_path
    for path in (*(place / name_or_path for place in _places()), by_path):
        if not path.exists():
            atomic_folder.recover(path)
        if (path / MANIFEST).is_file():
            return path
    if by_path.exists() or by_name.exists():
        folder = by_path if by_path.exists() else by_name
        raise BadArtifact(f"{folder} is not an artifact: it has no {MANIFEST}. Train, import or copy one there.")
    names = list_names()
    near = ", ".join(closest(str(name_or_path), names)) or ", ".join(names) or "none yet"
    raise BadArtifact(f"There is no artifact {str(name_or_path)!r}. There are: {near}.")


def writable(path: Path) -> Path:
    """The folder that changes to an artifact are written to: its own, or a copy in root() for a shipped sample."""
    return root() / path.name if path.parent == samples_folder() else path


def _places() -> list[Path]:
    samples = samples_folder()
    return [root(), samples] if samples else [root()]


def load(name_or_path: str | os.PathLike[str]) -> Embedding:
    """An artifact as an Embedding, its vectors memory-mapped. Raises BadArtifact.

    name_or_path: a name under the root, or a folder.
    """
    path = find(name_or_path)
    with locked(path.parent, shared=True):
        return _read(path)


def manifest(name_or_path: str | os.PathLike[str]) -> dict[str, Any]:
    """The manifest of an artifact. Raises BadArtifact."""
    path = find(name_or_path)
    with locked(path.parent, shared=True):
        return read_manifest(path)


def digest(name_or_path: str | os.PathLike[str]) -> str:
    """sha256 of the manifest, which lists the sha256 of every file: changes whenever anything does."""
    path = find(name_or_path)
    with locked(path.parent, shared=True):
        return sha256(path / MANIFEST)


def check_place(path: str | os.PathLike[str]) -> None:
    """Raise BadRequest if `save` could not write to a folder."""
    path = Path(path)
    if len(os.fsencode(path.name)) > LONGEST:
        raise BadRequest(f"The name {path.name[:40]}… is longer than {LONGEST} bytes. Choose a shorter one.")
    if path.exists() and not (path / MANIFEST).is_file() and (path.is_file() or any(path.iterdir())):
        raise BadRequest(f"{path} exists and is not an artifact; it was left unchanged. Choose another name.")
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise BadRequest(f"Nothing can be written to {path.parent}. Choose another place.")


def save(
    path: str | os.PathLike[str],
    vectors: np.ndarray,
    items: pd.DataFrame,
    manifest: Mapping[str, Any],
    *,
    users: np.ndarray | None = None,
    model: Mapping[str, np.ndarray] | None = None,
    layouts: Mapping[str, np.ndarray] | None = None,
    card: str = "",
) -> Path:
    """Write an artifact to a temporary folder, then rename it. Returns its folder.

    Arrays: see Embedding. card: text of DATA_CARD.md. With faiss_index.ABOVE items or more, an index of the vectors is
    built and stored too, which takes half a minute per million items. The manifest gets the schema, the time, the
    library versions, the counts and the sha256 of every file. Raises BadData before anything is written, and BadRequest
    when the folder cannot be written to.
    """
    path = Path(path)
    embedding = Embedding(vectors, items, manifest, layouts=layouts, users=users, model=model)
    with atomic_folder.staging_folder(path) as folder:
        np.save(folder / VECTORS, embedding.vectors)
        _save_items(folder / ITEMS, embedding.items)
        if embedding.users is not None:
            np.save(folder / USERS, embedding.users)
        _save_model(folder, model or {})  # in the types given: those of the embedding are float32
        for method, xy in embedding.layouts.items():
            _save_layout(folder, method, xy)
        index = _save_index(folder, embedding) if len(embedding) >= faiss_index.ABOVE else {}
        if card:
            (folder / CARD).write_text(card, encoding="utf-8")
        n, d = embedding.vectors.shape
        stamp = {"created": datetime.now(UTC).isoformat(timespec="seconds"), "versions": _versions()}
        counts = {"items": n, "dimensions": d}
        schema = embedding.schema.document()
        write_manifest(folder, {**manifest, **schema, "name": path.name, **counts, **index, **stamp})
        with locked(path.parent):
            check_place(path)
            atomic_folder.replace_folder(folder, path)
    return path


def add_layout(
    name_or_path: str | os.PathLike[str], method: str, xy: np.ndarray, metadata: Mapping[str, Any] | None = None
) -> Path:
    """Add a layout (n, 2) to an artifact, and its metadata to the manifest. Returns the artifact's folder.

    A sample of an installed package is copied to the user's artifacts first, and the copy gets the layout. Concurrent
    calls are safe. Raises BadData, BadArtifact, and BadRequest when the folder cannot be written to.
    """
    path = writable(found := find(name_or_path))
    with atomic_folder.staging_folder(path) as folder, locked(path.parent):
        source = path if path.exists() else found
        before = _read(source)
        Embedding(before.vectors, before.items, layouts={method: xy})
        shutil.copytree(source, folder, copy_function=link_file, dirs_exist_ok=True)
        _save_layout(folder, method, np.asarray(xy, dtype=np.float32))
        layouts = {**before.manifest.get("layouts", {}), method: dict(metadata or {})}
        write_manifest(folder, {**before.manifest, "layouts": layouts})
        check_place(path)
        atomic_folder.replace_folder(folder, path)
    return path


def update_manifest(
    name_or_path: str | os.PathLike[str], entries: Mapping[str, Any], model: Mapping[str, np.ndarray] | None = None
) -> Path:
    """Add or replace entries of the manifest of an artifact. Returns the artifact's folder.

    model: arrays that replace those of the artifact's model; everything else stays as it is.

    Raises BadArtifact, and BadRequest when the folder cannot be written to; nothing is written then.
    """
    path = writable(found := find(name_or_path))
    with atomic_folder.staging_folder(path) as folder, locked(path.parent):
        source = path if path.exists() else found
        shutil.copytree(source, folder, copy_function=link_file, dirs_exist_ok=True)
        if model is not None:
            shutil.rmtree(folder / MODEL, ignore_errors=True)
            _save_model(folder, model)
        write_manifest(folder, {**read_manifest(source), **entries})
        check_place(path)
        atomic_folder.replace_folder(folder, path)
    return path


def set_schema(name_or_path: str | os.PathLike[str], change: Callable[[Schema], Schema]) -> Schema:
    """Change the schema of an artifact; only its manifest is rewritten. Returns the new schema.

    change: maps the old schema to the new one. Concurrent calls are safe. Raises BadArtifact, BadRequest when the
    folder cannot be written to, and whatever `change` raises; nothing is written then.
    """
    path = writable(found := find(name_or_path))
    with atomic_folder.staging_folder(path) as folder, locked(path.parent):
        source = path if path.exists() else found
        before = _read(source)
        schema = change(before.schema)
        shutil.copytree(source, folder, copy_function=link_file, dirs_exist_ok=True)
        write_manifest(folder, {**before.manifest, **schema.document()})
        check_place(path)
        atomic_folder.replace_folder(folder, path)
    return schema


def check(name_or_path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read all files of an artifact and compare them with its manifest; returns the manifest.

    Finds a missing or extra file, a changed byte, row counts that differ, NaN, a newer schema. Raises BadArtifact.
    """
    path = find(name_or_path)
    with locked(path.parent, shared=True):
        return _checked(path)


def _checked(path: Path) -> dict[str, Any]:
    manifest = read_manifest(path)
    _check_regular(path)
    listed, present = manifest.get("files", {}), list_files(path)
    for name in sorted(listed.keys() - present):
        raise BadArtifact(f"{path / name} is missing; the manifest lists it. Restore it or train again.")
    for name in sorted(present - listed.keys()):
        raise BadArtifact(f"{path / name} is not listed in the manifest. Remove it, or save the artifact again.")
    for name, entry in listed.items():
        size, found = (path / name).stat().st_size, sha256(path / name)
        if (size, found) != (entry["bytes"], entry["sha256"]):
            raise BadArtifact(
                f"{path / name} has changed since it was written: {size:,} bytes, sha256 {found[:12]}; "
                f"the manifest says {entry['bytes']:,} bytes, {entry['sha256'][:12]}. Restore it or train again."
            )
    embedding = _read(path)
    try:
        item_table.check_columns(embedding.items, embedding.schema)
        _ = embedding.likely, embedding.network
    except (BadData, BadRequest) as error:
        raise BadArtifact(f"{path}: {error} Restore it or train again.") from error
    if len(embedding) != manifest.get("items"):
        raise BadArtifact(f"{path} has {len(embedding):,} items; the manifest says {manifest.get('items')}.")
    for name, array in embedding.model.items():
        if not np.isfinite(array).all():
            raise BadArtifact(f"{path / MODEL / name}.npy contains numbers that are not finite. Train again.")
    if embedding.users is not None and not np.isfinite(embedding.users).all():
        raise BadArtifact(f"{path / USERS} contains numbers that are not finite. Train again.")
    return manifest


def _read(path: Path) -> Embedding:
    manifest = read_manifest(path)
    try:
        _check_regular(path)
        vectors = np.load(path / VECTORS, mmap_mode="r", allow_pickle=False)
        items = item_table.read_items(path / ITEMS)
        users = np.load(path / USERS, mmap_mode="r") if (path / USERS).exists() else None
        layouts, model = _arrays(path / LAYOUTS), _arrays(path / MODEL)
        digest = sha256(path / MANIFEST)
        find = _finder(path, manifest["index"]) if "index" in manifest else None
        named = {**manifest, "name": path.absolute().name}  # the folder may have been copied or renamed
        return Embedding(
            vectors, items, named, layouts=layouts, users=users, model=model, digest=digest, make_index=find
        )
    except BadArtifact:
        raise
    except Exception as error:  # numpy, pyarrow and pandas raise errors of all kinds for damaged files
        why = str(error) or type(error).__name__
        raise BadArtifact(f"{path} cannot be read: {why[:500]} Run `explorer check {path}`.") from error


def _check_regular(path: Path) -> None:
    """Raises BadArtifact where a folder holds a pipe, a device or a broken link, as opening one may block."""
    for file in sorted(list_files(path)):
        if not (path / file).is_file():
            raise BadArtifact(f"{path / file} is not a regular file. Restore it or train again.")


def _finder(path: Path, entry: Mapping[str, Any]) -> Callable[[ExactIndex], NeighborIndex]:
    index = faiss_index.read_index(path / INDEX)
    probes, recall = entry["probes"], entry["recall"]
    if not isinstance(probes, Mapping):  # older artifacts: tuned for items only
        probes, recall = {"item": probes}, {"item": recall}
    return lambda exact: faiss_index.IvfIndex(exact, index, probes, recall)


def _save_index(folder: Path, embedding: Embedding) -> dict[str, Any]:
    """Build and store the index of an embedding. Returns its entry of the manifest."""
    exact = ExactIndex(embedding.vectors, embedding.norms)
    users = None if embedding.users is None else embedding.users[:, :-1]
    found = faiss_index.tune(faiss_index.build(exact.vectors, exact.norms), exact, users=users)
    faiss_index.write_index(found.index, folder / INDEX)
    entry = {"lists": found.index.nlist, "probes": found.probes, "recall": found.recall, "k": faiss_index.K}
    return {"index": entry}


def _arrays(folder: Path) -> dict[str, np.ndarray]:
    """The arrays in a folder, memory-mapped, by file name; empty when there is no folder."""
    return {file.stem: np.load(file, mmap_mode="r", allow_pickle=False) for file in sorted(folder.glob("*.npy"))}


def _save_items(file: Path, items: pd.DataFrame) -> None:
    try:
        items.to_parquet(file, index=False)
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise BadData(f"The items cannot be stored: {error}. Give each column values of one type.") from error
    item_table.check_file(file)


def _save_model(folder: Path, arrays: Mapping[str, np.ndarray]) -> None:
    if arrays:
        (folder / MODEL).mkdir()
    for name, array in arrays.items():
        np.save(folder / MODEL / f"{name}.npy", array)


def _save_layout(folder: Path, method: str, xy: np.ndarray) -> None:
    (folder / LAYOUTS).mkdir(exist_ok=True)
    file = folder / LAYOUTS / f"{method}.npy"
    file.unlink(missing_ok=True)
    np.save(file, xy)


def link_file(source: str, target: str) -> None:
    """Link a file, or copy it where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _versions() -> dict[str, str]:
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
