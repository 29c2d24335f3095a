"""What pictures are made of: points with hover cards, names with a halo, rings, extents."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.core.unicode_text import strip_bidi_controls
from explorer.figures.label_placement import GAP
from explorer.figures.palette import CONTRAST

PARTS = 15  # of a pixel: the size of a point is a whole number of them
HOVER = "<b>%{customdata[1]}</b> %{customdata[2]}<br>%{customdata[3]}<br>%{customdata[4]}<extra></extra>"


def plain(text: str) -> str:
    """Text that plotly shows as it is: it reads labels and hover text as a kind of HTML."""
    return escape(strip_bidi_controls(text), quote=False)


def points(
    xy: np.ndarray, rows: np.ndarray, size: np.ndarray, colour: str | np.ndarray, name: str, opacity: float,
    text: np.ndarray | None, scale: dict[str, Any] | None = None,
) -> go.Scattergl:  # fmt: skip
    """Some points of a layout, in few bytes each. size: (n,) pixels. text: of hover_text; None for no hover."""
    # A byte for the size of each, in parts of a pixel, where plotly would take eight.
    marker = {"size": np.minimum(size[rows] * PARTS, 255).astype(np.uint8), "sizeref": PARTS, "color": colour}
    return go.Scattergl(
        x=xy[rows, 0], y=xy[rows, 1], mode="markers", name=plain(name),
        customdata=_numbers(rows) if text is None else text, hovertemplate=HOVER if _told(text) else None,
        hoverinfo="skip" if text is None else None if _told(text) else "none",
        marker={**marker, "opacity": opacity, "line": {"width": 0}} | (scale or {}),
        unselected={"marker": {"opacity": 0.12}},
    )  # fmt: skip


def ring(point: np.ndarray) -> go.Scattergl:
    return go.Scattergl(
        x=point[:1], y=point[1:], mode="markers", hoverinfo="skip", showlegend=False,
        marker={"size": 22, "color": CONTRAST, "symbol": "circle-open", "line": {"width": 3}},
    )  # fmt: skip


def hover_text(items: pd.DataFrame, rows: np.ndarray, told: bool = True) -> np.ndarray:
    """What customdata holds of some items: row, title, year, genres and ratings, (len(rows), 5) object.

    told: else the rows alone, (len(rows), 1), in as few bytes as hold them.
    """
    if not told:
        return _numbers(rows)
    items = items.iloc[rows]
    column = items.get
    year = [
        f"{y:.0f}" if y == y else ""
        for y in pd.to_numeric(column("year", pd.Series(np.nan, items.index))).astype(float)
    ]
    genres = [plain(", ".join(g)) for g in column("genres", [[]] * len(items))]
    count, mean = column("n_ratings"), column("mean_rating")
    known = (
        [""] * len(items)
        if count is None or mean is None
        else [f"★ {m:.1f} · {c:,} ratings" for m, c in zip(mean, count, strict=True)]
    )
    title = [plain(short(t, 80)) for t in column("title", items["key"])]
    return np.array([rows, title, year, genres, known], object).T


def _numbers(rows: np.ndarray) -> np.ndarray:
    return rows.astype(np.min_scalar_type(int(rows.max(initial=0))))[:, None]


def _told(text: np.ndarray | None) -> bool:
    return text is not None and text.shape[1] > 1


def sizes(items: pd.DataFrame) -> np.ndarray:
    """Diameter of each point in pixels, by popularity: (n,) float."""
    if "n_ratings" not in items:
        return np.full(len(items), 5.0)
    share = items["n_ratings"].to_numpy(float) / max(items["n_ratings"].max(), 1)
    return 3.5 + 8 * np.sqrt(share)


def names(
    figure: go.Figure,
    xy: np.ndarray,
    text: list[str],
    spots: list[tuple[int, str]],
    dark: bool,
    of_regions: bool = False,
) -> None:
    """Names beside their points, or over their regions, with a halo in the colour of what is behind.

    They are annotations: points that WebGL draws cover any trace of text.
    """
    halo = "#15161a" if dark else "#ffffff"
    shadow = ", ".join(f"{x}px {y}px 2px {halo}" for x in (-1, 1) for y in (-1, 1))
    figure.update_layout(font={"size": 11.5, "color": "#f1f0ec" if dark else "#1c1d21", "shadow": shadow})
    look = {"font": {"size": 13, "weight": 700, "color": "#c3c8ff" if dark else "#2b3a8c"}} if of_regions else {}
    places = [[float(f"{value:.5g}") for value in xy[n]] for n, _ in spots]
    figure.layout.annotations += tuple(
        {"x": x, "y": y, "text": plain(text[n]), "showarrow": False, **_ANCHORS[side], **look}
        for (n, side), (x, y) in zip(spots, places, strict=True)
    )


# What is not said is in the middle.
_ANCHORS: dict[str, dict[str, Any]] = {
    "top center": {"yanchor": "bottom", "yshift": GAP - 1},
    "middle right": {"xanchor": "left", "xshift": GAP},
    "middle left": {"xanchor": "right", "xshift": -GAP},
    "bottom center": {"yanchor": "top", "yshift": 1 - GAP},
}


def extent(xy: np.ndarray) -> tuple[float, float, float, float]:
    low, high = xy.min(axis=0), xy.max(axis=0)
    edge = 0.04 * np.maximum(high - low, 1e-6)
    low, high = low - edge, high + edge
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def bare(low: float, high: float, title: str | None = None) -> dict[str, Any]:
    """An axis without anything but what it is, if it is something."""
    quiet = {"showgrid": False, "zeroline": False, "range": [low, high]}
    return {**quiet, "title": plain(title), "showticklabels": False} if title else {**quiet, "visible": False}


def short(title: str, most: int = 34) -> str:
    return title if len(title) <= most else f"{title[: most - 1].rstrip()}…"
