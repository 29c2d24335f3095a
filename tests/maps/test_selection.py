"""Box and lasso selections: contained points, URL round trip, invalid values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import BadRequest
from explorer.maps.selection import Part, Selection, from_plotly_event, inside, of_rows, parse, with_shift

GRID = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=-1).reshape(-1, 2)


def test_box_contains_the_points_between_its_sides():
    box = from_plotly_event({"box": [{"x": [0.5, 2.5], "y": [3.5, 1.5]}]})
    selected = GRID[box.mask(GRID)]
    assert {tuple(point) for point in selected} == {(1, 2), (2, 2), (1, 3), (2, 3)}


def test_concave_lasso_excludes_the_dent():
    corners = np.array([[-1, -1], [5, -1], [5, 5], [2, 0.5], [-1, 5]], float)
    selected = inside(np.array([[2.0, 3.0], [0.0, 0.0], [4.5, 3.0]]), corners)
    assert selected.tolist() == [False, True, True]


def test_box_equals_comparison_of_coordinates():
    points = np.random.default_rng(0).normal(size=(2000, 2))
    box = from_plotly_event({"box": [{"x": [-0.3, 1.1], "y": [-1.2, 0.4]}]})
    expected = (points > [-0.3, -1.2]).all(axis=1) & (points < [1.1, 0.4]).all(axis=1)
    assert np.array_equal(box.mask(points), expected)


def test_clicked_points_are_unique_rows_and_shapes_take_precedence():
    points = [{"customdata": [7, "a"]}, {"customdata": {"0": 7}}, {"customdata": [3, "b"]}, {}]
    assert from_plotly_event({"points": points}).text() == "rows:7,3"
    assert from_plotly_event({"points": points, "box": [{"x": [0, 1], "y": [0, 1]}]}).text().startswith("lasso:")
    assert not from_plotly_event({})


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=3, max_size=200))
def test_lasso_round_trips_through_the_url(corners):
    lasso = from_plotly_event({"lasso": [{"x": [x for x, _ in corners], "y": [y for _, y in corners]}]})
    again = parse(lasso.text())
    assert len(again.parts[0].corners) <= 60
    assert np.allclose(again.parts[0].corners, lasso.parts[0].corners, rtol=1e-3, atol=1e-6)


def test_rows_round_trip_through_the_url_and_missing_ones_are_dropped():
    chosen = parse(of_rows((3, 24, 99)).text())
    assert chosen.text() == "rows:3,24,99"
    assert np.flatnonzero(chosen.mask(GRID)).tolist() == [3, 24]


@pytest.mark.parametrize(
    "text",
    ["circle:1,2", "lasso:1,2,3", "lasso:1,2,3,4", "rows:x", "rows:-1", "-circle:1", "--rows:1", "lasso:nan,1,2,3,4,5"],
)
def test_invalid_selection_is_refused(text):
    with pytest.raises(BadRequest, match="is not a selection"):
        parse(text)


BOXES = st.tuples(st.integers(-1, 5), st.integers(-1, 5), st.integers(1, 5), st.integers(1, 5))
PARTS = st.one_of(
    st.lists(st.integers(0, 24), min_size=1, max_size=4).map(lambda rows: Part(rows=tuple(rows))),
    BOXES.map(lambda box: Part(corners=_corners(*box))),
)


def _corners(x: int, y: int, width: int, height: int) -> np.ndarray:
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], float) - 0.5


@given(st.lists(PARTS, max_size=8))
def test_shift_adds_a_shape_or_removes_it_if_all_of_it_is_selected(parts):
    selection, expected = Selection(), np.zeros(25, bool)
    for part in parts:
        new = part.mask(GRID)
        expected[new] = not expected[new].all()
        selection = selection.toggled(part, GRID)
        assert np.array_equal(selection.mask(GRID), expected)
        assert np.array_equal(parse(selection.text()).mask(GRID), expected)


def test_shapes_are_outlined_and_removed_ones_dotted():
    box = Part(corners=_corners(0, 0, 2, 2))
    both = Selection().toggled(box, GRID).toggled(Part(corners=_corners(0, 0, 1, 1)), GRID)
    assert [shape["line"]["dash"] for shape in both.shapes()] == ["solid", "dot"]
    assert both.shapes()[0]["path"] == "M-0.5,-0.5L1.5,-0.5L1.5,1.5L-0.5,1.5Z"
    assert both.toggled(Part(rows=(24,)), GRID).only_rows().text() == "rows:24"


def test_shift_is_encoded_in_the_axis_of_a_shape():
    assert with_shift({"box": [{"xref": "shift x"}]}) and with_shift({"lasso": [{"xref": "shift x"}]})
    assert not with_shift({"box": [{"xref": "x"}], "points": [{}]}) and not with_shift({})
