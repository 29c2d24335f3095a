"""Pictures of the tiles of a map: each pixel has the mean color of its points and is more opaque the more there are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from plotly.colors import hex_to_rgb

from explorer.artifacts.mapped_files import map_array
from explorer.figures.density_image import FAINT, encoded
from explorer.figures.palette import GRAY
from explorer.maps.density import FAINTEST, View, cells
from explorer.maps.tiles import SIDE, Tiles

HIDDEN, FADED, FIRST = 0, 1, 2  # paints of points: not shown, gray, the first color


@dataclass(frozen=True, eq=False)
class Painting:
    """The colors of all points of a map, sorted as its tiles."""

    paint: np.ndarray  # (n,) uint8: HIDDEN, FADED, or FIRST + a row of the palette
    palette: np.ndarray  # (m, 3) uint8, at most 254 colors
    shares: np.ndarray  # (2,) float64: of the points that are shown, and that have a color

    @classmethod
    def of(
        cls, tiles: Tiles, shown: np.ndarray, bright: np.ndarray, shades: np.ndarray, palette: np.ndarray
    ) -> Painting:
        """The colors of a map. shown, bright: (n,) bool by item; shades: (n,) rows of the palette (m, 3)."""
        most = 256 - FIRST
        if len(palette) > most:  # shades of a scale, of which two neighbors look the same
            kept = np.linspace(0, len(palette) - 1, most).round().astype(int)
            shades, palette = np.searchsorted(kept, np.arange(len(palette))).astype(np.uint8)[shades], palette[kept]
        paint = np.full(len(shown), FADED, np.uint8)
        np.add(shades, FIRST, out=paint, where=bright, casting="unsafe")
        paint[~shown] = HIDDEN
        known, n = np.bincount(paint, minlength=FIRST), max(1, len(paint))
        shares = 1 - np.array([known[HIDDEN], known[HIDDEN] + known[FADED]]) / n
        return cls(paint[tiles.rows], palette, shares)

    def digest(self) -> str:
        """Text that is equal for equal paintings, 32 characters."""
        found = hashlib.sha256(np.ascontiguousarray(self.paint).data)
        found.update(self.palette.tobytes())
        return found.hexdigest()[:32]

    def save(self, file: Path) -> None:
        """Write it to two files with this name and other suffixes; the second says that both are complete."""
        np.save(file.with_suffix(".npy"), self.paint)
        np.savez(file.with_suffix(".npz"), palette=self.palette, shares=self.shares)

    @classmethod
    def load(cls, file: Path) -> Painting:
        """Read what `save` wrote, memory-mapped. Raises FileNotFoundError."""
        with np.load(file.with_suffix(".npz")) as small:
            palette, shares = small["palette"], small["shares"]
        return cls(np.asarray(map_array(file.with_suffix(".npy"))), palette, shares)


@dataclass(frozen=True, eq=False)
class Tiled:
    """The tiles of a layout, and the place that keeps how they are painted."""

    tiles: Tiles
    address: Callable[[Painting], str]  # keeps a painting; returns the URL template of its tiles, see tile_images


def tile_image(tiles: Tiles, painting: Painting, zoom: int, x: int, y: int) -> bytes:
    """One tile, as a WebP file of SIDE x SIDE pixels."""
    span, view = tiles.slice(zoom, x, y), tiles.view(zoom, x, y)
    cell, inside = cells(tiles.xy[span], view, (SIDE, SIDE))
    paint = painting.paint[span][inside]
    picture = np.zeros((SIDE * SIDE, 4), np.uint8)
    picture[:, :3] = hex_to_rgb(GRAY)
    counts = np.bincount(cell[paint != HIDDEN], minlength=len(picture))
    picture[:, 3] = FAINT * _opacity(tiles.tones[zoom], counts, painting.shares[0])
    colored = paint >= FIRST
    cell, colors = cell[colored], painting.palette[paint[colored] - FIRST]
    lit = np.bincount(cell, minlength=len(picture))
    full = lit > 0
    for channel in range(3):
        picture[full, channel] = np.bincount(cell, colors[:, channel], len(picture))[full] / lit[full]
    picture[full, 3] = _opacity(tiles.tones[zoom], lit[full], painting.shares[1])
    return encoded(picture.reshape(SIDE, SIDE, 4)[::-1])


def tile_images(tiles: Tiles, view: View, around: View, address: str) -> list[dict[str, Any]]:
    """The tiles around a view that have points, in its resolution, for plotly's `layout.images`.

    around: a wider view. address: with {zoom}, {x} and {y}.
    """
    zoom, found = tiles.zoom(view), []
    for x, y in tiles.of(around, zoom):
        span = tiles.slice(zoom, x, y)
        if span.stop > span.start:
            x0, x1, y0, y1 = tiles.view(zoom, x, y)
            place = {"xref": "x", "yref": "y", "x": x0, "y": y1, "sizex": x1 - x0, "sizey": y1 - y0}
            source = address.format(zoom=zoom, x=x, y=y)
            found.append({"source": source, "sizing": "stretch", "layer": "below", **place})
    return found


def _opacity(tone: np.ndarray, counts: np.ndarray, share: float) -> np.ndarray:
    """Opacity of pixels with numbers of points that are a share of all: float, 0 where there is none."""
    levels = np.interp(counts / max(share, 1e-9), *tone)
    return np.where(counts, FAINTEST + (255 - FAINTEST) * levels, 0)
