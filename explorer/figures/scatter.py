"""Maps of an embedding as plotly figures; the page's theme fills in fonts and surfaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.core.embedding import Embedding
from explorer.figures.color_encoding import Categories, ColorScale, Layer, by_genre, kinds_layer, number_layer
from explorer.figures.density_image import density_image
from explorer.figures.label_placement import place_labels
from explorer.figures.palette import CONTRAST, GREY
from explorer.figures.traces import HOVER, bare, hover_text, names, points, ring, short, sizes
from explorer.maps.density import View, foreground, robust_extent, within

LIVE = 12_000  # points that are drawn one by one
FOREGROUND = 4_000  # of more than that, so many
EYE = {"x": 0.9, "y": 0.9, "z": 0.6}  # from where one looks into space: so near that the points fill the picture


def map_figure(
    embedding: Embedding,
    xy: np.ndarray,
    shown: np.ndarray,
    colours: Mapping[str, str] | Categories,
    *,
    number: ColorScale | None = None,
    lit: np.ndarray | None = None,
    focus: int | None = None,
    linked: np.ndarray | None = None,
    window: View | None = None,
    view: View | None = None,
    selection: Sequence[Mapping[str, Any]] = (),
    held: np.ndarray | None = None,
    axes: tuple[str, str] | None = None,
    regions: pd.DataFrame | None = None,
    n_labels: int = 40,
    dark: bool = False,
    height: int = 660,
    width: int = 760,
    hover: bool = True,
) -> go.Figure:
    """Items as points: each in the colour of its kind, by default its rarest genre, or by a number; the rest grey.

    xy: (n, 2) layout. shown: (n,) bool, points that are drawn. colours: genre -> colour, or kinds. lit: (n,) bool,
    points that stand out while the others turn faint. focus: row of one item that gets a ring, and lines to the rows
    `linked`. window: x0, x1, y0, y1 to zoom to. view: the part that is looked at meanwhile, by hand; it decides which
    names are drawn. selection: shapes as plotly's `layout.selections`. held: (n,) bool, points that are selected: the
    others turn faint, and only these are named. axes: what the two axes are, where they mean something. regions:
    `name`, `x`, `y` of named regions, the most important first. dark: what is behind is dark. width: about how many
    pixels there are, for names not to cover each other. hover: the text under the pointer goes with the points; else
    only their rows do. Each point's customdata starts with its row. Of more than LIVE points the best known in each
    part of the view are drawn one by one, the others as a picture behind them.
    """
    layer = kinds_layer(colours if isinstance(colours, Categories) else by_genre(embedding.items, colours))
    if number is not None:
        layer = number_layer(number, shown if lit is None else shown & lit, dark)
    bright = shown & layer.known if lit is None else shown & layer.known & lit
    whole = window or robust_extent(xy[shown] if shown.any() else xy).view
    alive = _alive(embedding.items, xy, shown, bright, view or whole)
    size = sizes(embedding.items) * (1 if focus is None else 1.4)
    figure = go.Figure()
    grey, rows = alive[~bright[alive]], alive[bright[alive]]
    if lit is not None and len(grey):
        # All of them, also below those that stand out: the same columns as without, so they are not sent again.
        figure.add_trace(points(xy, alive, size, GREY, "other", 0.25, None))
        size = np.maximum(size, 7)
    elif len(grey):
        figure.add_trace(points(xy, grey, size, GREY, "other", 0.25, hover_text(embedding.items, grey, hover)))
    if focus is not None and linked is not None:
        figure.add_trace(_lines(xy, focus, linked))
    if len(rows):
        text = hover_text(embedding.items, rows, hover)
        trace = points(xy, rows, size, layer.values[rows], layer.name, 0.85, text, layer.scale)
        figure.add_trace(trace.update(meta=layer.names))
    if focus is not None:
        figure.add_trace(ring(xy[focus]))
    if held is not None:
        rows, regions = rows[held[rows]], None
        if not selection:  # from shapes plotly finds out by itself what they hold
            _select(figure, np.flatnonzero(held))
    _add_labels(figure, embedding.items, xy, rows, view or whole, n_labels, focus, regions, dark, (width, height - 40))
    behind = [] if len(alive) == shown.sum() else [_behind(xy, shown, bright, layer, _around(view or whole))]
    figure.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode="pan", hovermode="closest",
        uirevision=f"{whole}", selections=list(selection), showlegend=False, images=behind,
        xaxis=bare(whole[0], whole[1], axes and axes[0]), yaxis=bare(whole[2], whole[3], axes and axes[1]),
    )  # fmt: skip
    return figure


def _alive(items: pd.DataFrame, xy: np.ndarray, shown: np.ndarray, bright: np.ndarray, view: View) -> np.ndarray:
    """Rows of the points that are drawn one by one: all, or the best known of those that stand out."""
    if shown.sum() <= LIVE:
        return np.flatnonzero(shown)
    rows = np.flatnonzero(bright & within(xy, _around(view)))
    if len(rows) <= LIVE:
        return rows
    known = items["n_ratings"].to_numpy(float)[rows] if "n_ratings" in items else np.zeros(len(rows))
    return np.sort(rows[foreground(xy[rows], known, FOREGROUND, view)])


def _behind(xy: np.ndarray, shown: np.ndarray, bright: np.ndarray, layer: Layer, view: View) -> dict[str, Any]:
    """All points as a picture below those that are drawn, as one of plotly's `layout.images`."""
    rows = np.flatnonzero(shown & within(xy, view))
    x0, x1, y0, y1 = view
    source = density_image(xy[rows], view, layer.shades[rows], layer.palette, bright[rows])
    place = {"xref": "x", "yref": "y", "x": x0, "y": y1, "sizex": x1 - x0, "sizey": y1 - y0}
    return {"source": source, "sizing": "stretch", "layer": "below", **place}


