"""Charts that stay mounted when their figure changes, and send only what changed.

Streamlit identifies a chart by its whole figure: each change mounts a new chart, which compiles its shaders again (half
a second and more) and loses its zoom. With a fixed key it would never be drawn again. So under our server Streamlit
mounts an empty chart, and a component (frontend/chart.js) gives it its figure. Each large array is an element of its
own: Streamlit sends an element again only when it has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import chain
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from plotly.io.json import to_json_plotly
from streamlit.delta_generator import DeltaGenerator

from explorer.webapp import item_api
from explorer.webapp.components.widgets import component

LARGE = 7_500  # characters: larger arrays are sent by themselves; Streamlit caches messages from 10,000 bytes on
CONFIG = {"displaylogo": False}


def chart(
    figure: go.Figure, key: str, *, address: str = "", save: bool = False, width: int = 0, label: str = "",
    config: dict[str, Any] | None = None, on_click: Callable[[], None] | None = None, **options: Any,
) -> DeltaGenerator:  # fmt: skip
    """Draw a plotly figure that stays the same chart in every run of the page; returns the row below it, for more.

    address: where the browser asks for the item under the pointer, its row as `{row}`. save: offer it as an image.
    width: the width in pixels the figure was made for. label: the chart in a sentence, for screen readers. on_click:
    called when a point in space was clicked. The chart reports in `st.session_state[f"live:{key}"]`: `view`, the part
    the visitor has moved to; `width`, where it is another one; `clicked`, the row of a point in space and whether shift
    was held. options: as of st.plotly_chart.
    """
    config = {**CONFIG, **(config or {})}
    if not item_api.is_own_server():
        st.plotly_chart(figure, key=key, config=config, **options)
        return st.container(horizontal=True)
    layout = {"height": figure.layout.height, "margin": figure.layout.margin, "dragmode": figure.layout.dragmode}
    if options.get("on_select") == "rerun":
        layout["clickmode"] = "event+select"  # which Streamlit would set too late
    axis = {"visible": False}
    empty = go.Figure(layout={**layout, "hovermode": "closest", "xaxis": axis, "yaxis": axis})
    st.plotly_chart(empty, key=key, config=config, **options)
    document = figure.to_dict()
    document["layout"].pop("template", None)
    labels = document["layout"].pop("annotations", [])
    # By property: otherwise each label would repeat the names of all its properties.
    document["names"] = {what: [one.get(what) for one in labels] for what in dict.fromkeys(chain(*labels))}
    with st.container(key=f"parts:{key}"):  # hidden, see webapp/page.py
        parts = _send_large(document, key)
    text = to_json_plotly(document)
    digest = hashlib.sha256(f"{text} {parts}".encode()).hexdigest()[:16]  # by which the browser knows the figure
    data = {"chart": key, "figure": text, "digest": digest, "parts": parts, "address": address, "label": label}
    data |= {"save": ["png", "svg"] if save else [], "width": width}
    callbacks = {"on_view_change": _ignore, "on_width_change": _ignore, "on_clicked_change": on_click or _ignore}
    html = "<aside hidden></aside><nav></nav>"
    foot = st.container(horizontal=True, vertical_alignment="center")
    with foot:
        component("chart", html)(key=f"live:{key}", data=data, **callbacks, width="content")
    return foot


def _ignore() -> None:
    """The state is read when the page runs again."""


def _send_large(document: Any, name: str) -> dict[str, str]:
    """Send each large array by itself, leaving its name in its place; returns name -> digest."""
    found = {}
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        where = f"{name}:{key}"
        if isinstance(value, dict) and len(value.get("bdata", "")) > LARGE:
            digest = hashlib.sha256(value["bdata"].encode()).hexdigest()[:16]
            array = {**value, "part": where}
            component("column", "")(key=where, data={"part": where, "digest": digest, "bdata": array.pop("bdata")})
            document[key], found[where] = array, digest
        elif isinstance(value, dict | list):
            found |= _send_large(value, where)
    return found
