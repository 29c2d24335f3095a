"""Parts of the Neighbors page: items side by side with their neighbors, and two items compared."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.core.columns import CrossFilter
from explorer.core.embedding import Embedding
from explorer.core.search.index import METRICS
from explorer.figures import charts
from explorer.webapp import examples, url_state
from explorer.webapp.chart import chart
from explorer.webapp.components import column_direction, filters, item_list, item_search, naming, widgets
from explorer.webapp.wording import escape_markdown, item_noun, item_title

METRIC_HELP = (
    "**cosine** compares directions only. **dot**, the dot product, also favors long vectors, often those of popular "
    "items. **euclidean** is the straight-line distance; lower is nearer."
)


def chosen_items(embedding: Embedding) -> list[str]:
    """Let the visitor choose one to six items."""
    current = url_state.shared().get("item", "")
    default = [current] if current in embedding else examples.items(embedding)
    return item_search.some_items(embedding, item_noun(embedding).capitalize(), "items", default, most=6)


def settings(embedding: Embedding) -> tuple[str, int, CrossFilter, Embedding, tuple[str, ...]]:
    """Draw the controls; returns metric, number of neighbors, filters, the embedding to compare and naming columns.

    The returned embedding differs from the argument if the visitor ignores a column. The naming columns describe the
    neighbors.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        metric = widgets.one_of("Distance measure", "metric", "cosine", {m: m for m in METRICS}, help=METRIC_HELP)
        k = widgets.result_count()
        compared = column_direction.without_control(embedding)
        found = filters.item_filters(embedding)
        by = item_list.list_columns(embedding, "Describe neighbors by")
    column_direction.without_caption(embedding)
    filters.filter_caption(embedding, found)
    return metric, k, found, compared, by


def side_by_side(
    embedding: Embedding, keys: list[str], metric: str, k: int, found: CrossFilter, compared: Embedding,
    by: tuple[str, ...],
) -> None:  # fmt: skip
    """Draw each item with its neighbors, and what they have in common.

    compared: the embedding with the same items whose vectors are compared. by: as for naming.neighborhood.
    """
    if not keys:
        st.info(f"Choose one to six {item_noun(embedding)} above.")
        return
    tables = []
    across = 2 if len(keys) == 4 else 3  # four items fill two rows of two
    for start in range(0, len(keys), across):
        group = keys[start : start + across]
        for key, column in zip(group, st.columns(len(group), gap="medium"), strict=True):
            with column:
                near = compared.neighbors(key, k, metric, found.mask)
                widgets.heading(item_title(embedding, key), near, f"neighbors of {key}")
                item_list.item_list(embedding, near, f"near:{key}", metric=metric)
                st.caption(escape_markdown(naming.neighborhood(embedding, near, repr(found), found.mask, by)))
                tables.append(near)
    if len(keys) > 1:
        ranks = [rank for near in tables for rank in range(1, len(near) + 1)]
        table = pd.concat(tables, ignore_index=True)
        table.insert(0, "rank", ranks)
        table.insert(0, "of", [key for key, near in zip(keys, tables, strict=True) for _ in range(len(near))])
        widgets.csv_button(table, "neighbors of all", label="All lists as one CSV")


def two_compared(embedding: Embedding, a: str, b: str) -> None:
    """Draw the similarity of two items by all metrics, and their vectors dimension by dimension."""
    first, second = (widgets.cut(item_title(embedding, key), 60) for key in (a, b))
    widgets.heading(f"{first} and {second}, dimension by dimension")
    distance = embedding.similarity(a, b)
    with st.container(horizontal=True):
        st.metric("Cosine", f"{distance['cosine']:.3f}", width="content")
        st.metric("Euclidean distance", f"{distance['euclidean']:.2f}", width="content")
        st.metric("Dot product", f"{distance['dot']:.2f}", width="content")
    chart(charts.dimensions_figure(embedding, a, b), key="dimensions", config={"displayModeBar": False})
