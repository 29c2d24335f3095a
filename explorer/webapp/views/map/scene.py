"""Map page: the items to draw (Scene), the layouts to draw them on (Place), and views of a layout."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from explorer.core.columns import largest
from explorer.core.columns.color import ColorEncoding, Continuous
from explorer.core.embedding import Embedding
from explorer.figures.tile_image import Tiled
from explorer.maps.density import View, robust_extent
from explorer.maps.selection import Selection
from explorer.webapp import url_state

BORDER = 0.12  # border around the points of a view, as a share of each side
SMALLEST = 0.001  # smallest view, as a share of the whole map
SAMPLE = 100_000  # most points from which the size of the map is estimated
STRAY = 3.0  # true neighbors farther away than this multiple of the median distance do not widen the view


@dataclass(frozen=True, eq=False)
class Scene:
    """The items to draw and their appearance, independent of the layout."""

    embedding: Embedding
    shown: np.ndarray  # (n,) bool
    lit: np.ndarray  # (n,) bool, highlighted items; the others are gray
    colors: ColorEncoding
    size: np.ndarray  # (n,) diameters in pixels
    row: int | None  # the item in focus
    near: np.ndarray | None  # rows of its true neighbors
    contours: bool = False
    named_by: tuple[str, ...] = ()  # columns that name regions and selections; empty: the default ones
    selected: np.ndarray | None = None  # (n,) bool, items selected on the other chart

    def digest(self) -> str:
        """Text that is equal for equal scenes."""
        numbers = isinstance(self.colors, Continuous)
        named = self.colors.limits if isinstance(self.colors, Continuous) else self.colors.colors
        values = self.colors.values if isinstance(self.colors, Continuous) else self.colors.codes
        what = (
            self.embedding.name,
            self.embedding.digest,
            numbers,
            self.colors.title,
            named,
            self.row,
            self.contours,
            self.named_by,
        )
        return f"{what} {[array_digest(array) for array in (self.shown, self.lit, self.selected, self.size, values)]}"

    @property
    def found(self) -> np.ndarray | None:
        """Mask of the items that the filters highlight, (n,) bool; None if no filter is set."""
        return None if self.lit.all() else self.shown & self.lit


@dataclass(frozen=True, eq=False)
class Place:
    """A 2D layout to draw on."""

    method: str  # name of a stored layout, or `axes`
    xy: np.ndarray  # (n, 2)
    axes: tuple[str, str] | None = None
    tiled: Tiled | None = None  # of a stored layout of many items

    def digest(self) -> str:
        """Text that is equal for equal layouts of one artifact."""
        return f"{self.method} {self.axes and array_digest(self.xy)}"


def array_digest(array: np.ndarray | None) -> str:
    """Digest of all values; Streamlit hashes only a sample of a large array."""
    return "" if array is None else hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


DIGESTS: dict[str | type[Any], Callable[[Any], Any]] = {
    Scene: Scene.digest,
    Place: Place.digest,
    Selection: Selection.text,
}


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=DIGESTS)
def frame(scene: Scene, place: Place) -> tuple[View, int]:
    """Default view (x0, x1, y0, y1): the focused item and its neighbors, else all items; and the number outside it."""
    if scene.row is None and place.tiled is not None and scene.shown.all():
        return place.tiled.tiles.root, place.tiled.tiles.outside
    if scene.row is None:
        return robust_extent(place.xy[scene.shown] if scene.shown.any() else place.xy)
    return view_of(place.xy, neighborhood(scene, place.xy, scene.row)), 0


def neighborhood(scene: Scene, xy: np.ndarray, row: int, k: int = 15) -> np.ndarray:
    """Rows of an item, its neighbors on the map, and those true neighbors that are not far away on it."""
    distance = np.hypot(xy[:, 0] - xy[row, 0], xy[:, 1] - xy[row, 1])
    on_map = largest(-distance, k + 1, scene.shown)
    true = np.empty(0, int) if scene.near is None else scene.near
    close = true[distance[true] <= STRAY * np.median(distance[true])] if len(true) else true
    return np.unique(np.r_[row, on_map, close]).astype(int)


def view_of(xy: np.ndarray, rows: np.ndarray) -> View:
    """The view (x0, x1, y0, y1) of some rows of a layout (n, 2), with a border."""
    low, high = xy[rows].min(axis=0), xy[rows].max(axis=0)
    some = xy[:: -(-len(xy) // SAMPLE)]
    least = SMALLEST * np.maximum(np.ptp(some, axis=0), 1e-6)
    half = np.maximum((high - low) * (0.5 + BORDER), least / 2)
    (x, y), (a, b) = ((low + high) / 2).tolist(), half.tolist()
    return x - a, x + a, y - b, y + b


def view_text(view: View | None) -> str:
    """Format a view for the URL; "" for None."""
    return "" if view is None else ",".join(f"{end:.5g}" for end in view)


def parse_view(text: str) -> View | None:
    """Parse a view from the URL; None if it is invalid."""
    try:
        x0, x1, y0, y1 = map(float, text.split(","))
    except ValueError:
        return None
    return (x0, x1, y0, y1) if np.isfinite([x0, x1, y0, y1]).all() and x0 < x1 and y0 < y1 else None


VIEW, WRITTEN, OPENED = "view", "_map_view_written", "_map_view_opened"


def zoom_to(view: View | None) -> None:
    """Set the view of the map, None for the default. Call it in a callback, before the page runs again."""
    text = view_text(view)
    st.session_state[OPENED] = st.session_state[WRITTEN] = text
    url_state.put(VIEW, text)


def opened_view() -> View | None:
    """The view set by a link or a button, ignoring later moves of the visitor; None for the default."""
    state, text = st.session_state, st.query_params.get(VIEW, "")
    if text != state.get(WRITTEN, ""):  # the URL changed: another link, or "back"
        state[OPENED] = state[WRITTEN] = text
    return parse_view(state.get(OPENED, ""))


def remember_view(view: View) -> None:
    """Store the view that the visitor moved to in the URL."""
    st.session_state[WRITTEN] = view_text(view)
    url_state.keep(VIEW, view_text(view), "")
