"""What is behind the points that are drawn one by one: all the others, as a picture in their mean colours."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
from PIL import Image

from explorer.maps.density import View, cells, equalize_histogram

PIXELS = (1200, 900)
FAINT = 0.3  # how strong what a filter leaves out is drawn
GREY = (138, 141, 148)


def density_image(xy: np.ndarray, view: View, colour: np.ndarray, palette: np.ndarray, bright: np.ndarray) -> str:
    """Points as a picture, each pixel in the mean colour of those in it and the denser the more there are.

    xy: (n, 2), the points that are shown. view: x0, x1, y0, y1 of the picture. colour: (n,) rows of palette (m, 3),
    uint8 red, green, blue. bright: (n,) bool, those that keep their colour; the rest is faint grey, and only where no
    bright one is. Returns a data URI. Raises BadRequest for a view without area.
    """
    cell, inside = cells(xy, view, PIXELS)
    size, bright = PIXELS[0] * PIXELS[1], bright[inside]
    lit = np.bincount(cell[bright], minlength=size)
    picture = np.empty((size, 4), np.uint8)
    picture[:, :3] = GREY
    picture[:, 3] = equalize_histogram(np.bincount(cell, minlength=size)) * FAINT
    full = lit > 0
    mean = palette[colour[inside][bright]]
    for channel in range(3):
        sums = np.bincount(cell[bright], mean[:, channel], size)
        picture[full, channel] = sums[full] / lit[full]
    picture[full, 3] = equalize_histogram(lit)[full]
    return _encoded(picture.reshape(PIXELS[1], PIXELS[0], 4)[::-1])


def _encoded(picture: np.ndarray) -> str:
    file = BytesIO()
    Image.fromarray(picture).save(file, "WEBP", quality=80, method=2)  # a third of a PNG, and as fast
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
