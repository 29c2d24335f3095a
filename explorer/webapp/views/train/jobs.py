"""Train page: running trainings and their results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from explorer import artifacts
from explorer.datasets import made_up
from explorer.errors import ExplorerError
from explorer.figures import charts
from explorer.jobs.job import Job, list_jobs
from explorer.webapp import cache
from explorer.webapp.chart import chart
from explorer.webapp.components.job_progress import job_progress
from explorer.webapp.views.train.results import group_figure, held_out_sentence, stopping_sentence
from explorer.webapp.wording import escape_markdown

PHASES = {
    "reading": "Reading the data",
    "measuring": "Training on part of the data, to measure the error on the rest",
    "training": "Training on all data",
    "likely": "Training the model for “likely to be liked”",
}
SHOWN = 8


def show_trainings() -> None:
    """Draw the newest trainings; the newest finished one with all results."""
    ended = 0
    for job in list_jobs()[:SHOWN]:
        with st.container(border=True):
            state = job.state
            what = f"{job.request.model} on {_data_name(job)}, {state}"
            st.markdown(f"**{escape_markdown(job.name)}** {escape_markdown(what)}")
            if state == "running":
                watch_training(job)
            elif state == "failed":
                st.error(escape_markdown(_without_folders(job)))
            elif state == "done" and job.name in artifacts.list_artifacts():
                show_result(job, in_full=not ended)
                ended += 1


@st.fragment(run_every=1.0)
def watch_training(job: Job) -> None:
    """Draw the progress of a training, its learning curves, and a button to cancel it."""
    job_progress(job, _progress_text)
    _show_curve(job)


def show_result(job: Job, in_full: bool) -> None:
    """Draw the results of a training: held-out error, links and, in full, curves, predictions and groups."""
    try:
        manifest = artifacts.manifest(job.name)
    except ExplorerError as error:
        st.error(escape_markdown(str(error)))
        return
    st.markdown(escape_markdown(held_out_sentence(manifest)))
    if (why := stopping_sentence(manifest)) and in_full:
        st.caption(escape_markdown(why))
    with st.container(horizontal=True):
        for file, label, icon in (("app.py", "Open", "open_in_new"), ("pages/4_Map.py", "Map", "scatter_plot")):
            st.page_link(file, label=label, icon=f":material/{icon}:", query_params={"artifact": job.name})
    if not in_full:
        return
    if job.notes:
        st.caption(escape_markdown(" ".join(job.notes)))
    left, right = st.columns(2, gap="medium")
    with left:
        _show_curve(job)
        if job.examples:
            rated = "rating" in job.examples[0]
            st.caption("Predictions for one user" + (" of held-out ratings" if rated else ""))
            names = {
                "title": "Item", "rating": "Rated", "predicted": "Predicted", "item_mean": "Mean of the item",
                "rank": "Rank for the user",
            }  # fmt: skip
            st.dataframe(pd.DataFrame(job.examples).rename(columns=names), hide_index=True, key=f"ex:{job.folder.name}")
    with right:
        if made_up.is_made_up(job.request.data):
            show_groups(job)


def show_groups(job: Job) -> None:
    """Draw whether the model found the styles of the synthetic data: neighbors of the same style, and a map."""
    embedding = cache.embedding(job.name)
    keys = embedding.items["key"].tolist()
    if embedding.vectors.shape[1] < 2 or not any(map(made_up.item_group, keys)):
        return
    share, chance = made_up.group_share(embedding.vectors, keys)
    found = (
        "found the styles" if share > 0.8 else "found the styles in part" if share > 2 * chance else "found no styles"
    )
    text = f"The model {found}: {share:.0%} of the 10 nearest items are of the same style; by chance {chance:.0%}."
    st.markdown(escape_markdown(text))
    layout = next((name for name in ("tsne", "umap", "pca") if name in embedding.layouts), None)
    if layout:
        figure = group_figure(embedding.layout(layout), [made_up.item_group(key) for key in keys], keys)
        chart(figure, key=f"groups:{job.folder.name}", config={"displayModeBar": False})


def _show_curve(job: Job) -> None:
    if job.curve:
        baselines = {} if job.baseline is None else {job.name: job.baseline}
        figure = charts.curves_figure({job.name: job.curve}, baselines)
        chart(figure, key=f"curve:{job.folder.name}", config={"displayModeBar": False})


def _data_name(job: Job) -> str:
    data = job.request.data
    return "synthetic data" if made_up.is_made_up(data) else Path(data).name


def _without_folders(job: Job) -> str:
    """The error message of a failed training, without the folders of the server."""
    text = job.message
    options = getattr(job.request, "source", None) or job.request.options
    for path in (job.request.data, options.get("items")):
        if path:
            text = text.replace(f"{Path(path).parent}/", "")
    return text


def _progress_text(now: dict[str, Any]) -> str:
    if "phase" not in now:
        return "Starting"
    text = PHASES.get(now["phase"], f"Computing the map ({now['phase']})")
    numbers = [f"{name} {now[key]:.3f}" for name, key in (("RMSE", "rmse"), ("validation", "val_rmse")) if key in now]
    epoch = [f"epoch {now['epoch']} of at most {now['epochs']}"] if "epoch" in now else []
    return ", ".join([text, *epoch, *numbers])
