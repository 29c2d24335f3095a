"""Color encodings as plotly color scales."""

import numpy as np
import pandas as pd
import pytest

from explorer.core.columns.color import Continuous, Discrete
from explorer.core.columns.column import Column
from explorer.core.columns.kinds.number import Number
from explorer.figures.color_encoding import default_colors, layer, limits

ALL = np.ones(3, bool)


def test_layer_has_the_color_of_each_point_for_plotly_and_for_an_image():
    colors = Discrete("Genres", np.array([1, 0, -1], np.int8), ("Comedy", "<b>"), ("#e6a428", "#697595"))
    found = layer(colors, ALL)
    assert found.known.tolist() == [True, True, False]
    assert found.names == ("Comedy", "&lt;b&gt;")
    for code, shade in zip(colors.codes[:2], found.shades[:2], strict=True):
        assert "#{:02x}{:02x}{:02x}".format(*found.palette[shade]) == colors.colors[code]
    numbers = layer(Continuous("Year", np.array([0.0, 10.0, np.nan])), ALL)
    assert numbers.known.tolist() == [True, True, False]
    assert (numbers.shades[0], numbers.shades[1]) == (0, 255)


def test_items_without_a_group_column_have_one_color(colours):
    from explorer import Embedding

    assert default_colors(colours).title == "Genres"
    alone = Embedding(colours.vectors, colours.items[["key"]])
    found = layer(default_colors(alone), np.ones(24, bool))
    assert found.known.all() and len(found.palette) == 1


def contrast(color, behind):
    """Contrast ratio of two colors as in WCAG 2.2: 1 to 21."""
    linear = [np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) for c in np.array([color, behind]) / 255]
    darker, lighter = sorted(part @ (0.2126, 0.7152, 0.0722) for part in linear)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("dark", "behind"), [(False, (255, 255, 255)), (True, (21, 22, 26))])
@pytest.mark.parametrize("diverging", [False, True])
def test_every_shade_of_a_number_is_visible_on_the_background(dark, behind, diverging):
    found = layer(Continuous("x", np.linspace(-1, 1, 9), diverging), np.ones(9, bool), dark)
    assert min(contrast(shade, behind) for shade in found.palette) > 1.5


def test_color_bar_has_the_ticks_within_its_range():
    ticks, texts = tuple(np.log10([1, 50, 100, 200, 500, 10**6])), ("1", "50", "100", "200", "500", "1,000,000")
    colors = Continuous("ratings", np.log10([40, 90, 600]), False, ticks, texts)
    bar = layer(colors, ALL).scale["colorbar"]
    assert bar["ticktext"] == ["50", "100", "200", "500"]
    low, high = limits(colors, ALL)
    assert bar["tickvals"] == pytest.approx(255 * (np.log10([50, 100, 200, 500]) - low) / (high - low))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 10, "0 2 4 6 8 10"), (-0.3, 0.31, "-0.2 0 0.2"), (1931, 1999, "1940 1960 1980"), (3, 3, "3")],
)
def test_color_bar_without_ticks_has_round_numbers(low, high, expected):
    colors = Continuous("x", np.array([low, high, high]), written="{:g}".format, limits=(low, high))
    bar = layer(colors, ALL).scale["colorbar"]
    assert " ".join(f"{float(text):g}" for text in bar["ticktext"]) == expected
    written = np.array([float(text) for text in bar["ticktext"]])
    assert bar["tickvals"] == pytest.approx(255 * (written - low) / ((high - low) or 1))


def test_values_beyond_the_limits_have_the_end_colors():
    values = np.linspace(-50, 100, 16, dtype=np.float32)
    colors = Continuous("x", values, True, limits=(-10.0, 40.0))
    found = layer(colors, np.ones(16, bool))
    assert (found.shades[values <= -10] == 0).all() and (found.shades[values >= 40] == 255).all()
    zero = found.palette[found.shades[values.tolist().index(0)]]
    assert zero.astype(int) == pytest.approx([0xA8, 0xA4, 0x9C], abs=12)  # the midpoint of the scale stays at 0


@pytest.mark.parametrize("scale", ["linear", "log", "rank"])
def test_position_on_the_scale_is_converted_to_its_number(scale):
    values = np.array([1, 10, 100, 1000, 10_000])
    colors = Number(pd.Series(values), Column("price", "number")).colors(scale)
    written = [float(colors.written(float(place)).replace(",", "")) for place in colors.values]
    assert written == pytest.approx(values, rel=0.01)
