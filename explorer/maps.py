"""Maps of an embedding as plotly figures; the page's theme fills in fonts and surfaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.embedding import Embedding
from explorer.labels import place
from explorer.marks import HOVER, View, bare, extent, hover_text, names, plain, points, ring, short, sizes
from explorer.palette import CONTRAST, GREY, rarest_genre


@dataclass(frozen=True, eq=False)
class Colouring:
    """A number for each point, and how it is called: coloured by a scale instead of by genre."""

    title: str
    values: np.ndarray  # (n,) float, nan where not known
    diverging: bool = False  # around 0


def map_figure(
    embedding: Embedding,
    xy: np.ndarray,
    shown: np.ndarray,
    colours: Mapping[str, str],
    *,
    number: Colouring | None = None,
    lit: np.ndarray | None = None,
    focus: int | None = None,
    linked: np.ndarray | None = None,
    window: View | None = None,
    selection: Sequence[Mapping[str, Any]] = (),
    axes: tuple[str, str] | None = None,
    regions: pd.DataFrame | None = None,
    n_labels: int = 40,
    dark: bool = False,
    height: int = 660,
) -> go.Figure:
    """Items as points: each in the colour of its rarest genre among `colours`, or by a number; the rest grey.

    xy: (n, 2) layout. shown: (n,) bool, points that are drawn. lit: (n,) bool, points that stand out while the others
    turn faint. focus: row of one item that gets a ring, and lines to the rows `linked`. window: x0, x1, y0, y1 to zoom
    to. selection: shapes as plotly's `layout.selections`. axes: what the two axes are, where they mean something.
    regions: `name`, `x`, `y` of named regions, the most important first. dark: what is behind is dark. Each point's
    customdata starts with its row.
    """
    bright = shown if lit is None else shown & lit
    size = sizes(embedding.items) * (1 if window is None else 1.4)
    if lit is not None:
        size = np.where(lit, np.maximum(size, 7), size)
    figure = go.Figure()
    layer = _genre_layer(embedding, bright, colours) if number is None else _number_layer(bright, number)
    grey = shown & ~layer.held
    if grey.any():
        figure.add_trace(points(embedding, xy, np.flatnonzero(grey), size, GREY, "other", 0.25, hover=lit is None))
    if focus is not None and linked is not None:
        figure.add_trace(_lines(xy, focus, linked))
    rows = np.flatnonzero(layer.held)
    if len(rows):
        trace = points(embedding, xy, rows, size, layer.values[rows], layer.name, 0.85, marker=layer.scale)
        figure.add_trace(trace.update(meta=layer.names))
    if focus is not None:
        figure.add_trace(ring(xy[focus]))
    view = window or extent(xy[shown] if shown.any() else xy)
    _add_labels(figure, embedding.items, xy, bright, view, n_labels, focus, regions, dark)
    figure.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode="pan", hovermode="closest",
        uirevision=f"{view}", selections=list(selection), showlegend=False,
        xaxis=bare(view[0], view[1], axes and axes[0]), yaxis=bare(view[2], view[3], axes and axes[1]),
    )  # fmt: skip
    return figure


@dataclass(frozen=True, eq=False)
class _Layer:
    """Coloured points as one trace: one for each colour takes the browser several times as long."""

    name: str
    held: np.ndarray  # (n,) bool, which points
    values: np.ndarray  # (n,) what the scale turns into colours
    scale: dict[str, Any]
    names: list[str] = field(default_factory=list)  # of the values 0, 1, ... where they stand for something


def _genre_layer(embedding: Embedding, bright: np.ndarray, colours: Mapping[str, str]) -> _Layer:
    names = list(colours)
    code = {name: n for n, name in enumerate(names)}
    values = np.array([code.get(genre, -1) for genre in rarest_genre(embedding.items, names)], np.int16)
    edges = np.linspace(0, 1, len(names) + 1)
    steps = [[edge, colours[name]] for n, name in enumerate(names) for edge in (edges[n], edges[n + 1])]
    scale = {"colorscale": steps or None, "cmin": -0.5, "cmax": len(names) - 0.5, "showscale": False}
    return _Layer("genres", bright & (values >= 0), values, scale, [plain(name) for name in names])


def _number_layer(bright: np.ndarray, number: Colouring) -> _Layer:
    known = bright & np.isfinite(number.values)
    low, high = np.quantile(number.values[known], [0.01, 0.99]) if known.any() else (0.0, 1.0)
    if number.diverging:
        low, high = -max(abs(low), abs(high)), max(abs(low), abs(high))
    bar = {"title": {"text": plain(number.title), "side": "right"}, "thickness": 10, "len": 0.6, "outlinewidth": 0}
    scale = {"colorscale": "RdBu_r" if number.diverging else "Viridis", "cmin": low, "cmax": high, "colorbar": bar}
    return _Layer(number.title, known, number.values.astype(np.float32), scale)


def _lines(xy: np.ndarray, focus: int, linked: np.ndarray) -> go.Scattergl:
    ends = np.full((len(linked), 3, 2), np.nan)
    ends[:, 0], ends[:, 1] = xy[focus], xy[linked]
    x, y = ends.reshape(-1, 2).T
    line = {"width": 1.2, "color": CONTRAST}
    return go.Scattergl(x=x, y=y, mode="lines", line=line, opacity=0.6, hoverinfo="skip", showlegend=False)


def space_figure(
    embedding: Embedding, xyz: np.ndarray, shown: np.ndarray, colours: Mapping[str, str], height: int = 660
) -> go.Figure:
    """Items as points in space, each in the colour of its rarest genre. xyz: (n, 3). shown: (n,) bool."""
    layer, size = _genre_layer(embedding, shown, colours), sizes(embedding.items) * 0.55
    figure, rows = go.Figure(), np.flatnonzero(layer.held)
    if len(rows):
        x, y, z = xyz[rows].T
        marker = {"size": size[rows], "color": layer.values[rows], "opacity": 0.8, "line": {"width": 0}, **layer.scale}
        trace = go.Scatter3d(x=x, y=y, z=z, mode="markers", marker=marker, name=layer.name, meta=layer.names)
        text = hover_text(embedding.items.iloc[rows], rows)
        figure.add_trace(trace.update(customdata=text, hovertemplate=HOVER))
    axis = {"visible": False}
    scene = {"xaxis": axis, "yaxis": axis, "zaxis": axis, "aspectmode": "data"}
    figure.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0}, scene=scene, showlegend=False, uirevision="space"
    )
    return figure


def _add_labels(
    figure: go.Figure, items: pd.DataFrame, xy: np.ndarray, among: np.ndarray, view: View, most: int,
    first: int | None, regions: pd.DataFrame | None, dark: bool,
) -> None:  # fmt: skip
    """Names of regions, then of the best-known items, where they do not cover each other."""
    rows = np.flatnonzero(among & _within(xy, view))
    if "n_ratings" in items:
        rows = rows[np.argsort(-items["n_ratings"].to_numpy()[rows], kind="stable")]
    rows = rows[: 12 * most]
    if first is not None:
        rows = np.r_[first, rows[rows != first]]
    middles, text = np.empty((0, 2)), []
    if regions is not None and len(regions):
        middles = regions[["x", "y"]].to_numpy(float)
        held = _within(middles, view)
        middles, text = middles[held], regions["name"][held].tolist()
    above = len(text)
    titles = items.get("title", items["key"]).to_numpy()[rows]
    text = [*text, *map(short, titles)]
    where = np.vstack([middles, xy[rows]])
    spots = place(where, text, view, (760, 620))
    names(figure, where, text, [spot for spot in spots if spot[0] >= above][:most], dark)
    names(figure, where, text, [spot for spot in spots if spot[0] < above], dark, of_regions=True)


def _within(xy: np.ndarray, view: View) -> np.ndarray:
    return (xy[:, 0] >= view[0]) & (xy[:, 0] <= view[1]) & (xy[:, 1] >= view[2]) & (xy[:, 1] <= view[3])
