"""Bring vectors of one's own: look at what is in the file, decide about what is wrong, open it like any other."""

from dataclasses import replace

import streamlit as st

from explorer.formats import FORMATS, Read
from explorer.maps.layouts import Layout
from explorer.running import jobs
from explorer.webapp import bringing, cache, deciding, lists, naming, state, taking, uploads, widgets
from explorer.webapp.bringing import MAPS, brought
from explorer.webapp.page import frame, picked, plain, told
from explorer.webapp.uploads import Brought

KNOWN = (
    "word2vec, GloVe, fastText, numpy, Embedding Projector, Keras, parquet, Arrow, CSV, JSON Lines, safetensors, and "
    ".gz or .zip of them; with a CSV, TSV, parquet or JSON Lines file of what is known of each item."
)


def bring(files: Brought, kind: str | None) -> None:
    top, wrong, rows = st.container(), st.container(), st.container()
    found, facts = bringing.how_read(files, kind, top)
    plan = deciding.planned(files, found, facts)
    seen = deciding.inspected(files, kind, found, facts, plan)
    with wrong:
        decisions = deciding.decided(files, seen)
    with rows:
        st.caption("The first rows")
        deciding.first_rows(seen)
    stops = [name for name, what in decisions.items() if what == "stop"]
    with top:
        widgets.heading(f"{found.name}: {seen.rows:,} items in {seen.dimensions:,} dimensions")
        st.caption(plain(" ".join([FORMATS.get(found.format, found.format), *joined(facts, plan.join, plan.on)])))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input("Name", naming.free_name(found.name), max_chars=60, key=f"{files.id}:name", width=260)
            maps = st.multiselect(
                "Maps", list(MAPS), ["pca"], format_func=MAPS.__getitem__, key=f"{files.id}:maps", width=300
            )
            send = st.button("Import", type="primary", icon=":material/download_done:", disabled=bool(stops))
        if stops:
            st.caption("Decide below about what stops it.")
        if send:
            bringing.carry_out(files, found, facts, replace(plan, decisions=decisions), name, maps)


def joined(facts: Read | None, how: str, on: str | None) -> list[str]:
    if facts is None:
        return []
    return [f"\u00b7 facts from {facts.name}, " + (f"joined by {on}" if how == "key" else "row by row")]


def arrived(name: str) -> None:
    embedding = cache.embedding(name)
    key = cache.options(embedding)[0]
    n, d = embedding.vectors.shape
    alone = embedding.map_alone
    what = "a map without neighbors" if alone else f"{d:,} dimensions"
    st.success(plain(f"{name} is here: {n:,} items in {what}."), icon=":material/check:")
    for job in jobs.jobs(Layout):
        if job.name == name and job.running:
            st.caption(plain(f"Its {MAPS[job.request.method]} map is being made; it will be on the Map page."))
    with st.container(horizontal=True):
        link = {"artifact": name, "item": key}
        if not alone:
            st.page_link("app.py", label="Open it", icon=":material/open_in_new:", query_params=link)
        st.page_link("pages/4_Map.py", label="Its map", icon=":material/scatter_plot:", query_params={"artifact": name})
    if alone:
        return
    near = embedding.neighbors(key, 10)
    widgets.heading(f"Nearest to {widgets.cut(key, 80)}", near, f"nearest {key}")
    lists.film_list(embedding, near, f"arrived:{name}")


with frame("Import"):
    embedding = None
    with told(stop=False):
        embedding = picked()
    st.caption("From a file of vectors to a first neighbor. Nothing in a file is ever run.")
    arrival = st.session_state.get("_imported")
    with told(stop=False):
        chosen = brought()
        if chosen:
            bring(*chosen)
        elif arrival and arrival == state.remember("artifact"):
            arrived(arrival)
        else:
            st.button("Try it: the colours of the web", on_click=bringing.example, icon=":material/palette:")
            st.caption(plain(KNOWN))
            with st.expander("What can be brought", icon=":material/help:"):
                lists.fact_list(list(FORMATS.items()), "formats")
                st.caption(f"A file of at most {uploads.megabytes():,} MB; `python -m explorer import` takes any.")
    if embedding is not None:
        taking.take(embedding)
