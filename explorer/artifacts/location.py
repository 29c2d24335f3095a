"""Where the artifacts are: a folder, or a vector database."""

from __future__ import annotations

import os
from pathlib import Path

from explorer import paths
from explorer.artifacts.milvus import uri
from explorer.errors import BadRequest

PLACE = paths.ARTIFACTS


def root() -> Path:
    """The folder of the artifacts that are written: see paths.artifacts_folder.

    Raises BadRequest when EXPLORER_ARTIFACTS names a database, which only `publish` writes to, or no folder.
    """
    if database():
        raise BadRequest(
            f"The artifacts are in the database at {uri.redacted(os.environ[PLACE])}, which is read-only here. To "
            f"train, import or add layouts, set {PLACE} to a folder, then: explorer publish ARTIFACT --to URI"
        )
    folder = paths.artifacts_folder()
    if folder.exists() and not folder.is_dir():
        raise BadRequest(f"{folder} is not a folder. Set {PLACE} to a folder, or to the URI of a database.")
    return folder


def database() -> str | None:
    """The URI of the database that EXPLORER_ARTIFACTS names; None when it names a folder or is not set."""
    return uri.parse_uri(os.environ.get(PLACE, ""))
