"""Colours of kinds, mixtures and numbers."""

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest
from explorer.figures.color_encoding import PAINTS, ColorScale, kinds_layer, mixtures, number_layer

GENRES = ["Comedy", "Drama", "Romance"]


def test_each_mixture_is_a_kind_of_its_own():
    lists = [["Comedy"], ["Drama", "Western"], ["Drama", "Comedy"], GENRES, ["Western"], []]
    kinds = mixtures(pd.DataFrame({"genres": lists}), GENRES)
    names = [list(kinds.colours)[code] if code >= 0 else None for code in kinds.codes]
    assert names == ["Comedy", "Drama", "Comedy + Drama", "Comedy + Drama + Romance", None, None]
    assert len(set(kinds.colours.values())) == len(kinds.colours) == 7
    assert set(kinds.colours.values()) == set(PAINTS.values())


def test_fewer_genres_have_fewer_mixtures_and_more_are_refused():
    items = pd.DataFrame({"genres": [["Comedy", "Drama"], ["Drama"]]})
    assert list(mixtures(items, ["Drama"]).colours) == ["Drama"]
    assert mixtures(items, []).codes.tolist() == [-1, -1]
    assert mixtures(items, ["Comedy", "Opera"]).codes.tolist() == [0, -1]
    with pytest.raises(BadRequest, match="4 genres"):
        mixtures(items, list("abcd"))


def test_a_layer_knows_the_colour_of_each_point_twice_for_plotly_and_for_a_picture():
    kinds = mixtures(pd.DataFrame({"genres": [["Drama"], ["Comedy"], []]}), GENRES)
    layer = kinds_layer(kinds)
    assert layer.known.tolist() == [True, True, False]
    for code, shade in zip(layer.values[:2], layer.shades[:2], strict=True):
        colour = list(kinds.colours.values())[code]
        assert "#{:02x}{:02x}{:02x}".format(*layer.palette[shade]) == colour
    numbers = number_layer(ColorScale("Year", np.array([0.0, 10.0, np.nan])), np.ones(3, bool))
    assert numbers.known.tolist() == [True, True, False]
    assert numbers.shades[0] == 0
    assert numbers.shades[1] == 255


def contrast(colour, behind):
    """Of two colours, as WCAG 2.2 has it: 1 to 21."""
    linear = [np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) for c in np.array([colour, behind]) / 255]
    darker, lighter = sorted(part @ (0.2126, 0.7152, 0.0722) for part in linear)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("dark", "behind"), [(False, (255, 255, 255)), (True, (21, 22, 26))])
@pytest.mark.parametrize("diverging", [False, True])
def test_no_shade_of_a_number_is_lost_on_what_is_behind(dark, behind, diverging):
    layer = number_layer(ColorScale("x", np.linspace(-1, 1, 9), diverging), np.ones(9, bool), dark)
    assert min(contrast(shade, behind) for shade in layer.palette) > 1.5


def test_a_scale_of_logarithms_tells_counts():
    bar = number_layer(ColorScale("ratings", np.log10([40, 90, 600]), log=True), np.ones(3, bool)).scale["colorbar"]
    assert bar["ticktext"] == ["50", "100", "200", "500"]
    assert bar["tickvals"] == pytest.approx(np.log10([50, 100, 200, 500]))
