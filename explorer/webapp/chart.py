"""Charts that stay themselves when their figure changes, and whose changes alone are sent.

Streamlit takes the whole figure for a chart's identity: each change mounts a new chart, with its shaders compiled again
(half a second and more) and its zoom lost. With an identity of its own the chart would never be drawn again. So under
our server Streamlit mounts an empty chart, and a component (frontend/chart.js) gives it its figure. Each large column
of numbers is an element of its own: Streamlit sends an element again only where it has changed.
"""

from __future__ import annotations

import hashlib
import json
from itertools import chain
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.webapp import item_api
from explorer.webapp.components.widgets import component

LARGE = 7_500  # characters: above, a column is sent by itself; Streamlit remembers messages from 10,000 bytes on
CONFIG = {"displaylogo": False}


def chart(
    figure: go.Figure, key: str, *, address: str = "", save: bool = False, width: int = 0,
    config: dict[str, Any] | None = None, **options: Any,
) -> DeltaGenerator:  # fmt: skip
    """Draw a plotly figure that is the same chart in every run of the page; returns the row below it, for more.

    address: where the browser asks for the item under the pointer, its row as `{row}`. save: offer it as a picture.
    width: how many pixels it is thought to be wide. The part one has moved to by hand is told in
    `st.session_state[f"live:{key}"]` as `view`, and its `width` where that is another one. options: as st.plotly_chart
    takes them.
    """
    config = {**CONFIG, **(config or {})}
    if not item_api.is_own_server():
        st.plotly_chart(figure, key=key, config=config, **options)
        return st.container(horizontal=True)
    layout = {"height": figure.layout.height, "margin": figure.layout.margin, "dragmode": figure.layout.dragmode}
    if options.get("on_select") == "rerun":
        layout["clickmode"] = "event+select"  # which Streamlit would set too late to be taken over
    axis = {"visible": False}
    empty = go.Figure(layout={**layout, "hovermode": "closest", "xaxis": axis, "yaxis": axis})
    st.plotly_chart(empty, key=key, config=config, **options)
    whole = figure.to_json()
    small = json.loads(whole)
    small["layout"]["meta"] = hashlib.sha256(whole.encode()).hexdigest()[:16]  # by which the browser knows it again
    small["layout"].pop("template", None)
    names = small["layout"].pop("annotations", [])
    # By column: else each would bring the word for each of its properties.
    small["names"] = {what: [name.get(what) for name in names] for what in dict.fromkeys(chain(*names))}
    with st.container(key=f"parts:{key}"):  # not to be seen, see webapp/page.py
        parts = _large(small, key)
    told = {"chart": key, "figure": small, "parts": parts, "address": address, "save": ["png", "svg"] if save else []}
    told |= {"width": width}
    heard = {"on_view_change": lambda: None, "on_width_change": lambda: None}
    html = "<aside hidden></aside><nav></nav>"
    foot = st.container(horizontal=True, vertical_alignment="center")
    with foot:
        component("chart", html)(key=f"live:{key}", data=told, **heard, width="content")
    return foot


def _large(document: Any, name: str) -> dict[str, str]:
    """Send each large column by itself, leaving its name in its place; returns name -> digest."""
    found = {}
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        where = f"{name}:{key}"
        if isinstance(value, dict) and len(value.get("bdata", "")) > LARGE:
            digest = hashlib.sha256(value["bdata"].encode()).hexdigest()[:16]
            column = {**value, "part": where}
            component("column", "")(key=where, data={"part": where, "digest": digest, "bdata": column.pop("bdata")})
            document[key], found[where] = column, digest
        elif isinstance(value, dict | list):
            found |= _large(value, where)
    return found
