"""2D maps of an embedding; the page's theme sets fonts and background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.core.columns.color import ColorEncoding
from explorer.core.embedding import Embedding
from explorer.figures.color_encoding import Layer, default_colors, layer
from explorer.figures.density_image import contour_lines, density_image
from explorer.figures.label_placement import Label, place_labels
from explorer.figures.palette import CONTRAST, GRAY
from explorer.figures.tile_image import Painting, Tiled, tile_images
from explorer.figures.traces import (
    bare,
    hover_text,
    label_annotations,
    label_font,
    points,
    ring,
    row_numbers,
    short,
    short_titles,
    sizes,
)
from explorer.maps.density import View, foreground, robust_extent, within

LIVE = 12_000  # items up to which all are drawn as points
FOREGROUND = 4_000  # points drawn of more items; the others are an image
FULL = 90  # characters of a title in full, used if there is room


def map_figure(
    embedding: Embedding,
    xy: np.ndarray,
    shown: np.ndarray,
    colors: ColorEncoding | None = None,
    *,
    size: np.ndarray | None = None,
    lit: np.ndarray | None = None,
    focus: int | None = None,
    linked: np.ndarray | None = None,
    window: View | None = None,
    view: View | None = None,
    selection: Sequence[Mapping[str, Any]] = (),
    selected: np.ndarray | None = None,
    axes: tuple[str, str] | None = None,
    regions: pd.DataFrame | None = None,
    contours: bool = False,
    n_labels: int = 40,
    dark: bool = False,
    height: int = 660,
    width: int = 760,
    hover: bool = True,
    tiled: Tiled | None = None,
) -> go.Figure:
    """Scatter plot of items, colored by a column; points without a color are gray.

    If more than LIVE points are shown, the most popular ones in each part of the view are drawn as points, the others
    as a background image. The customdata of each point starts with its row.

    xy: (n, 2) layout. shown: (n,) bool, points to draw. colors: by default those of the group column. size: (n,)
    diameters in pixels; by default by popularity. lit: (n,) bool, highlighted points; the others are faint. focus: row
    of an item that gets a ring, and lines to the rows `linked`. window: x0, x1, y0, y1 of the axes. view: the part that
    the visitor moved to, for which labels are chosen. selection: outlines, as plotly's `layout.shapes`. selected: (n,)
    bool, selected points; the others are faint and have no labels. axes: titles of the axes. regions: `name`, `x`, `y`
    of named regions, the most important first. contours: draw contour lines of the density. dark: whether the
    background is dark. height, width: size in pixels; the width may be approximate. hover: send hover texts with the
    points. tiled: tiles of the layout, whose pictures are then the background; else it is one image.
    """
    colored = layer(colors or default_colors(embedding), shown if lit is None else shown & lit, dark)
    bright = shown & colored.known if lit is None else shown & colored.known & lit
    whole = window or robust_extent(xy[shown] if shown.any() else xy).view
    popularity = embedding.columns.numbers("popularity")
    alive = _drawn_alone(popularity, xy, shown, bright, view or whole, tiled)
    size = (sizes(popularity, len(embedding)) if size is None else size) * (1 if focus is None else 1.4)

    def text(rows: np.ndarray) -> np.ndarray:
        return hover_text(embedding.items, rows, embedding.columns) if hover else row_numbers(rows)

    traces: list[Any] = []
    gray, rows = alive[~bright[alive]], alive[bright[alive]]
    if lit is not None and len(gray):
        # All points, including highlighted ones: the arrays stay the same without a highlight, so they are not resent.
        traces.append(points(xy, alive, size, GRAY, "other", 0.25, None))
        size = np.maximum(size, 7)
    elif len(gray):
        traces.append(points(xy, gray, size, GRAY, "other", 0.25, text(gray)))
    if focus is not None and linked is not None:
        traces.append(_lines(xy, focus, linked))
    if len(rows):
        trace = points(xy, rows, size, colored.shades[rows], colored.name, 0.85, text(rows), colored.scale)
        traces.append({**trace, "meta": list(colored.names)})
    if contours and shown.any():
        traces.append(contour_lines(xy[shown], robust_extent(xy[shown]).view, dark))
    if focus is not None:
        traces.append(ring(xy[focus]))
    if selected is not None:
        rows, regions = rows[selected[rows]], None
        _select(traces, np.flatnonzero(selected))
    rows = _label_order(popularity, rows, n_labels, focus, within(xy, view or whole))
    titles = embedding.items.get("title", embedding.items["key"])
    labels = _labels(titles, xy, rows, view or whole, n_labels, regions, dark, (width, height - 40))
    behind: list[dict[str, Any]] = []
    if len(alive) < shown.sum() and tiled is not None:
        painting = Painting.of(tiled.tiles, shown, bright, colored.shades, colored.palette)
        behind = tile_images(tiled.tiles, view or whole, _around(view or whole), tiled.address(painting))
    elif len(alive) < shown.sum():
        behind = [_behind(xy, shown, bright, colored, _around(view or whole))]
    layout = {
        "height": height, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "dragmode": "pan", "hovermode": "closest",
        "uirevision": f"{whole}", "shapes": list(selection), "selectionrevision": _revision(selection, selected),
        "showlegend": False, "images": behind, "font": label_font(dark), "annotations": labels,
        "xaxis": bare(whole[0], whole[1], axes and axes[0]), "yaxis": bare(whole[2], whole[3], axes and axes[1]),
    }  # fmt: skip
    # Plotly takes ten times as long to check all properties of a hundred labels.
    return go.Figure({"data": traces, "layout": layout}, _validate=False)


def _revision(outlines: Sequence[Mapping[str, Any]], selected: np.ndarray | None) -> str:
    """Another text for another selection, so that plotly does not keep the one drawn before."""
    return f"{[shape['path'] for shape in outlines]} {0 if selected is None else crc32(selected.tobytes())}"


def _drawn_alone(
    popularity: np.ndarray | None, xy: np.ndarray, shown: np.ndarray, bright: np.ndarray, view: View,
    tiled: Tiled | None,
) -> np.ndarray:  # fmt: skip
    """Rows of the items to draw as points: all of them, or the most popular bright ones."""
    if shown.sum() <= LIVE:
        return np.flatnonzero(shown)
    if tiled is not None:
        return tiled.tiles.drawn(view, _around(view), bright, popularity, LIVE, FOREGROUND)
    rows = np.flatnonzero(bright & within(xy, _around(view)))
    if len(rows) <= LIVE:
        return rows
    score = np.zeros(len(rows)) if popularity is None else popularity[rows]
    return np.sort(rows[foreground(xy[rows], score, FOREGROUND, view)])


def _behind(xy: np.ndarray, shown: np.ndarray, bright: np.ndarray, colored: Layer, view: View) -> dict[str, Any]:
    """Background image of all points, for plotly's `layout.images`."""
    rows = np.flatnonzero(shown & within(xy, view))
    x0, x1, y0, y1 = view
    source = density_image(xy[rows], view, colored.shades[rows], colored.palette, bright[rows])
    place = {"xref": "x", "yref": "y", "x": x0, "y": y1, "sizex": x1 - x0, "sizey": y1 - y0}
    return {"source": source, "sizing": "stretch", "layer": "below", **place}


