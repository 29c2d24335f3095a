"""Selections on a map (boxes, lassos, items), and their URL form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.errors import BadRequest

CORNERS = 60  # of a lasso, at most: a link has to stay short


@dataclass(frozen=True)
class Selection:
    """Shapes drawn on a map, as (corners, 2) arrays, and rows of items that were clicked."""

    lassos: tuple[np.ndarray, ...] = ()
    rows: tuple[int, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.lassos or self.rows)

    def mask(self, xy: np.ndarray) -> np.ndarray:
        """Which points (n, 2) it holds: (n,) bool."""
        held = np.zeros(len(xy), bool)
        held[[row for row in self.rows if row < len(xy)]] = True
        for corners in self.lassos:
            held |= inside(xy, corners)
        return held

    def shapes(self) -> list[dict[str, Any]]:
        """The same as plotly's `layout.selections`, to be drawn again."""
        return [
            {"type": "path", "path": "M" + "L".join(f"{x:g},{y:g}" for x, y in corners) + "Z"}
            for corners in self.lassos
        ]

    def text(self) -> str:
        """The selection for a URL; `parse` reads it."""
        lassos = ["lasso:" + ",".join(f"{v:.4g}" for v in corners.ravel()) for corners in self.lassos]
        clicked = ["rows:" + ",".join(map(str, self.rows))] if self.rows else []
        return ";".join([*lassos, *clicked])


def parse(text: str) -> Selection:
    """The selection that a text stands for. Raises BadRequest for another text."""
    lassos, rows = [], []
    for part in filter(None, text.split(";")):
        kind, _, values = part.partition(":")
        try:
            if kind == "lasso":
                lassos.append(np.array(values.split(","), float).reshape(-1, 2))
            elif kind == "rows":
                rows += [int(value) for value in values.split(",")]
            else:
                raise ValueError(kind)
        except ValueError as error:
            raise BadRequest(f"{part[:40]!r} is no part of a map; it is lasso:x,y,... or rows:n,... .") from error
    if any(row < 0 for row in rows) or any(len(c) < 3 or not np.isfinite(c).all() for c in lassos):
        raise BadRequest(f"{text[:40]!r} is no part of a map: a lasso has three corners or more, a row is 0 or more.")
    return Selection(tuple(lassos), tuple(rows))


def from_plotly_event(event: Mapping[str, Any]) -> Selection:
    """The selection of a plotly event as Streamlit gives it: `box`, `lasso`, `points` with their row in customdata."""
    lassos = [_box(shape["x"], shape["y"]) for shape in event.get("box", ())]
    lassos += [_thinned(np.column_stack([shape["x"], shape["y"]])) for shape in event.get("lasso", ())]
    if lassos:
        return Selection(tuple(lassos))
    rows = (_row(point["customdata"]) for point in event.get("points", ()) if point.get("customdata"))
    return Selection(rows=tuple(dict.fromkeys(rows)))


def _row(customdata: Any) -> int:
    """The first number of a point's customdata; a browser sends typed arrays as what JSON makes of them, {"0": 7}."""
    return int(customdata["0"] if isinstance(customdata, Mapping) else customdata[0])


def inside(xy: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which points (n, 2) lie inside a polygon (c, 2): (n,) bool, by the even-odd rule."""
    x, y = xy[:, 0], xy[:, 1]
    held = np.zeros(len(xy), bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        if crosses.any():
            held ^= crosses & (x < (x1 - x0) * (y - y0) / ((y1 - y0) or 1) + x0)
    return held


def _box(x: list[float], y: list[float]) -> np.ndarray:
    return np.array([[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]]], float)


def _thinned(corners: np.ndarray) -> np.ndarray:
    return corners[:: -(-len(corners) // CORNERS)]
