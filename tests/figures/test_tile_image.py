"""Tiles show each point at its place in its color, and fit together."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from explorer.figures.tile_image import FADED, FIRST, HIDDEN, Painting, tile_image, tile_images
from explorer.maps import tiles
from explorer.maps.density import raster

PALETTE = np.array([[220, 30, 30], [30, 30, 220]], np.uint8)
N = 30_000
rng = np.random.default_rng(0)
XY = np.vstack([rng.uniform(0, 0.4, (N // 2, 2)), rng.uniform(0.6, 1, (N // 2, 2))]).astype(
    np.float32
)  # low left, and high right
SHADES = np.repeat([0, 1], N // 2)
ALL = np.ones(N, bool)
SORTED = tiles.sort(XY, None)


def pixels(painting: Painting, zoom: int, x: int, y: int) -> np.ndarray:
    """Rows from the lowest, as a raster has them."""
    picture = Image.open(BytesIO(tile_image(SORTED, painting, zoom, x, y))).convert("RGBA")
    return np.array(picture).astype(int)[::-1]


@pytest.mark.parametrize(("zoom", "x", "y"), [(0, 0, 0), (1, 0, 0), (1, 1, 1), (1, 0, 1), (3, 6, 6)])
def test_pixels_with_points_are_opaque(zoom, x, y):
    picture = pixels(Painting.of(SORTED, ALL, ALL, SHADES, PALETTE), zoom, x, y)
    counts = raster(XY, SORTED.view(zoom, x, y), (tiles.SIDE, tiles.SIDE))
    np.testing.assert_array_equal(picture[..., 3] > 0, counts > 0)
    crowded = picture[counts > 1]
    assert not len(crowded) or crowded[:, 3].mean() > picture[counts == 1][:, 3].mean()


def test_colors_are_those_of_the_points():
    painting = Painting.of(SORTED, ALL, ALL, SHADES, PALETTE)
    for place, color in ((0, PALETTE[0]), (1, PALETTE[1])):
        picture = pixels(painting, 1, place, place)
        seen = picture[picture[..., 3] > 200][:, :3].mean(axis=0)
        assert abs(seen - color).max() < 60  # the file is lossy, and single pixels blur into transparent ones
        assert seen.argmax() == color.argmax()


def test_faded_points_are_faint_and_grey_and_hidden_ones_are_missing():
    low = np.arange(N) < N // 2
    painting = Painting.of(SORTED, ALL, ~low, SHADES, PALETTE)
    faint, full = (pixels(painting, 1, place, place) for place in (0, 1))
    assert 0 < faint[..., 3].max() < full[..., 3].max() / 2
    assert np.ptp(faint[faint[..., 3] > 0][:, :3].mean(axis=0)) < 40
    assert pixels(Painting.of(SORTED, ~low, ALL, SHADES, PALETTE), 1, 0, 0)[..., 3].max() == 0


def test_points_are_more_opaque_when_few_have_a_color():
    few = np.arange(N) % 20 == 0
    many, some = (Painting.of(SORTED, ALL, bright, SHADES, PALETTE) for bright in (ALL, few))
    one = np.flatnonzero(raster(XY[few], SORTED.view(0, 0, 0), (tiles.SIDE, tiles.SIDE)).ravel() == 1)
    dense, sparse = (pixels(painting, 0, 0, 0)[..., 3].ravel()[one] for painting in (many, some))
    assert dense.mean() < 130 and sparse.min() > 200


def test_scales_of_numbers_keep_their_order():
    shades = np.linspace(0, 255, N).astype(np.uint8)
    gray = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    painting = Painting.of(SORTED, ALL, ALL, shades, gray)
    shown = painting.palette[painting.paint - FIRST][:, 0].astype(int)
    assert abs(shown - shades[SORTED.rows]).max() <= 2
    assert painting.paint.min() == FIRST and painting.paint.max() == 255


def test_points_without_a_color_are_faded():
    codes = np.where(np.arange(N) < 10, -1, 0).astype(np.int8)
    painting = Painting.of(SORTED, ALL, codes >= 0, codes, PALETTE)
    assert np.bincount(painting.paint).tolist() == [0, 10, N - 10] and (HIDDEN, FADED) == (0, 1)


def test_view_has_the_tiles_with_points():
    images = tile_images(SORTED, SORTED.root, SORTED.root, "/tile/{zoom}/{x}/{y}")
    assert [image["source"] for image in images] == ["/tile/1/0/0", "/tile/1/1/1"]  # the others are empty
    x0, x1, _, y1 = SORTED.root
    assert images[1]["x"] == pytest.approx((x0 + x1) / 2) and images[1]["y"] == pytest.approx(y1)
    assert images[0]["sizex"] == pytest.approx((x1 - x0) / 2)


def test_painting_is_read_from_its_files(tmp_path):
    painting = Painting.of(SORTED, ALL, ALL, SHADES, PALETTE)
    painting.save(tmp_path / painting.digest())
    again = Painting.load(tmp_path / painting.digest())
    assert again.digest() == painting.digest()
    assert painting.digest() != Painting.of(SORTED, ALL, ALL, SHADES, PALETTE[::-1]).digest()
    with pytest.raises(FileNotFoundError):
        Painting.load(tmp_path / "another")
