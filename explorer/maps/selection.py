"""Selections on a map (boxes, lassos, items), added and removed one after the other, and their URL form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explorer.core.columns.color import GRAY
from explorer.errors import BadRequest

CORNERS = 60  # most corners of a lasso, to keep links short
SHIFT = "shift "  # prefix of the axis of a shape drawn with Shift held (frontend/chart.js)
REMOVED = "-"  # prefix of a removed part in the URL form


@dataclass(frozen=True, eq=False)
class Part:
    """A shape drawn on a map, (corners, 2), or rows of items, that is added to a selection or removed from it."""

    corners: np.ndarray | None = None
    rows: tuple[int, ...] = ()
    removed: bool = False

    def mask(self, xy: np.ndarray) -> np.ndarray:
        """Points (n, 2) in the part: (n,) bool."""
        if self.corners is not None:
            return inside(xy, self.corners)
        selected = np.zeros(len(xy), bool)
        selected[[row for row in self.rows if row < len(xy)]] = True
        return selected

    def text(self) -> str:
        """The part as text for a URL."""
        sign = REMOVED if self.removed else ""
        if self.corners is None:
            return f"{sign}rows:{','.join(map(str, self.rows))}"
        return f"{sign}lasso:{','.join(f'{value:.4g}' for value in self.corners.ravel())}"


@dataclass(frozen=True, eq=False)
class Selection:
    """Parts in the order in which they were added or removed."""

    parts: tuple[Part, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts)

    def mask(self, xy: np.ndarray) -> np.ndarray:
        """Points (n, 2) in the selection: (n,) bool."""
        selected = np.zeros(len(xy), bool)
        for part in self.parts:
            selected[part.mask(xy)] = not part.removed
        return selected

    def only_rows(self) -> Selection:
        """The selection without shapes, for a map in space."""
        return Selection(tuple(part for part in self.parts if part.corners is None))

    def toggled(self, part: Part, xy: np.ndarray) -> Selection:
        """Add a part to the selection, or remove it if all of its points (n, 2) are already selected."""
        new = part.mask(xy)
        if not new.any() or not self.mask(xy)[new].all():
            if part.rows and self.parts and self.parts[-1].rows and not self.parts[-1].removed:
                return Selection((*self.parts[:-1], Part(rows=tuple(dict.fromkeys(self.parts[-1].rows + part.rows)))))
            return Selection((*self.parts, replace(part, removed=False)))
        gone = set(np.flatnonzero(new).tolist())
        fewer = tuple(
            one if one.corners is not None else replace(one, rows=tuple(row for row in one.rows if row not in gone))
            for one in self.parts
        )
        left = Selection(tuple(one for one in fewer if one.corners is not None or one.rows))
        return Selection((*left.parts, replace(part, removed=True))) if left.mask(xy)[new].any() else left

    def shapes(self) -> list[dict[str, Any]]:
        """Outlines of the shapes as plotly's `layout.shapes`; those of removed parts are dotted."""
        return [
            {
                "type": "path",
                "path": "M" + "L".join(f"{x:g},{y:g}" for x, y in part.corners) + "Z",
                "line": {"width": 1, "color": GRAY, "dash": "dot" if part.removed else "solid"},
            }
            for part in self.parts
            if part.corners is not None
        ]

    def text(self) -> str:
        """The selection as text for a URL; `parse` reads it."""
        return ";".join(part.text() for part in self.parts)


def of_rows(rows: Iterable[int]) -> Selection:
    """The selection of some items."""
    found = tuple(dict.fromkeys(int(row) for row in rows))
    return Selection((Part(rows=found),) if found else ())


def parse(text: str) -> Selection:
    """Read the text of a selection. Raises BadRequest for any other text."""
    return Selection(tuple(_parsed(part) for part in text.split(";") if part))


def _parsed(text: str) -> Part:
    kind, _, values = text.removeprefix(REMOVED).partition(":")
    removed = text.startswith(REMOVED)
    try:
        if kind == "lasso":
            corners = np.array(values.split(","), float).reshape(-1, 2)
            if len(corners) >= 3 and np.isfinite(corners).all():
                return Part(corners=corners, removed=removed)
        elif kind == "rows":
            rows = tuple(int(value) for value in values.split(","))
            if min(rows) >= 0:
                return Part(rows=rows, removed=removed)
        else:
            raise ValueError(kind)
    except ValueError as error:
        raise BadRequest(f"{text[:40]!r} is not a selection; write lasso:x,y,... or rows:n,... .") from error
    raise BadRequest(f"{text[:40]!r} is not a selection: a lasso needs three corners, a row must be 0 or more.")


def from_plotly_event(event: Mapping[str, Any]) -> Selection:
    """The selection of a plotly event, in Streamlit's form: `box`, `lasso`, `points` with their row in customdata."""
    shapes = [_box(shape["x"], shape["y"]) for shape in event.get("box", ())]
    shapes += [_thinned(np.column_stack([shape["x"], shape["y"]])) for shape in event.get("lasso", ())]
    if shapes:
        return Selection(tuple(Part(corners=corners) for corners in shapes))
    return of_rows(_row(point["customdata"]) for point in event.get("points", ()) if point.get("customdata"))


def with_shift(event: Mapping[str, Any]) -> bool:
    """Whether a shape was drawn with Shift held, which modifies the existing selection."""
    shapes = [*event.get("box", ()), *event.get("lasso", ())]
    return any(str(shape.get("xref", "")).startswith(SHIFT) for shape in shapes)


def _row(customdata: Any) -> int:
    """First number of a point's customdata; a browser sends typed arrays as JSON objects, {"0": 7}."""
    return int(customdata["0"] if isinstance(customdata, Mapping) else customdata[0])


def inside(xy: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Points (n, 2) inside a polygon (c, 2): (n,) bool, by the even-odd rule."""
    (low, below), (high, above) = corners.min(axis=0), corners.max(axis=0)
    near = np.flatnonzero((xy[:, 1] >= below) & (xy[:, 1] <= above) & (xy[:, 0] >= low) & (xy[:, 0] <= high))
    x, y = xy[near].T
    held = np.zeros(len(near), bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        if crosses.any():
            held ^= crosses & (x < (x1 - x0) * (y - y0) / ((y1 - y0) or 1) + x0)
    found = np.zeros(len(xy), bool)
    found[near[held]] = True
    return found


def _box(x: list[float], y: list[float]) -> np.ndarray:
    return np.array([[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]]], float)


def _thinned(corners: np.ndarray) -> np.ndarray:
    return corners[:: -(-len(corners) // CORNERS)]
