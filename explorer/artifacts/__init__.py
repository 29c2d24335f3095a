"""Stored embeddings: one interface to artifacts in a folder and in a vector database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from explorer.artifacts import folder
from explorer.artifacts.folder import VECTORS, find, writable
from explorer.artifacts.folder_check import check
from explorer.artifacts.folder_writer import add_layout, check_place, save, set_schema, update_manifest
from explorer.artifacts.location import database, root
from explorer.artifacts.manifest import MANIFEST
from explorer.artifacts.milvus import store
from explorer.core.embedding import Embedding

__all__ = [
    "VECTORS",
    "add_layout",
    "check",
    "check_place",
    "database",
    "digest",
    "find",
    "list_artifacts",
    "load",
    "manifest",
    "root",
    "save",
    "set_schema",
    "update_manifest",
    "writable",
]


def list_artifacts() -> list[str]:
    """Names of the artifacts, sorted. Raises Unavailable when their database cannot be reached."""
    uri = database()
    return store.list_names(uri) if uri else folder.list_names()


def load(name_or_path: str | os.PathLike[str]) -> Embedding:
    """Load an artifact as an Embedding, its vectors memory-mapped or left in the database.

    name_or_path: a name that `list_artifacts` returns, or a folder. Raises BadArtifact, Unavailable.

    >>> films = load("movielens")
    >>> films.vectors.shape, films.layout("tsne").shape
    ((4513, 64), (4513, 2))
    >>> load("movie-lens")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    explorer.errors.BadArtifact: There is no artifact 'movie-lens'. There are: movielens, ...
    """
    uri = _database_of(name_or_path)
    return store.load(uri, str(name_or_path)) if uri else folder.load(name_or_path)


def manifest(name_or_path: str | os.PathLike[str]) -> dict[str, Any]:
    """The manifest of an artifact. Raises BadArtifact, Unavailable."""
    uri = _database_of(name_or_path)
    return store.manifest(uri, str(name_or_path)) if uri else folder.manifest(name_or_path)


def digest(name_or_path: str | os.PathLike[str]) -> str:
    """sha256 of the manifest, which lists the sha256 of every file, so it changes whenever the artifact does."""
    uri = _database_of(name_or_path)
    return store.digest(uri, str(name_or_path)) if uri else folder.digest(name_or_path)


def _database_of(name_or_path: str | os.PathLike[str]) -> str | None:
    """The database that holds an artifact; None when it is a folder."""
    return None if (Path(name_or_path) / MANIFEST).is_file() else database()
