"""Color encodings of columns as plotly color scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from plotly.colors import convert_colors_to_same_type, hex_to_rgb, sample_colorscale

from explorer.core.columns.color import ColorEncoding, Continuous, Discrete
from explorer.core.embedding import Embedding
from explorer.figures.palette import ACCENT
from explorer.figures.traces import escape_plotly

# The middle of DIVERGING and the ends of the sequential scales must stand out from the background.
DIVERGING = ["#2166ac", "#4a90d0", "#a8a49c", "#e0764a", "#b2182b"]
BLOCK = 1_000_000  # items whose shades are computed at a time
SAMPLE = 2_000_000  # most items whose values are compared
LAST = 255  # shade of a scale of numbers
ON_LIGHT, ON_DARK = (sample_colorscale("Viridis", np.linspace(low, high, 12)) for low, high in ((0, 0.9), (0.22, 1)))


@dataclass(frozen=True, eq=False)
class Layer:
    """Colors of points in a single trace; one trace per color takes the browser several times as long."""

    name: str
    known: np.ndarray  # (n,) bool, points that have a color
    scale: dict[str, Any]  # properties of plotly's marker, whose scale turns shades into colors
    shades: np.ndarray  # (n,) rows of palette: of numbers a byte a point, where plotly would take four
    palette: np.ndarray  # (m, 3) uint8
    names: tuple[str, ...] = ()  # names of the values 0, 1, ... of a discrete encoding


def default_colors(embedding: Embedding) -> ColorEncoding:
    """The colors of the column with the role `group`; a single color if there is none."""
    group = embedding.columns.get_role("group")
    colors = None if group is None else group.colors()
    return colors or Discrete("items", np.zeros(len(embedding), np.int8), ("all",), (ACCENT,))


def layer(colors: ColorEncoding, shown: np.ndarray, dark: bool = False) -> Layer:
    """Colors of points. shown: (n,) bool, points whose values the scale spans. dark: whether the background is dark."""
    return _discrete(colors) if isinstance(colors, Discrete) else _continuous(colors, shown, dark)


def _discrete(colors: Discrete) -> Layer:
    edges = np.linspace(0, 1, len(colors.names) + 1)
    steps = [[edge, color] for n, color in enumerate(colors.colors) for edge in (edges[n], edges[n + 1])]
    scale = {"colorscale": steps or None, "cmin": -0.5, "cmax": len(colors.names) - 0.5, "showscale": False}
    palette = np.array([hex_to_rgb(color) for color in colors.colors] or [(0, 0, 0)], np.uint8)
    names = tuple(map(escape_plotly, colors.names))
    return Layer(colors.title, colors.codes >= 0, scale, colors.codes, palette, names)


def _continuous(colors: Continuous, shown: np.ndarray, dark: bool) -> Layer:
    known = np.isfinite(colors.values)
    low, high = limits(colors, shown)
    stops = shades(colors, low, high, dark)
    # Inside a corner of the plot, so the plot has the same width for all colors.
    bar = {
        "title": {"text": escape_plotly(colors.title), "side": "top"},
        "orientation": "h",
        "thickness": 8,
        "outlinewidth": 0,
    }
    bar |= {"x": 1, "xanchor": "right", "y": 0, "yanchor": "bottom", "len": 0.35}
    bar |= _ticks(colors, low, high)
    at = np.linspace(0, 1, len(stops))
    steps = [list(step) for step in zip(at.tolist(), stops, strict=True)]
    scale = {"colorscale": steps, "cmin": 0, "cmax": LAST, "colorbar": bar}
    found = np.empty(len(colors.values), np.uint8)
    for start in range(0, len(found), BLOCK):
        share = np.nan_to_num((colors.values[start : start + BLOCK] - low) / ((high - low) or 1)).clip(0, 1)
        found[start : start + BLOCK] = np.rint(LAST * share)
    ends = 255 * np.array(convert_colors_to_same_type([*stops], "tuple")[0])
    palette = np.column_stack([np.interp(np.linspace(0, 1, LAST + 1), at, part) for part in ends.T])
    return Layer(colors.title, known, scale, found, palette.astype(np.uint8))


def limits(colors: Continuous, shown: np.ndarray) -> tuple[float, float]:
    """The values of the two end colors: those set by the visitor, else the 1% and 99% quantiles of the shown values.

    shown: (n,) bool. Of more than SAMPLE items, evenly spaced ones stand for all. A diverging scale has 0 in the middle
    by default.
    """
    if colors.limits is not None:
        return colors.limits
    step = -(-len(colors.values) // SAMPLE)
    values = colors.values[::step]
    there = values[shown[::step] & np.isfinite(values)]
    low, high = (float(end) for end in np.quantile(there, [0.01, 0.99])) if len(there) else (0.0, 1.0)
    return (-max(abs(low), abs(high)), max(abs(low), abs(high))) if colors.diverging else (low, high)


def shades(colors: Continuous, low: float, high: float, dark: bool = False) -> list[str]:
    """Evenly spaced colors from low to high; the middle color of a diverging scale stays at 0."""
    if colors.diverging and low == -high:
        return DIVERGING
    if not colors.diverging:
        return ON_DARK if dark else ON_LIGHT
    at = np.linspace(low, high, 33)
    below, above = at / max(-low, 1e-12), at / max(high, 1e-12)
    return sample_colorscale(DIVERGING, np.where(at < 0, below, above).clip(-1, 1) / 2 + 0.5)


def _ticks(colors: Continuous, low: float, high: float) -> dict[str, Any]:
    """Ticks between the ends of the scale: those of the encoding, else a few round numbers."""
    named = dict(zip(colors.ticks, colors.texts, strict=True))
    ticks = {at: text for at, text in named.items() if low <= at <= high}
    if not ticks:
        ticks = {at: colors.written(at) for at in _round_numbers(low, high)}
        if len(set(ticks.values())) < len(ticks):  # whole numbers, written without what is between them
            ticks = {at: text for at, text in ticks.items() if at.is_integer()}
    texts = [escape_plotly(text) for text in ticks.values()]
    return {"tickvals": [LAST * (at - low) / ((high - low) or 1) for at in ticks], "ticktext": texts}


def _round_numbers(low: float, high: float) -> list[float]:
    """From 2 to 6 multiples of 1, 2 or 5 times a power of ten; of one number alone, that number."""
    if not low < high:
        return [low]
    power = 10.0 ** np.floor(np.log10((high - low) / 5))
    step = next(one * power for one in (1, 2, 5, 10) if (high - low) / (one * power) <= 5)
    return [float(n * step) for n in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]
