"""Each point of a layout is in one tile of each zoom, and a view returns the points that a comparison of all would."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.maps import tiles
from explorer.maps.density import within

ALL, MOST = 300, 100  # points of a view up to which all are drawn, and number drawn of more


def world(n: int = 6_000) -> np.ndarray:
    """Clusters of different density, a far outlier, and equal points."""
    rng = np.random.default_rng(0)
    xy = rng.normal(0, 0.1, (n, 2)) + rng.normal(size=(9, 2))[rng.integers(0, 9, n)] * rng.choice([1, 3])
    xy[:50] = xy[50]
    xy[100] = 4_000
    return xy.astype(np.float32)


XY, SCORE = world(), np.random.default_rng(1).permutation(6_000).astype(float)
SORTED = tiles.sort(XY, SCORE)
EVERY = np.ones(len(XY), bool)


@pytest.mark.parametrize("zoom", [0, 1, 4, tiles.DEEPEST])
def test_each_point_is_in_one_tile(zoom):
    assert sorted(SORTED.rows) == list(range(len(XY)))
    np.testing.assert_array_equal(SORTED.xy, XY[SORTED.rows])
    every = SORTED.of(SORTED.root, zoom) if zoom < 5 else []
    spans = [SORTED.slice(zoom, *tile) for tile in every]
    assert zoom > 4 or sum(span.stop - span.start for span in spans) == len(XY)
    for row in (0, 7, 100, 5_000):  # 100 is the outlier
        place = int(np.flatnonzero(SORTED.rows == row)[0])
        x, y = XY[row]
        ((column, line),) = SORTED.of((x, x, y, y), zoom)
        span = SORTED.slice(zoom, column, line)
        assert span.start <= place < span.stop
        assert within(XY[[row]], SORTED.view(zoom, column, line))[0] == (row != 100)


@given(*(st.floats(-4, 4) for _ in range(2)), *(st.floats(1e-3, 6) for _ in range(2)), st.floats(0, 1))
def test_view_returns_its_points(x, y, width, height, share):
    view = (x, x + width, y, y + height)
    bright = np.random.default_rng(2).random(len(XY)) < share
    found = SORTED.rows[SORTED.points(view, bright)]
    assert sorted(found) == np.flatnonzero(within(XY, view) & bright).tolist()


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.01, 6), st.sampled_from([1.0, 0.2]))
def test_best_known_points_of_a_view_are_drawn(x, y, size, share):
    view, around = (x, x + size, y, y + size), (x - size / 4, x + 5 * size / 4, y - size / 4, y + 5 * size / 4)
    bright = np.random.default_rng(3).random(len(XY)) < share
    rows = SORTED.drawn(view, around, bright, SCORE, ALL, MOST)
    everyone = np.flatnonzero(within(XY, around) & bright)
    if len(everyone) <= ALL:
        assert rows.tolist() == everyone.tolist()
    else:
        inside = np.flatnonzero(within(XY, view) & bright)
        assert len(rows) == min(MOST, len(inside))
        assert within(XY[rows], view).all() and bright[rows].all() and (np.diff(rows) > 0).all()
        assert not len(inside) or inside[SCORE[inside].argmax()] in rows


def test_many_points_of_a_view_are_not_all_compared(monkeypatch):
    monkeypatch.setattr(tiles, "SCANNED", 50)
    inside = np.flatnonzero(within(XY, SORTED.root))
    rows = SORTED.drawn(SORTED.root, SORTED.root, EVERY, SCORE, ALL, MOST)
    assert len(rows) == MOST and inside[SCORE[inside].argmax()] in rows
    compared = SORTED.points(SORTED.root, EVERY, SORTED.zoom(SORTED.root) + tiles.FURTHER)
    assert ALL < len(compared) < len(inside) / 1.5


@pytest.mark.parametrize("zoom", [0, 3])
def test_levels_name_the_best_of_each_square(zoom):
    x0, x1, y0, y1 = SORTED.root
    places = ((SORTED.xy - (x0, y0)) / (x1 - x0, y1 - y0) * 2 ** (zoom + tiles.SQUARES)).clip(0).astype(int)
    squares = {}
    for place, row in zip(map(tuple, places), SORTED.rows, strict=True):
        if row != 100:
            squares.setdefault(place, []).append(row)
    best = {max(rows, key=SCORE.__getitem__) for rows in squares.values()}
    assert best == set(SORTED.rows[SORTED.levels <= zoom].tolist()) - {100}


def test_saved_tiles_are_mapped_into_memory(tmp_path):
    SORTED.save(tmp_path)
    again = tiles.load(tmp_path)
    assert again.root == SORTED.root and again.outside == SORTED.outside == 1
    for name in tiles.ARRAYS:
        np.testing.assert_array_equal(getattr(again, name), getattr(SORTED, name))
        assert getattr(again, name).base is not None


def test_scores_may_be_unknown():
    some = np.where(np.arange(len(XY)) % 2, np.nan, SCORE)
    rows = tiles.sort(XY, some).drawn(SORTED.root, SORTED.root, EVERY, some, ALL, MOST)
    assert len(rows) == MOST
    assert len(tiles.sort(XY, None).drawn(SORTED.root, SORTED.root, EVERY, None, ALL, MOST)) == MOST


def test_identical_points_are_sorted():
    same = tiles.sort(np.full((40, 2), 3.0), None)
    assert same.slice(0, 0, 0) == slice(0, 40)
    assert len(same.points(same.root, np.ones(40, bool))) == 40
