"""One to six items side by side, each with its neighbors."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.core.search import METRICS
from explorer.figures import charts
from explorer.webapp import examples, url_state
from explorer.webapp.chart import chart
from explorer.webapp.components import filters, item_list, item_search, widgets
from explorer.webapp.page import page
from explorer.webapp.wording import item_noun

METRIC_HELP = (
    "**cosine** compares directions only. **dot** also favours long vectors: well-known items with strong opinions. "
    "**euclidean** is the straight distance; lower is nearer."
)


def side_by_side(embedding: Embedding, keys: list[str], k: int, metric: str, mask: np.ndarray) -> pd.DataFrame:
    tables = []
    for start in range(0, len(keys), 3):
        group = keys[start : start + 3]
        for key, column in zip(group, st.columns(3 if len(keys) > 2 else len(group), gap="medium"), strict=False):
            with column:
                near = embedding.neighbors(key, k, metric, mask)
                widgets.heading(key, near, f"neighbors of {key}")
                item_list.item_list(embedding, near, f"near:{key}", metric=metric)
                near.insert(0, "rank", range(1, len(near) + 1))
                near.insert(0, "of", key)
                tables.append(near)
    return pd.concat(tables, ignore_index=True)


def two(embedding: Embedding, a: str, b: str) -> None:
    widgets.heading(f"{widgets.cut(a, 60)} and {widgets.cut(b, 60)}, dimension by dimension")
    distance = embedding.similarity(a, b)
    with st.container(horizontal=True):
        st.metric("Cosine", f"{distance['cosine']:.3f}", width="content")
        st.metric("Euclidean distance", f"{distance['euclidean']:.2f}", width="content")
        st.metric("Dot product", f"{distance['dot']:.2f}", width="content")
    chart(charts.dimensions_figure(embedding, a, b), key="dimensions", config={"displayModeBar": False})


with page("Neighbors", "The {items} nearest to the ones you choose, among {n}.") as embedding:
    current = url_state.shared().get("item", "")
    default = [current] if current in embedding else examples.items(embedding)
    keys = item_search.some_items(embedding, f"{item_noun(embedding).capitalize()}", "items", default, most=6)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        metric = widgets.one_of("Near by", "metric", "cosine", {m: m for m in METRICS}, help=METRIC_HELP)
        k = widgets.how_many()
        mask = filters.filter_popover(embedding)
    if not keys:
        st.info("Choose one to six of them above.")
    else:
        table = side_by_side(embedding, keys, k, metric, mask)
        if len(keys) > 1:
            widgets.csv_button(table, "neighbors of all", label="All of them as one CSV")
        if len(keys) == 2:
            two(embedding, *keys)
