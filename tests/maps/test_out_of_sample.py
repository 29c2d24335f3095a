"""New points on a drawn map."""

import numpy as np
import pytest

from explorer import BadRequest
from explorer.maps.out_of_sample import place_new_points


@pytest.fixture
def circle() -> tuple[np.ndarray, np.ndarray]:
    """360 directions a degree apart, drawn as a straight line."""
    angle = np.deg2rad(np.arange(360))
    vectors = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    return vectors, np.stack([np.arange(360) / 100, np.zeros(360)], axis=1)


def test_the_vector_of_an_item_lies_where_the_item_does(circle):
    vectors, xy = circle
    rows = [50, 7, 200]
    np.testing.assert_allclose(place_new_points(vectors, xy, 3 * vectors[rows]), xy[rows], atol=0.01)


def test_what_is_between_lies_between(circle):
    vectors, xy = circle
    x, y = place_new_points(vectors, xy, vectors[40] + vectors[41], k=4)[0]
    assert 0.4 <= x <= 0.41
    assert y == pytest.approx(0, abs=1e-6)


def test_a_few_neighbors_elsewhere_do_not_draw_it_into_the_emptiness(circle):
    vectors, xy = circle
    torn = xy.copy()
    torn[[98, 103]] = [50, 50]
    placed = place_new_points(vectors, torn, vectors[100] + 0.3 * vectors[101], k=8)
    assert np.abs(placed - [[1.0, 0]]).max() < 0.05


def test_many_at_once_in_three_dimensions_and_more_neighbors_than_points(circle):
    vectors, xy = circle
    solid = np.column_stack([xy, xy[:, 0]])
    assert place_new_points(vectors, solid, vectors[:5]).shape == (5, 3)
    assert np.isfinite(place_new_points(vectors[:3], xy[:3], vectors[9], k=10)).all()


@pytest.mark.parametrize("new", [np.zeros(2), np.full(2, np.nan), np.ones(3)])
def test_what_has_no_direction_cannot_be_placed(circle, new):
    with pytest.raises(BadRequest, match=r"no direction|cannot be placed"):
        place_new_points(*circle, new)
