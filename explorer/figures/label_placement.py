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
    for n, name in enumerate(text):
        if most is not None and len(placed) >= most:
            break
        boxes = _boxes(x[n], y[n], CHARACTER * len(name))
        covered = _overlap(boxes, taken) + _outside(boxes, pixels)
        side = int(covered.argmin())
        if covered[side] > 0:
            freed = _move_one(x, y, boxes, placed, taken, pixels)
            if freed is None and not keep_all:
                continue
            side = side if freed is None else freed
        taken = np.vstack([taken, boxes[side]])
        placed.append(Label(n, SIDES[side], name))
    for place, label in enumerate(placed):
        longer = label.text if full is None else full[label.point]
        if len(longer) <= len(label.text):
            continue
        boxes = _boxes(x[label.point], y[label.point], CHARACTER * len(longer))
        covered = _overlap(boxes, np.delete(taken, place, axis=0)) + _outside(boxes, pixels)
        if covered.min() == 0:
            side = SIDES.index(label.side) if covered[SIDES.index(label.side)] == 0 else int(covered.argmin())
            taken[place] = boxes[side]
            placed[place] = Label(label.point, SIDES[side], longer)
    return placed


def _move_one(
    x: np.ndarray, y: np.ndarray, boxes: np.ndarray, placed: list[Label], taken: np.ndarray, pixels: tuple[int, int]
) -> int | None:
    """Make room for a label by moving another one to another side of its point; returns the side that is now free."""
    in_way = _areas(boxes, taken) > 0
    for side in np.flatnonzero((_outside(boxes, pixels) == 0) & (in_way.sum(axis=1) == 1)):
        moved = int(in_way[side].argmax())
        point, _, text = placed[moved]
        obstacles = np.vstack([np.delete(taken, moved, axis=0), boxes[side]])
        places = _boxes(x[point], y[point], CHARACTER * len(text))
        covered = _overlap(places, obstacles) + _outside(places, pixels)
        place = int(covered.argmin())
        if covered[place] == 0:
            taken[moved], placed[moved] = places[place], Label(point, SIDES[place], text)
            return int(side)
    return None


def _boxes(x: float, y: float, width: float) -> np.ndarray:
    """Boxes (left, top, right, bottom) of a label on each side of a point: (len(SIDES), 4)."""
    half, line = width / 2, LINE / 2
    return np.array(
        [
            [x - half, y - GAP - LINE, x + half, y - GAP],
            [x + GAP, y - line, x + GAP + width, y + line],
            [x - GAP - width, y - line, x - GAP, y + line],
            [x - half, y + GAP, x + half, y + GAP + LINE],
            [x, y - GAP - LINE, x + width, y - GAP],
            [x - width, y - GAP - LINE, x, y - GAP],
            [x, y + GAP, x + width, y + GAP + LINE],
            [x - width, y + GAP, x, y + GAP + LINE],
        ]
    )


def _overlap(boxes: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Area of each box that taken boxes cover: (len(boxes),) square pixels."""
    return _areas(boxes, taken).sum(axis=1)


def _areas(boxes: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Area that each box shares with each taken one: (len(boxes), len(taken)) square pixels."""
    left, top = (np.maximum(boxes[:, None, n], taken[None, :, n]) for n in (0, 1))
    right, bottom = (np.minimum(boxes[:, None, n], taken[None, :, n]) for n in (2, 3))
    return np.maximum(right - left, 0) * np.maximum(bottom - top, 0)


def _outside(boxes: np.ndarray, pixels: tuple[int, int]) -> np.ndarray:
    """Area of each box outside the plot: (len(boxes),) square pixels."""
    wide = np.maximum(-boxes[:, 0], 0) + np.maximum(boxes[:, 2] - pixels[0], 0)
    high = np.maximum(-boxes[:, 1], 0) + np.maximum(boxes[:, 3] - pixels[1], 0)
    return wide * LINE + high * (boxes[:, 2] - boxes[:, 0])
