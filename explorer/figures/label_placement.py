"""Names on a picture that do not cover each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

CHARACTER, LINE, GAP = 6.4, 15.0, 5  # pixels: width of a letter, height of a line, distance from the point
SIDES = ("top center", "middle right", "middle left", "bottom center")


def place_labels(
    xy: np.ndarray,
    text: Sequence[str],
    view: tuple[float, float, float, float],
    pixels: tuple[int, int],
    *,
    keep_all: bool = False,
) -> list[tuple[int, str]]:
    """Which names fit, and on which side of their point: a greedy choice, the first names first.

    xy: (n, 2) points. view: x0, x1, y0, y1 of the picture, pixels: its width and height. keep_all: a name that fits
    nowhere goes where it covers least instead of being dropped. Returns (index, side) in the order given; sides as in
    plotly's `textposition`.
    """
    x = (xy[:, 0] - view[0]) / (view[1] - view[0]) * pixels[0]
    y = (view[3] - xy[:, 1]) / (view[3] - view[2]) * pixels[1]
    taken = np.empty((0, 4))
    placed = []
    for n, name in enumerate(text):
        boxes = _boxes(x[n], y[n], CHARACTER * len(name))
        covered = _overlap(boxes, taken) + _outside(boxes, pixels)
        side = int(covered.argmin())
        if covered[side] > 0 and not keep_all:
            continue
        taken = np.vstack([taken, boxes[side]])
        placed.append((n, SIDES[side]))
    return placed


def _boxes(x: float, y: float, width: float) -> np.ndarray:
    """Left, top, right, bottom of a name on each side of a point, (4, 4)."""
    half, line = width / 2, LINE / 2
    return np.array(
        [
            [x - half, y - GAP - LINE, x + half, y - GAP],
            [x + GAP, y - line, x + GAP + width, y + line],
            [x - GAP - width, y - line, x - GAP, y + line],
            [x - half, y + GAP, x + half, y + GAP + LINE],
        ]
    )


def _overlap(boxes: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Area of each box that the taken ones cover, (len(boxes),) square pixels."""
    left, top = (np.maximum(boxes[:, None, n], taken[None, :, n]) for n in (0, 1))
    right, bottom = (np.minimum(boxes[:, None, n], taken[None, :, n]) for n in (2, 3))
    return (np.maximum(right - left, 0) * np.maximum(bottom - top, 0)).sum(axis=1)


def _outside(boxes: np.ndarray, pixels: tuple[int, int]) -> np.ndarray:
    """Area of each box that lies beyond the picture's sides, (len(boxes),) square pixels."""
    wide = np.maximum(-boxes[:, 0], 0) + np.maximum(boxes[:, 2] - pixels[0], 0)
    high = np.maximum(-boxes[:, 1], 0) + np.maximum(boxes[:, 3] - pixels[1], 0)
    return wide * LINE + high * (boxes[:, 2] - boxes[:, 0])
