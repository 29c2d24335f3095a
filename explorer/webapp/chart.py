"""Plotly charts that stay mounted when their figure changes, and send only the arrays that changed.

Streamlit identifies a chart by its whole figure: each change mounts a new chart, which compiles its shaders again (half
a second and more) and loses its zoom. A chart with a fixed key is never redrawn. Under webapp/server.py, Streamlit
therefore mounts an empty chart, and a component (frontend/chart.js) sets its figure. Each large array is a separate
element, because Streamlit sends an element again only when it has changed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from plotly.io.json import to_json_plotly
from streamlit.delta_generator import DeltaGenerator

from explorer.webapp import item_api
from explorer.webapp.components.frontend import component

LARGE = 7_500  # characters; larger arrays are sent separately. Streamlit caches messages of 10,000 bytes or more
CONFIG = {"displaylogo": False}
PIXEL_RATIO = "pixel_ratio"  # cookie: device pixels per CSS pixel


def chart(
    figure: go.Figure, key: str, *, address: str = "", save: bool = False, width: int = 0, label: str = "",
    config: dict[str, Any] | None = None, on_click: Callable[[], None] | None = None, **options: Any,
) -> DeltaGenerator:  # fmt: skip
    """Draw a plotly figure that stays the same chart in every run of the page; returns the row of controls below it.

    address: URL template with `{row}` for details of the item under the pointer. save: offer a download as an image.
    width: width in pixels that the figure was made for. label: one sentence for screen readers. on_click: called when a
    point is clicked; Streamlit itself selects it without our server. options: passed to st.plotly_chart.

    The chart reports its state in `st.session_state[f"live:{key}"]`: `view`, the part that the visitor moved to;
    `width`, if it differs from the argument; `clicked`, the row of the clicked point (None: nothing is selected
    any more) and whether shift was held.
    Of a shape that was drawn with shift held, `xref` begins with selection.SHIFT.
    """
    config = {**CONFIG, "plotGlPixelRatio": _pixel_ratio(), **(config or {})}
    if not item_api.is_own_server():
        st.plotly_chart(figure, key=key, config=config, **options)
        return st.container(horizontal=True)
    drawing = _drawing(figure, key)
    selecting = options.get("on_select") == "rerun"
    if selecting:
        options["selection_mode"] = ("box", "lasso")  # the component reports clicks
    st.plotly_chart(_empty_figure(drawing.frame, selecting), key=key, config=config, **options)
    with st.container(key=f"parts:{key}"):  # hidden by the style sheet in webapp/page.py
        for name, content in drawing.arrays.items():
            component("column", "")(key=name, data=content)
    data: dict[str, Any] = {"chart": key, "figure": drawing.text, "digest": drawing.digest, "parts": drawing.digests}
    data |= {"address": address, "label": label}
    data |= {"save": ["png", "svg"] if save else [], "width": width, "clicks": on_click is not None}
    callbacks = {"on_view_change": _ignore, "on_width_change": _ignore, "on_clicked_change": on_click or _ignore}
    html = "<i hidden></i><aside hidden></aside><nav></nav><p role='status'></p>"
    foot = st.container(horizontal=True, vertical_alignment="center")
    with foot:
        component("chart", html)(key=f"live:{key}", data=data, **callbacks, width="content")
    return foot


def _pixel_ratio() -> float:
    """Pixels that WebGL draws per CSS pixel: as many as the screen has, at most two; two if that is unknown.

    Plotly always draws two, which takes four times as long as one where no graphics card draws.
    """
    try:
        return min(2.0, max(1.0, float(st.context.cookies[PIXEL_RATIO])))
    except (KeyError, ValueError):
        return 2.0


def _ignore() -> None:
    """Do nothing: the page reads the state in its next run."""


@dataclass(frozen=True)
class _Drawing:
    """A figure as it is sent.

    text: the figure as JSON, with names instead of large arrays. digest: tells the browser if it has changed. frame:
    JSON of the layout of the empty chart. arrays: name -> message with a large array. digests: name -> its digest.
    """

    text: str
    digest: str
    frame: str
    arrays: dict[str, bytes]
    digests: dict[str, str]


_drawings: dict[tuple[int, str], tuple[weakref.ref[go.Figure], _Drawing]] = {}


def _drawing(figure: go.Figure, key: str) -> _Drawing:
    """How a figure is sent, made once for each figure object, because visitors share cached figures."""
    place = id(figure), key
    known = _drawings.get(place)
    if known is None or known[0]() is not figure:
        forget = partial(_drawings.pop, place)
        known = weakref.ref(figure, lambda _: forget(None)), _made_drawing(figure, key)
        _drawings[place] = known
    return known[1]


def _made_drawing(figure: go.Figure, key: str) -> _Drawing:
    document = figure.to_dict()
    document["layout"].pop("template", None)
    labels = document["layout"].pop("annotations", [])
    # One list per property is shorter than one object per label, which would repeat all property names.
    document["names"] = {name: [label.get(name) for label in labels] for name in dict.fromkeys(chain(*labels))}
    arrays: dict[str, bytes] = {}
    digests = _take_large(document, key, arrays)
    text = to_json_plotly(document)
    digest = hashlib.sha256(f"{text} {digests}".encode()).hexdigest()[:16]
    frame = json.dumps({name: document["layout"].get(name) for name in ("height", "margin", "dragmode")})
    return _Drawing(text, digest, frame, arrays, digests)


@lru_cache(maxsize=128)
def _empty_figure(frame: str, selecting: bool) -> go.Figure:
    """The figure that Streamlit mounts. frame: JSON of a layout. selecting: whether clicks select."""
    axis = {"visible": False}
    click = {"clickmode": "event"} if selecting else {}
    return go.Figure(layout={**json.loads(frame), **click, "hovermode": "closest", "xaxis": axis, "yaxis": axis})


def _take_large(document: Any, name: str, arrays: dict[str, bytes]) -> dict[str, str]:
    """Move each large array of a document to `arrays`, leaving its name; returns name -> digest."""
    found = {}
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        where = f"{name}:{key}"
        if isinstance(value, dict) and len(value.get("bdata", "")) > LARGE:
            array = {**value, "part": where}
            content = base64.b64decode(array.pop("bdata"))
            if (bits := _ascending_as_bits(np.frombuffer(content, value["dtype"]))) is not None:
                content, array["bits"] = bits, True
            digest = hashlib.sha256(content).hexdigest()[:16]
            header = json.dumps({"part": where, "digest": digest})
            arrays[where] = f"{header}\n".encode() + content  # raw: base64 adds a third
            document[key], found[where] = array, digest
        elif isinstance(value, dict | list):
            found |= _take_large(value, where, arrays)
    return found


def _ascending_as_bits(numbers: np.ndarray) -> bytes | None:
    """Ascending whole numbers (n,) as a bit for each number up to the last, lowest bit first; None if not shorter."""
    if numbers.dtype.kind != "u" or not (numbers[1:] > numbers[:-1]).all() or numbers[-1] / 8 >= numbers.nbytes:
        return None
    present = np.zeros(int(numbers[-1]) + 1, bool)
    present[numbers] = True
    return np.packbits(present, bitorder="little").tobytes()
