"""Tables -> plotly figures. Knows nothing of Streamlit; the page's theme fills in fonts and surfaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.embedding import Embedding
from explorer.labels import place
from explorer.palette import ACCENT, CONTRAST, GREY, LINES, rarest_genre

View = tuple[float, float, float, float]  # x0, x1, y0, y1


def map_figure(
    embedding: Embedding,
    xy: np.ndarray,
    shown: np.ndarray,
    colours: Mapping[str, str],
    *,
    lit: np.ndarray | None = None,
    focus: int | None = None,
    window: View | None = None,
    selection: Sequence[Mapping[str, Any]] = (),
    n_labels: int = 40,
    dark: bool = False,
    height: int = 660,
) -> go.Figure:
    """Items as points: each in the colour of its rarest genre among `colours`, the rest grey.

    xy: (n, 2) layout. shown: (n,) bool, points that are drawn. lit: (n,) bool, points that stand out while the others
    turn faint. focus: row of one item that gets a ring. window: x0, x1, y0, y1 to zoom to. selection: shapes as
    plotly's `layout.selections`. dark: what is behind is dark. Each point's customdata starts with its row.
    """
    genre = rarest_genre(embedding.items, list(colours))
    bright = shown if lit is None else shown & lit
    size = _sizes(embedding.items) * (1 if window is None else 1.4)
    if lit is not None:
        size = np.where(lit, np.maximum(size, 7), size)
    figure = go.Figure()
    grey = shown & (~bright | (genre == ""))
    if grey.any():
        figure.add_trace(_points(embedding, xy, np.flatnonzero(grey), size, GREY, "other", 0.25, hover=lit is None))
    for name, colour in colours.items():
        rows = np.flatnonzero(bright & (genre == name))
        if len(rows):
            figure.add_trace(_points(embedding, xy, rows, size, colour, name, 0.85))
    if focus is not None:
        figure.add_trace(_ring(xy[focus]))
    view = window or _extent(xy[shown] if shown.any() else xy)
    _add_labels(figure, embedding.items, xy, bright, view, n_labels, focus, dark)
    figure.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode="pan", hovermode="closest",
        uirevision=f"{view}", selections=list(selection),
        showlegend=False, xaxis=_bare(view[0], view[1]), yaxis=_bare(view[2], view[3]),
    )  # fmt: skip
    return figure


def place_figure(embedding: Embedding, xy: np.ndarray, focus: int, near: np.ndarray, height: int = 430) -> go.Figure:
    """Where one item lives: all items as faint points, its neighbors and itself standing out."""
    figure = go.Figure()
    figure.add_trace(
        go.Scattergl(
            x=xy[:, 0],
            y=xy[:, 1],
            mode="markers",
            hoverinfo="skip",
            showlegend=False,
            marker={"size": 3, "color": GREY, "opacity": 0.28},
        )
    )
    figure.add_trace(_points(embedding, xy, near, np.full(len(xy), 8.0), ACCENT, "nearest", 0.95))
    if isinstance(focus, np.ndarray):
        figure.add_trace(_ring(focus))
    else:
        figure.add_trace(_points(embedding, xy, np.array([focus]), np.full(len(xy), 13.0), CONTRAST, "this one", 1))
    figure.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0}, showlegend=False, dragmode=False, hovermode="closest",
        xaxis={**_bare(*_extent(xy)[:2]), "fixedrange": True},
        yaxis={**_bare(*_extent(xy)[2:]), "fixedrange": True},
    )  # fmt: skip
    return figure


def dimensions_figure(embedding: Embedding, a: str, b: str) -> go.Figure:
    """Two items' vectors dimension by dimension, ordered by what each dimension adds to their dot product."""
    x, y = embedding.vector(a), embedding.vector(b)
    order = np.argsort(-(x * y), kind="stable")
    names = [f"dim {d}" for d in order]
    figure = go.Figure()
    for key, values, colour in ((a, x, CONTRAST), (b, y, ACCENT)):
        figure.add_trace(go.Bar(x=names, y=values[order], name=plain(_short(key)), marker_color=colour))
    figure.update_layout(
        height=300, barmode="group", bargap=0.25, margin={"l": 0, "r": 0, "t": 10, "b": 0}, hovermode="x unified",
        legend={"orientation": "h", "y": 1.12, "title": None},
        xaxis={"showticklabels": False, "title": "dimensions, where they agree most first", "fixedrange": True},
        yaxis={"title": None, "fixedrange": True, "zeroline": True, "nticks": 5},
    )  # fmt: skip
    return figure


