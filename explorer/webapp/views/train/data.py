"""Train page: choose the kind of data to learn from, and the data."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from explorer import artifacts
from explorer.artifacts.quota import check_uploads
from explorer.datasets import made_up
from explorer.datasets.event_columns import choose_columns
from explorer.datasets.movielens import LAYOUTS, data_root
from explorer.datasets.table_detection import FORMATS, open_table
from explorer.datasets.table_file import TableFile
from explorer.errors import BadData, BadRequest, ExplorerError
from explorer.rights import require_editor
from explorer.webapp import cache
from explorer.webapp.components.widgets import one_of
from explorer.webapp.views.importing import files as import_files
from explorer.webapp.views.train import download as train_download
from explorer.webapp.wording import escape_markdown

KINDS = {
    "ratings": "Ratings", "interactions": "Interactions", "sequences": "Sequences", "graph": "Graph",
    "categories": "Categories", "books": "Links",
}  # fmt: skip
ABOUT = {
    "ratings": "A table of ratings with the columns user, item, rating and optionally time, or a MovieLens release.",
    "interactions": "A table with the columns user, item and optionally weight (such as clicks or plays) and time.",
    "sequences": "A text file with one sequence per line, such as a playlist; items separated by tabs or spaces.",
    "graph": "A text file with one edge per line: two nodes and optionally a weight.",
    "categories": "A table of categorical columns and a target column to predict from them.",
    "books": "JSON Lines with one array per line: a title, its metadata, and the pages that the title links to.",
}
ENDINGS = {
    "ratings": set(FORMATS), "interactions": set(FORMATS),
    "sequences": {".txt", ".tsv", ".tab", ".csv", ".dat", ".json", ".jsonl", ".parquet"},
    "graph": {".txt", ".tsv", ".tab", ".csv", ".edges", ".mtx"}, "categories": set(FORMATS),
    "books": {".ndjson", ".jsonl", ".json"},
}  # fmt: skip
WITH_RELEASES = ("ratings", "sequences", "graph")  # kinds that accept a MovieLens release
SOURCES = {"made-up": "Synthetic data", "server": "Data on the server", "upload": "Upload", "download": "MovieLens"}
DEPTH, MOST_FILES = 3, 300  # levels of folders searched in the data folders, and most entries offered
ROLES = {"ratings": ("user", "item", "rating", "time"), "interactions": ("user", "item", "weight", "time")}


@dataclass(frozen=True)
class TrainingData:
    """The chosen data. path: called when the training starts; returns the paths of the data and the metadata."""

    kind: str
    name: str
    path: Callable[[], tuple[str, str | None]]
    counts: dict[str, int] | None  # numbers of rows, users and items of ratings and interactions
    columns: dict[str, str] = field(default_factory=dict)  # role -> column of the table
    table: TableFile | None = None
    release: bool = False

    @property
    def ready(self) -> bool:
        """Whether all required columns are chosen."""
        needed = {"ratings": {"user", "item", "rating"}, "interactions": {"user", "item"}}.get(self.kind, set())
        return self.table is None or needed <= self.columns.keys()


def choose_kind() -> str:
    """Let the visitor choose the kind of data, stored in the URL."""
    kind = one_of("Learn from", "learn", "ratings", KINDS)
    st.caption(escape_markdown(ABOUT[kind]))
    return kind


def choose_data(kind: str) -> TrainingData | None:
    """Let the visitor choose the data; None if nothing is chosen yet. Raises ExplorerError."""
    sources = {name: label for name, label in SOURCES.items() if name != "download" or kind in WITH_RELEASES}
    source = one_of("Data", "data", "made-up", sources)
    if source == "made-up":
        return _made_up(kind)
    if source == "download":
        return _release(kind, train_download.choose_release())
    path = _server_file(kind) if source == "server" else _uploaded_file("File")
    if path is None:
        return None
    if is_release(path):
        return _release(kind, path)
    if kind not in ROLES:
        return TrainingData(kind, path.name, lambda: (str(path), None), None, table=_table_of(kind, path))
    table = open_table(path)
    columns = _choose_columns(kind, table)
    with st.popover("Metadata of the items", icon=":material/table:"):
        items = _uploaded_file("Table with one row per item: its id, title and other columns")
    counts = cache.table_counts(str(path), path.stat().st_mtime_ns, tuple(columns.items()))
    return TrainingData(kind, path.name, lambda: (str(path), str(items) if items else None), counts, columns, table)


def server_files(kind: str) -> dict[str, Path]:
    """Label -> files and release folders in the data folders that fit a kind. Links are not followed."""
    found: dict[str, Path] = {}
    for root in dict.fromkeys(
        root.resolve() for root in (data_root(), train_download.FOLDER) if root and root.is_dir()
    ):
        for here, folders, files in os.walk(root):
            place = Path(here)
            folders[:] = sorted(
                name for name in folders if not name.startswith(".") and not (place / name).is_symlink()
            )
            if len(place.relative_to(root).parts) >= DEPTH:
                folders.clear()
            if kind in WITH_RELEASES and place != root and is_release(place):
                found[str(place.relative_to(root))] = place
            for name in sorted(name for name in files if not name.startswith(".")):
                file = place / name
                release = kind in WITH_RELEASES and file.suffix == ".zip"
                ending = Path(name.removesuffix(".gz")).suffix.lower()
                fits = release or ending in ENDINGS[kind]
                if fits and file.is_file() and not file.is_symlink() and len(found) < MOST_FILES:
                    found[str(file.relative_to(root))] = file
    return found


def is_release(path: Path) -> bool:
    """Whether a path is a MovieLens release: a .zip, or a folder with the files of one."""
    if path.suffix == ".zip":
        return True
    return path.is_dir() and any((path / lay.ratings).is_file() and (path / lay.movies).is_file() for lay in LAYOUTS)


def save_upload(upload: Any) -> Path:
    """Write an uploaded file to a new folder under a safe name. Raises BadData if it exceeds the limit."""
    require_editor("upload files")
    import_files.sweep()
    limit = import_files.megabytes()
    if upload.size > limit * 2**20:
        raise BadData(
            f"{upload.name}: {upload.size / 2**20:,.1f} MB; the limit is {limit:,} MB. Put the file into the data "
            f"folder of the server, or raise {import_files.LIMIT}."
        )
    place = artifacts.root().resolve() / ".uploads"
    try:
        place.mkdir(parents=True, exist_ok=True)
        check_uploads(place, upload.size)
        file = Path(tempfile.mkdtemp(prefix="in-", dir=place)) / import_files.safe_name(upload.name)
        file.write_bytes(upload.getbuffer())
    except OSError as error:
        raise BadRequest(f"The file cannot be written to {place}: {error.strerror or error}.") from error
    return file


def _made_up(kind: str) -> TrainingData:
    people, items = made_up.PEOPLE, len(made_up.GROUPS) * made_up.PER_GROUP
    st.caption(
        escape_markdown(
            f"Synthetic data: {people:,} people and {items} items of {len(made_up.GROUPS)} styles. The model does "
            "not know the styles; after the training you see whether it found them."
        )
    )

    def path() -> tuple[str, str | None]:
        data, items = made_up.write_world(kind, artifacts.root().resolve() / ".uploads")
        return str(data), str(items) if items else None

    counts = {"rows": people * made_up.CHOSEN, "users": people, "items": items}
    return TrainingData(kind, "synthetic data", path, counts if kind in ROLES else None)


def _release(kind: str, path: Path | None) -> TrainingData | None:
    if path is None:
        return None
    counts = None
    if kind == "ratings":
        known = cache.counts(str(path))
        counts = {"rows": known["ratings"], "users": known["users"], "items": known["items"]}
    return TrainingData(kind, path.name, lambda: (str(path), None), counts, release=True)


def _server_file(kind: str) -> Path | None:
    files = server_files(kind)
    if not files:
        st.caption("The data folder (data/, or EXPLORER_DATA) has no suitable files.")
        return None
    label = st.selectbox("File or folder", list(files), key=f"server:{kind}")
    return files.get(label)


def _uploaded_file(label: str) -> Path | None:
    upload = st.file_uploader(label, key=f"upload:{label}")
    if upload is None:
        return None
    saved: dict[str, Path] = st.session_state.setdefault("saved uploads", {})
    if upload.file_id not in saved or not saved[upload.file_id].exists():
        saved[upload.file_id] = save_upload(upload)
    return saved[upload.file_id]


def _table_of(kind: str, path: Path) -> TableFile | None:
    """The table of categories, so the visitor can choose the target column; None for other kinds."""
    if kind != "categories":
        return None
    try:
        return open_table(path)
    except ExplorerError:
        return None  # the training reports the error


def _shown(table: TableFile, name: str) -> str:
    """A column's name; its number with its first value where the table has no header."""
    return name if table.header else f"{name} ({next(iter(table.sampled(name)), '')[:20]})"


def _choose_columns(kind: str, table: TableFile) -> dict[str, str]:
    """Let the visitor choose a column for each role, guessed by default; roles without a column are left out."""
    roles = ROLES[kind]
    guessed: dict[str, str | None] = {}
    try:
        found = choose_columns(table, roles[2])
    except BadRequest:
        st.info(f"Choose the columns of the {roles[0]} and the {roles[1]}.", icon=":material/view_column:")
    except BadData as error:
        st.warning(escape_markdown(str(error).removeprefix(f"{table.path}: ")), icon=":material/warning:")
    else:
        guessed = dict(zip(roles, (found.user, found.item, found.value, found.time), strict=True))
    chosen = {}
    with st.container(horizontal=True):
        for role in roles:
            names = list(table.columns)
            place = names.index(guess) if (guess := guessed.get(role)) in names else None
            label, key = role.capitalize(), f"column:{role}:{table.path}"
            chosen[role] = st.selectbox(label, names, place, key=key, format_func=partial(_shown, table), width=150)
    return {role: name for role, name in chosen.items() if name is not None}
