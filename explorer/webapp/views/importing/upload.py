"""Import page: receive uploaded files, parse them, and write the artifact."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import formats
from explorer.artifacts import names as naming
from explorer.errors import BadData, ExplorerError
from explorer.formats import Limits, ParsedFile
from explorer.importing.build import build, publish_import
from explorer.importing.plan import Plan
from explorer.jobs import launcher
from explorer.jobs.layout_job import LayoutRequest
from explorer.webapp import url_state
from explorer.webapp.page import show_errors
from explorer.webapp.views.importing import files as import_files
from explorer.webapp.views.importing.files import UploadedFiles
from explorer.webapp.wording import escape_markdown

ROUND, SEEN, HELD, EXAMPLE = "_import_round", "_import_seen", "_import_held", "_import_example"
SOON = 20_000  # items up to which PCA and its trustworthiness take seconds, so the page computes them itself
TABLES = ("csv", "tsv", "parquet", "arrow", "json", "jsonl")
MAPS = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}


def uploaded_files() -> tuple[UploadedFiles, str | None] | None:
    """The uploaded files and the format chosen for the vectors; None before an upload or after showing an error."""
    files: Any = st.file_uploader(
        "Vectors and optional metadata", accept_multiple_files=True,
        key=f"import:{st.session_state.setdefault(ROUND, 0)}", max_upload_size=import_files.megabytes(),
    )  # fmt: skip
    if not files and st.session_state.get(EXAMPLE):
        files = [import_files.Example()]
    paths = ""
    if import_files.from_server():
        label = "Or files on the server, one path per line"
        paths = st.text_area(label, height=68, key=f"paths:{st.session_state[ROUND]}")
    if not files and not paths.strip():
        _hold((), None)
        return None
    kind = st.session_state.get(f"format:{st.session_state[ROUND]}") or None
    seen = (*(file.file_id for file in files), paths, kind)
    if st.session_state.get(SEEN) != seen:
        try:
            _hold(seen, import_files.save(files) if files else import_files.server_files(paths))
        except ExplorerError as error:
            _hold(seen, str(error))
    held = st.session_state[HELD]
    if isinstance(held, str):
        st.error(escape_markdown(held), icon=":material/error:")
        _format()
        return None
    return held, kind


def use_example() -> None:
    """Callback: use the example instead of an upload."""
    st.session_state[EXAMPLE] = True


def _hold(seen: tuple[Any, ...], what: UploadedFiles | str | None) -> None:
    before = st.session_state.get(HELD)
    if isinstance(before, UploadedFiles):
        before.remove()
    st.session_state[SEEN], st.session_state[HELD] = seen, what


def refuse(files: UploadedFiles, error: ExplorerError) -> NoReturn:
    """Delete files that cannot be read, and show the error instead."""
    _hold(st.session_state[SEEN], files.with_names(error))
    st.rerun()
    raise error


def done_with() -> None:
    """Delete the files and start again."""
    _hold((), None)
    st.session_state.pop(EXAMPLE, None)
    _read.clear()  # memory-mapped files would keep their space on disk
    st.session_state[ROUND] += 1


def _format() -> None:
    st.selectbox(
        "Format of the vectors", ["", *formats.FORMATS], key=f"format:{st.session_state[ROUND]}",
        format_func=lambda name: formats.FORMATS.get(name, "Detect automatically"),
    )  # fmt: skip


@st.cache_resource(max_entries=6, show_spinner="Reading the file")
def _read(file: str, stamp: int, most: int, format: str | None, choice: str | None) -> ParsedFile:
    return formats.read(file, format, choice, Limits(bytes=most))


@st.cache_resource(max_entries=6, show_spinner=False)
def _choices(file: str, stamp: int, most: int, format: str | None) -> list[str]:
    return formats.choices(file, format, Limits(bytes=most))


def _opened(files: UploadedFiles, file: Path, format: str | None, choice: str | None = None) -> ParsedFile:
    """The parsed file with its original name. Raises BadData."""
    found = _read(str(file), file.stat().st_mtime_ns, files.most, format, choice)
    return replace(found, name=PurePath(files.name(file)).stem)


def read_upload(
    files: UploadedFiles, kind: str | None, choice: str | None
) -> tuple[Path, ParsedFile, ParsedFile | None]:
    """The file with the vectors, the parsed vectors, and the parsed metadata or None. Raises BadData."""
    config = [file for file in files.files if file.is_file() and formats.detect(file) == "projector-config"]
    those = config or sorted(files.files, key=lambda file: -file.stat().st_size)
    formed = {file: kind if n == 0 else None for n, file in enumerate(those)}
    reads = {file: _opened(files, file, formed[file]) for file in those}
    vectors = [file for file, found in reads.items() if found.vectors is not None]
    if len(vectors) > 1:
        vectors = [file for file in vectors if reads[file].format not in TABLES] or vectors
    vectors = vectors or [file for file, found in reads.items() if found.xy is not None] or those[:1]
    if len(vectors) > 1:
        names = " and ".join(files.name(file) for file in vectors)
        raise BadData(f"{names} both contain vectors; upload one of them at a time, with its metadata.")
    one, *more = vectors[0], *(file for file in those if file != vectors[0])
    if len(more) > 1:
        raise BadData(f"{len(more)} metadata files: {', '.join(map(files.name, more))}; upload only one of them.")
    found = _opened(files, one, formed[one], choice) if choice else reads[one]
    return one, found, reads[more[0]] if more else None


def how_read(files: UploadedFiles, kind: str | None, top: DeltaGenerator) -> tuple[ParsedFile, ParsedFile | None]:
    """Parse the files; returns the vectors and the metadata. Raises BadData for an invalid choice.

    top: container for the choice of the array, embedding, layer or column with the vectors, if there are several. Files
    that cannot be parsed are deleted.
    """
    try:
        first, found, facts = read_upload(files, kind, None)
    except ExplorerError as error:
        refuse(files, error)
    with st.expander("Format of the file", icon=":material/tune:"):
        _format()
    offered = _choices(str(first), first.stat().st_mtime_ns, files.most, kind)
    options = offered if found.vectors is not None else ["", *offered]
    if len(options) > 1:
        choice = top.selectbox(
            f"Vectors ({len(offered)} choices)", options, key=f"{files.id}:choice", width=560,
            format_func=lambda name: name or "none",
        )  # fmt: skip
        if choice != options[0]:
            _, found, facts = read_upload(files, kind, choice)
    return found, facts


def run_import(
    files: UploadedFiles, found: ParsedFile, facts: ParsedFile | None, plan: Plan, name: str, maps: list[str]
) -> None:
    """Write the artifact and show it. Raises BadData, BadRequest.

    PCA of few items is computed here, other layouts in worker processes.
    """
    place = naming.new_folder(name)
    bar = st.progress(0.0, "Joining vectors and metadata")

    def progress(method: str, step: int, steps: int) -> None:
        bar.progress(step / max(steps, 1), f"Computing the map ({MAPS.get(method, method)})")

    embedding = build(found, facts, replace(plan, layouts=()))
    bar.progress(0.2, "Writing the artifact")
    here = tuple(method for method in ("pca",) if method in maps and len(embedding) <= SOON)
    path = publish_import(place, embedding, replace(plan, layouts=here), progress)
    bar.empty()
    done_with()
    st.session_state["_imported"] = path.name
    with show_errors(stop=False):
        for method in maps:
            if method not in here:
                launcher.start(LayoutRequest(str(path), method))
    url_state.put("artifact", path.name)
    st.rerun()
