"""Train page: what to learn from, and where the data come from."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from explorer import artifacts
from explorer.datasets import made_up
from explorer.datasets.event_columns import choose_columns
from explorer.datasets.movielens import LAYOUTS, data_root
from explorer.datasets.table_file import FORMATS, TableFile, open_table
from explorer.errors import BadData, BadRequest, ExplorerError
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
    "ratings": "A table of who rated what: user, item, rating, and maybe a time. Or a MovieLens release.",
    "interactions": "A table of who chose what: user, item, and maybe a weight (clicks, plays) and a time.",
    "sequences": "A text file with one sequence per line (a playlist, a basket), items separated by tabs or spaces.",
    "graph": "A text file with one edge per line: two nodes and maybe a weight.",
    "categories": "A table with columns of categories and a target column that they predict.",
    "books": "JSON Lines: an array per line with title, facts, and the pages that the title links to.",
}
ENDINGS = {
    "ratings": set(FORMATS), "interactions": set(FORMATS), "sequences": {".txt", ".tsv", ".tab", ".csv"},
    "graph": {".txt", ".tsv", ".tab", ".csv"}, "categories": {".csv", ".tsv", ".tab", ".txt", ".parquet", ".pq"},
    "books": {".ndjson", ".jsonl", ".json"},
}  # fmt: skip
WITH_RELEASES = ("ratings", "sequences", "graph")  # kinds that can learn from a MovieLens release
SOURCES = {"made-up": "Made-up world", "server": "Data on the server", "upload": "Upload", "download": "MovieLens"}
DEPTH, MOST_FILES = 3, 300  # of the data folders: folders below each other, entries offered
ROLES = {"ratings": ("user", "item", "rating", "time"), "interactions": ("user", "item", "weight", "time")}


@dataclass(frozen=True)
class TrainingData:
    """What was chosen to learn from. path: called when the training starts, returns the data and the facts."""

    kind: str
    name: str
    path: Callable[[], tuple[str, str | None]]
    counts: dict[str, int] | None  # rows, users, items of ratings and interactions
    columns: dict[str, str] = field(default_factory=dict)  # by role, of a table
    table: TableFile | None = None
    release: bool = False

    @property
    def ready(self) -> bool:
        """False while columns have yet to be chosen."""
        needed = {"ratings": {"user", "item", "rating"}, "interactions": {"user", "item"}}.get(self.kind, set())
        return self.table is None or needed <= self.columns.keys()


def choose_kind() -> str:
    """The kind of data to learn from, in the URL."""
    kind = one_of("Learn from", "learn", "ratings", KINDS)
    st.caption(escape_markdown(ABOUT[kind]))
    return kind


def choose_data(kind: str) -> TrainingData | None:
    """The data to learn from; None where nothing is chosen yet. Raises ExplorerError."""
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
    with st.popover("Facts about the items", icon=":material/table:"):
        facts = _uploaded_file("Table with one row per item: its id, title and other facts")
    counts = cache.table_counts(str(path), path.stat().st_mtime_ns, tuple(columns.items()))
    return TrainingData(kind, path.name, lambda: (str(path), str(facts) if facts else None), counts, columns, table)


def server_files(kind: str) -> dict[str, Path]:
    """Label -> regular files and folders of releases in the data folders that fit a kind; links are not followed."""
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
    """Whether a path is a MovieLens release: a .zip, or a folder with its files."""
    if path.suffix == ".zip":
        return True
    return path.is_dir() and any((path / lay.ratings).is_file() and (path / lay.movies).is_file() for lay in LAYOUTS)


def save_upload(upload: Any) -> Path:
    """Write an uploaded file to a folder of its own, under a safe form of its name. Raises BadData over the limit."""
    import_files.sweep()
    limit = import_files.megabytes()
    if upload.size > limit * 2**20:
        raise BadData(
            f"{upload.name}: {upload.size / 2**20:,.1f} MB; at most {limit:,} MB can be uploaded. Put the file into "
            f"the data folder of the server, or raise {import_files.LIMIT}."
        )
    place = artifacts.root().resolve() / ".uploads"
    try:
        place.mkdir(parents=True, exist_ok=True)
        file = Path(tempfile.mkdtemp(prefix="in-", dir=place)) / _safe_name(upload.name)
        file.write_bytes(upload.getbuffer())
    except OSError as error:
        raise BadRequest(f"The file cannot be written to {place}: {error.strerror or error}.") from error
    return file


def _safe_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip("._")[-80:] or "upload"


def _made_up(kind: str) -> TrainingData:
    people, items = made_up.PEOPLE, len(made_up.GROUPS) * made_up.PER_GROUP
    st.caption(
        escape_markdown(
            f"{people:,} people with invented tastes and {items} items of {len(made_up.GROUPS)} styles. The model is "
            "not told the styles; after the training you see whether it found them."
        )
    )

    def path() -> tuple[str, str | None]:
        data, facts = made_up.write_world(kind, artifacts.root().resolve() / ".uploads")
        return str(data), str(facts) if facts else None

    counts = {"rows": people * made_up.CHOSEN, "users": people, "items": items}
    return TrainingData(kind, "the made-up world", path, counts if kind in ROLES else None)


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
        st.caption("No fitting files are in the data folder (data/, or EXPLORER_DATA).")
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
    """The columns of a table of categories, to choose the target from."""
    if kind != "categories":
        return None
    try:
        return open_table(path)
    except ExplorerError:
        return None  # the training reads it its own way and says what is wrong


def _choose_columns(kind: str, table: TableFile) -> dict[str, str]:
    """Which column is which, guessed at first; roles without a column are left out."""
    roles = ROLES[kind]
    guessed: dict[str, str | None] = {}
    try:
        found = choose_columns(table, roles[2])
    except BadRequest:
        st.info(f"Choose the columns of the {roles[0]} and the {roles[1]}.", icon=":material/view_column:")
    else:
        guessed = dict(zip(roles, (found.user, found.item, found.value, found.time), strict=True))
    chosen = {}
    with st.container(horizontal=True):
        for role in roles:
            names = list(table.columns)
            place = names.index(guess) if (guess := guessed.get(role)) in names else None
            chosen[role] = st.selectbox(role.capitalize(), names, place, key=f"column:{role}:{table.path}", width=150)
    return {role: name for role, name in chosen.items() if name is not None}
