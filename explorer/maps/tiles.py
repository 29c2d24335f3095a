"""The points of a layout sorted by place, so that a view of millions of points reads only its own.

At zoom z a map is divided into 2^z x 2^z tiles. The points are sorted along a Z-order curve (Morton 1966), so those of
a tile of any zoom are one slice of the sorted arrays, which are memory-mapped files.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer import artifacts
from explorer.artifacts.mapped_files import map_array
from explorer.core.embedding import Embedding
from explorer.maps.density import View, foreground, robust_extent, within

DEEPEST = 10  # zoom of the smallest tiles
BITS = 16  # of a position along an axis: 2^16 places are told apart
SIDE = 512  # pixels: width and height of a tile
SQUARES = 6  # bits: a tile has 2^6 x 2^6 squares, each of which has one best-known point
ACROSS = 2  # a view is at most so many tiles wide and high, so it touches at most 3 x 3
FURTHER = 2  # best-known points of this many further zooms are candidates to be drawn in a view
SCANNED = 300_000  # points of a view up to which all are compared
KNOTS = 65  # points of the curve from counts to gray levels
BLOCK = 1_000_000  # points whose places are computed at a time
ARRAYS = ("starts", "rows", "xy", "levels", "tones")


@dataclass(frozen=True, eq=False)
class Tiles:
    """The points of a layout, sorted by place.

    root: the part of the plane that is divided into tiles. outside: number of outliers, which belong to the tiles at
    its edge but are in no picture. starts: (4^10 + 1,) int32, the first point of each tile of the deepest zoom. rows:
    (n,) int32, the item of each point. xy: (n, 2) float32. levels: (n,) uint8, the zoom from which a point is the best
    known of its square of a tile; 255 for none. tones: (zooms, 2, KNOTS) float32, for each zoom numbers of points in a
    pixel and the shares of pixels that have fewer.
    """

    root: View
    outside: int
    starts: np.ndarray
    rows: np.ndarray
    xy: np.ndarray
    levels: np.ndarray
    tones: np.ndarray

    def view(self, zoom: int, x: int, y: int) -> View:
        """The part of the plane that a tile covers. x, y: its column from the left and row from the bottom."""
        x0, x1, y0, y1 = self.root
        width, height = (x1 - x0) / 2**zoom, (y1 - y0) / 2**zoom
        return x0 + x * width, x0 + (x + 1) * width, y0 + y * height, y0 + (y + 1) * height

    def slice(self, zoom: int, x: int, y: int) -> slice:
        """The points of a tile."""
        code = int(_z_order(np.array([x]), np.array([y]))[0])
        deeper = 2 * (DEEPEST - zoom)
        return slice(int(self.starts[code << deeper]), int(self.starts[(code + 1) << deeper]))

    def zoom(self, view: View) -> int:
        """The zoom at which a view is at most ACROSS tiles wide and high, and nearly so."""
        x0, x1, y0, y1 = self.root
        share = max((view[1] - view[0]) / (x1 - x0), (view[3] - view[2]) / (y1 - y0))
        return int(np.clip(np.floor(np.log2(ACROSS / share)), 0, DEEPEST))

    def of(self, view: View, zoom: int) -> list[tuple[int, int]]:
        """Column and row of each tile of a zoom that a view touches; those at the edge hold the points beyond it."""
        first = _places(np.array([[view[0], view[2]]]), self.root, zoom)[0]
        last = _places(np.array([[view[1], view[3]]]), self.root, zoom)[0]
        return [(x, y) for y in range(first[1], last[1] + 1) for x in range(first[0], last[0] + 1)]

    def points(self, view: View, bright: np.ndarray, level: int | None = None) -> np.ndarray:
        """Sorted positions of the points in a view: (m,) int64. bright: (n,) bool, by item. level: the highest."""
        found = []
        for tile in self.of(view, zoom := self.zoom(view)):
            span = self.slice(zoom, *tile)
            inside = within(self.xy[span], view)
            if level is not None:
                inside &= self.levels[span] <= level
            there = np.flatnonzero(inside) + span.start
            found.append(there[bright[self.rows[there]]])
        return np.concatenate(found)

    def drawn(
        self, view: View, around: View, bright: np.ndarray, score: np.ndarray | None, all_up_to: int, most: int
    ) -> np.ndarray:
        """Rows of the items to draw as points, ascending: all bright ones around a view, or of many the best in it.

        around: a wider view. bright: (n,) bool. score: (n,), higher is better known; none if all are equal. all_up_to:
        number of points up to which all are drawn. most: number of points drawn of more, see density.foreground.
        """
        zoom = self.zoom(view)
        spans = [self.slice(zoom, *tile) for tile in self.of(view, zoom)]
        if sum(span.stop - span.start for span in spans) > SCANNED:
            found = self.points(view, bright, zoom + FURTHER)
            if len(found) > all_up_to:
                return self._foreground(found, view, score, most)
        found = self.points(around, bright)
        return np.sort(self.rows[found]) if len(found) <= all_up_to else self._foreground(found, view, score, most)

    def _foreground(self, points: np.ndarray, view: View, score: np.ndarray | None, most: int) -> np.ndarray:
        rows = self.rows[points]
        known = np.zeros(len(rows)) if score is None else score[rows]
        return np.sort(rows[foreground(self.xy[points], known, most, view)])

    def save(self, folder: Path) -> None:
        """Write the arrays into an existing folder."""
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))
        (folder / "root.json").write_text(json.dumps([*self.root, self.outside]), encoding="utf-8")


def load(folder: Path) -> Tiles:
    """The tiles saved in a folder, memory-mapped."""
    x0, x1, y0, y1, outside = json.loads((folder / "root.json").read_text(encoding="utf-8"))
    arrays = [np.asarray(map_array(folder / f"{name}.npy")) for name in ARRAYS]
    return Tiles((x0, x1, y0, y1), outside, *arrays)


def sort(xy: np.ndarray, score: np.ndarray | None, report: Callable[[float], object] = lambda share: None) -> Tiles:
    """Sort the points of a layout (n, 2) by place.

    score: (n,), higher is better known, nan lowest; none if all are equal. report: called with the share that is done.
    Needs about 60 bytes a point.
    """
    (root, outside), n = robust_extent(xy), len(xy)
    keys = np.empty(n, np.uint64)
    for start in range(0, n, BLOCK):
        block = _places(xy[start : start + BLOCK], root, BITS)
        rows = np.arange(start, start + len(block), dtype=np.uint64)
        keys[start : start + BLOCK] = _z_order(block[:, 0], block[:, 1]) << np.uint64(32) | rows
        report(0.2 * (start + len(block)) / n)
    keys.sort()
    report(0.4)
    rows = (keys & np.uint64(0xFFFFFFFF)).astype(np.int32)
    codes = (keys >> np.uint64(32)).astype(np.uint32)
    del keys
    tiles = np.arange(4**DEEPEST, dtype=np.uint64) << np.uint64(2 * (BITS - DEEPEST))
    starts = np.append(np.searchsorted(codes, tiles.astype(np.uint32)), n).astype(np.int32)
    levels = _levels(codes, rows, score, report)
    tones = np.stack([_tone(codes, zoom) for zoom in range(DEEPEST + 1)])
    report(0.9)
    return Tiles(root, outside, starts, rows, np.asarray(xy, np.float32)[rows], levels, tones)


def _levels(
    codes: np.ndarray, rows: np.ndarray, score: np.ndarray | None, report: Callable[[float], object]
) -> np.ndarray:
    """The zoom from which each sorted point is the best known of its square: (n,) uint8."""
    n = len(codes)
    place = np.empty(n, np.int32)  # of each item among the sorted points
    place[rows] = np.arange(n, dtype=np.int32)
    best = place if score is None else place[np.argsort(-np.nan_to_num(score, nan=-np.inf), kind="stable")]
    rank = np.empty(n, np.int32)
    rank[best] = np.arange(n, dtype=np.int32)
    levels = np.full(n, 255, np.uint8)
    for zoom in range(DEEPEST, -1, -1):  # lower zooms overwrite higher ones, whose best include theirs
        firsts = _firsts(codes >> np.uint32(2 * max(0, BITS - SQUARES - zoom)))
        levels[best[np.minimum.reduceat(rank, firsts)]] = zoom
        report(0.4 + 0.4 * (DEEPEST - zoom) / DEEPEST)
    return levels


def _tone(codes: np.ndarray, zoom: int) -> np.ndarray:
    """Numbers of points in a pixel, and the share of the pixels with any that have fewer: (2, KNOTS) float32."""
    deepest = BITS - SIDE.bit_length() + 1  # zoom at which a pixel is the smallest place
    firsts = _firsts(codes >> np.uint32(2 * max(0, deepest - zoom)))
    numbers, often = np.unique(np.diff(firsts, append=len(codes)), return_counts=True)
    below = np.cumsum(often) - often
    share = below / max(below[-1], 1)
    knots = np.geomspace(1, max(numbers[-1], 2), KNOTS)
    return np.stack([knots, np.interp(knots, numbers, share)]).astype(np.float32)


def _firsts(cells: np.ndarray) -> np.ndarray:
    """Positions at which an ascending array has a new value."""
    return np.append(0, np.flatnonzero(cells[1:] != cells[:-1]) + 1)


def _places(xy: np.ndarray, root: View, bits: int) -> np.ndarray:
    """Column and row of points (m, 2) on a grid of 2^bits x 2^bits, those outside in the nearest: (m, 2) int64."""
    x0, x1, y0, y1 = root
    share = (np.asarray(xy, np.float64) - (x0, y0)) / (x1 - x0, y1 - y0)
    return np.clip(np.floor(share * 2**bits), 0, 2**bits - 1).astype(np.int64)


def _z_order(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Interleave the bits of columns and rows of up to 16 bits: (m,) uint64."""
    code = np.zeros(len(x), np.uint64)
    for axis, values in enumerate((x, y)):
        spread = values.astype(np.uint64)
        for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            spread = (spread | spread << np.uint64(shift)) & np.uint64(mask)
        code |= spread << np.uint64(axis)
    return code


def write(embedding: Embedding, method: str, folder: Path, report: Callable[[float], object]) -> None:
    """Sort the points of a stored layout and write them to a new folder, which appears when it is complete."""
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        sort(embedding.layout(method), embedding.columns.numbers("popularity"), report).save(work)
        with suppress(OSError):  # another process was faster
            work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    report(1.0)


def main(name: str, method: str, folder: str) -> None:
    """Write the tiles of an artifact's layout; prints the share that is done."""

    def report(share: float) -> None:
        sys.stdout.write(f"{share:.3f}\n")
        sys.stdout.flush()

    write(artifacts.load(name), method, Path(folder), report)


if __name__ == "__main__":
    main(*sys.argv[1:])
