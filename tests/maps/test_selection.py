"""Boxes and lassos hold what lies in them, survive a URL, and nonsense in a URL is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import BadRequest
from explorer.maps.selection import Selection, from_plotly_event, inside, parse

GRID = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=-1).reshape(-1, 2)


def test_a_box_holds_what_lies_between_its_sides():
    box = from_plotly_event({"box": [{"x": [0.5, 2.5], "y": [3.5, 1.5]}]})
    held = GRID[box.mask(GRID)]
    assert {tuple(point) for point in held} == {(1, 2), (2, 2), (1, 3), (2, 3)}


def test_a_lasso_with_a_dent_leaves_out_what_lies_in_the_dent():
    corners = np.array([[-1, -1], [5, -1], [5, 5], [2, 0.5], [-1, 5]], float)
    held = inside(np.array([[2.0, 3.0], [0.0, 0.0], [4.5, 3.0]]), corners)
    assert held.tolist() == [False, True, True]


def test_a_box_agrees_with_comparison():
    points = np.random.default_rng(0).normal(size=(2000, 2))
    box = from_plotly_event({"box": [{"x": [-0.3, 1.1], "y": [-1.2, 0.4]}]})
    expected = (points > [-0.3, -1.2]).all(axis=1) & (points < [1.1, 0.4]).all(axis=1)
    assert np.array_equal(box.mask(points), expected)


def test_clicked_points_are_rows_once_each_and_a_shape_comes_before_them():
    points = [{"customdata": [7, "a"]}, {"customdata": {"0": 7}}, {"customdata": [3, "b"]}, {}]
    assert from_plotly_event({"points": points}).rows == (7, 3)
    assert from_plotly_event({"points": points, "box": [{"x": [0, 1], "y": [0, 1]}]}).rows == ()
    assert not from_plotly_event({})


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=3, max_size=200))
def test_a_lasso_survives_the_url(corners):
    lasso = from_plotly_event({"lasso": [{"x": [x for x, _ in corners], "y": [y for _, y in corners]}]})
    again = parse(lasso.text())
    assert len(again.lassos[0]) <= 60
    assert np.allclose(again.lassos[0], lasso.lassos[0], rtol=1e-3, atol=1e-6)


def test_rows_survive_the_url_and_rows_that_are_gone_are_left_out():
    chosen = parse(Selection(rows=(3, 24, 99)).text())
    assert chosen.rows == (3, 24, 99)
    assert np.flatnonzero(chosen.mask(GRID)).tolist() == [3, 24]


@pytest.mark.parametrize(
    "text", ["circle:1,2", "lasso:1,2,3", "lasso:1,2,3,4", "rows:x", "rows:-1", "lasso:nan,1,2,3,4,5"]
)
def test_nonsense_is_refused(text):
    with pytest.raises(BadRequest, match="is no part of a map"):
        parse(text)
