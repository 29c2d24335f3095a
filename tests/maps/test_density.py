"""Density images: counts, contrast, choice of foreground points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer import BadRequest
from explorer.maps.density import FAINTEST, equalize_histogram, foreground, raster, robust_extent

SQUARE = (0.0, 1.0, 0.0, 1.0)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_counts_equal_numpy_histogram2d(rng):
    xy = rng.uniform(-0.2, 1.2, (5000, 2)).astype(np.float32)
    xy[:4] = [[0, 0], [1, 1], [0, 1], [0.5, 0.25]]
    counts = raster(xy, SQUARE, (40, 20))
    expected = np.histogram2d(xy[:, 1], xy[:, 0], bins=(20, 40), range=[[0, 1], [0, 1]])[0]
    assert counts.shape == (20, 40)
    np.testing.assert_array_equal(counts, expected)


@given(arrays(np.float32, st.tuples(st.integers(1, 60), st.just(2)), elements=st.floats(-1e6, 1e6, width=32)))
def test_every_point_is_inside_or_counted_as_outside(xy):
    view, outside = robust_extent(xy)
    assert view[0] < view[1]
    assert view[2] < view[3]
    inside = raster(xy, view, (7, 5)).sum()
    assert inside >= len(xy) - outside  # border pixels may include some points just outside
    assert inside > len(xy) / 2


def test_values_are_averaged_and_empty_pixels_are_nan():
    xy = np.array([[0.1, 0.1], [0.2, 0.2], [0.9, 0.1]])
    means = raster(xy, SQUARE, (2, 2), np.array([1, 2, 8]))
    np.testing.assert_array_equal(means, [[1.5, 8], [np.nan, np.nan]])


def test_outlier_does_not_squeeze_the_map(rng):
    for xy in (rng.normal(size=(5000, 2)), rng.uniform(size=(5000, 2)), rng.uniform(size=(3, 2))):
        view, outside = robust_extent(xy)
        assert outside == 0
        far = np.vstack([xy, [[1e6, -1e6]]])
        wider, left_out = robust_extent(far)
        if len(xy) > 100:
            assert left_out == 1
            assert wider[1] - wider[0] < 2.1 * (view[1] - view[0])


def test_points_in_one_place_or_on_a_line_give_an_image():
    assert robust_extent(np.full((1000, 2), 3.0)) == ((2.5, 3.5, 2.5, 3.5), 0)
    crowd = np.vstack([np.zeros((1000, 2)), [[4.0, 0.0]]])
    assert robust_extent(crowd).outside == 0


@pytest.mark.parametrize("scale", ["equal", "log"])
def test_single_point_is_visible_beside_a_dense_area(rng, scale):
    counts = rng.poisson(2, (50, 60))
    counts[0, 0] = 1_000_000
    shades = equalize_histogram(counts, scale)
    assert shades.dtype == np.uint8
    assert ((shades > 0) == (counts > 0)).all()
    assert shades[counts > 0].min() == FAINTEST
    order = np.argsort(counts, axis=None)
    assert (np.diff(shades.ravel()[order].astype(int)) >= 0).all()
    assert shades[counts == 4].mean() > 110
    assert shades[0, 0] == 255


def test_shades_of_empty_and_single_points():
    assert equalize_histogram(np.zeros((2, 2), int)).tolist() == [[0, 0], [0, 0]]
    for scale in ("equal", "log"):
        assert equalize_histogram(np.array([[0, 1], [1, 0]]), scale).tolist() == [[0, FAINTEST], [FAINTEST, 0]]


def test_foreground_covers_all_areas_with_the_most_popular_items(rng):
    crowd, field = rng.normal(0.5, 0.01, (20_000, 2)), rng.uniform(0, 1, (2000, 2))
    xy, score = np.vstack([crowd, field]), rng.random(22_000)
    score[7] = np.nan
    rows = foreground(xy, score, 400, SQUARE)
    assert len(rows) == len(set(rows)) == 400
    assert (np.diff(score[rows]) <= 0).all()
    assert int(np.nanargmax(score)) == rows[0]
    assert (raster(xy[rows], SQUARE, (10, 10)) > 0).all()
    squares = (xy * 10).astype(int) @ [1, 10]
    for square in np.unique(squares[rows]):
        inside = np.flatnonzero((squares == square) & (xy <= 1).all(axis=1))
        assert inside[np.nanargmax(score[inside])] in rows


def test_few_points_are_all_in_the_foreground():
    assert foreground(np.array([[0.0, 0], [1, 1], [2, 0]]), np.array([1, 3, 2])).tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda xy: raster(xy, (0, 0, 0, 1), (5, 5)), "no area"),
        (lambda xy: raster(xy, SQUARE, (0, 5)), "0 x 5 pixels"),
        (lambda xy: equalize_histogram(np.ones(3), "sqrt"), "no scale 'sqrt'"),
        (lambda xy: robust_extent(xy[:0]), "needs points"),
        (lambda xy: robust_extent(xy * np.nan), "finite positions"),
    ],
)
def test_invalid_points_are_refused(ask, message):
    with pytest.raises(BadRequest, match=message):
        ask(np.zeros((2, 2)))
