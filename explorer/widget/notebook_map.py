"""`explorer.Map`: the map of an embedding as a Jupyter widget."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import plotly.offline
from plotly.io.json import to_json_plotly

from explorer.core.embedding import Embedding
from explorer.errors import BadRequest, MissingExtra
from explorer.figures.embedding_map import CONFIG, column_colors, embedding_map, flat_layout, shown_items
from explorer.maps.density import View
from explorer.maps.selection import from_plotly_event
from explorer.paths import PACKAGE

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise MissingExtra("The widget for notebooks", error.name or "anywidget", "notebook") from error


SCRIPTS = [
    *(PACKAGE / "figures" / name for name in ("pan_zoom.js", "plotly_pan_zoom.js")),
    PACKAGE / "widget" / "notebook_map.js",
]
MANY = 1_000  # points of a trace whose rows are sent as bits
THEMES = ("", "light", "dark")
BACKGROUNDS, TEXTS = ("#ffffff", "#15161a"), ("#1c1d21", "#f1f0ec")  # light and dark, as on the pages


class Map(anywidget.AnyWidget):
    """The map of an embedding in a notebook: zoom, hover, and select items by click, box or lasso.

    embedding: with a 2D layout. color: column to color by; by default the one with the role `group`. where: SQL
    condition for the items to show, as for Embedding.where. method: name of a stored 2D layout; by default the
    preferred one. selected: keys of the selected items. Shift adds to the selection or removes from it, a double click
    clears it. height: pixels. theme: light or dark; by default that of the notebook.

    The parameters are traits: setting one redraws the map, and the browser sets `selected`. An invalid value leaves
    the trait as it was. Raises BadRequest for an unknown column, condition or layout, UnknownItem for an unknown key.
    Needs the extra `notebook`.
    """

    _esm = "\n".join(script.read_text(encoding="utf-8") for script in SCRIPTS)
    color = traitlets.Unicode()
    where = traitlets.Unicode()
    method = traitlets.Unicode()  # not `layout`: each Jupyter widget has its CSS there
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)
    theme = traitlets.Enum(THEMES, "")
    height = traitlets.Int(660)
    _figure = traitlets.Unicode().tag(sync=True)
    _config = traitlets.Dict(CONFIG).tag(sync=True)
    _plotly = traitlets.Bytes().tag(sync=True)

    def __init__(
        self, embedding: Embedding, color: str = "", where: str = "", method: str = "", selected: Iterable[str] = (),
        height: int = 660, theme: str = "",
    ) -> None:  # fmt: skip
        if theme not in THEMES:
            raise BadRequest(f"There is no theme {theme!r}; choose light or dark, or leave it out.")
        self._embedding = embedding
        self._view: View | None = None
        self._width = 760
        self._dark_notebook = False
        self._points: dict[str, list[Any]] = {}  # by row: texts, x, y and size; the browser has these
        self._drawn = False
        keys = _keys(embedding, selected)
        figure = _figure_of(embedding, color, where, method, keys, height, theme == "dark")
        text, _ = self._take_points(figure)
        super().__init__(
            color=color, where=where, method=method, selected=keys, height=height, theme=theme,
            _figure=text, _plotly=_packed_plotly(),
        )  # fmt: skip
        self._drawn = True
        self.on_msg(self._receive)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """The state for the browser. All of it includes the points, of which only new ones are sent later."""
        state = super().get_state(key, drop_defaults)
        return state if key is not None else {**state, "_points": self._points}

    @property
    def embedding(self) -> Embedding:
        """The embedding that is shown."""
        return self._embedding

    @property
    def selection(self) -> pd.DataFrame:
        """The selected items, one row each, in the order of `selected`."""
        return self._embedding.items.iloc[self._embedding.index(self.selected)].reset_index(drop=True)

    @traitlets.validate("color")
    def _check_color(self, proposal: Any) -> str:
        column_colors(self._embedding, proposal["value"])
        return str(proposal["value"])

    @traitlets.validate("where")
    def _check_where(self, proposal: Any) -> str:
        shown_items(self._embedding, proposal["value"])
        return str(proposal["value"])

    @traitlets.validate("method")
    def _check_method(self, proposal: Any) -> str:
        flat_layout(self._embedding, proposal["value"])
        return str(proposal["value"])

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> list[str]:
        return _keys(self._embedding, proposal["value"])

    @traitlets.observe("color", "where", "method", "selected", "height", "theme")
    def _change(self, change: Any) -> None:
        if change["name"] == "method":
            self._view = None
        if self._drawn:
            self._draw()

    def _draw(self) -> None:
        dark = self.theme == "dark" or (not self.theme and self._dark_notebook)
        figure = _figure_of(
            self._embedding, self.color, self.where, self.method, self.selected, self.height, dark, self._view,
            self._width,
        )  # fmt: skip
        text, new = self._take_points(figure)
        if new:
            self.send({"points": new})
        self._figure = text

    def _take_points(self, figure: go.Figure) -> tuple[str, dict[str, list[Any]]]:
        """The figure as JSON, where the points of traces are rows, and the points the browser does not have, by row."""
        document, new = figure.to_dict(), {}
        for trace, sent in zip(figure.data, document["data"], strict=True):
            if trace.customdata is None:
                continue
            rows = np.array([text[0] for text in trace.customdata], int)
            x, y = ([float(f"{value:.7g}") for value in values] for values in (trace.x, trace.y))
            for row, text, *place in zip(rows, trace.customdata, x, y, trace.marker.size.tolist(), strict=True):
                new[str(row)] = [*map(str, text[1:]), *place]
            sent["customdata"] = {"bits": _bits(rows)} if len(rows) > MANY else rows.tolist()
            del sent["x"], sent["y"], sent["marker"]["size"]
        new = {row: point for row, point in new.items() if self._points.get(row) != point}
        self._points |= new
        return to_json_plotly(document), new

    def _receive(self, _: object, message: dict[str, Any], __: object) -> None:
        """Handle a message of notebook_map.js: a selection, the theme, or the part in view and the width in pixels."""
        if "selection" in message:
            self._select(message["selection"], bool(message.get("shift")))
        if "dark" in message and bool(message["dark"]) != self._dark_notebook:
            self._dark_notebook = bool(message["dark"])
            self._draw()
        if "width" in message:
            view = message.get("view")
            self._view = None if view is None else (float(view[0]), float(view[1]), float(view[2]), float(view[3]))
            self._width = max(100, int(message["width"]))
            self._draw()

    def _select(self, event: dict[str, Any], shift: bool) -> None:
        xy = flat_layout(self._embedding, self.method)
        new = from_plotly_event(event).mask(xy) & shown_items(self._embedding, self.where)
        if shift:
            old = _mask(self._embedding, self.selected)
            new = old & ~new if old[new].all() else old | new
        self.selected = self._embedding.items["key"][new].tolist()


def _figure_of(
    embedding: Embedding, color: str, where: str, method: str, selected: list[str], height: int, dark: bool,
    view: View | None = None, width: int = 760,
) -> go.Figure:  # fmt: skip
    mask = _mask(embedding, selected) if selected else None
    figure = embedding_map(
        embedding, color, where, method, selected=mask, view=view, height=height, width=width, dark=dark
    )
    back, text = BACKGROUNDS[dark], TEXTS[dark]
    figure.update_layout(template="none", clickmode="event", paper_bgcolor=back, plot_bgcolor=back, font_color=text)
    return figure


def _bits(rows: np.ndarray) -> str:
    """Ascending rows (n,) as a bit for each row up to the last, lowest bit first, in base64."""
    present = np.zeros(rows[-1] + 1, bool)
    present[rows] = True
    return base64.b64encode(np.packbits(present, bitorder="little").tobytes()).decode()


def _keys(embedding: Embedding, keys: Iterable[str]) -> list[str]:
    """Keys of items that are given by key or title, each once. Raises UnknownItem."""
    rows = np.unique(embedding.index(keys))
    return list(embedding.items["key"].iloc[rows])


def _mask(embedding: Embedding, keys: list[str]) -> np.ndarray:
    mask = np.zeros(len(embedding), bool)
    mask[embedding.index(keys)] = True
    return mask


@cache
def _packed_plotly() -> bytes:
    """plotly.js of the installed plotly package, compressed."""
    return gzip.compress(plotly.offline.get_plotlyjs().encode(), 6)
