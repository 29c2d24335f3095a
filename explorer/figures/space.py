"""3D maps of an embedding."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.core.columns.color import ColorEncoding
from explorer.core.embedding import Embedding
from explorer.figures.color_encoding import default_colors, layer
from explorer.figures.palette import CONTRAST, GRAY
from explorer.figures.traces import HOVER, escape_plotly, hover_text, short, sizes

EYE = {"x": 0.9, "y": 0.9, "z": 0.6}  # position of the camera, near enough for the points to fill the plot
FAINT = 0.15  # opacity of points that are not highlighted
LABELS = 12  # few, because labels overlap when the points rotate


def space_figure(
    embedding: Embedding,
    xyz: np.ndarray,
    shown: np.ndarray,
    colors: ColorEncoding | None = None,
    *,
    size: np.ndarray | None = None,
    lit: np.ndarray | None = None,
    focus: int | None = None,
    selected: np.ndarray | None = None,
    n_labels: int = LABELS,
    dark: bool = False,
    height: int = 660,
) -> go.Figure:
    """3D scatter plot of items. xyz: (n, 3) layout; see `scatter.map_figure` for the other arguments."""
    colored = layer(colors or default_colors(embedding), shown if lit is None else shown & lit, dark)
    bright = shown & colored.known if lit is None else shown & colored.known & lit
    bright = bright if selected is None else bright & selected
    popularity = embedding.columns.numbers("popularity")
    size = (sizes(popularity, len(embedding)) if size is None else size) * 0.7
    figure = go.Figure()

    def add(rows: np.ndarray, name: str, marker: dict[str, Any]) -> None:
        if len(rows):
            x, y, z = xyz[rows].T
            marker = {"size": size[rows], "line": {"width": 0}, **marker}
            text = hover_text(embedding.items, rows, embedding.columns)
            trace = go.Scatter3d(x=x, y=y, z=z, mode="markers", marker=marker, name=name, meta=list(colored.names))
            figure.add_trace(trace.update(customdata=text, hovertemplate=HOVER))

    rows = np.flatnonzero(bright)
    add(np.flatnonzero(shown & ~bright), "other", {"color": GRAY, "opacity": FAINT})
    add(rows, escape_plotly(colored.name), {"color": colored.shades[rows], "opacity": 0.85, **colored.scale})
    if focus is not None:
        x, y, z = xyz[[focus]].T
        ring = {"size": 14, "color": CONTRAST, "symbol": "circle-open", "line": {"width": 3}}
        figure.add_trace(go.Scatter3d(x=x, y=y, z=z, mode="markers", marker=ring, hoverinfo="skip"))
    if popularity is not None:
        rows = rows[np.argsort(-np.nan_to_num(popularity[rows]), kind="stable")]
    first = [] if focus is None else [focus]
    labeled = list(dict.fromkeys([*first, *rows[:n_labels].tolist()]))
    axis = {"visible": False}
    scene: dict[str, Any] = {"xaxis": axis, "yaxis": axis, "zaxis": axis, "aspectmode": "data", "camera": {"eye": EYE}}
    scene["annotations"] = _labels(embedding, xyz, labeled, dark)
    figure.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0}, scene=scene, showlegend=False, uirevision="space"
    )
    return figure


def _labels(embedding: Embedding, xyz: np.ndarray, rows: list[int], dark: bool) -> list[dict[str, Any]]:
    """Titles of points, for plotly's `layout.scene.annotations`."""
    titles = embedding.items.get("title", embedding.items["key"])
    look = {"showarrow": False, "xanchor": "left", "xshift": 6, "font": {"color": "#f1f0ec" if dark else "#1c1d21"}}
    return [
        {"x": float(x), "y": float(y), "z": float(z), "text": escape_plotly(short(str(titles.iloc[row]))), **look}
        for row, (x, y, z) in zip(rows, xyz[rows], strict=True)
    ]
