"""Contrast of the category palette, also for color-blind vision and on both backgrounds."""

from itertools import combinations

import pytest

from explorer.core.columns.color import GRAY, MIXTURES, OTHER, PALETTE, TWO
from tests.color_vision import SIGHT, distance, linear


@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_categories_are_distinguishable(sight):
    nearest = min(combinations(PALETTE, 2), key=lambda pair: distance(*pair, sight))
    assert distance(*nearest, sight) > 0.075, nearest
    assert min(distance(OTHER, one, sight) for one in PALETTE) > 0.055


@pytest.mark.parametrize("sight", SIGHT)
def test_mixtures_and_booleans_are_distinguishable(sight):
    for pair in [*combinations(MIXTURES.values(), 2), TWO, *((one, GRAY) for one in TWO)]:
        assert distance(*pair, sight) > 0.05, pair


@pytest.mark.parametrize("behind", ["#ffffff", "#15161a"])
def test_every_color_is_visible_on_white_and_on_near_black(behind):
    def light(color: str) -> float:
        return float(linear(color) @ [0.2126, 0.7152, 0.0722]) + 0.05

    for color in (*PALETTE, OTHER):
        contrast = light(color) / light(behind)
        assert max(contrast, 1 / contrast) > 1.45, color
