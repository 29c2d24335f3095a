"""Placement of labels without overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

CHARACTER, LINE, GAP = 6.4, 15.0, 5  # pixels: width of a letter, height of a line, distance from the point
SIDES = (
    "top center", "middle right", "middle left", "bottom center",
    "top right", "top left", "bottom right", "bottom left",
)  # fmt: skip


class Label(NamedTuple):
    """A placed label."""

    point: int  # index of its point
    side: str  # side of the point, as in plotly's `textposition`
    text: str


def place_labels(
    xy: np.ndarray,
    text: Sequence[str],
    view: tuple[float, float, float, float],
    pixels: tuple[int, int],
    *,
    full: Sequence[str] | None = None,
    most: int | None = None,
    keep_all: bool = False,
) -> list[Label]:
    """Place labels beside their points without overlap, in the order given.

    Greedy: a label that does not fit may move one earlier label to another side of its point; otherwise it is dropped.

    xy: (n, 2) points. view: x0, x1, y0, y1 of the plot. pixels: its width and height. full: longer texts, used if there
    is room after all labels are placed. most: maximum number of labels. keep_all: place a label that does not fit where
    it covers least, instead of dropping it.
    """
    x = (xy[:, 0] - view[0]) / (view[1] - view[0]) * pixels[0]
    y = (view[3] - xy[:, 1]) / (view[3] - view[2]) * pixels[1]
    taken = np.empty((0, 4))
    placed: list[Label] = []
    boxes = _boxes(x, y, CHARACTER * np.array([len(name) for name in text], float))
    outside = _outside(boxes, pixels)
    for n, name in enumerate(text):
        if most is not None and len(placed) >= most:
            break
        in_way = _areas(boxes[n], taken)
        covered = in_way.sum(axis=1) + outside[n]
        side = int(covered.argmin())
        if covered[side] > 0:
            freed = _move_one(n, in_way > 0, boxes, outside, placed, taken)
            if freed is None and not keep_all:
                continue
            side = side if freed is None else freed
        taken = np.vstack([taken, boxes[n, side]])
        placed.append(Label(n, SIDES[side], name))
    for place, label in enumerate(placed):
        longer = label.text if full is None else full[label.point]
        if len(longer) <= len(label.text):
            continue
        longer_boxes = _boxes(x[label.point], y[label.point], CHARACTER * len(longer))
        others = np.delete(taken, place, axis=0)
        covered = _areas(longer_boxes, others).sum(axis=1) + _outside(longer_boxes, pixels)
        if covered.min() == 0:
            side = SIDES.index(label.side) if covered[SIDES.index(label.side)] == 0 else int(covered.argmin())
            taken[place] = longer_boxes[side]
            placed[place] = Label(label.point, SIDES[side], longer)
    return placed


def _move_one(
    n: int, in_way: np.ndarray, boxes: np.ndarray, outside: np.ndarray, placed: list[Label], taken: np.ndarray
) -> int | None:
    """Make room for label n by moving another one to another side of its point; returns the side that is now free.

    in_way: (sides, len(taken)) bool, taken boxes that cover the boxes of the label. boxes, outside: of all labels, see
    _boxes and _outside.
    """
    for side in np.flatnonzero((outside[n] == 0) & (in_way.sum(axis=1) == 1)):
        moved = int(in_way[side].argmax())
        point, _, text = placed[moved]
        obstacles = taken.copy()
        obstacles[moved] = boxes[n, side]
        covered = _areas(boxes[point], obstacles).sum(axis=1) + outside[point]
        place = int(covered.argmin())
        if covered[place] == 0:
            taken[moved], placed[moved] = boxes[point, place], Label(point, SIDES[place], text)
            return int(side)
    return None


def _boxes(x: np.ndarray | float, y: np.ndarray | float, width: np.ndarray | float) -> np.ndarray:
    """Boxes (left, top, right, bottom) of labels on each side of their points: (..., len(SIDES), 4).

    x, y: pixels of the points. width: pixels of the labels.
    """
    half, line, zero = width / 2, LINE / 2, 0 * x
    left = [x - half, x + GAP, x - GAP - width, x - half, x + zero, x - width, x + zero, x - width]
    above, beside, below = y - GAP - LINE, y - line, y + GAP
    top = [above, beside, beside, below, above, above, below, below]
    corner = np.stack([np.stack(left, axis=-1), np.stack(top, axis=-1)], axis=-1)
    size = np.stack([width + zero, LINE + zero], axis=-1)
    return np.concatenate([corner, corner + size[..., None, :]], axis=-1)


def _areas(boxes: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Area that each box shares with each taken one: (len(boxes), len(taken)) square pixels."""
    left, top = (np.maximum(boxes[:, n, None], taken[:, n]) for n in (0, 1))
    right, bottom = (np.minimum(boxes[:, n, None], taken[:, n]) for n in (2, 3))
    return np.maximum(right - left, 0) * np.maximum(bottom - top, 0)


def _outside(boxes: np.ndarray, pixels: tuple[int, int]) -> np.ndarray:
    """Area of each box (..., 4) outside the plot: (...) square pixels."""
    left, top, right, bottom = np.moveaxis(boxes, -1, 0)
    wide = np.maximum(-left, 0) + np.maximum(right - pixels[0], 0)
    high = np.maximum(-top, 0) + np.maximum(bottom - pixels[1], 0)
    return wide * LINE + high * (right - left)
