"""What the Map page draws: the items of a scene, and the layouts they are drawn on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from explorer.core.columns.color import ColorEncoding, Continuous
from explorer.core.embedding import Embedding
from explorer.maps.density import View, robust_extent
from explorer.maps.selection import Selection
from explorer.webapp import url_state

BORDER = 0.12  # around the points that are zoomed to, as a share of each side
SMALLEST = 0.001  # part of the whole map that is shown at least
STRAY = 3.0  # true neighbors farther away than so many median distances do not widen the view of an item


@dataclass(frozen=True, eq=False)
class Scene:
    """The items that are drawn, on any layout."""

    embedding: Embedding
    shown: np.ndarray  # (n,) bool
    lit: np.ndarray  # (n,) bool, highlighted; the others are grey
    colors: ColorEncoding
    size: np.ndarray  # (n,) diameters in pixels
    row: int | None  # the item in focus
    near: np.ndarray | None  # rows of its true neighbors
    contours: bool = False
    held: np.ndarray | None = None  # (n,) bool, what is selected on another chart

    def digest(self) -> str:
        """Equal for equal scenes of the same artifact."""
        numbers = isinstance(self.colors, Continuous)
        named = self.colors.title if isinstance(self.colors, Continuous) else (self.colors.title, self.colors.colors)
        values = self.colors.values if isinstance(self.colors, Continuous) else self.colors.codes
        what = (self.embedding.name, self.embedding.digest, numbers, named, self.row, self.contours)
        return f"{what} {[array_digest(one) for one in (self.shown, self.lit, self.held, self.size, values)]}"

    @property
    def found(self) -> np.ndarray | None:
        """Which items the filters highlight, (n,) bool; None where they leave nothing out."""
        return None if self.lit.all() else self.shown & self.lit


@dataclass(frozen=True, eq=False)
class Place:
    """A layout on a plane to draw on."""

    method: str  # as it is stored, or `axes`
    xy: np.ndarray  # (n, 2)
    axes: tuple[str, str] | None = None

    def digest(self) -> str:
        """Equal for equal layouts of one artifact."""
        return f"{self.method} {self.axes and array_digest(self.xy)}"


def array_digest(array: np.ndarray | None) -> str:
    """A digest of all values; Streamlit's own looks at a sample of a large array."""
    return "" if array is None else hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


DIGESTS: dict[str | type[Any], Callable[[Any], Any]] = {
    Scene: Scene.digest,
    Place: Place.digest,
    Selection: Selection.text,
}


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=DIGESTS)
def frame(scene: Scene, place: Place) -> tuple[View, int]:
    """x0, x1, y0, y1 of the item in focus with its neighbors, else of all that is shown; and how many lie outside."""
    if scene.row is None:
        return robust_extent(place.xy[scene.shown] if scene.shown.any() else place.xy)
    return view_of(place.xy, neighborhood(scene, place.xy, scene.row)), 0


def neighborhood(scene: Scene, xy: np.ndarray, row: int, k: int = 15) -> np.ndarray:
    """Rows of an item, its neighbors on the map, and its true ones that are not far away."""
    distance = np.linalg.norm(xy - xy[row], axis=1)
    there = np.flatnonzero(scene.shown)
    on_map = there[np.argsort(distance[there], kind="stable")[: k + 1]]
    true = np.empty(0, int) if scene.near is None else scene.near
    close = true[distance[true] <= STRAY * np.median(distance[true])] if len(true) else true
    return np.unique(np.r_[row, on_map, close]).astype(int)


def view_of(xy: np.ndarray, rows: np.ndarray) -> View:
    """The part of a layout (n, 2) that shows some points, with a border: x0, x1, y0, y1."""
    low, high = xy[rows].min(axis=0), xy[rows].max(axis=0)
    least = SMALLEST * np.maximum(np.ptp(xy, axis=0), 1e-6)
    half = np.maximum((high - low) * (0.5 + BORDER), least / 2)
    (x, y), (a, b) = ((low + high) / 2).tolist(), half.tolist()
    return x - a, x + a, y - b, y + b


def view_text(view: View | None) -> str:
    """A view for the URL; "" for none."""
    return "" if view is None else ",".join(f"{end:.5g}" for end in view)


def parse_view(text: str) -> View | None:
    """The view that a text stands for; None for no view."""
    try:
        x0, x1, y0, y1 = map(float, text.split(","))
    except ValueError:
        return None
    return (x0, x1, y0, y1) if np.isfinite([x0, x1, y0, y1]).all() and x0 < x1 and y0 < y1 else None


VIEW, WRITTEN, OPENED = "view", "_map_view_written", "_map_view_opened"


def zoom_to(view: View | None) -> None:
    """Move to a part of the map, or back to all of it; call as a callback, before the page is drawn again."""
    text = view_text(view)
    st.session_state[OPENED] = st.session_state[WRITTEN] = text
    url_state.put(VIEW, text)


def opened_view() -> View | None:
    """The view that a link or a button asked for, not where the visitor has moved since; None for the default."""
    state, text = st.session_state, st.query_params.get(VIEW, "")
    if text != state.get(WRITTEN, ""):  # another link, or back
        state[OPENED] = state[WRITTEN] = text
    return parse_view(state.get(OPENED, ""))


def remember_view(view: View) -> None:
    """Keep in the link where the visitor has moved to."""
    st.session_state[WRITTEN] = view_text(view)
    url_state.keep(VIEW, view_text(view), "")
