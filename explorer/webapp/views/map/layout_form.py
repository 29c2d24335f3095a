"""Map page: request a new layout, show its progress, and switch to it when it is stored; its quality comes later."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import streamlit as st

from explorer import artifacts
from explorer.core.embedding import Embedding
from explorer.jobs import launcher, warm_worker
from explorer.jobs.item_mask import encode_mask
from explorer.jobs.job import Job, list_jobs
from explorer.jobs.layout_job import LayoutRequest
from explorer.maps.layout_parameters import METHOD_NAMES, METHODS, METRICS, SEEDS
from explorer.rights import may_edit
from explorer.webapp import url_state
from explorer.webapp.components.frontend import component
from explorer.webapp.components.job_progress import job_progress
from explorer.webapp.page import show_errors
from explorer.webapp.wording import escape_markdown

ONLY = "Compute the layout from these items only. Each other item is placed next to the nearest of them."
SEED = "The same seed gives the same layout. With seed 0, t-SNE starts from PCA; with any other, at random."
STEADY = "Compute the layout twice and report how many neighbors stay the same."
ICON = ":material/brush:"
WATCHED = "making"  # URL parameter: name of the job that is watched
SHOWN = "shown layout job"  # session: name of the job whose layout was switched to
FORM, NEEDED = "new_layout", "layout form needed"  # session: whether the form is open; whether it has to be shown
DRAWN = 20_000  # most points of a preview


def layout_form(embedding: Embedding, chosen: np.ndarray) -> None:
    """Draw the form for a new layout, while open, or the progress of the one being computed; switch to it once stored.

    chosen: (n,) bool, items that pass the filters. Call it before the stored layouts are listed.
    """
    if not may_edit():
        return
    mine = {job.folder.name: job for job in list_jobs(LayoutRequest) if job.name == embedding.name}
    key = url_state.current(WATCHED, "", ["", *mine])
    url_state.keep(WATCHED, st.session_state[key], "")
    job = mine.get(st.session_state[key])
    now = job.state if job else ""
    stored = now == "running" and job.progress.get("layout") if job else None
    if job and stored and not _is_shown(job):
        _show(embedding, job, stored)
    _open_when_needed(now == "failed" or (now == "running" and not stored))
    with st.expander("New layout", icon=ICON, key=FORM, on_change="rerun") as form:
        if job and now == "running":
            watch(job)  # also while closed: it notices that the layout is stored
            return
        if form.open:
            if job and now == "failed":
                st.error(escape_markdown(job.message))
            with show_errors(stop=False):
                request = request_form(embedding, chosen)
                if request:
                    begin(embedding, request, key)
    if job and now in ("done", "cancelled"):
        _watch_for(key, "")
        if now == "done" and _is_shown(job):
            st.rerun()  # with its quality
        elif now == "done":
            _show(embedding, job, job.request.name(embedding))


def _open_when_needed(needed: bool) -> None:
    """Open the form when it has something to show, and close it afterwards; in between the visitor may close it."""
    if st.session_state.get(NEEDED, False) != needed:
        st.session_state[NEEDED] = st.session_state[FORM] = needed


def _is_shown(job: Job) -> bool:
    """Whether this session has switched to the layout of a job; the visitor may have left it since."""
    return bool(st.session_state.get(SHOWN) == job.folder.name)


def _show(embedding: Embedding, job: Job, name: str) -> None:
    st.session_state[SHOWN] = job.folder.name
    switch(embedding, name)


def request_form(embedding: Embedding, chosen: np.ndarray) -> LayoutRequest | None:
    """Draw the form; returns the request once it is sent. chosen: (n,) bool, items that pass the filters."""
    method = st.selectbox("Method", list(METHOD_NAMES), format_func=METHOD_NAMES.__getitem__)
    if method == "umap":
        warm_worker.prewarm(method)  # importing umap takes half a minute: start while the visitor fills in the form
    only = not chosen.all() and st.checkbox(f"Use only the {chosen.sum():,} shown", help=ONLY)
    few = (int(chosen.sum()) if only else len(embedding)) - 1
    params: dict[str, Any] = {}
    if method == "tsne":
        hint = "Number of neighbors that each point considers: few show small groups, many the global structure"
        usual = METHODS["tsne"]["perplexity"]
        params["perplexity"] = st.number_input("Perplexity", 1, value=max(1, min(usual, few // 3)), help=hint)
    elif method == "umap":
        params["n_neighbors"] = st.number_input("Neighbors", 2, value=max(2, min(15, few)))
        params["min_dist"] = st.slider("Min distance", 0.0, 1.0, METHODS["umap"]["min_dist"], 0.05)
    metrics = sorted(("cosine", "euclidean"), key=lambda metric: metric != METRICS[method])
    with st.container(horizontal=True):
        metric = st.selectbox("Metric", metrics)
        dimensions = st.selectbox("Dimensions", [2, 3])
        seed = st.number_input("Seed", 0, SEEDS - 1, value=0, help=SEED)
    steady = method != "pca" and st.checkbox("Repeat with another seed", help=STEADY)
    if not st.button("Create", type="primary", icon=":material/play_arrow:"):
        return None
    rows = encode_mask(chosen) if only else ""
    return LayoutRequest(
        str(artifacts.find(embedding.name)), method, int(seed), metric, dimensions, rows, steady, params
    )


def begin(embedding: Embedding, request: LayoutRequest, key: str) -> None:
    """Switch to the requested layout if it is already stored, else start a worker. Raises BadRequest."""
    stored = request.stored(embedding)
    if stored:
        _watch_for(key, "")
        switch(embedding, stored)
    else:
        _watch_for(key, launcher.start(request).folder.name)
        st.rerun()


def switch(embedding: Embedding, name: str) -> None:
    """Show a stored layout."""
    url_state.put("method", name)
    if name not in embedding.layouts:  # stored after this run loaded the artifact
        st.rerun()


@st.fragment(run_every=1.0)
def watch(job: Job) -> None:
    """Draw the progress of a layout, a button to cancel it, and a preview until it is stored."""
    job_progress(job, _progress_text)
    stored = job.progress.get("layout")
    if stored and not _is_shown(job):
        st.rerun()
    layout = None if stored else job.snapshot
    if layout is not None:
        _preview(layout, "The layout so far.")


def _progress_text(now: dict[str, Any]) -> str:
    phase = now.get("phase")
    if phase not in METHOD_NAMES:
        return {"storing": "Saving", "measuring": "Measuring the quality"}.get(str(phase), "Starting")
    if now["total"] == 1:  # t-SNE reports steps only after the search for neighbors
        return f"{METHOD_NAMES[phase]}, {'searching for neighbors' if phase == 'tsne' else 'in one step'}"
    return f"{METHOD_NAMES[phase]}, step {now['done']} of {now['total']}"


def _preview(xy: np.ndarray, label: str) -> None:
    xy = xy[:: -(-len(xy) // DRAWN)]
    low, high = xy.min(axis=0), xy.max(axis=0)
    grid = np.round((xy - low) / np.where(high > low, high - low, 1) * 65535).astype(np.uint16)
    data = {"points": base64.b64encode(grid.tobytes()).decode(), "spots": [], "accent": "", "height": 260}
    html = "<figure><canvas></canvas><span></span></figure>"
    component("place_map", html)(key="shape", data={**data, "label": label})


def _watch_for(key: str, job: str) -> None:
    st.session_state[key] = job
    url_state.keep(WATCHED, job, "")
