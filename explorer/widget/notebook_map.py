"""`explorer.Map`: the map of an embedding as a Jupyter widget."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import plotly.offline
from plotly.io.json import to_json_plotly

from explorer.core.embedding import Embedding
from explorer.errors import MissingExtra
from explorer.figures.embedding_map import CONFIG, column_colors, embedding_map, flat_layout, shown_items
from explorer.maps.density import View
from explorer.maps.selection import from_plotly_event
from explorer.paths import PACKAGE

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise MissingExtra("The widget for notebooks", error.name or "anywidget", "notebook") from error


class Map(anywidget.AnyWidget):
    """The map of an embedding in a notebook: zoom, hover, and select items by click, box or lasso.

    embedding: with a 2D layout. color: column to color by; by default the one with the role `group`. where: SQL
    condition for the items to show, as for Embedding.where. method: name of a stored 2D layout; by default the
    preferred one. selected: keys of the selected items. Shift adds to the selection or removes from it, a double click
    clears it. height: pixels.

    The parameters are traits: setting one redraws the map, and the browser sets `selected`. An invalid value leaves
    the trait as it was. Raises BadRequest for an unknown column, condition or layout, UnknownItem for an unknown key.
    Needs the extra `notebook`.
    """

    _esm = PACKAGE / "widget" / "notebook_map.js"
    color = traitlets.Unicode()
    where = traitlets.Unicode()
    method = traitlets.Unicode()  # not `layout`: each Jupyter widget has its CSS there
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)
    height = traitlets.Int(660)
    _figure = traitlets.Unicode().tag(sync=True)
    _config = traitlets.Dict(CONFIG).tag(sync=True)
    _plotly = traitlets.Bytes().tag(sync=True)

    def __init__(
        self, embedding: Embedding, color: str = "", where: str = "", method: str = "", selected: Iterable[str] = (),
        height: int = 660,
    ) -> None:  # fmt: skip
        self._embedding = embedding
        self._view: View | None = None
        self._width = 760
        self._drawn = False
        keys = _keys(embedding, selected)
        figure = _json(embedding, color, where, method, keys, height)
        super().__init__(
            color=color, where=where, method=method, selected=keys, height=height, _figure=figure,
            _plotly=_packed_plotly(),
        )  # fmt: skip
        self._drawn = True
        self.on_msg(self._receive)

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

    @traitlets.observe("color", "where", "method", "selected", "height")
    def _change(self, change: Any) -> None:
        if change["name"] == "method":
            self._view = None
        if self._drawn:
            self._draw()

    def _draw(self) -> None:
        self._figure = _json(
            self._embedding, self.color, self.where, self.method, self.selected, self.height, self._view, self._width
        )

    def _receive(self, _: object, message: dict[str, Any], __: object) -> None:
        """Handle a message of notebook_map.js: a selection, or the part in view and the width in pixels."""
        if "selection" in message:
            self._select(message["selection"], bool(message.get("shift")))
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


def _json(
    embedding: Embedding, color: str, where: str, method: str, selected: list[str], height: int,
    view: View | None = None, width: int = 760,
) -> str:  # fmt: skip
    held = _mask(embedding, selected) if selected else None
    figure = embedding_map(embedding, color, where, method, held=held, view=view, height=height, width=width)
    figure.update_layout(template="none", clickmode="event")
    return to_json_plotly(figure)


def _keys(embedding: Embedding, keys: Iterable[str]) -> list[str]:
    """Keys of items that are given by key or title, each once. Raises UnknownItem."""
    rows = np.unique(embedding.index(keys))
    return list(embedding.items["key"].iloc[rows])


def _mask(embedding: Embedding, keys: list[str]) -> np.ndarray:
    held = np.zeros(len(embedding), bool)
    held[embedding.index(keys)] = True
    return held


@cache
def _packed_plotly() -> bytes:
    """plotly.js of the installed plotly package, compressed."""
    return gzip.compress(plotly.offline.get_plotlyjs().encode(), 6)
