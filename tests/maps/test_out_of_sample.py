"""Placing new points on an existing layout."""

import numpy as np
import pytest

from explorer import BadRequest
from explorer.maps.out_of_sample import place_new_points


@pytest.fixture
def circle() -> tuple[np.ndarray, np.ndarray]:
    """360 directions one degree apart, laid out on a straight line."""
    angle = np.deg2rad(np.arange(360))
    vectors = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    return vectors, np.stack([np.arange(360) / 100, np.zeros(360)], axis=1)


def test_vector_of_an_item_is_placed_at_the_item(circle):
    vectors, xy = circle
    rows = [50, 7, 200]
    np.testing.assert_allclose(place_new_points(vectors, xy, 3 * vectors[rows]), xy[rows], atol=0.01)


def test_vector_between_two_items_is_placed_between_them(circle):
    vectors, xy = circle
    x, y = place_new_points(vectors, xy, vectors[40] + vectors[41], k=4)[0]
    assert 0.4 <= x <= 0.41
    assert y == pytest.approx(0, abs=1e-6)


def test_distant_minority_of_neighbors_does_not_move_the_point(circle):
    vectors, xy = circle
    torn = xy.copy()
    torn[[98, 103]] = [50, 50]
    placed = place_new_points(vectors, torn, vectors[100] + 0.3 * vectors[101], k=8)
    assert np.abs(placed - [[1.0, 0]]).max() < 0.05


def test_many_points_in_three_dimensions_and_more_neighbors_than_points(circle):
    vectors, xy = circle
    solid = np.column_stack([xy, xy[:, 0]])
    assert place_new_points(vectors, solid, vectors[:5]).shape == (5, 3)
    assert np.isfinite(place_new_points(vectors[:3], xy[:3], vectors[9], k=10)).all()


@pytest.mark.parametrize("new", [np.zeros(2), np.full(2, np.nan), np.ones(3)])
def test_zero_vector_is_refused(circle, new):
    with pytest.raises(BadRequest, match=r"no direction|cannot be placed"):
        place_new_points(*circle, new)
