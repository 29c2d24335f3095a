"""`explorer.streamlit_map`: the map of an embedding in any Streamlit app."""

from __future__ import annotations

import streamlit as st

from explorer.core.embedding import Embedding
from explorer.figures.embedding_map import CONFIG, embedding_map, flat_layout, shown_items
from explorer.maps.selection import from_plotly_event


def streamlit_map(
    embedding: Embedding, color: str = "", where: str = "", method: str = "", height: int = 660, key: str = "map"
) -> list[str]:
    """Draw the map of an embedding in a Streamlit app; returns the keys of the selected items, in item order.

    Clicks, boxes and lassos select; the app then runs again. Another color, condition or layout is a new chart, in
    which nothing is selected. color: column to color by; by default the one with the
    role `group`. where: SQL condition for the items to show, as for Embedding.where. method: name of a stored 2D
    layout. height: pixels. key: Streamlit's key of the chart, another one for each map of a page. Raises BadRequest for
    an unknown column, condition or layout.
    """
    dark = st.context.theme.type == "dark"
    figure = embedding_map(embedding, color, where, method, height=height, dark=dark)
    state = st.plotly_chart(
        figure, key=key, on_select="rerun", selection_mode=("points", "box", "lasso"), config=CONFIG
    )
    inside = from_plotly_event(state["selection"]).mask(flat_layout(embedding, method))
    return list(embedding.items["key"][inside & shown_items(embedding, where)])
