"""Comparison of an artifact's files with its manifest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from explorer.artifacts import folder, item_table
from explorer.artifacts.locks import locked
from explorer.artifacts.manifest import list_files, read_manifest, sha256
from explorer.errors import BadArtifact, BadData, BadRequest


def check(name_or_path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read all files of an artifact and compare them with its manifest; returns the manifest.

    Finds a missing or extra file, a changed byte, row counts that differ, NaN, a newer schema. Raises BadArtifact.
    """
    path = folder.find(name_or_path)
    with locked(path.parent, shared=True):
        return _checked(path)


def _checked(path: Path) -> dict[str, Any]:
    manifest = read_manifest(path)
    folder.check_regular(path)
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
    embedding = folder.read(path)
    try:
        item_table.check_columns(embedding.items, embedding.schema)
        _ = embedding.likely, embedding.network
    except (BadData, BadRequest) as error:
        raise BadArtifact(f"{path}: {error} Restore it or train again.") from error
    if len(embedding) != manifest.get("items"):
        raise BadArtifact(f"{path} has {len(embedding):,} items; the manifest says {manifest.get('items')}.")
    for name, array in embedding.model.items():
        if not np.isfinite(array).all():
            raise BadArtifact(f"{path / folder.MODEL / name}.npy contains numbers that are not finite. Train again.")
    if embedding.users is not None and not np.isfinite(embedding.users).all():
        raise BadArtifact(f"{path / folder.USERS} contains numbers that are not finite. Train again.")
    return manifest
