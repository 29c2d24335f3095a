"""Labels do not overlap, stay inside the figure, and are placed in order of priority."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.label_placement import CHARACTER, GAP, LINE, SIDES, place_labels
from explorer.figures.traces import short_titles

VIEW, PIXELS = (0.0, 1.0, 0.0, 1.0), (800, 600)


def box(point: np.ndarray, name: str, side: str) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in pixels of a label beside its point."""
    x, y, width = point[0] * PIXELS[0], (1 - point[1]) * PIXELS[1], CHARACTER * len(name)
    row, column = side.split()
    beside = GAP if row == "middle" else 0
    left = {"right": x + beside, "left": x - beside - width, "center": x - width / 2}[column]
    top = {"top": y - GAP - LINE, "bottom": y + GAP, "middle": y - LINE / 2}[row]
    return left, top, left + width, top + LINE


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > 1e-6 and min(a[3], b[3]) - max(a[1], b[1]) > 1e-6


def test_single_label_is_above_its_point():
    assert place_labels(np.array([[0.5, 0.5]]), ["Alien"], VIEW, PIXELS) == [(0, "top center", "Alien")]


@pytest.mark.parametrize(
    ("point", "side"), [((0.0, 0.5), "middle right"), ((1.0, 0.5), "middle left"), ((0.5, 1.0), "bottom center")]
)
def test_label_at_an_edge_turns_inwards(point, side):
    assert place_labels(np.array([point]), ["Alien"], VIEW, PIXELS)[0][:2] == (0, side)


def test_labels_at_one_point_take_different_sides_and_the_fifth_is_dropped_or_kept():
    points = np.full((5, 2), 0.5)
    placed = place_labels(points, ["Alien"] * 5, VIEW, PIXELS)
    assert [n for n, _, _ in placed] == list(range(len(placed)))
    assert len({side for _, side, _ in placed}) == len(placed) < 5
    assert [n for n, _, _ in place_labels(points, ["Alien"] * 5, VIEW, PIXELS, keep_all=True)] == [0, 1, 2, 3, 4]


def test_empty_list_of_labels_is_placed():
    assert place_labels(np.empty((0, 2)), [], VIEW, PIXELS) == []


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1), st.text("abc ", min_size=1, max_size=20)), min_size=1, max_size=25
    )
)
def test_labels_never_overlap_or_leave_the_figure(named):
    points, text = np.array([(x, y) for x, y, _ in named]), [name for *_, name in named]
    placed = place_labels(points, text, VIEW, PIXELS)
    boxes = [box(points[n], text[n], side) for n, side, _ in placed]
    assert all(side in SIDES for _, side, _ in placed)
    assert not any(overlap(a, b) for i, a in enumerate(boxes) for b in boxes[:i])
    slack = 1e-6
    for left, top, right, bottom in boxes:
        assert left >= -slack
        assert top >= -slack
        assert right <= PIXELS[0] + slack
        assert bottom <= PIXELS[1] + slack


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=20))
def test_labels_of_high_priority_do_not_depend_on_later_ones(points):
    xy = np.array(points)
    text = ["Alien"] * len(xy)
    some = [label.point for label in place_labels(xy[:-1], text[:-1], VIEW, PIXELS)]
    assert [label.point for label in place_labels(xy, text, VIEW, PIXELS)][: len(some)] == some


def test_label_moves_to_make_room_for_another():
    # In the corner only "bottom left" and "middle left" are inside, and the first label blocks both.
    points = np.array([[0.9, 0.97], [1.0, 1.0]])
    first = place_labels(points[:1], ["Alien"], VIEW, PIXELS)
    placed = place_labels(points, ["Alien", "Aliens and Predators"], VIEW, PIXELS)
    assert [label.point for label in placed] == [0, 1]
    assert placed[0].side != first[0].side


def test_titles_with_equal_ends_are_shortened_in_the_middle():
    first, second, other = (
        "Harry Potter and the Deathly Hallows: Part 1",
        "Harry Potter and the Deathly Hallows: Part 2",
        "Harry Potter and the Order of the Phoenix",
    )
    cut = short_titles([first, second, other, "Alien", first])
    assert cut[0] == cut[4] and len(set(cut)) == 4
    assert cut[0].startswith("Harry Potter") and cut[0].endswith("Part 1") and cut[1].endswith("Part 2")
    assert all(len(text) <= 35 for text in cut) and cut[3] == "Alien"