def _around(view: View) -> View:
    """A view widened by a quarter on each side, so dragging does not show an empty border."""
    x, y = (view[1] - view[0]) / 4, (view[3] - view[2]) / 4
    return view[0] - x, view[1] + x, view[2] - y, view[3] + y


def _select(traces: list[Any], rows: np.ndarray) -> None:
    for trace in traces:
        if "customdata" in trace:
            trace["selectedpoints"] = np.flatnonzero(np.isin(trace["customdata"][:, 0].astype(int), rows))


def _lines(xy: np.ndarray, focus: int, linked: np.ndarray) -> dict[str, Any]:
    ends = np.full((len(linked), 3, 2), np.nan)
    ends[:, 0], ends[:, 1] = xy[focus], xy[linked]
    x, y = ends.reshape(-1, 2).T
    line = {"width": 1.2, "color": CONTRAST}
    return {"type": "scattergl", "x": x, "y": y, "mode": "lines", "line": line, "opacity": 0.6, "hoverinfo": "skip",
            "showlegend": False}  # fmt: skip


def _label_order(
    popularity: np.ndarray | None, rows: np.ndarray, most: int, first: int | None, in_view: np.ndarray
) -> np.ndarray:
    """Rows that may have a label: the focused item, then the most popular ones in view."""
    rows = rows[in_view[rows]]
    if popularity is not None:
        rows = rows[np.argsort(-np.nan_to_num(popularity[rows]), kind="stable")]
    rows = rows[: 12 * most]
    return rows if first is None else np.r_[first, rows[rows != first]]


def _labels(
    titles: pd.Series, xy: np.ndarray, rows: np.ndarray, view: View, most: int, regions: pd.DataFrame | None,
    dark: bool, pixels: tuple[int, int],
) -> list[dict[str, Any]]:  # fmt: skip
    """Annotations with titles of items and names of regions, without overlap; regions take precedence."""
    middles, text = np.empty((0, 2)), []
    if regions is not None and len(regions):
        middles = regions[["x", "y"]].to_numpy(float)
        inside = within(middles, view)
        middles, text = middles[inside], regions["name"][inside].tolist()
    above, full = len(text), [short(str(title), FULL) for title in titles.iloc[rows]]
    where = np.vstack([middles, xy[rows]])
    labels = place_labels(where, [*text, *short_titles(full)], view, pixels, full=[*text, *full], most=above + most)
    of_items: list[Label] = [label for label in labels if label.point >= above]
    of_regions = [label for label in labels if label.point < above]
    return label_annotations(where, of_items[:most], dark) + label_annotations(where, of_regions, dark, of_regions=True)