def variance_figure(explained: np.ndarray, chosen: int) -> go.Figure:
    """Share of the variance each factor explains, in percent; the chosen one (from 1) stands out."""
    numbers = np.arange(1, len(explained) + 1)
    colour = np.where(numbers == chosen, CONTRAST, GREY)
    figure = go.Figure(
        go.Bar(
            x=numbers,
            y=100 * explained,
            marker_color=colour,
            texttemplate="%{y:.1f}",
            textposition="outside",
            hovertemplate="factor %{x}: %{y:.1f}% of the variance<extra></extra>",
            cliponaxis=False,
        )
    )
    figure.update_layout(
        height=170, margin={"l": 0, "r": 0, "t": 20, "b": 0}, bargap=0.35,
        xaxis={"title": None, "fixedrange": True, "tickmode": "linear", "showgrid": False},
        yaxis={"visible": False, "fixedrange": True},
    )  # fmt: skip
    return figure


def factor_figure(
    items: pd.DataFrame, x: np.ndarray, y: np.ndarray, names: tuple[str, str], n_labels: int = 50, dark: bool = False
) -> go.Figure:
    """Items on two factors, the first n_labels of them with their titles. items: the best known first."""
    figure = go.Figure(
        go.Scattergl(
            x=x,
            y=y,
            mode="markers",
            customdata=_hover(items),
            hovertemplate=HOVER,
            showlegend=False,
            marker={"size": 6, "color": GREY, "opacity": 0.4},
        )
    )
    head = min(n_labels, len(items))
    figure.add_trace(
        go.Scattergl(x=x[:head], y=y[:head], mode="markers", hoverinfo="skip", showlegend=False,
                     marker={"size": 8, "color": ACCENT})
    )  # fmt: skip
    view = _extent(np.stack([x, y], axis=1))
    text = [_short(title) for title in items["title"][:head]]
    points = np.stack([x, y], axis=1)[:head]
    _text(figure, points, text, place(points, text, view, (1050, 580), keep_all=True), dark)
    figure.update_layout(
        height=620, margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode="pan", hovermode="closest",
        xaxis={"title": names[0], "zeroline": True, "showgrid": False, "range": view[:2]},
        yaxis={"title": names[1], "zeroline": True, "showgrid": False, "range": view[2:]},
    )  # fmt: skip
    return figure


HOVER = "<b>%{customdata[1]}</b> %{customdata[2]}<br>%{customdata[3]}<br>%{customdata[4]}<extra></extra>"


def plain(text: str) -> str:
    """Text that plotly shows as it is: it reads labels and hover text as a kind of HTML."""
    return escape(text, quote=False)


def _points(
    embedding: Embedding, xy: np.ndarray, rows: np.ndarray, size: np.ndarray, colour: str, name: str, opacity: float,
    hover: bool = True,
) -> go.Scattergl:  # fmt: skip
    custom = _hover(embedding.items.iloc[rows], rows) if hover else rows[:, None]
    return go.Scattergl(
        x=xy[rows, 0], y=xy[rows, 1], mode="markers", name=plain(name), customdata=custom,
        hovertemplate=HOVER if hover else None, hoverinfo=None if hover else "skip",
        marker={"size": size[rows], "color": colour, "opacity": opacity, "line": {"width": 0}},
        unselected={"marker": {"opacity": 0.12}},
    )  # fmt: skip


def _ring(point: np.ndarray) -> go.Scattergl:
    return go.Scattergl(
        x=point[:1], y=point[1:], mode="markers", hoverinfo="skip", showlegend=False,
        marker={"size": 22, "color": CONTRAST, "symbol": "circle-open", "line": {"width": 3}},
    )  # fmt: skip


def _hover(items: pd.DataFrame, rows: np.ndarray | None = None) -> np.ndarray:
    """Row, title, year, genres and ratings of each item, as hover text: (n, 5) object."""
    n = len(items)
    column = items.get
    year = [
        f"{y:.0f}" if y == y else ""
        for y in pd.to_numeric(column("year", pd.Series(np.nan, items.index))).astype(float)
    ]
    genres = [plain(", ".join(g)) for g in column("genres", [[]] * n)]
    count, mean = column("n_ratings"), column("mean_rating")
    known = (
        [""] * n
        if count is None or mean is None
        else [f"★ {m:.1f} · {c:,} ratings" for m, c in zip(mean, count, strict=True)]
    )
    title = [plain(_short(t, 80)) for t in column("title", items["key"])]
    return np.array([np.arange(n) if rows is None else rows, title, year, genres, known], object).T


