"""The map's charts: the same items on one layout, or on two side by side, and what is selected on either."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.figures import offline_html, scatter
from explorer.figures.color_encoding import Categories, ColorScale
from explorer.maps.density import View, robust_extent
from explorer.maps.selection import Selection, from_plotly_event, parse
from explorer.webapp import cache, item_api, url_state
from explorer.webapp.chart import chart
from explorer.webapp.views import map_controls

CHARTS = ("map", "beside")
NARROW, LOW = 500, 460  # on a phone a chart is this high at most, so that one can scroll past it
AROUND = 60  # items in sight when the map is zoomed to one


@dataclass(frozen=True, eq=False)
class Scene:
    """What is drawn, on whatever layout."""

    embedding: Embedding
    shown: np.ndarray  # (n,) bool
    lit: np.ndarray  # (n,) bool, the others are grey
    kinds: Categories
    number: ColorScale | None
    row: int | None  # the item in focus
    near: np.ndarray | None  # rows of its true neighbors
    held: np.ndarray | None = None  # (n,) bool, what is selected on another chart

    def digest(self) -> str:
        """The same for the same scene of the same artifact."""
        what = (self.embedding.name, self.embedding.digest, self.kinds.title, *self.kinds.colours, self.row)
        arrays = [self.shown, self.lit, self.held, None if self.number is None else self.number.values]
        return f"{what} {self.number and self.number.title} {[_digest(array) for array in arrays]}"


@dataclass(frozen=True, eq=False)
class Place:
    """A layout to draw on."""

    method: str  # as it is stored, or `axes`
    xy: np.ndarray  # (n, 2)
    axes: tuple[str, str] | None = None

    def digest(self) -> str:
        """The same for the same layout, of one artifact."""
        return f"{self.method} {self.axes and _digest(self.xy)}"


# Streamlit's own digest of a large array looks at some of its values only.
def _digest(array: np.ndarray | None) -> str:
    return "" if array is None else hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


DIGESTS: dict[str | type[Any], Callable[[Any], Any]] = {
    Scene: Scene.digest,
    Place: Place.digest,
    Selection: Selection.text,
}


def selected() -> tuple[Selection, str]:
    """What is selected and on which chart: what was drawn last, else what the URL says."""
    session = st.session_state
    for name in CHARTS:
        now = from_plotly_event((session.get(name) or {}).get("selection", {}))
        if now.text() != session.get(f"_drawn:{name}", ""):
            session[f"_drawn:{name}"] = now.text()
            url_state.keep("select", now.text(), "")
            url_state.keep("select_on", name, CHARTS[0])
            return now, name
    on = st.query_params.get("select_on", CHARTS[0])
    return parse(st.query_params.get("select", "")), on if on in CHARTS else CHARTS[0]


def draw(
    scene: Scene, place: Place, key: str, selection: Selection, held: np.ndarray | None, size: tuple[int, int]
) -> int:
    """Draw one chart, and what goes with it; returns how many points lie too far out to be in the picture.

    selection: what was drawn on this chart. held: (n,) bool, what was selected on the other one. size: about how
    wide it will be, and how high, pixels; a chart that turned out to be of another width says so.
    """
    embedding, scene = scene.embedding, replace(scene, held=held)
    width = _chart_state(key).get("width") or size[0]
    size = width, LOW if width < NARROW else size[1]
    frame, outside = _frame(scene, place)
    address = item_api.address(embedding, place.method)
    asked = (scene, place, frame, _zoomed_view(key, frame), selection, st.context.theme.type == "dark", size)
    foot = chart(
        _figure(*asked, not address), key, address=address, save=True, width=width,
        on_select="rerun", selection_mode=("points", "box", "lasso"),
        config={"scrollZoom": True, "modeBarButtonsToRemove": ["autoScale2d"], **_pictures(embedding)},
    )  # fmt: skip
    if key == CHARTS[0]:
        file = f"{embedding.name} {place.method}.html"
        with foot:
            kinds = scene.kinds if scene.number is None else None
            light = (*asked[:-2], False, size)
            _page_of_its_own(lambda: offline_html.page(_figure(*light, True), kinds, scene.shown & scene.lit), file)
    return outside


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=DIGESTS)
def _figure(
    scene: Scene, place: Place, frame: View, view: View | None, selection: Selection, dark: bool,
    size: tuple[int, int], told: bool,
) -> go.Figure:  # fmt: skip
    """What one sees first is the same for everybody, and of a million items takes half a second."""
    lit = scene.lit if scene.held is None else scene.lit & scene.held
    stored = place.method in scene.embedding.layouts
    return scatter.map_figure(
        scene.embedding, place.xy, scene.shown, scene.kinds, number=scene.number, focus=scene.row,
        lit=None if lit.all() else lit, linked=scene.near if stored else None, window=frame, view=view,
        selection=selection.shapes(), held=selection.mask(place.xy) if selection else None, axes=place.axes,
        n_labels=32 if scene.row is None else 90,
        regions=map_controls.regions(scene.embedding, place.method, scene.row) if stored and lit.all() else None,
        dark=dark, width=size[0], height=size[1], hover=told,
    )  # fmt: skip


def _pictures(embedding: Embedding) -> dict[str, Any]:
    return {"toImageButtonOptions": {"format": "png", "scale": 3, "filename": f"{embedding.name} map"}}


def _page_of_its_own(made: Any, file: str) -> None:
    st.download_button(
        "A page of its own", made, file, "text/html", icon=":material/public:", type="tertiary",
        on_click="ignore", help="The map as one file that works offline",
    )  # fmt: skip


def _zoomed_view(key: str, frame: View) -> View | None:
    """The part of a chart one has moved to by hand since it was drawn with this frame."""
    now = _chart_state(key).get("view")
    if not now or now.get("of") != f"{frame}":
        return None
    x0, x1, y0, y1 = map(float, now["range"])
    return (x0, x1, y0, y1) if x0 < x1 and y0 < y1 else None


def _chart_state(key: str) -> Mapping[str, Any]:
    """What a chart has said of itself, see chart.chart."""
    return st.session_state.get(f"live:{key}") or {}


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=DIGESTS)
def _frame(scene: Scene, place: Place) -> tuple[View, int]:
    """x0, x1, y0, y1 of the region around the item in focus, else of all that is shown; and how many lie outside."""
    xy = place.xy
    if scene.row is None:
        return robust_extent(xy[scene.shown] if scene.shown.any() else xy)
    distance = np.linalg.norm(xy - xy[scene.row], axis=1)
    reach = float(np.sort(distance[scene.shown])[: AROUND + 1][-1]) or 1.0
    x, y = map(float, xy[scene.row])
    return (x - 1.6 * reach, x + 1.6 * reach, y - reach, y + reach), 0


def space(scene: Scene, name: str) -> str:
    """The items in space, to be turned: on a stored layout, else by the three factors along which they differ most.

    Returns what there is to say of it.
    """
    embedding, shown = scene.embedding, scene.shown
    if name in embedding.layouts:
        xyz, said = embedding.layouts[name], "Drag to turn."
    else:
        xyz = np.column_stack([cache.factor_scores(embedding, number) for number in (1, 2, 3)])
        share = cache.item_factors(embedding, min(1000, len(embedding))).explained[:3].sum()
        said = f"The first three factors, {share:.0%} of the variance. Drag to turn."
    if shown.sum() > scatter.LIVE:
        known = embedding.items.get("n_ratings", pd.Series(0, embedding.items.index)).to_numpy(float)
        best = np.argsort(-np.where(shown, known, -1), kind="stable")[: scatter.LIVE]
        shown = np.isin(np.arange(len(embedding)), best) & shown
        said += f" Of all {len(embedding):,} the {shown.sum():,} best known."
    figure = scatter.space_figure(
        embedding, xyz, shown, scene.kinds, number=scene.number, lit=None if scene.lit.all() else scene.lit,
        focus=scene.row, dark=st.context.theme.type == "dark",
    )  # fmt: skip
    chart(figure, "space", save=True, config=_pictures(embedding))
    return said
