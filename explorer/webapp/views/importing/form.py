"""Import page: the start, the review form, and the result."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.artifacts import names
from explorer.formats import FORMATS
from explorer.jobs.job import list_jobs
from explorer.jobs.layout_job import LayoutRequest
from explorer.maps.layout_parameters import METHOD_NAMES
from explorer.webapp import cache, url_state
from explorer.webapp.components import item_list, widgets
from explorer.webapp.views.importing import again, columns, effect, joining
from explorer.webapp.views.importing import files as import_files
from explorer.webapp.views.importing import review as import_review
from explorer.webapp.views.importing import upload as import_upload
from explorer.webapp.views.importing.files import UploadedFiles
from explorer.webapp.wording import escape_markdown, item_title

SUMMARY = (
    "word2vec, GloVe, fastText, numpy, Embedding Projector, Keras, parquet, Arrow, CSV, JSON Lines, safetensors, and "
    ".gz or .zip of them, or the parts of one table; optionally with metadata as CSV, TSV, parquet or JSON Lines."
)


def imported_artifact() -> str | None:
    """Name of the artifact that was just imported, as long as it is the chosen one; else None."""
    name = st.session_state.get("_imported")
    return name if name and name == url_state.remember("artifact") else None


def start() -> None:
    """Draw a button for the example, and the supported formats."""
    st.button("Try an example: named colors", on_click=import_upload.use_example, icon=":material/palette:")
    st.caption(escape_markdown(SUMMARY))
    with st.expander("Supported formats", icon=":material/help:"):
        item_list.value_list(list(FORMATS.items()), "formats")
        limit = import_files.megabytes()
        st.caption(f"Uploads are limited to {limit:,} MB per file; `explorer import` on the command line has no limit.")


def review(files: UploadedFiles, kind: str | None) -> None:
    """Draw the parsed files, their problems with choices of fixes, and the button that imports them."""
    earlier = again.chosen()
    before = earlier.plan if earlier else None
    if earlier:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(escape_markdown(f"The files of {earlier.name}, with the choices made for it."))
            st.button("Cancel", on_click=again.stop)
    top, wrong = st.container(), st.container()
    found, metadata = import_upload.how_read(files, kind, top)
    with wrong:
        both = joining.choose_join(files, found, metadata, before)
    plan = columns.edit_plan(files, found, metadata, both, before)
    seen = import_review.inspected(files, found, metadata, plan, both)
    with wrong:
        told = [note for note in both.notes if note.endswith("vectors matched.")]  # choose_join shows these numbers
        decisions = import_review.choose_fixes(files, seen, before, told)
    effect.first_items(files, found, both, plan)
    stops = [name for name, what in decisions.items() if what == "stop"]
    with top:
        widgets.heading(f"{found.name}: {seen.rows:,} items in {seen.dimensions:,} dimensions")
        parts = [] if metadata is None else [f"\u00b7 metadata from {metadata.name}"]
        st.caption(escape_markdown(" ".join([FORMATS.get(found.format, found.format), *parts])))
        replaced = earlier.name if earlier and _replaces(earlier.name) else ""
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = replaced or st.text_input(
                "Name", names.free_name(found.name), max_chars=60, key=f"{files.id}:name", width=260
            )
            maps = st.multiselect(
                "Maps",
                list(METHOD_NAMES),
                ["pca"],
                format_func=METHOD_NAMES.__getitem__,
                key=f"{files.id}:maps",
                width=300,
            )
            send = st.button("Import", type="primary", icon=":material/download_done:", disabled=bool(stops))
        if stops:
            st.caption("Some problems below must be fixed first.")
        if send:
            plan = replace(plan, decisions=decisions)
            import_upload.run_import(files, found, both, plan, name, maps, metadata, kind, replaced)


def _replaces(name: str) -> bool:
    label = f"Replace {name}; its current version is deleted"
    return st.checkbox(escape_markdown(label), value=True, key=f"again:{name}")


def imported(name: str) -> None:
    """Draw links to the imported artifact, and its first item with its neighbors."""
    embedding = cache.embedding(name)
    key = cache.options(embedding)[0]
    n, d = embedding.vectors.shape
    alone = embedding.has_no_vectors
    what = "a map without vectors" if alone else f"{d:,} dimensions"
    st.success(escape_markdown(f"Imported {name}: {n:,} items, {what}."), icon=":material/check:")
    for job in list_jobs(LayoutRequest):
        if job.name == name and job.running:
            st.caption(
                escape_markdown(f"The {METHOD_NAMES[job.request.method]} layout is being computed for the Map page.")
            )
    with st.container(horizontal=True, vertical_alignment="center"):
        link = {"artifact": name, "item": key}
        if not alone:
            st.page_link("app.py", label="Open", icon=":material/open_in_new:", query_params=link)
        st.page_link("pages/4_Map.py", label="Map", icon=":material/scatter_plot:", query_params={"artifact": name})
        again.button(name)
    if alone:
        return
    near = embedding.neighbors(key, 10)
    widgets.heading(f"Nearest to {widgets.cut(item_title(embedding, key), 80)}", near, f"nearest {key}")
    item_list.item_list(embedding, near, f"imported:{name}")
