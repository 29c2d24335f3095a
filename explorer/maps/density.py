"""Density raster of up to millions of points, and the few thousand points drawn on top of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from explorer.errors import BadRequest

View = tuple[float, float, float, float]  # x0, x1, y0, y1
TONES = ("equal", "log")
FAINTEST = 48  # of 255: gray level of the least dense pixel that is not empty
SAMPLE = 2_000_000  # most points, evenly spaced in order, whose quantiles stand for those of all
BLOCK = 1_000_000  # points counted at a time
TAIL = 0.01  # quantile on each side beyond which a point can be an outlier
REACH = 0.5  # share of the distance between the quantiles that an outlier is beyond them


class Extent(NamedTuple):
    """The part of a plane to show, and the number of points outside it."""

    view: View
    outside: int


def robust_extent(xy: np.ndarray, edge: float = 0.04) -> Extent:
    """The part of the plane to show: all points except far outliers.

    xy: (n, 2), finite. edge: empty border, as a share of each side. An outlier is beyond the 1% or 99% quantile of an
    axis by more than half the distance between the two; uniform and normal distributions have none. Raises BadRequest
    for no points or values that are not finite.
    """
    xy = _validate(xy)
    low, high = np.quantile(xy[:: -(-len(xy) // SAMPLE)], (TAIL, 1 - TAIL), axis=0)
    reach = np.where(high > low, REACH * (high - low), np.inf)
    low, high = np.maximum(xy.min(axis=0), low - reach), np.minimum(xy.max(axis=0), high + reach)
    parts = (xy[start : start + BLOCK] for start in range(0, len(xy), BLOCK))
    outside = sum(int(((part < low) | (part > high)).any(axis=1).sum()) for part in parts)
    flat = high - low <= 1e-6 * np.maximum(abs(low), abs(high)) + 1e-12
    border = np.where(flat, 0.5, edge * (high - low))  # identical points get an extent of width 1
    (x0, y0), (x1, y1) = (low - border).tolist(), (high + border).tolist()
    return Extent((x0, x1, y0, y1), outside)


def raster(xy: np.ndarray, view: View, pixels: tuple[int, int], values: np.ndarray | None = None) -> np.ndarray:
    """Number of points per pixel, (height, width) int64; with values (n,) their mean, float64, nan where empty.

    xy: (n, 2). view: x0, x1, y0, y1. pixels: width and height. The first row is the lowest (y0), as in plotly's
    heatmaps. Points outside the view are ignored. Raises BadRequest for an empty view or picture.
    """
    width, height = pixels
    counts, sums = np.zeros((height, width), np.int64), np.zeros((height, width))
    for start in range(0, max(1, len(xy)), BLOCK):
        cell, inside = cells(xy[start : start + BLOCK], view, pixels)
        counts += np.bincount(cell, minlength=width * height).reshape(height, width)
        if values is not None:
            some = np.asarray(values[start : start + BLOCK], np.float64)[inside]
            sums += np.bincount(cell, some, width * height).reshape(height, width)
    if values is None:
        return counts
    return np.divide(sums, counts, out=np.full(counts.shape, np.nan), where=counts > 0)


def equalize_histogram(counts: np.ndarray, scale: str = "equal") -> np.ndarray:
    """Convert counts to gray levels that show both single points and dense areas: uint8, same shape, 0 where empty.

    scale: `equal` spreads the pixels evenly over the levels (histogram equalization, as datashader's `eq_hist`). `log`
    is logarithmic up to the 99.5% quantile of the pixels that are not empty, so a single crowded pixel does not darken
    the others. Raises BadRequest for another scale.
    """
    if scale not in TONES:
        raise BadRequest(f"There is no scale {scale!r}; choose one of {', '.join(TONES)}.")
    shades = np.zeros(counts.shape, np.uint8)
    full = counts[counts > 0]
    if not full.size:
        return shades
    if scale == "log":
        bright = np.log(np.minimum(full, np.quantile(full, 0.995)))
        bright /= max(bright.max(), np.log(2))
    else:
        _, place, often = np.unique(full, return_inverse=True, return_counts=True)
        below = np.cumsum(often) - often
        bright = (below / max(below[-1], 1))[place]
    shades[counts > 0] = np.round(FAINTEST + (255 - FAINTEST) * bright)
    return shades


def foreground(xy: np.ndarray, score: np.ndarray, most: int = 4000, view: View | None = None) -> np.ndarray:
    """The points to draw individually: the best known in each part of the view.

    xy: (n, 2). score: (n,), higher is better known; nan is lowest. view: what is shown, by default robust_extent. The
    view is divided into squares, about one per four points to draw; each contributes its best point in turn until there
    are enough. Returns at most `most` rows, int64, best known first.
    """
    squares = max(1, int(np.sqrt(most / 4)))
    cell, inside = cells(xy, view or robust_extent(xy).view, (squares, squares))
    rows = np.flatnonzero(inside)
    score = np.nan_to_num(np.asarray(score, np.float64), nan=-np.inf)[rows]
    best = np.argsort(-score, kind="stable")
    small = cell.astype(np.min_scalar_type(squares**2))  # a smaller type sorts much faster
    order = best[np.argsort(small[best], kind="stable")]  # square by square, best first
    sizes = np.bincount(cell, minlength=squares**2)
    turn = np.empty(len(rows), np.min_scalar_type(most))
    turn[order] = np.minimum(np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes), most)
    chosen = best[np.argsort(turn[best], kind="stable")[:most]]
    return rows[chosen[np.argsort(-score[chosen], kind="stable")]]


def within(xy: np.ndarray, view: View) -> np.ndarray:
    """Points (n, 2) inside a view, including its edges: (n,) bool."""
    x, y = xy[:, 0], xy[:, 1]
    return (x >= view[0]) & (x <= view[1]) & (y >= view[2]) & (y <= view[3])


def cells(xy: np.ndarray, view: View, pixels: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The pixel of each point inside the view, numbered row by row from the lowest, and which points are inside, (n,)
    bool.

    Raises BadRequest for an empty view or picture.
    """
    (width, height), (x0, x1, y0, y1) = pixels, view
    if width < 1 or height < 1 or not (x1 > x0 and y1 > y0):
        raise BadRequest(f"A picture of {width} x {height} pixels from {x0:g}, {y0:g} to {x1:g}, {y1:g} has no area.")
    x, y = xy[:, 0], xy[:, 1]
    inside = within(xy, view)
    if not inside.all():
        x, y = x[inside], y[inside]
    column = np.minimum(((x - x0) * (width / (x1 - x0))).astype(np.int32), width - 1)  # the right edge is inside
    row = np.minimum(((y - y0) * (height / (y1 - y0))).astype(np.int32), height - 1)
    return row * np.int32(width) + column, inside


def _validate(xy: np.ndarray) -> np.ndarray:
    xy = np.asarray(xy)
    if xy.ndim != 2 or not len(xy) or not np.isfinite(xy).all():
        raise BadRequest(f"A picture needs points with finite positions; these have shape {xy.shape}.")
    return xy
