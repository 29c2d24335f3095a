"""Import page: receive uploaded files, parse them, and write the artifact."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import formats
from explorer.artifacts import lifecycle
from explorer.artifacts import names as naming
from explorer.errors import ExplorerError
from explorer.formats import Limits, ParsedFile, parts
from explorer.formats.several import read_files
from explorer.importing.build import build, publish_import
from explorer.importing.join import Joined
from explorer.importing.plan import Plan
from explorer.jobs import launcher
from explorer.jobs.job import check_no_layout_job
from explorer.jobs.layout_job import LayoutRequest
from explorer.maps.layout_parameters import METHOD_NAMES
from explorer.webapp import url_state
from explorer.webapp.page import show_errors
from explorer.webapp.views.importing import again
from explorer.webapp.views.importing import files as import_files
from explorer.webapp.views.importing.files import UploadedFiles
from explorer.webapp.wording import escape_markdown

ROUND, SEEN, HELD, EXAMPLE = "_import_round", "_import_seen", "_import_held", "_import_example"
SOON = 20_000  # items up to which PCA and its trustworthiness take seconds, so the page computes them itself


def uploaded_files() -> tuple[UploadedFiles, str | None] | None:
    """The uploaded files and the format chosen for the vectors; None before an upload or after showing an error."""
    if earlier := again.chosen():
        return earlier.files, earlier.format
    files: Any = st.file_uploader(
        "Vectors and optional metadata, or the parts of one table", accept_multiple_files=True,
        key=f"import:{st.session_state.setdefault(ROUND, 0)}", max_upload_size=import_files.megabytes(),
    )  # fmt: skip
    if not files and st.session_state.get(EXAMPLE):
        files = [import_files.Example()]
    paths = ""
    if import_files.from_server():
        label = "Or files and folders on the server, one path per line"
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
    result = st.session_state[HELD]
    if isinstance(result, str):
        st.error(escape_markdown(result), icon=":material/error:")
        _format()
        return None
    return result, kind


def use_example() -> None:
    """Callback: use the example instead of an upload."""
    st.session_state[EXAMPLE] = True


def _hold(seen: tuple[Any, ...], what: UploadedFiles | str | None, keep: bool = False) -> None:
    before = st.session_state.get(HELD)
    if isinstance(before, UploadedFiles) and not keep:
        before.remove()
    st.session_state[SEEN], st.session_state[HELD] = seen, what


def refuse(files: UploadedFiles, error: ExplorerError) -> NoReturn:
    """Delete files that cannot be read, and show the error instead."""
    if again.chosen():
        again.stop()
        raise error
    _hold(st.session_state[SEEN], files.with_names(error))
    st.rerun()
    raise error


def done_with() -> None:
    """Start again. The files stay for a day, so they can be imported again."""
    _hold((), None, keep=True)
    st.session_state.pop(EXAMPLE, None)
    again.stop()
    _read.clear()  # memory-mapped files would keep their space on disk
    st.session_state[ROUND] += 1


def _format() -> None:
    st.selectbox(
        "Format of the vectors", ["", *formats.FORMATS], key=f"format:{st.session_state[ROUND]}",
        format_func=lambda name: formats.FORMATS.get(name, "Detect automatically"),
    )  # fmt: skip


@st.cache_resource(max_entries=6, show_spinner="Reading the files")
def _read(
    digest: str, format: str | None, choice: str | None, _files: Sequence[Path], _limits: Limits
) -> tuple[ParsedFile, ParsedFile | None]:
    return read_files(_files, format, choice, _limits)


@st.cache_resource(max_entries=6, show_spinner=False)
def _choices(digest: str, format: str | None, _file: Path, _limits: Limits) -> list[str]:
    return formats.choices(_file, format, _limits)


def asked(files: UploadedFiles, found: ParsedFile, *more: Any) -> str:
    """Cache key of the parsed files and the given choices."""
    return json.dumps([files.digest, found.format, found.name, chosen_vectors(files), *more], default=str)


def chosen_vectors(files: UploadedFiles) -> str | None:
    """The chosen array, embedding, layer or column; None if there was no choice."""
    return st.session_state.get(f"{files.id}:choice")


def _ordered(files: Sequence[Path]) -> list[Path]:
    """The files, those most likely to contain vectors first: files other than tables, then the largest."""
    if len(files) == 1:
        return list(files)
    return sorted(files, key=lambda file: (formats.detect(file) in parts.TABLES, -file.stat().st_size))


def how_read(files: UploadedFiles, kind: str | None, top: DeltaGenerator) -> tuple[ParsedFile, ParsedFile | None]:
    """Parse the files; returns the vectors and the metadata. Raises BadData for an invalid choice.

    top: container for the choice of the array, embedding, layer or column with the vectors, if there are several. Files
    that cannot be parsed are deleted.
    """
    try:
        paths = _ordered(files.files)
        found, metadata = _read(files.digest, kind, None, paths, files.limits)
    except ExplorerError as error:
        refuse(files, error)
    if not again.chosen():
        with st.expander("Format of the file", icon=":material/tune:"):
            _format()
    file = found.path or paths[0]
    offered = _choices(files.digest, kind if file == paths[0] else None, file, files.limits)
    options = offered if found.vectors is not None else ["", *offered]
    if len(options) > 1:
        before = again.choice()
        choice = top.selectbox(
            f"Vectors ({len(offered)} choices)", options, key=f"{files.id}:choice", width=560,
            index=options.index(before) if before in options else 0, format_func=lambda name: name or "none",
        )  # fmt: skip
        if choice != options[0]:
            found, metadata = _read(files.digest, kind, choice, [file, *(o for o in paths if o != file)], files.limits)
    return found, metadata


def run_import(
    files: UploadedFiles, found: ParsedFile, both: Joined, plan: Plan, name: str, maps: list[str],
    metadata: ParsedFile | None, kind: str | None, replaced: str = "",
) -> None:  # fmt: skip
    """Write the artifact and show it. Raises BadData, BadRequest.

    PCA of few items is computed here, other layouts in worker processes. replaced: the artifact whose name it takes; it
    can be restored.
    """
    bar = st.progress(0.0, "Joining vectors and metadata")

    def progress(method: str, step: int, steps: int) -> None:
        bar.progress(step / max(steps, 1), f"Computing the map ({METHOD_NAMES.get(method, method)})")

    embedding = build(found, metadata, replace(plan, layouts=()), both)
    embedding.manifest["source"]["upload"] = again.keep(files, kind, chosen_vectors(files))
    bar.progress(0.2, "Writing the artifact")
    here = tuple(method for method in ("pca",) if method in maps and len(embedding) <= SOON)
    if replaced:
        check_no_layout_job(replaced)
        lifecycle.delete(replaced)
    try:
        path = publish_import(naming.new_folder(name), embedding, replace(plan, layouts=here), progress)
    except BaseException:
        if replaced:
            lifecycle.restore(replaced)
        raise
    bar.empty()
    done_with()
    st.session_state["_imported"] = path.name
    with show_errors(stop=False):
        for method in maps:
            if method not in here:
                launcher.start(LayoutRequest(str(path), method))
    url_state.put("artifact", path.name)
    st.rerun()
