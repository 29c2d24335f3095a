"""Bring vectors of one's own: look at what is in the file, decide about what is wrong, open it like any other."""

from dataclasses import replace

import streamlit as st

from explorer.artifacts import names
from explorer.formats import FORMATS, ParsedFile
from explorer.jobs.job import list_jobs
from explorer.jobs.layout_job import LayoutRequest
from explorer.webapp import cache, url_state
from explorer.webapp.components import item_list, widgets
from explorer.webapp.page import chosen_embedding, frame, show_errors
from explorer.webapp.views import export, import_files, import_review, import_upload
from explorer.webapp.views.import_files import UploadedFiles
from explorer.webapp.views.import_upload import MAPS, uploaded_files
from explorer.webapp.wording import escape_markdown

KNOWN = (
    "word2vec, GloVe, fastText, numpy, Embedding Projector, Keras, parquet, Arrow, CSV, JSON Lines, safetensors, and "
    ".gz or .zip of them; with a CSV, TSV, parquet or JSON Lines file of what is known of each item."
)


def bring(files: UploadedFiles, kind: str | None) -> None:
    top, wrong, rows = st.container(), st.container(), st.container()
    found, facts = import_upload.how_read(files, kind, top)
    plan = import_review.edit_plan(files, found, facts)
    seen = import_review.inspected(files, kind, found, facts, plan)
    with wrong:
        decisions = import_review.choose_fixes(files, seen)
    with rows:
        st.caption("The first rows")
        import_review.first_rows(seen)
    stops = [name for name, what in decisions.items() if what == "stop"]
    with top:
        widgets.heading(f"{found.name}: {seen.rows:,} items in {seen.dimensions:,} dimensions")
        st.caption(
            escape_markdown(" ".join([FORMATS.get(found.format, found.format), *joined(facts, plan.join, plan.on)]))
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input("Name", names.free_name(found.name), max_chars=60, key=f"{files.id}:name", width=260)
            maps = st.multiselect(
                "Maps", list(MAPS), ["pca"], format_func=MAPS.__getitem__, key=f"{files.id}:maps", width=300
            )
            send = st.button("Import", type="primary", icon=":material/download_done:", disabled=bool(stops))
        if stops:
            st.caption("Decide below about what stops it.")
        if send:
            import_upload.run_import(files, found, facts, replace(plan, decisions=decisions), name, maps)


def joined(facts: ParsedFile | None, how: str, on: str | None) -> list[str]:
    if facts is None:
        return []
    return [f"\u00b7 facts from {facts.name}, " + (f"joined by {on}" if how == "key" else "row by row")]


def arrived(name: str) -> None:
    embedding = cache.embedding(name)
    key = cache.options(embedding)[0]
    n, d = embedding.vectors.shape
    alone = embedding.has_no_vectors
    what = "a map without neighbors" if alone else f"{d:,} dimensions"
    st.success(escape_markdown(f"{name} is here: {n:,} items in {what}."), icon=":material/check:")
    for job in list_jobs(LayoutRequest):
        if job.name == name and job.running:
            st.caption(
                escape_markdown(f"Its {MAPS[job.request.method]} map is being made; it will be on the Map page.")
            )
    with st.container(horizontal=True):
        link = {"artifact": name, "item": key}
        if not alone:
            st.page_link("app.py", label="Open it", icon=":material/open_in_new:", query_params=link)
        st.page_link("pages/4_Map.py", label="Its map", icon=":material/scatter_plot:", query_params={"artifact": name})
    if alone:
        return
    near = embedding.neighbors(key, 10)
    widgets.heading(f"Nearest to {widgets.cut(key, 80)}", near, f"nearest {key}")
    item_list.item_list(embedding, near, f"arrived:{name}")


with frame("Import"):
    embedding = None
    with show_errors(stop=False):
        embedding = chosen_embedding()
    st.caption("From a file of vectors to a first neighbor. Nothing in a file is ever run.")
    arrival = st.session_state.get("_imported")
    with show_errors(stop=False):
        chosen = uploaded_files()
        if chosen:
            bring(*chosen)
        elif arrival and arrival == url_state.remember("artifact"):
            arrived(arrival)
        else:
            st.button("Try it: the colours of the web", on_click=import_upload.example, icon=":material/palette:")
            st.caption(escape_markdown(KNOWN))
            with st.expander("What can be brought", icon=":material/help:"):
                item_list.fact_list(list(FORMATS.items()), "formats")
                st.caption(f"A file of at most {import_files.megabytes():,} MB; `python -m explorer import` takes any.")
    if embedding is not None:
        export.take(embedding)
