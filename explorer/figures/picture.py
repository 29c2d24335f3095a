"""A map as a PNG picture, for programs that cannot draw a figure."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from plotly.colors import hex_to_rgb

from explorer.core.embedding import Embedding
from explorer.errors import BadRequest
from explorer.figures.color_encoding import layer
from explorer.figures.palette import ACCENT, GRAY

Color = tuple[int, int, int]
SIZE, MARGIN = (1000, 760), 24
LABELS = 14  # titles written beside their points
NEAR = 200  # items in a picture around one of them
LEGEND = 10  # values in the legend


def map_picture(embedding: Embedding, layout: str, color: str = "", around: str = "") -> bytes:
    """A layout as a PNG of 1000 x 760 pixels, with the titles of the most popular items.

    color: a column. around: the key of an item; then only its 200 nearest items on the map are drawn, and it is named.
    Raises BadRequest for a layout in space and a column without colors, UnknownItem.
    """
    places = embedding.layout(layout)
    if places.shape[1] != 2:
        raise BadRequest(f"The layout {layout!r} has three dimensions; a picture needs two.")
    rows = np.arange(len(embedding))
    if around:
        here = places[embedding.index(around)[0]]
        rows = np.argsort(np.linalg.norm(places - here, axis=1), kind="stable")[:NEAR]
    colors, legend = _colors(embedding, color)
    low, high = places[rows].min(axis=0), places[rows].max(axis=0)
    share = (places[rows] - low) / np.where(high > low, high - low, 1)
    pixels = MARGIN + share * (np.array(SIZE) - 2 * MARGIN)
    pixels[:, 1] = SIZE[1] - pixels[:, 1]
    picture = Image.new("RGB", SIZE, "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    radius = 2 if len(rows) > 2000 else 4
    for (x, y), row in zip(pixels, rows, strict=True):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_color(colors[row]))
    titles = embedding.items["title" if "title" in embedding.items else "key"]
    for place in _labelled(embedding, rows, bool(around)):
        x, y = pixels[place]
        text = str(titles.iloc[rows[place]])[:40]
        draw.text((x + 6, y - 8), text, fill="black", font=font, stroke_width=2, stroke_fill="white")
    for line, (name, fill) in enumerate(legend):
        draw.rectangle((MARGIN, MARGIN + 20 * line, MARGIN + 12, MARGIN + 12 + 20 * line), fill=fill)
        draw.text(
            (MARGIN + 18, MARGIN - 3 + 20 * line),
            name[:40],
            fill="black",
            font=font,
            stroke_width=2,
            stroke_fill="white",
        )
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _labelled(embedding: Embedding, rows: np.ndarray, first: bool) -> list[int]:
    """Positions in rows of the items to name: the first, if it is the one asked for, and the most popular."""
    known = embedding.columns.numbers("popularity")
    order = np.arange(len(rows)) if known is None else np.argsort(-np.nan_to_num(known[rows]), kind="stable")
    return list(dict.fromkeys([*([0] if first else []), *order[:LABELS].tolist()]))


def _colors(embedding: Embedding, column: str) -> tuple[np.ndarray, list[tuple[str, Color]]]:
    """The color of every item, (n, 3) uint8, and the legend."""
    if not column:
        return np.tile(np.array(hex_to_rgb(ACCENT), np.uint8), (len(embedding), 1)), []
    if column not in embedding.schema:
        raise BadRequest(f"There is no column {column!r}. There are {', '.join(embedding.schema)}.")
    encoding = embedding.columns[column].colors()
    if encoding is None:
        raise BadRequest(f"The column {column!r} has no colors; color by a category, labels, a number or a date.")
    drawn = layer(encoding, np.ones(len(embedding), bool))
    colors = drawn.palette[np.maximum(drawn.shades, 0)]
    colors[~drawn.known] = hex_to_rgb(GRAY)
    ends = [(f"{column}: low", drawn.palette[0]), (f"{column}: high", drawn.palette[-1])]
    legend = list(zip(drawn.names, drawn.palette, strict=True))[:LEGEND] if drawn.names else ends
    return colors, [(name, _color(rgb)) for name, rgb in legend]


def _color(rgb: np.ndarray) -> Color:
    red, green, blue = map(int, rgb)
    return red, green, blue
