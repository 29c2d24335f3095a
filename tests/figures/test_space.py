"""Three-dimensional maps: points, colors, labels and selection as in two dimensions."""

import numpy as np
import pytest

from explorer.core.columns.color import Continuous
from explorer.figures.color_encoding import layer
from explorer.figures.palette import GRAY
from explorer.figures.space import space_figure


def rows(trace) -> list[int]:
    return sorted(int(row) for row in trace.customdata[:, 0])


def test_each_shown_point_is_drawn_once(colours):
    shown = np.arange(24) % 2 == 0
    figure = space_figure(colours, colours.vectors[:, :3], shown)
    assert sorted(row for trace in figure.data for row in rows(trace)) == np.flatnonzero(shown).tolist()
    for trace in figure.data:
        held = [int(row) for row in trace.customdata[:, 0]]
        assert np.column_stack([trace.x, trace.y, trace.z]) == pytest.approx(colours.vectors[held, :3])


def test_filters_colors_and_focus_equal_the_two_dimensional_map(colours):
    lit, years = np.arange(24) < 8, colours.items["year"].to_numpy(float)
    colors = Continuous("Year", years)
    figure = space_figure(colours, colours.vectors[:, :3], np.ones(24, bool), colors, lit=lit, focus=5)
    grey, colored, ring = figure.data
    assert (grey.marker.color, rows(grey)) == (GRAY, list(range(8, 24)))
    assert (
        colored.marker.color.tolist() == layer(colors, lit).shades[[int(r) for r in colored.customdata[:, 0]]].tolist()
    )
    assert [ring.x[0], ring.y[0], ring.z[0]] == pytest.approx(colours.vectors[5, :3])


def test_focus_and_popular_items_are_labelled_and_only_selected_ones_highlighted(colours):
    held = np.isin(np.arange(24), [3, 9])
    figure = space_figure(colours, colours.vectors[:, :3], np.ones(24, bool), focus=20, selected=held, n_labels=8)
    assert {label.text for label in figure.layout.scene.annotations} == {"Blue 4", "Red 3", "Green 1"}
    assert rows(figure.data[1]) == [3, 9]
