"""Parts of plotly figures: points with hover text, labels, rings and axes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from explorer.core.columns.table import Columns
from explorer.core.text.bidirectional import strip_bidi_controls
from explorer.figures.label_placement import GAP, Label
from explorer.figures.palette import CONTRAST

PARTS = 15  # sizes of points are multiples of 1/15 pixel
HOVER = "<b>%{customdata[1]}</b>%{customdata[2]}<extra></extra>"
ATTRIBUTES = 5  # columns in the hover text
BLOCK = 1_000_000  # points whose sizes are computed at a time
SMALLEST, LARGEST = 3.5, 11.5  # pixels: diameters of points
EQUAL = 5.0  # pixels: diameter of points of equal size


def escape_plotly(text: str) -> str:
    """Escape a text for plotly, which parses labels and hover texts as HTML."""
    return escape(strip_bidi_controls(text), quote=False)


def points(
    xy: np.ndarray, rows: np.ndarray, size: np.ndarray, color: str | np.ndarray, name: str, opacity: float,
    text: np.ndarray | None, scale: dict[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Trace of some points of a layout, encoded in few bytes per point.

    size: (n,) pixels. text: of hover_text or row_numbers; None for no hover.
    """
    # One byte for each size, in parts of a pixel; plotly would send eight.
    marker = {"size": np.minimum(size[rows] * PARTS, 255).astype(np.uint8), "sizeref": PARTS, "color": color}
    has_text = text is not None and text.shape[1] > 1
    return {
        "type": "scattergl", "x": xy[rows, 0], "y": xy[rows, 1], "mode": "markers", "name": escape_plotly(name),
        "customdata": row_numbers(rows) if text is None else text,
        **({"hovertemplate": HOVER} if has_text else {"hoverinfo": "skip" if text is None else "none"}),
        "marker": {**marker, "opacity": opacity, "line": {"width": 0}} | (scale or {}),
        "unselected": {"marker": {"opacity": 0.12}},
    }  # fmt: skip


def ring(point: np.ndarray) -> dict[str, Any]:
    """Trace of a ring around a point, (2,)."""
    return {
        "type": "scattergl", "x": point[:1], "y": point[1:], "mode": "markers", "hoverinfo": "skip",
        "showlegend": False,
        "marker": {"size": 22, "color": CONTRAST, "symbol": "circle-open", "line": {"width": 3}},
    }  # fmt: skip


def row_numbers(rows: np.ndarray) -> np.ndarray:
    """Customdata without hover text: the rows in the smallest sufficient integer type, (len(rows), 1)."""
    return rows.astype(np.min_scalar_type(int(rows.max(initial=0))))[:, None]


def hover_text(items: pd.DataFrame, rows: np.ndarray, columns: Columns | None = None) -> np.ndarray:
    """Customdata with hover text: row, title and lines with column values, (len(rows), 3) object.

    columns: columns of all items; None to show only the title.
    """
    titles = [escape_plotly(short(str(title), 80)) for title in items.get("title", items["key"]).iloc[rows]]
    lines = [""] * len(rows) if columns is None else _fact_lines(columns, rows)
    return np.array([rows, titles, lines], object).T


def _fact_lines(columns: Columns, rows: np.ndarray) -> list[str]:
    lines = [""] * len(rows)
    for name in hover_columns(columns):
        label, texts = escape_plotly(columns.schema[name].label), columns[name].texts(rows)
        lines = [
            f"{line}<br>{label}: {escape_plotly(text)}" if text else line
            for line, text in zip(lines, texts, strict=True)
        ]
    return lines


def hover_columns(columns: Columns) -> list[str]:
    """Names of the columns in the hover text: those with a role first; no links, images or long texts."""
    attributes = [column for column in columns.schema.attributes if column.kind not in ("link", "image", "text")]
    return [column.name for column in sorted(attributes, key=lambda column: not column.role)][:ATTRIBUTES]


