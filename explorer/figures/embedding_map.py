"""The map of an embedding, given a layout, a column and an SQL condition; for notebooks and other apps."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.core.columns.color import ColorEncoding, Discrete
from explorer.core.embedding import Embedding
from explorer.errors import BadRequest
from explorer.figures.color_encoding import default_colors
from explorer.figures.scatter import map_figure
from explorer.figures.traces import escape_plotly
from explorer.maps.density import View, robust_extent

CONFIG = {  # of plotly
    "displaylogo": False, "scrollZoom": True, "modeBarButtonsToRemove": ["autoScale2d"],
    "showSendToCloud": False,  # by default a button uploads the data
}  # fmt: skip


def flat_layout(embedding: Embedding, method: str = "") -> np.ndarray:
    """A stored 2D layout, (n, 2); by default the embedding's preferred one. Raises BadRequest."""
    xy = embedding.plane if not method else embedding.layout(method)
    if xy is None:
        raise BadRequest(
            f"{embedding.name} has no 2D layout. Make one with: explorer project {embedding.name} --method tsne"
        )
    if xy.shape[1] != 2:
        raise BadRequest(f"Layout {method!r} of {embedding.name} has {xy.shape[1]} dimensions; a map needs 2.")
    return xy


def shown_items(embedding: Embedding, where: str = "") -> np.ndarray:
    """Items for which an SQL condition is true, (n,) bool; all items without one. Raises BadRequest."""
    return embedding.where(where) if where.strip() else np.ones(len(embedding), bool)


def column_colors(embedding: Embedding, column: str = "") -> ColorEncoding:
    """Colors by a column; by default by the column with the role `group`.

    Raises BadRequest for an unknown column, and for one without colors, such as free text.
    """
    if not column:
        return default_colors(embedding)
    kind = embedding.schema.column(column).kind
    colors = embedding.columns[column].colors()
    if colors is None:
        raise BadRequest(f"Items cannot be colored by {column!r}, a column of kind {kind}. Choose another column.")
    return colors


def embedding_map(
    embedding: Embedding, color: str = "", where: str = "", method: str = "", *, selected: np.ndarray | None = None,
    view: View | None = None, height: int = 660, width: int = 760, dark: bool = False,
) -> go.Figure:  # fmt: skip
    """Scatter plot as on the Map page, with a legend.

    color: a column. where: an SQL condition, as for Embedding.where. method: a stored 2D layout. selected: (n,) bool,
    selected items; the others are faint. The other parameters are those of map_figure. Raises BadRequest.
    """
    xy, shown = flat_layout(embedding, method), shown_items(embedding, where)
    colors = column_colors(embedding, color)
    window = robust_extent(xy).view  # of all items, so that a condition does not move the map
    figure = map_figure(
        embedding, xy, shown, colors, window=window, view=view, selected=selected, height=height, width=width, dark=dark
    )
    back, text = ("#15161a", "#f1f0ec") if dark else ("#ffffff", "#1c1d21")
    figure.update_layout(hoverlabel={"bgcolor": back, "font": {"color": text, "shadow": "none"}})  # labels have shadows
    if isinstance(colors, Discrete):
        _add_legend(figure, colors, shown)
    return figure


def _add_legend(figure: go.Figure, colors: Discrete, shown: np.ndarray) -> None:
    """Add an entry for each value that is shown, by traces without points."""
    codes = np.unique(colors.codes[shown & (colors.codes >= 0)])
    if len(codes) < 2:
        return
    figure.update_traces(showlegend=False)
    for code in codes:
        name, marker = escape_plotly(colors.names[code]), {"color": colors.colors[code], "size": 9}
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=name, marker=marker, showlegend=True))
    legend = {"orientation": "h", "x": 0, "y": 0, "yanchor": "top", "itemclick": False, "itemdoubleclick": False}
    figure.update_layout(showlegend=True, legend=legend)