def _around(view: View) -> View:
    """A view and a quarter of it on every side: what comes into sight while one drags."""
    x, y = (view[1] - view[0]) / 4, (view[3] - view[2]) / 4
    return view[0] - x, view[1] + x, view[2] - y, view[3] + y


def _select(figure: go.Figure, rows: np.ndarray) -> None:
    for trace in figure.data:
        if trace.customdata is not None:
            trace.selectedpoints = np.flatnonzero(np.isin(trace.customdata[:, 0].astype(int), rows))


def _lines(xy: np.ndarray, focus: int, linked: np.ndarray) -> go.Scattergl:
    ends = np.full((len(linked), 3, 2), np.nan)
    ends[:, 0], ends[:, 1] = xy[focus], xy[linked]
    x, y = ends.reshape(-1, 2).T
    line = {"width": 1.2, "color": CONTRAST}
    return go.Scattergl(x=x, y=y, mode="lines", line=line, opacity=0.6, hoverinfo="skip", showlegend=False)


def space_figure(
    embedding: Embedding,
    xyz: np.ndarray,
    shown: np.ndarray,
    colours: Mapping[str, str] | Categories,
    *,
    number: ColorScale | None = None,
    lit: np.ndarray | None = None,
    focus: int | None = None,
    dark: bool = False,
    height: int = 660,
) -> go.Figure:
    """Items as points in space, coloured as in `map_figure`. xyz: (n, 3). The rest as there."""
    layer = kinds_layer(colours if isinstance(colours, Categories) else by_genre(embedding.items, colours))
    if number is not None:
        layer = number_layer(number, shown if lit is None else shown & lit, dark)
    bright = shown & layer.known if lit is None else shown & layer.known & lit
    size, line = sizes(embedding.items) * 0.7, {"width": 0}
    figure = go.Figure()

    def add(rows: np.ndarray, name: str, marker: dict[str, Any]) -> None:
        if len(rows):
            x, y, z = xyz[rows].T
            marker = {"size": size[rows], "line": line, **marker}
            trace = go.Scatter3d(x=x, y=y, z=z, mode="markers", marker=marker, name=name, meta=layer.names)
            figure.add_trace(trace.update(customdata=hover_text(embedding.items, rows), hovertemplate=HOVER))

    rows = np.flatnonzero(bright)
    add(np.flatnonzero(shown & ~bright), "other", {"color": GREY, "opacity": 0.15})
    add(rows, layer.name, {"color": layer.values[rows], "opacity": 0.85, **layer.scale})
    if focus is not None:
        x, y, z = xyz[[focus]].T
        ring = {"size": 14, "color": CONTRAST, "symbol": "circle-open", "line": {"width": 3}}
        figure.add_trace(go.Scatter3d(x=x, y=y, z=z, mode="markers", marker=ring, hoverinfo="skip"))
    axis = {"visible": False}
    scene = {"xaxis": axis, "yaxis": axis, "zaxis": axis, "aspectmode": "data", "camera": {"eye": EYE}}
    figure.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0}, scene=scene, showlegend=False, uirevision="space"
    )
    return figure


def _add_labels(
    figure: go.Figure, items: pd.DataFrame, xy: np.ndarray, rows: np.ndarray, view: View, most: int,
    first: int | None, regions: pd.DataFrame | None, dark: bool, pixels: tuple[int, int],
) -> None:  # fmt: skip
    """Names of regions, then of the best-known items, where they do not cover each other."""
    rows = rows[within(xy[rows], view)]
    if "n_ratings" in items:
        rows = rows[np.argsort(-items["n_ratings"].to_numpy()[rows], kind="stable")]
    rows = rows[: 12 * most]
    if first is not None:
        rows = np.r_[first, rows[rows != first]]
    middles, text = np.empty((0, 2)), []
    if regions is not None and len(regions):
        middles = regions[["x", "y"]].to_numpy(float)
        held = within(middles, view)
        middles, text = middles[held], regions["name"][held].tolist()
    above = len(text)
    titles = items.get("title", items["key"]).iloc[rows]
    text = [*text, *map(short, titles)]
    where = np.vstack([middles, xy[rows]])
    spots = place_labels(where, text, view, pixels)
    names(figure, where, text, [spot for spot in spots if spot[0] >= above][:most], dark)
    names(figure, where, text, [spot for spot in spots if spot[0] < above], dark, of_regions=True)
