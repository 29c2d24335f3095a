"""The visible part of a map, and its URL format."""

import numpy as np
import pytest

from explorer.core.columns.color import Continuous
from explorer.webapp.views.map.scene import Scene, neighborhood, parse_view, view_of, view_text


@pytest.mark.parametrize("text", ["", "1,2,3", "1,1,0,1", "0,1,5,2", "a,b,c,d", "0,inf,0,1", "nan,1,0,1"])
def test_invalid_view_text_is_none(text):
    assert parse_view(text) is None


def test_view_round_trips_through_the_url():
    view = (-1.25, 0.5, 100.0, 250.5)
    assert parse_view(view_text(view)) == view
    assert view_text(None) == ""


def test_view_contains_its_points_with_a_margin_and_has_an_area_for_one_point():
    xy = np.array([[0.0, 0.0], [1.0, 2.0], [10.0, 10.0]])
    x0, x1, y0, y1 = view_of(xy, np.array([0, 1]))
    assert x0 < 0 < 1 < x1 < 10 and y0 < 0 < 2 < y1 < 10
    x0, x1, y0, y1 = view_of(xy, np.array([1]))
    assert (x0 + x1) / 2 == pytest.approx(1) and x1 > x0 and y1 > y0


def test_neighborhood_has_the_nearest_on_the_map_and_true_neighbors_that_are_not_far_away(colours):
    rng = np.random.default_rng(0)
    xy = rng.normal(size=(24, 2)) / 10
    xy[20], xy[21] = (50, 50), (0.9, 0)
    xy[0] = 0
    ones, near = np.ones(24, bool), np.array([1, 2, 3, 20, 21])
    scene = Scene(colours, ones, ones, Continuous("x", np.zeros(24)), np.ones(24), 0, near)
    rows = neighborhood(scene, xy, 0, k=5)
    assert {0, 1, 2, 3} <= set(rows.tolist()) and 20 not in rows
    nearest = np.argsort((xy**2).sum(axis=1))[:6]
    assert set(nearest.tolist()) <= set(rows.tolist())
