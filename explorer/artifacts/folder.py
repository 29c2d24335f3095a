"""Artifacts on disk: a folder artifacts/<name>/ whose manifest lists the sha256 of every file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.artifacts import atomic_folder, faiss_index, item_table
from explorer.artifacts.location import database, root
from explorer.artifacts.locks import locked
from explorer.artifacts.manifest import MANIFEST, list_files, read_manifest, sha256
from explorer.core.embedding import Embedding
from explorer.core.search.index import ExactIndex, NeighborIndex
from explorer.errors import BadArtifact, closest
from explorer.paths import samples_folder

VECTORS, ITEMS, USERS, MODEL, LAYOUTS, INDEX, CARD = (
    "vectors.npy", "items.parquet", "users.npy", "model", "layouts", "index.faiss", "DATA_CARD.md",
)  # fmt: skip
LONGEST = 200  # bytes of a name; hidden folders next to it have longer names, and file systems allow 255


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
        return read(path)


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


def read(path: Path) -> Embedding:
    """The embedding in a folder, its vectors memory-mapped, without a lock. Raises BadArtifact."""
    manifest = read_manifest(path)
    try:
        check_regular(path)
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


def check_regular(path: Path) -> None:
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


def _arrays(folder: Path) -> dict[str, np.ndarray]:
    """The arrays in a folder, memory-mapped, by file name; empty when there is no folder."""
    return {file.stem: np.load(file, mmap_mode="r", allow_pickle=False) for file in sorted(folder.glob("*.npy"))}
