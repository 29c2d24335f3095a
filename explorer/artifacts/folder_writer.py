"""Writing of artifacts to disk: each change is made in a new folder, which then replaces the old one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from explorer.artifacts import atomic_folder, faiss_index, item_table
from explorer.artifacts.folder import CARD, INDEX, ITEMS, LAYOUTS, LONGEST, MODEL, USERS, VECTORS, find, read, writable
from explorer.artifacts.locks import locked
from explorer.artifacts.manifest import MANIFEST, read_manifest, write_manifest
from explorer.core.columns import Schema
from explorer.core.embedding import Embedding
from explorer.core.search.index import ExactIndex
from explorer.errors import BadData, BadRequest

LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn", "tensorflow", "gensim", "pyspark", "umap-learn", "openTSNE")


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
    with _changed(name_or_path) as (path, source, copy):
        before = read(source)
        Embedding(before.vectors, before.items, layouts={method: xy})
        _save_layout(copy, method, np.asarray(xy, dtype=np.float32))
        layouts = {**before.manifest.get("layouts", {}), method: dict(metadata or {})}
        write_manifest(copy, {**before.manifest, "layouts": layouts})
    return path


def update_manifest(
    name_or_path: str | os.PathLike[str], entries: Mapping[str, Any], model: Mapping[str, np.ndarray] | None = None
) -> Path:
    """Add or replace entries of the manifest of an artifact. Returns the artifact's folder.

    model: arrays that replace those of the artifact's model; everything else stays as it is.

    Raises BadArtifact, and BadRequest when the folder cannot be written to; nothing is written then.
    """
    with _changed(name_or_path) as (path, source, copy):
        if model is not None:
            shutil.rmtree(copy / MODEL, ignore_errors=True)
            _save_model(copy, model)
        write_manifest(copy, {**read_manifest(source), **entries})
    return path


def set_schema(name_or_path: str | os.PathLike[str], change: Callable[[Schema], Schema]) -> Schema:
    """Change the schema of an artifact; only its manifest is rewritten. Returns the new schema.

    change: maps the old schema to the new one. Concurrent calls are safe. Raises BadArtifact, BadRequest when the
    folder cannot be written to, and whatever `change` raises; nothing is written then.
    """
    with _changed(name_or_path) as (_, source, copy):
        before = read(source)
        schema = change(before.schema)
        write_manifest(copy, {**before.manifest, **schema.document()})
    return schema


@contextmanager
def _changed(name_or_path: str | os.PathLike[str]) -> Iterator[tuple[Path, Path, Path]]:
    """Replace an artifact by a changed copy of its folder, unless an error is raised while the copy is changed.

    Yields the folder that is replaced, the one that was copied (another one for a shipped sample), and the copy, whose
    files are links: unlink a file before writing it. Concurrent changes wait for each other.
    """
    path = writable(found := find(name_or_path))
    with atomic_folder.staging_folder(path) as copy, locked(path.parent):
        source = path if path.exists() else found
        shutil.copytree(source, copy, copy_function=link_file, dirs_exist_ok=True)
        yield path, source, copy
        check_place(path)
        atomic_folder.replace_folder(copy, path)


def _save_index(folder: Path, embedding: Embedding) -> dict[str, Any]:
    """Build and store the index of an embedding. Returns its entry of the manifest."""
    exact = ExactIndex(embedding.vectors, embedding.norms)
    users = None if embedding.users is None else embedding.users[:, :-1]
    found = faiss_index.tune(faiss_index.build(exact.vectors, exact.norms), exact, users=users)
    faiss_index.write_index(found.index, folder / INDEX)
    entry = {"lists": found.index.nlist, "probes": found.probes, "recall": found.recall, "k": faiss_index.K}
    return {"index": entry}


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
