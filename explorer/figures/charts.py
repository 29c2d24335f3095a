"""Figures of the Neighbors, Factors and Train pages; the page's theme sets fonts and background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.core.embedding import Embedding
from explorer.figures.label_placement import place_labels
from explorer.figures.palette import ACCENT, CONTRAST, GRAY, LINES
from explorer.figures.traces import HOVER, escape_plotly, extent, hover_text, label_annotations, label_font, short


def dimensions_figure(embedding: Embedding, a: str, b: str) -> go.Figure:
    """The vectors of two items by dimension, ordered by each dimension's part of their dot product."""
    x, y = embedding.vector(a), embedding.vector(b)
    order = np.argsort(-(x * y), kind="stable")
    names = [f"dim {d}" for d in order]
    figure = go.Figure()
    for key, values, color in ((a, x, CONTRAST), (b, y, ACCENT)):
        figure.add_trace(go.Bar(x=names, y=values[order], name=escape_plotly(short(key)), marker_color=color))
    figure.update_layout(
        height=300, barmode="group", bargap=0.25, margin={"l": 0, "r": 0, "t": 10, "b": 0}, hovermode="x unified",
        legend={"orientation": "h", "y": 1.12, "title": None},
        xaxis={"showticklabels": False, "title": "dimensions, ordered by agreement", "fixedrange": True},
        yaxis={"title": None, "fixedrange": True, "zeroline": True, "nticks": 5},
    )  # fmt: skip
    return figure


def histogram_figure(texts: Sequence[str], counts: np.ndarray) -> go.Figure:
    """A histogram with bars of equal width. texts: the bins + 1 edges as shown. counts: (bins,)."""
    names = [f"{low} to {high}" for low, high in pairwise(texts)]
    figure = go.Figure(
        go.Bar(
            x=np.arange(len(counts)), y=counts, marker_color=ACCENT, customdata=names,
            hovertemplate="%{customdata}: %{y:,}<extra></extra>",
        )
    )  # fmt: skip
    shown = np.linspace(0, len(counts), 5).astype(int)
    figure.update_layout(
        height=200, margin={"l": 24, "r": 24, "t": 8, "b": 0}, bargap=0.08,  # room for the labels of both ends
        xaxis={
            "fixedrange": True, "tickvals": shown - 0.5, "ticktext": [texts[n] for n in shown],
            "range": [-0.6, len(counts) - 0.4],
        },
        yaxis={"visible": False, "fixedrange": True},
    )  # fmt: skip
    return figure


def variance_figure(explained: np.ndarray, chosen: int) -> go.Figure:
    """Percentage of the variance that each factor explains. chosen: the highlighted factor, counted from 1."""
    numbers = np.arange(1, len(explained) + 1)
    color = np.where(numbers == chosen, CONTRAST, GRAY)
    figure = go.Figure(
        go.Bar(
            x=numbers,
            y=100 * explained,
            marker_color=color,
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
    items: pd.DataFrame, x: np.ndarray, y: np.ndarray, axes: tuple[str, str], n_labels: int = 50, dark: bool = False
) -> go.Figure:
    """Items on two factors. The first n_labels items get titles, unless these overlap.

    items: the most popular first.
    """
    figure = go.Figure(
        go.Scattergl(
            x=x,
            y=y,
            mode="markers",
            customdata=hover_text(items, np.arange(len(items))),
            hovertemplate=HOVER,
            showlegend=False,
            marker={"size": 6, "color": GRAY, "opacity": 0.4},
        )
    )
    head = min(n_labels, len(items))
    figure.add_trace(
        go.Scattergl(x=x[:head], y=y[:head], mode="markers", hoverinfo="skip", showlegend=False,
                     marker={"size": 8, "color": ACCENT})
    )  # fmt: skip
    view = extent(np.stack([x, y], axis=1))
    text = [short(title) for title in items.get("title", items["key"])[:head]]
    points = np.stack([x, y], axis=1)[:head]
    labels = place_labels(points, text, view, (1050, 580))
    figure.update_layout(
        font=label_font(dark), annotations=label_annotations(points, labels, dark),
        height=620, margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode="pan", hovermode="closest",
        xaxis={"title": axes[0], "zeroline": True, "showgrid": False, "range": view[:2]},
        yaxis={"title": axes[1], "zeroline": True, "showgrid": False, "range": view[2:]},
    )  # fmt: skip
    return figure


CURVES = {  # measure -> names of its values in a curve: on validation data, on training data
    "RMSE": ("val_rmse", "rmse"),
    "recall@10": ("recall@10", ""),
    "AUC": ("auc", ""),
    "loss": ("val_loss", "loss"),
}


def curves_figure(
    curves: Mapping[str, Sequence[Mapping[str, float]]], baselines: Mapping[str, float] | None = None
) -> go.Figure:
    """Learning curves by epoch, on validation data (thick) and training data (thin).

    curves: name -> points with `epoch` and a pair of CURVES. baselines: name -> the same measure for the best baseline,
    drawn as a dashed line; equal baselines share a line.
    """
    figure = go.Figure()
    points = [point for curve in curves.values() for point in curve]
    measure, pair = next(
        ((name, pair) for name, pair in CURVES.items() if any(pair[0] in point for point in points)),
        ("loss", ("", "loss")),
    )
    for (name, curve), color in zip(curves.items(), cycle(LINES), strict=False):
        epochs = [point["epoch"] for point in curve]
        for what, width, column in zip(("validation", "training"), (3, 1.2), pair, strict=True):
            if not any(column in point for point in curve):
                continue
            title = escape_plotly(f"{name}, {what}")
            trace = go.Scatter(x=epochs, y=[point.get(column) for point in curve], mode="lines", name=title)
            trace.update(line={"color": color, "width": width})
            trace.update(hovertemplate=f"epoch %{{x}}: %{{y:.3f}}<extra>{title}</extra>")
            figure.add_trace(trace)
    corners = cycle(("top right", "bottom left", "bottom right", "top left"))  # adjacent lines get different corners
    for (value, sharing), corner in zip(sorted(_by_value(baselines or {}).items()), corners, strict=False):
        text = escape_plotly("best baseline of " + ", ".join(sharing))
        figure.add_hline(
            y=value, line={"dash": "dash", "color": GRAY}, annotation_text=text, annotation_position=corner
        )
    figure.update_layout(
        height=320, margin={"l": 0, "r": 0, "t": 10, "b": 0}, legend={"orientation": "h", "y": -0.25, "title": None},
        xaxis={"title": "epoch", "fixedrange": True, "rangemode": "tozero"},
        yaxis={"title": measure, "fixedrange": True},
    )  # fmt: skip
    return figure


def _by_value(baselines: Mapping[str, float]) -> dict[float, list[str]]:
    """Baseline -> names of the models: models of the same data have the same baseline."""
    found: dict[float, list[str]] = {}
    for name, value in baselines.items():
        found.setdefault(round(value, 4), []).append(name)
    return found