def _sizes(items: pd.DataFrame) -> np.ndarray:
    """Diameter of each point in pixels, by popularity: (n,) float."""
    if "n_ratings" not in items:
        return np.full(len(items), 5.0)
    share = items["n_ratings"].to_numpy(float) / max(items["n_ratings"].max(), 1)
    return 3.5 + 8 * np.sqrt(share)


def _add_labels(
    figure: go.Figure, items: pd.DataFrame, xy: np.ndarray, among: np.ndarray, view: View, most: int,
    first: int | None, dark: bool,
) -> None:  # fmt: skip
    inside = among & (xy[:, 0] >= view[0]) & (xy[:, 0] <= view[1]) & (xy[:, 1] >= view[2]) & (xy[:, 1] <= view[3])
    rows = np.flatnonzero(inside)
    if "n_ratings" in items:
        rows = rows[np.argsort(-items["n_ratings"].to_numpy()[rows], kind="stable")]
    rows = rows[: 12 * most]
    if first is not None:
        rows = np.r_[first, rows[rows != first]]
    text = [_short(items["title"].iloc[row]) for row in rows]
    _text(figure, xy[rows], text, place(xy[rows], text, view, (760, 620))[:most], dark)


def _text(figure: go.Figure, xy: np.ndarray, text: list[str], spots: list[tuple[int, str]], dark: bool) -> None:
    """Names beside their points, with a halo in the colour of what is behind."""
    chosen = [n for n, _ in spots]
    halo = "#15161a" if dark else "#ffffff"
    font = {
        "size": 11.5,
        "color": "#f1f0ec" if dark else "#1c1d21",
        "shadow": ", ".join(f"{x}px {y}px 2px {halo}" for x in (-1, 0, 1) for y in (-1, 0, 1)),
    }
    figure.add_trace(
        go.Scatter(
            x=xy[chosen, 0],
            y=xy[chosen, 1],
            mode="text",
            text=[_beside(plain(text[n]), side) for n, side in spots],
            textposition=[side for _, side in spots],
            textfont=font,
            hoverinfo="skip",
            showlegend=False,
        )
    )


def _beside(text: str, side: str) -> str:
    """A name set off from its point: plotly puts text at the side of a point right onto it."""
    return {"middle right": f"\u2002{text}", "middle left": f"{text}\u2002"}.get(side, text)


def _extent(xy: np.ndarray) -> View:
    low, high = xy.min(axis=0), xy.max(axis=0)
    edge = 0.04 * np.maximum(high - low, 1e-6)
    low, high = low - edge, high + edge
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def _bare(low: float, high: float) -> dict[str, Any]:
    return {"visible": False, "range": [low, high], "showgrid": False, "zeroline": False}


def _short(title: str, most: int = 34) -> str:
    return title if len(title) <= most else f"{title[: most - 1].rstrip()}…"


def curves_figure(
    curves: Mapping[str, Sequence[Mapping[str, float]]], baselines: Mapping[str, float] | None = None
) -> go.Figure:
    """Error while learning, by epoch: on the ratings learned from (thin) and on ratings kept apart (thick).

    curves: name -> points with `epoch`, `rmse`, `val_rmse`. baselines: name -> RMSE of its best baseline, a dashed
    line in the colour of its curve.
    """
    figure = go.Figure()
    for (name, curve), colour in zip(curves.items(), cycle(LINES), strict=False):
        epochs = [point["epoch"] for point in curve]
        for what, width, column in (("kept apart", 3, "val_rmse"), ("learned from", 1.2, "rmse")):
            title = plain(f"{name}, {what}")
            trace = go.Scatter(x=epochs, y=[point.get(column) for point in curve], mode="lines", name=title)
            trace.update(line={"color": colour, "width": width})
            trace.update(hovertemplate=f"epoch %{{x}}: %{{y:.3f}}<extra>{title}</extra>")
            figure.add_trace(trace)
        if baselines and name in baselines:
            text = plain(f"{name}, best baseline")
            figure.add_hline(y=baselines[name], line={"dash": "dash", "color": colour}, annotation_text=text)
    figure.update_layout(
        height=320, margin={"l": 0, "r": 0, "t": 10, "b": 0}, legend={"orientation": "h", "y": -0.25, "title": None},
        xaxis={"title": "epoch", "fixedrange": True, "rangemode": "tozero"},
        yaxis={"title": "RMSE, stars", "fixedrange": True},
    )  # fmt: skip
    return figure
