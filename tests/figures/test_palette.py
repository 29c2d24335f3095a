"""The colors of lines and highlights, told apart also by the colour-blind."""

from itertools import combinations

import pytest

from explorer.figures.palette import CONTRAST, GREY, LINES
from tests.color_vision import SIGHT, distance, oklab


def test_the_measure_knows_black_white_and_what_the_colour_blind_confuse():
    assert oklab("#ffffff") == pytest.approx([1, 0, 0], abs=1e-3)
    assert oklab("#000000") == pytest.approx([0, 0, 0], abs=1e-6)
    assert distance("#d63333", "#7a7a00", "deuteranopia") < distance("#d63333", "#7a7a00", "normal") / 2


@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_lines_and_what_stands_out_from_grey_are_told_apart(sight):
    for a, b in [*combinations(LINES, 2), (CONTRAST, GREY)]:
        assert distance(a, b, sight) > 0.05, (a, b)
