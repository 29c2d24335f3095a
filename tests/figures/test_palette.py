"""Line and highlight colors are distinguishable, also for color-blind vision."""

from itertools import combinations

import pytest

from explorer.figures.palette import CONTRAST, GRAY, LINES
from tests.color_vision import SIGHT, distance, oklab


def test_distance_measure_on_known_color_pairs():
    assert oklab("#ffffff") == pytest.approx([1, 0, 0], abs=1e-3)
    assert oklab("#000000") == pytest.approx([0, 0, 0], abs=1e-6)
    assert distance("#d63333", "#7a7a00", "deuteranopia") < distance("#d63333", "#7a7a00", "normal") / 2


@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_line_colors_and_highlights_are_distinguishable(sight):
    for a, b in [*combinations(LINES, 2), (CONTRAST, GRAY)]:
        assert distance(a, b, sight) > 0.05, (a, b)