def sizes(numbers: np.ndarray | None, n: int) -> np.ndarray:
    """Diameters of points in pixels: (n,) float32. The area grows with the number; unknown numbers get the smallest.

    numbers: (n,) float, NaN if unknown; None for points of equal size.
    """
    if numbers is None or not np.isfinite(numbers).any():
        return np.full(n, EQUAL, np.float32)
    low, high = min(0.0, float(np.nanmin(numbers))), float(np.nanmax(numbers))
    found = np.empty(n, np.float32)
    for start in range(0, n, BLOCK):
        share = np.nan_to_num((numbers[start : start + BLOCK] - low) / ((high - low) or 1)).clip(0, 1)
        found[start : start + BLOCK] = SMALLEST + (LARGEST - SMALLEST) * np.sqrt(share)
    return found


def label_font(dark: bool) -> dict[str, Any]:
    """Font of labels, with a halo in the color of the background."""
    halo = "#15161a" if dark else "#ffffff"
    shadow = ", ".join(f"{x}px {y}px 2px {halo}" for x in (-1, 1) for y in (-1, 1))
    return {"size": 11.5, "color": "#f1f0ec" if dark else "#1c1d21", "shadow": shadow}


def label_annotations(
    xy: np.ndarray, labels: list[Label], dark: bool, of_regions: bool = False
) -> list[dict[str, Any]]:
    """Labels of points or regions as annotations, because WebGL points cover text traces."""
    look = {"font": {"size": 13, "weight": 700, "color": "#c3c8ff" if dark else "#2b3a8c"}} if of_regions else {}
    places = [[float(f"{value:.5g}") for value in xy[label.point]] for label in labels]
    return [
        {"x": x, "y": y, "text": escape_plotly(label.text), "showarrow": False, **_ANCHORS[label.side], **look}
        for label, (x, y) in zip(labels, places, strict=True)
    ]


# Anchors that are not set default to the middle.
_ANCHORS: dict[str, dict[str, Any]] = {
    "top center": {"yanchor": "bottom", "yshift": GAP - 1},
    "middle right": {"xanchor": "left", "xshift": GAP},
    "middle left": {"xanchor": "right", "xshift": -GAP},
    "bottom center": {"yanchor": "top", "yshift": 1 - GAP},
    "top right": {"xanchor": "left", "yanchor": "bottom", "yshift": GAP - 1},
    "top left": {"xanchor": "right", "yanchor": "bottom", "yshift": GAP - 1},
    "bottom right": {"xanchor": "left", "yanchor": "top", "yshift": 1 - GAP},
    "bottom left": {"xanchor": "right", "yanchor": "top", "yshift": 1 - GAP},
}


def extent(xy: np.ndarray) -> tuple[float, float, float, float]:
    """Extent (x0, x1, y0, y1) of all points (n, 2), with a border of 4%."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    edge = 0.04 * np.maximum(high - low, 1e-6)
    low, high = low - edge, high + edge
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def bare(low: float, high: float, title: str | None = None) -> dict[str, Any]:
    """An axis without ticks and grid."""
    quiet = {"showgrid": False, "zeroline": False, "range": [low, high]}
    named = {"title": {"text": escape_plotly(title or "")}, "showticklabels": False}
    return {**quiet, **(named if title else {"visible": False})}


def short(title: str, most: int = 34) -> str:
    """Cut a title to at most `most` characters."""
    return title if len(title) <= most else f"{title[: most - 1].rstrip()}…"


def short_titles(titles: Sequence[str]) -> list[str]:
    """Titles shortened as by `short`, but in the middle where two different ones would look alike."""
    cut = [short(title) for title in titles]
    meant: dict[str, set[str]] = {}
    for text, title in zip(cut, titles, strict=True):
        meant.setdefault(text, set()).add(title)
    return [_without_middle(title) if len(meant[text]) > 1 else text for text, title in zip(cut, titles, strict=True)]


def _without_middle(title: str) -> str:
    """The first 12 characters and the last words of a title."""
    end = title[-20:]
    return f"{title[:12].rstrip()} … {end.partition(' ')[2] or end}"
