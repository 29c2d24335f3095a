"""Figures of the Learn page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.core.vectors.lookup import LIMIT, Timing
from explorer.figures.palette import ACCENT, CONTRAST, GRAY
from explorer.figures.traces import escape_plotly, short

DIVERGING = [[0, "#ad0449"], [0.5, "rgba(138,141,148,0.10)"], [1, "#4c6ef5"]]
SMALL = {"l": 0, "r": 0, "t": 28, "b": 0}


def lookup_figure(keys: Sequence[str], ids: Sequence[int], rows: np.ndarray, n: int) -> go.Figure:
    """One-hot rows of ids, drawn as lines with one mark, beside the rows of the table that they select.

    keys, ids: the selected items, (k,). rows: their vectors, (k, d). n: number of rows of the table.
    """
    labels = [f"{escape_plotly(short(key, 26))}<br><b>{row:,}</b>" for key, row in zip(keys, ids, strict=True)]
    titles = ("one-hot row", "row of the table")
    figure = make_subplots(
        1, 2, column_widths=[0.42, 0.58], horizontal_spacing=0.04, subplot_titles=titles, shared_yaxes=True
    )
    for place, row in enumerate(ids):
        figure.add_trace(
            go.Scatter(
                x=[0, n - 1], y=[place, place], mode="lines", hoverinfo="skip", line={"color": GRAY, "width": 2}
            ),
            1,
            1,
        )
        figure.add_trace(
            go.Scatter(x=[row], y=[place], mode="markers+text", text=["1"], textposition="top center",
                       marker={"color": CONTRAST, "size": 11}, hovertemplate=f"column {row:,} is 1<extra></extra>"),
            1, 1,
        )  # fmt: skip
    most = float(np.abs(rows).max()) or 1.0
    figure.add_trace(
        go.Heatmap(z=rows, colorscale=DIVERGING, zmin=-most, zmax=most, showscale=False, xgap=1, ygap=8,
                   hovertemplate="number %{x}: %{z:.2f}<extra></extra>"),
        1, 2,
    )  # fmt: skip
    figure.update_yaxes(
        tickmode="array", tickvals=list(range(len(ids))), ticktext=labels, range=[len(ids) - 0.5, -0.6],
        fixedrange=True, showgrid=False, zeroline=False,
    )  # fmt: skip
    figure.update_xaxes(fixedrange=True, showgrid=False, zeroline=False, showticklabels=False)
    figure.update_xaxes(title=f"{n:,} numbers, one is 1", col=1)
    figure.update_xaxes(title=f"{rows.shape[1]} numbers", col=2)
    figure.update_layout(height=90 + 62 * len(ids), margin=SMALL, showlegend=False)
    figure.update_annotations(font_size=13)
    return figure


def time_figure(found: Sequence[Timing]) -> go.Figure:
    """Seconds for one-hot multiplication and for lookup, by number of ids, on log scales."""
    figure = go.Figure()
    ways = {
        "one-hot × table": (CONTRAST, [(t.n, t.one_hot) for t in found if t.one_hot is not None]),
        "lookup": (ACCENT, [(t.n, t.lookup) for t in found]),
    }
    for name, (color, points) in ways.items():
        x, y = zip(*points, strict=True) if points else ((), ())
        figure.add_trace(_line(x, y, name, color, "%{x:,} ids: %{y:.2g} s"))
    return _logarithmic(figure, "seconds", [t.n for t in found])


def memory_figure(found: Sequence[Timing]) -> go.Figure:
    """Bytes needed in addition to the table, by number of ids, on log scales; a dashed line marks lookup.LIMIT."""
    n, figure = [t.n for t in found], go.Figure()
    figure.add_trace(_line(n, [t.one_hot_bytes for t in found], "one-hot rows", CONTRAST, "%{x:,} ids: %{y:.3s}B"))
    figure.add_trace(_line(n, [t.lookup_bytes for t in found], "ids", ACCENT, "%{x:,} ids: %{y:.3s}B"))
    figure.add_hline(y=LIMIT, line={"dash": "dash", "color": GRAY, "width": 1})
    return _logarithmic(figure, "bytes", n)


def plane_figure(points: Mapping[str, tuple[float, float]]) -> go.Figure:
    """Arrows to points in a plane, with dotted lines from the first point to the others."""
    (name, first), *others = points.items()
    figure = go.Figure()
    for other, (x, y) in others:
        figure.add_trace(
            go.Scatter(
                x=[first[0], x], y=[first[1], y], mode="lines", hoverinfo="skip", line={"dash": "dot", "color": GRAY}
            )
        )
        _arrow(figure, other, (x, y), GRAY, "top center")
    _arrow(figure, name, first, CONTRAST, "bottom center")
    span = [-0.2, 1.15 * max(max(p) for p in points.values())]
    figure.update_layout(
        height=330, margin={"l": 0, "r": 0, "t": 8, "b": 0}, showlegend=False,
        xaxis={"range": span, "fixedrange": True, "title": "first number", "zeroline": True},
        yaxis={"range": span, "fixedrange": True, "title": "second number", "zeroline": True},
    )  # fmt: skip
    return figure


def _arrow(figure: go.Figure, name: str, tip: tuple[float, float], color: str, label: str) -> None:
    figure.add_annotation(
        x=tip[0], y=tip[1], ax=0, ay=0, xref="x", yref="y", axref="x", ayref="y", arrowcolor=color, arrowwidth=2.5,
        arrowhead=2, text="",
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(x=[tip[0]], y=[tip[1]], mode="markers+text", text=[name], textposition=label,
                   hoverinfo="skip", marker={"size": 14, "opacity": 0})  # invisible, keeps the name off the tip
    )  # fmt: skip


def _line(x: Sequence[float], y: Sequence[float], name: str, color: str, hover: str) -> go.Scatter:
    return go.Scatter(
        x=list(x), y=list(y), name=name, mode="lines+markers", line={"color": color, "width": 3}, marker={"size": 8},
        hovertemplate=f"{name}, {hover}<extra></extra>",
    )  # fmt: skip


def _logarithmic(figure: go.Figure, unit: str, n: Sequence[int]) -> go.Figure:
    figure.update_layout(
        height=280, margin={"l": 0, "r": 0, "t": 8, "b": 0}, legend={"orientation": "h", "y": 1.15, "title": None},
        xaxis={"type": "log", "title": "ids", "fixedrange": True, "tickvals": list(n), "tickformat": "~s"},
        yaxis={"type": "log", "title": unit, "fixedrange": True, "exponentformat": "SI", "nticks": 6},
    )  # fmt: skip
    return figure
