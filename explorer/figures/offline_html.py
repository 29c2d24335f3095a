"""A map as one page that needs no network: the figure, plotly itself, and what the colours mean."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures.color_encoding import Categories
from explorer.figures.traces import plain


def page(figure: go.Figure, kinds: Categories | None = None, shown: np.ndarray | None = None) -> str:
    """The figure as HTML, as large as the window, with a legend of those kinds that some of the points have.

    figure: made for a light page, with its hover text. kinds: what its points are coloured by, None for a number, which
    has a scale. shown: (n,) bool, the points that count; all by default.
    """
    figure = go.Figure(figure).update_traces(showlegend=False)
    if kinds is not None:
        codes = kinds.codes if shown is None else kinds.codes[shown]
        names = list(kinds.colours.items())
        for name, colour in (names[code] for code in np.unique(codes[codes >= 0])):
            mark = {"color": colour, "size": 9}
            figure.add_trace(
                go.Scatter(x=[None], y=[None], mode="markers", marker=mark, name=plain(name), showlegend=True)
            )
    figure.update_layout(
        template="plotly_white", height=None, showlegend=True, margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"itemclick": False, "itemdoubleclick": False},
    )  # fmt: skip
    return figure.to_html(include_plotlyjs=True, default_height="97vh", config={"scrollZoom": True})
