"""Parts of the Columns page: distribution, how well the vectors predict it, direction, values that may be wrong."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from explorer import artifacts
from explorer.core.columns import Counts, Histogram
from explorer.core.embedding import Embedding, scored
from explorer.errors import BadRequest
from explorer.figures import charts
from explorer.jobs import launcher
from explorer.jobs.columns_job import ProbeRequest, stored_probes
from explorer.jobs.job import Job, list_jobs
from explorer.rights import may_edit
from explorer.webapp import url_state
from explorer.webapp.chart import chart
from explorer.webapp.components import column_direction, filters, item_list, widgets
from explorer.webapp.components.job_progress import job_progress
from explorer.webapp.page import show_errors
from explorer.webapp.wording import escape_markdown, item_noun

VALUES = 12  # most frequent values listed
ENDS = 10  # items listed at each end of a direction
BARE = {"displayModeBar": False}
MEASURE_HELP = (
    "How well a linear model and the 10 nearest neighbors predict the column on held-out items (5-fold "
    "cross-validation), with 95% intervals. Guessing has AUC 0.5 and rank correlation 0; 1 is perfect."
)


def chosen_column(embedding: Embedding) -> str | None:
    """Let the visitor choose a column; None for an embedding without columns."""
    labels = {column.name: f"{column.label} ({column.kind})" for column in embedding.schema.attributes}
    names = list(labels)
    if not names:
        st.info(escape_markdown(f"{embedding.name} has no columns besides key and title."))
        return None
    group = embedding.schema.by_role("group")
    first = group.name if group else names[0]
    return url_state.bind(
        st.selectbox, "Column", "column", first, allowed=names, options=names, width=320,
        format_func=labels.get,
    )  # fmt: skip


def distribution(embedding: Embedding, name: str) -> None:
    """Draw the values of a column with their numbers of items."""
    summary = embedding.columns[name].summary()
    widgets.heading("Distribution")
    total = len(embedding)
    st.caption(escape_markdown(f"Known for {summary.known:,} of {total:,} {item_noun(embedding, total)}."))
    if isinstance(summary, Counts):
        most = max(int(summary.counts.max(initial=0)), 1)
        shown = zip(summary.names[:VALUES], summary.counts[:VALUES].tolist(), strict=True)
        item_list.value_list([(value, f"{count:,}", count / most) for value, count in shown], f"values:{name}")
        if len(summary.names) > VALUES:
            st.caption(escape_markdown(f"The {VALUES} most frequent of {len(summary.names):,} values."))
    elif isinstance(summary, Histogram) and summary.known:
        texts = embedding.columns[name].edge_texts()  # type: ignore[attr-defined]
        chart(charts.histogram_figure(texts, summary.counts), key=f"histogram:{name}", config=BARE)


def measurements(embedding: Embedding) -> None:
    """Draw how well the vectors predict each column, or a button to measure it."""
    widgets.heading("How well the vectors predict each column")
    job = next((job for job in list_jobs(ProbeRequest) if job.name == embedding.name), None)
    if job and job.running:
        _watch(job)
        return
    found, _, stale = stored_probes(embedding)
    if stale:
        st.caption(escape_markdown(f"Left out because their kind has changed since: {', '.join(stale)}."))
    if found:
        st.caption("Best predicted first. Bar: from guessing to perfect.", help=MEASURE_HELP)
        item_list.value_list([_row(probe) for probe in found], "probes")
        widgets.csv_button(pd.DataFrame(found), f"columns of {embedding.name}")
    elif job and job.state == "failed":
        st.error(escape_markdown(job.message))
    elif not stale:
        text = "Not measured yet."
        st.caption(escape_markdown(text))
    label = "Measure again" if found or stale else "Measure"
    if may_edit() and st.button(label, icon=":material/science:", help=MEASURE_HELP):
        with show_errors(stop=False):
            launcher.start(ProbeRequest(str(artifacts.find(embedding.name))))
            st.rerun()


def _row(one: dict[str, Any]) -> tuple[str, str, float]:
    """Label of a measured column, its scores as text, and their position between guessing (0) and perfect (1)."""
    words = [_interval("linear", one["linear"], one["linear_interval"]),
             _interval("neighbors", one["neighbors"], one["neighbors_interval"])]  # fmt: skip
    chance = "" if one["p"] < 0.05 else " · no better than guessing"
    share = (max(one["linear"], one["neighbors"]) - one["guessing"]) / ((1 - one["guessing"]) or 1)
    text = f"{one['measure']}: {', '.join(words)}, guessing {one['guessing']:.2f}{chance}"
    return one["label"], text, float(np.clip(share, 0, 1))


def _interval(name: str, value: float, ends: tuple[float, float]) -> str:
    return f"{name} {value:.2f} ({ends[0]:.2f} to {ends[1]:.2f})"


@st.fragment(run_every=1.0)
def _watch(job: Job) -> None:
    """Draw the progress of the measurement and a button to cancel it."""
    job_progress(job, lambda now: f"Measuring {now.get('phase', '')}")


def direction(embedding: Embedding, name: str) -> None:
    """Draw the items at both ends of the direction in which a column grows, and links that use the direction."""
    column = embedding.schema[name]
    if name not in column_direction.columns(embedding) or not column_direction.values(embedding, name):
        return
    widgets.heading(f"Direction of {column.phrase}")
    value = column_direction.value_control(embedding, name, "value")
    scores = column_direction.scores(embedding, name, value)
    what = value or column.phrase
    st.caption(escape_markdown(f"The direction in which {what} increases, fitted to the vectors by ridge regression."))
    _ways(embedding, name, value)
    rows = np.flatnonzero(filters.default_mask(embedding))
    order = rows[np.argsort(scores[rows], kind="stable")]
    ends = {f"Lowest: {what}": order[:ENDS], f"Highest: {what}": order[::-1][:ENDS]}
    most = float(np.abs(scores).max()) or 1.0
    for (title, end), place in zip(ends.items(), st.columns(2, gap="medium"), strict=True):
        with place:
            table = scored(embedding.items, end, scores[end])
            widgets.heading(title, table, title)
            bar = (table["score"] / most).to_numpy(float)
            item_list.item_list(embedding, table, f"direction:{title}", bar=bar, signed=True)


def _ways(embedding: Embedding, name: str, value: str | None) -> None:
    """Draw links to the map with the direction as an axis, and to neighbors that ignore the column."""
    axis = {"method": "axes", "x": f"{column_direction.AXIS}{name}", **({"x_value": value} if value else {})}
    phrase = embedding.schema[name].phrase
    ways = [("pages/4_Map.py", "Use as an axis of the map", axis),
            ("pages/1_Neighbors.py", f"Neighbors that ignore {phrase}", {"without": name})]  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        for file, label, query in ways:
            with suppress(StreamlitPageNotFoundError):
                st.page_link(file, label=escape_markdown(label), query_params={**url_state.shared(), **query})


def unlikely_values(embedding: Embedding, name: str) -> None:
    """Draw the items whose value differs most from what their vector and their neighbors predict."""
    found = stored_probes(embedding)[1].get(name)
    if not found:
        return
    widgets.heading("Values that may be wrong", pd.DataFrame(found), f"unlikely {name}")
    st.caption(
        "The vectors and the 30 nearest neighbors of these items predict another value (after the arrow). At most a "
        "tenth of the list is expected to be there by chance. Only columns that the vectors predict have a list."
    )
    known = [row for row in found if row["key"] in embedding]
    rows = [(row["key"], f"{row['value']} → {row['expected']}", float(row["strength"] or 0)) for row in known]
    item_list.value_list(rows, "misfits")


def show(embedding: Embedding, name: str) -> None:
    """Draw all parts about one column."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        distribution(embedding, name)
    with right:
        measurements(embedding)
    try:
        direction(embedding, name)
    except BadRequest as error:
        st.caption(escape_markdown(str(error)))
    unlikely_values(embedding, name)
