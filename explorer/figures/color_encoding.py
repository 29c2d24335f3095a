"""What points are coloured by: a kind, as a genre, or a number on a scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from plotly.colors import hex_to_rgb, sample_colorscale

from explorer.core.filters import Genres, genre_table
from explorer.errors import BadRequest
from explorer.figures.palette import rarest_genre
from explorer.figures.traces import plain


@dataclass(frozen=True, eq=False)
class ColorScale:
    """A number for each point, and how it is called: coloured by a scale."""

    title: str
    values: np.ndarray  # (n,) float, nan where not known
    diverging: bool = False  # around 0
    log: bool = False  # values are decimal logarithms; the scale tells what they are of


@dataclass(frozen=True, eq=False)
class Categories:
    """A kind for each point, as a genre: each in a colour of its own."""

    codes: np.ndarray  # (n,) whole numbers, places in colours; -1 for none
    colours: Mapping[str, str]  # name -> colour
    title: str = "genres"


def by_genre(items: pd.DataFrame, colours: Mapping[str, str], table: Genres | None = None) -> Categories:
    """Each item by the rarest of its genres among those that have a colour. table: as for palette.rarest_genre."""
    return Categories(rarest_genre(items, list(colours), table), colours)


@dataclass(frozen=True, eq=False)
class Layer:
    """Coloured points as one trace: one for each colour takes the browser several times as long."""

    name: str
    known: np.ndarray  # (n,) bool, which points have a colour
    values: np.ndarray  # (n,) what the scale turns into colours
    scale: dict[str, Any]
    shades: np.ndarray  # (n,) the same as rows of palette
    palette: np.ndarray  # (m, 3) uint8
    names: list[str] = field(default_factory=list)  # of the values 0, 1, ... where they stand for something


def kinds_layer(kinds: Categories) -> Layer:
    """Points in the colours of their kinds."""
    names, colours = list(kinds.colours), list(kinds.colours.values())
    edges = np.linspace(0, 1, len(names) + 1)
    steps = [[edge, colour] for n, colour in enumerate(colours) for edge in (edges[n], edges[n + 1])]
    scale = {"colorscale": steps or None, "cmin": -0.5, "cmax": len(names) - 0.5, "showscale": False}
    codes = kinds.codes.astype(np.int16 if len(names) > 127 else np.int8)
    palette = np.array([hex_to_rgb(colour) for colour in colours] or [(0, 0, 0)], np.uint8)
    return Layer(kinds.title, kinds.codes >= 0, codes, scale, codes, palette, [plain(name) for name in names])


# Neither the middle of one nor the ends of the other may be lost on what is behind.
DIVERGING = ["#2166ac", "#4a90d0", "#a8a49c", "#e0764a", "#b2182b"]
ON_LIGHT, ON_DARK = (sample_colorscale("Viridis", np.linspace(low, high, 12)) for low, high in ((0, 0.9), (0.22, 1)))


def number_layer(number: ColorScale, shown: np.ndarray, dark: bool = False) -> Layer:
    """Points on a scale that spans what is shown (n,) bool, but for a hundredth at each end; dark: what is behind."""
    known = np.isfinite(number.values)
    there = number.values[shown & known]
    low, high = np.quantile(there, [0.01, 0.99]) if len(there) else (0.0, 1.0)
    if number.diverging:
        low, high = -max(abs(low), abs(high)), max(abs(low), abs(high))
    colours = DIVERGING if number.diverging else ON_DARK if dark else ON_LIGHT
    # In a corner of the picture, which then keeps its width whatever it is coloured by.
    bar = {"title": {"text": plain(number.title), "side": "top"}, "orientation": "h", "thickness": 8, "outlinewidth": 0}
    bar |= {"x": 1, "xanchor": "right", "y": 0, "yanchor": "bottom", "len": 0.35}
    bar |= _counts(low, high) if number.log else {"nticks": 5}
    scale = {"colorscale": colours, "cmin": low, "cmax": high, "colorbar": bar}
    share = np.nan_to_num((number.values - low) / ((high - low) or 1)).clip(0, 1)
    palette = np.array(sample_colorscale(colours, np.linspace(0, 1, 256), colortype="tuple")) * 255
    values = number.values.astype(np.float32)
    return Layer(number.title, known, values, scale, (255 * share).astype(np.uint8), palette.astype(np.uint8))


def _counts(low: float, high: float) -> dict[str, Any]:
    """Where a scale of logarithms has ticks, and what they say."""
    round_ones = [step * 10**power for power in range(10) for step in (1, 2, 5)]
    told = [one for one in round_ones if low <= np.log10(one) <= high]
    return {"tickvals": np.log10(told).tolist(), "ticktext": [f"{one:,}" for one in told]}


# Of three kinds and their mixtures, mixed as paints are: 1 blue, 2 red, 4 yellow, 3 = 1 + 2 purple, and so on. The
# colours are those of Okabe & Ito 2008 (Color Universal Design), which the colour-blind tell apart too.
PAINTS = {1: "#0072b2", 2: "#d55e00", 4: "#f0e442", 3: "#cc79a7", 5: "#009e73", 6: "#e69f00", 7: "#7a4b2a"}


def mixtures(items: pd.DataFrame, genres: Sequence[str], table: Genres | None = None) -> Categories:
    """Each item by which of up to three genres it has: alone, two, or all of them. Raises BadRequest for more."""
    if len(genres) > 3:
        raise BadRequest(f"{len(genres)} genres have too many mixtures to tell apart; choose up to 3.")
    mixed = np.zeros(len(items), np.int16)
    if genres:
        have = (genre_table(items) if table is None else table).of(genres)
        mixed = (have << np.arange(len(genres))).sum(axis=1)
    order = [paint for paint in PAINTS if paint < 1 << len(genres)]
    names = [" + ".join(genre for n, genre in enumerate(genres) if paint >> n & 1) for paint in order]
    place = np.full(8, -1, np.int16)
    place[order] = np.arange(len(order))
    colours = {name: PAINTS[paint] for name, paint in zip(names, order, strict=True)}
    return Categories(place[mixed], colours, "mixtures of genres")
