"""Export of a map as one HTML file that works offline, with search, filters, colors and details of points."""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from explorer.core.columns.color import ColorEncoding, Continuous
from explorer.core.embedding import Embedding
from explorer.core.text.bidirectional import strip_bidi_controls
from explorer.errors import BadRequest
from explorer.figures.color_encoding import default_colors, layer
from explorer.figures.traces import PARTS, hover_columns, short, sizes
from explorer.maps.density import robust_extent

COLUMNS = 12  # columns that points can be colored and filtered by
LABELED = 20_000  # points that may have a label


def page(
    embedding: Embedding, xy: np.ndarray, colors: ColorEncoding | None = None, shown: np.ndarray | None = None,
    size: np.ndarray | None = None,
) -> str:  # fmt: skip
    """The map as an HTML page that can be searched, zoomed, filtered and colored by columns.

    xy: (n, 2) layout. colors: initial colors; by default those of the group column. shown: (n,) bool, items to include;
    by default all. size: (n,) diameters in pixels; by default by popularity. Raises BadRequest if no item is included.
    """
    shown = np.ones(len(embedding), bool) if shown is None else shown
    rows = np.flatnonzero(shown)
    if not len(rows):
        raise BadRequest("No item passes the filters, so there is nothing to save. Remove a filter.")
    popularity = embedding.columns.numbers("popularity")
    size = sizes(popularity, len(embedding)) if size is None else size
    score = np.zeros(len(rows)) if popularity is None else np.nan_to_num(popularity[rows])
    titles = embedding.items.get("title", embedding.items["key"]).iloc[rows]
    x0, x1, y0, y1 = robust_extent(xy[rows]).view
    grid = (xy[rows] - (x0, y0)) / (x1 - x0, y1 - y0) * 65535
    data = {
        "name": strip_bidi_controls(embedding.name),
        "titles": [short(strip_bidi_controls(str(title)), 120) for title in titles],
        "xy": _array(np.round(grid).clip(0, 65535).astype("<u2")),
        "size": _array(np.minimum(size[rows] * PARTS, 255).astype("u1")),
        "order": _order(score),
        "colors": [_colors(choice, rows, embedding) for choice in _choices(embedding, colors)],
        "attributes": [_texts(embedding, name, rows) for name in hover_columns(embedding.columns)],
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    template, script = (_own_file(name) for name in ("offline_map.html", "pan_zoom.js"))
    return template.replace("__PAN_ZOOM__", script).replace("__DATA__", text)


def _own_file(name: str) -> str:
    return files("explorer.figures").joinpath(name).read_text(encoding="utf-8")


def _choices(embedding: Embedding, first: ColorEncoding | None) -> list[ColorEncoding]:
    """The initial colors, followed by those of the columns."""
    first = first or default_colors(embedding)
    found = [first]
    for column in embedding.schema.attributes:
        colors = embedding.columns[column.name].colors()
        if colors is not None and colors.title != first.title:
            found.append(colors)
    return found[:COLUMNS]


def _colors(colors: ColorEncoding, rows: np.ndarray, embedding: Embedding) -> dict[str, Any]:
    """One choice of colors: code of each item, colors of the codes and, for numbers, the values."""
    shown = np.zeros(len(embedding), bool)
    shown[rows] = True
    colored = layer(colors, shown)
    known = colored.known[rows]
    codes = np.where(known, colored.shades[rows].astype(np.int64), -1).astype("<i2")
    palette = [_hex(color) for color in colored.palette]
    found: dict[str, Any] = {"title": colors.title, "codes": _array(codes), "colors": palette}
    if not isinstance(colors, Continuous):
        return {**found, "names": list(colors.names)}
    values = colors.values[rows].astype("<f4")
    ends = [f"{end:.4g}" for end in (np.nanmin(values), np.nanmax(values))] if known.any() else ["", ""]
    return {**found, "values": _array(values), "ends": ends}


def _hex(color: np.ndarray) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def _texts(embedding: Embedding, name: str, rows: np.ndarray) -> dict[str, Any]:
    """A column as distinct texts and the code of each row."""
    codes, texts = pd.factorize(np.asarray(embedding.columns[name].texts(rows), object))
    return {"label": embedding.schema[name].label, "texts": list(texts), "codes": codes.tolist()}


def _order(score: np.ndarray) -> dict[str, str]:
    """Rows that may have a label, the most popular first."""
    return _array(np.argsort(-score, kind="stable")[:LABELED].astype("<u4"))


def _array(values: np.ndarray) -> dict[str, str]:
    kind = values.dtype.str.lstrip("<|")
    return {"type": kind, "base64": base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()}
