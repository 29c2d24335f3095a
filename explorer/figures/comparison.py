"""Figures that compare two embeddings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures.palette import ACCENT, CONTRAST, GRAY
from explorer.figures.traces import escape_plotly
from explorer.quality.comparison import Comparison
from explorer.quality.popularity_bias import PopularityBias


def overlap_figure(comparison: Comparison, marked: int | None = None) -> go.Figure:
    """Percentage of items that share 0, 1, 2, ... k neighbors. marked: the highlighted bar."""
    k = comparison.k
    shares = 100 * np.bincount(comparison.shared, minlength=k + 1) / len(comparison)
    numbers = np.arange(k + 1)
    bars = go.Bar(x=numbers, y=shares, marker_color=np.where(numbers == marked, CONTRAST, GRAY), cliponaxis=False)
    bars.update(hovertemplate=f"%{{x}} of {k} in both: %{{y:.1f}}% of the items<extra></extra>")
    if k <= 15:
        bars.update(texttemplate="%{y:.0f}", textposition="outside")
    figure = go.Figure(bars)
    figure.update_layout(
        height=260, margin={"l": 0, "r": 0, "t": 24, "b": 0}, bargap=0.25, showlegend=False,
        xaxis={"title": f"neighbors in both, of {k}", "fixedrange": True, "showgrid": False, "nticks": 12},
        yaxis={"visible": False, "fixedrange": True},
    )  # fmt: skip
    return figure


def popularity_figure(leaning: PopularityBias) -> go.Figure:
    """Median popularity of neighbors against that of the items, by decile, with a line for each embedding.

    On the diagonal, neighbors are as popular as the item itself.
    """
    own = leaning.deciles["own"]
    figure = _lines(
        leaning, leaning.deciles, own, "decile %{customdata}: neighbors have %{y:,.0f} " + escape_plotly(leaning.unit)
    )
    ends = [max(own.min(), 1), own.max()]
    figure.add_trace(
        go.Scatter(x=ends, y=ends, mode="lines", name="as popular as the item", hoverinfo="skip",
                   line={"dash": "dash", "color": GRAY, "width": 1.2})
    )  # fmt: skip
    ticks = [digit * 10**power for power in range(9) for digit in (1, 2, 5)]
    figure.update_xaxes(
        type="log", tickvals=ticks, title=escape_plotly(f"{leaning.unit} of the item, median of its decile")
    )
    figure.update_yaxes(type="log", tickvals=ticks, title=escape_plotly(f"{leaning.unit} of its neighbors, median"))
    return figure


def shared_figure(leaning: PopularityBias) -> go.Figure:
    """Share of neighbors with the same value as the item in the group column, by decile. Needs leaning.shared."""
    table = pd.DataFrame() if leaning.shared is None else leaning.shared
    shares = table.assign(**{name: 100 * table[name] for name in leaning.names})
    figure = _lines(
        leaning, shares, table["decile"], "decile %{customdata}: %{y:.0f}% " + escape_plotly(leaning.measure)
    )
    figure.update_xaxes(title="decile of popularity, the most popular last", dtick=1)
    figure.update_yaxes(title=escape_plotly(f"{leaning.measure}, %"), rangemode="tozero")
    return figure


def _lines(leaning: PopularityBias, table: pd.DataFrame, x: pd.Series, hover: str) -> go.Figure:
    figure = go.Figure()
    for name, color in zip(leaning.names, (CONTRAST, ACCENT), strict=True):
        title = escape_plotly(name)
        line = go.Scatter(x=x, y=table[name], mode="lines+markers", name=title, customdata=table["decile"])
        figure.add_trace(line.update(line={"color": color}, hovertemplate=f"{hover}<extra>{title}</extra>"))
    figure.update_layout(
        height=320, margin={"l": 0, "r": 0, "t": 10, "b": 0}, legend={"orientation": "h", "y": 1.15, "title": None},
        xaxis={"fixedrange": True, "showgrid": False}, yaxis={"fixedrange": True},
    )  # fmt: skip
    return figure
