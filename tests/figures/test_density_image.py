"""The background image has the right color at the right place and is transparent elsewhere."""

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from explorer import BadRequest
from explorer.figures.density_image import PIXELS, density_image

VIEW = (0.0, 1.0, 0.0, 1.0)
PALETTE = np.array([[220, 30, 30], [30, 30, 220]], np.uint8)


def pixels(source: str) -> np.ndarray:
    return np.array(Image.open(BytesIO(base64.b64decode(source.split(",")[1]))).convert("RGBA")).astype(int)


def test_points_are_drawn_at_their_position_in_their_color():
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 0.2, (20_000, 2))  # low left, red; high right, blue
    xy = np.vstack([corner, 1 - corner])
    colour = np.repeat([0, 1], 20_000)
    picture = pixels(density_image(xy, VIEW, colour, PALETTE, np.ones(40_000, bool)))
    assert picture.shape == (PIXELS[1], PIXELS[0], 4)
    low, high = picture[-182:, :242], picture[:182, -242:]  # the first row is at the top
    assert picture[:, :, 3].sum() == pytest.approx(low[..., 3].sum() + high[..., 3].sum(), rel=0.02)
    assert picture[300:600, 400:800, 3].max() == 0
    for part, (red, _, blue) in ((low, PALETTE[0]), (high, PALETTE[1])):
        seen = part[part[..., 3] > 200].mean(axis=0)
        assert abs(seen[0] - red) < 40
        assert abs(seen[2] - blue) < 40


def test_filtered_out_points_are_faint_and_grey():
    rng = np.random.default_rng(0)
    xy = rng.uniform(0.4, 0.6, (30_000, 2))
    zeros = np.zeros(30_000, int)
    lit, faint = (pixels(density_image(xy, VIEW, zeros, PALETTE, np.full(30_000, on))) for on in (True, False))
    assert 0 < faint[..., 3].max() < lit[..., 3].max() / 2
    seen = faint[faint[..., 3] > 0][:, :3].mean(axis=0)
    assert np.ptp(seen) < 40  # grey


def test_view_without_area_is_refused():
    with pytest.raises(BadRequest, match="no area"):
        density_image(np.zeros((1, 2)), (0, 0, 0, 1), np.zeros(1, int), PALETTE, np.ones(1, bool))
