"""Density of points: an image in their mean colors, and contour lines."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
import plotly.graph_objects as go
from PIL import Image
from plotly.colors import hex_to_rgb

from explorer.figures.palette import GRAY
from explorer.maps.density import View, cells, equalize_histogram, raster

PIXELS = (1200, 900)
FAINT = 0.3  # opacity of points that are not highlighted
CELLS = 96  # width and height of the density grid
LEVELS = 6  # number of contour lines


def density_image(xy: np.ndarray, view: View, color: np.ndarray, palette: np.ndarray, bright: np.ndarray) -> str:
    """Rasterize points: each pixel has the mean color of its points and is more opaque the more there are.

    xy: (n, 2) points. view: x0, x1, y0, y1 of the image. color: (n,) rows of palette (m, 3), uint8 RGB. bright: (n,)
    bool, points that keep their color; pixels without any are faint gray. Returns a data URI. Raises BadRequest for a
    view without area.
    """
    cell, inside = cells(xy, view, PIXELS)
    size, bright = PIXELS[0] * PIXELS[1], bright[inside]
    lit = np.bincount(cell[bright], minlength=size)
    picture = np.empty((size, 4), np.uint8)
    picture[:, :3] = hex_to_rgb(GRAY)
    picture[:, 3] = equalize_histogram(np.bincount(cell, minlength=size)) * FAINT
    full = lit > 0
    mean = palette[color[inside][bright]]
    for channel in range(3):
        sums = np.bincount(cell[bright], mean[:, channel], size)
        picture[full, channel] = sums[full] / lit[full]
    picture[full, 3] = equalize_histogram(lit)[full]
    file = encoded(picture.reshape(PIXELS[1], PIXELS[0], 4)[::-1])
    return f"data:image/webp;base64,{base64.b64encode(file).decode()}"


def encoded(picture: np.ndarray) -> bytes:
    """A picture (height, width, 4) of uint8 as a WebP file: a third of the size of a PNG, and as fast."""
    file = BytesIO()
    Image.fromarray(picture).save(file, "WEBP", quality=80, method=2)
    return file.getvalue()


def contour_lines(xy: np.ndarray, view: View, dark: bool) -> go.Contour:
    """Contour lines of the density of points (n, 2) in a view; the density doubles from line to line."""
    from scipy.ndimage import gaussian_filter

    x0, x1, y0, y1 = view
    smooth = gaussian_filter(raster(xy, view, (CELLS, CELLS)).astype(np.float64), CELLS / 40)
    levels = np.log2(np.maximum(smooth / (smooth.max() or 1), 2.0**-LEVELS)).astype(np.float32)
    centers = (np.arange(CELLS) + 0.5) / CELLS
    return go.Contour(
        x=x0 + centers * (x1 - x0), y=y0 + centers * (y1 - y0), z=levels, name="density", hoverinfo="skip",
        contours={"coloring": "none", "start": 0.5 - LEVELS, "end": -0.5, "size": 1}, showscale=False,
        line={"width": 1, "color": "rgba(241,240,236,.45)" if dark else "rgba(28,29,33,.4)", "smoothing": 1},
    )  # fmt: skip
