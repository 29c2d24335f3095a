"""Import page: repeat an import of the last day with other choices."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from explorer import artifacts
from explorer.errors import ExplorerError
from explorer.importing.plan import Plan
from explorer.rights import require_editor
from explorer.webapp.views.importing import files as import_files
from explorer.webapp.views.importing.files import UploadedFiles

AGAIN = "_import_again"  # session key: the artifact whose import is repeated
RECORD = ".import.json"  # record of an import, in the folder of the upload


@dataclass(frozen=True)
class Earlier:
    """An import that can be repeated: its artifact, files and choices."""

    name: str
    files: UploadedFiles
    format: str | None
    choice: str | None
    plan: Plan


def keep(files: UploadedFiles, format: str | None, choice: str | None) -> str:
    """Record an import for a day; returns the name of the folder with the record."""
    require_editor("import files")
    place = artifacts.root().resolve() / ".uploads"
    place.mkdir(parents=True, exist_ok=True)
    folder = files.folder or Path(tempfile.mkdtemp(prefix="in-", dir=place))
    record = {"files": [str(file) for file in files.files], "digest": files.digest, "format": format, "choice": choice}
    (folder / RECORD).write_text(json.dumps(record), encoding="utf-8")
    return folder.name


def earlier(name: str) -> Earlier | None:
    """The import of an artifact, or None if its files were changed or deleted."""
    try:
        manifest = artifacts.manifest(name)
        folder = artifacts.root().resolve() / ".uploads" / Path(str(manifest["source"]["upload"])).name
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        paths = tuple(map(Path, record["files"]))
        uploaded = all(file.parent == folder for file in paths)
        if not all(file.exists() for file in paths):
            return None
        if not uploaded and (not import_files.from_server() or import_files.stamp(paths) != record["digest"]):
            return None
        files = UploadedFiles(paths, record["digest"], folder if uploaded else None)
        return Earlier(name, files, record["format"], record["choice"], _plan(manifest["params"]["plan"]))
    except (ExplorerError, OSError, ValueError, KeyError, TypeError):
        return None


def _plan(document: Mapping[str, Any]) -> Plan:
    return Plan(**{**document, "layouts": tuple(document.get("layouts", ()))})


def start(name: str) -> None:
    """Start to repeat the import of an artifact."""
    st.session_state[AGAIN] = name


def stop() -> None:
    """Stop repeating an import."""
    st.session_state.pop(AGAIN, None)


def chosen() -> Earlier | None:
    """The import that is being repeated; None if there is none or its files were deleted."""
    name = st.session_state.get(AGAIN)
    return earlier(name) if name else None


def choice() -> str | None:
    """The choice of vectors in the import that is being repeated; None if there is none."""
    found = chosen()
    return found.choice if found else None


def button(name: str, key: str = "again") -> None:
    """Draw a button that repeats the import of an artifact, if its files still exist."""
    if earlier(name):
        st.button("Import again", on_click=start, args=(name,), icon=":material/replay:", key=key)
