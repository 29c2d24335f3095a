"""Map page: the charts (one layout, two side by side, or 3D) and the selection on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from explorer.core.columns.color import Discrete
from explorer.core.embedding import Embedding
from explorer.figures import offline_html, scatter, space
from explorer.maps.density import View
from explorer.maps.selection import Part, Selection, from_plotly_event, of_rows, parse, with_shift
from explorer.webapp import cache, item_api, url_state
from explorer.webapp.chart import chart
from explorer.webapp.components import widgets
from explorer.webapp.views.map import controls as map_controls
from explorer.webapp.views.map.scene import (
    DIGESTS,
    Place,
    Scene,
    frame,
    opened_view,
    parse_view,
    remember_view,
    view_of,
    zoom_to,
)

CHARTS = ("map", "beside")
MOST_ROWS = 1_000  # most items selected individually, so links stay short
NARROW, LOW = 500, 460  # pixels: charts narrower than NARROW are LOW high, so a phone can scroll past them
ONE, TWO = (740, 600), (360, 520)  # pixels: width and height of a single chart, and of each of two


def selected(places: Sequence[Place]) -> tuple[Selection, str]:
    """The selection and the chart it is on: the one drawn last, else the one in the URL."""
    session = st.session_state
    for name, place in zip(CHARTS, places, strict=False):
        if clicked := session.pop(f"_clicked:{name}", None):
            now = _after_click(_current(places, name), clicked, place.xy)
            url_state.keep("select", now.text(), "")
            url_state.keep("select_on", name, CHARTS[0])
            return now, name
        event = (session.get(name) or {}).get("selection", {})
        now = from_plotly_event(event)
        if now.text() != session.get(f"_drawn:{name}", ""):
            session[f"_drawn:{name}"] = now.text()
            if not now and item_api.is_own_server():
                continue  # the component reports clicks itself
            if with_shift(event):
                now = reduce(lambda current, part: current.toggled(part, place.xy), now.parts, _current(places, name))
            url_state.keep("select", now.text(), "")
            url_state.keep("select_on", name, CHARTS[0])
            return now, name
    return parse(st.query_params.get("select", "")), _selected_on(places)


def _selected_on(places: Sequence[Place]) -> str:
    """The chart of the shapes in the URL."""
    on = st.query_params.get("select_on", CHARTS[0])
    return on if on in CHARTS[: len(places)] else CHARTS[0]


def _current(places: Sequence[Place], name: str) -> Selection:
    """The current selection for a chart; shapes of the other chart become their items, unless there are too many."""
    current, on = parse(st.query_params.get("select", "")), _selected_on(places)
    if on == name:
        return current
    rows = np.flatnonzero(current.mask(places[CHARTS.index(on)].xy))
    return of_rows(rows) if len(rows) <= MOST_ROWS else Selection()


def select(selection: Selection, on: str = CHARTS[0]) -> None:
    """Set the selection from a control. Call it in a callback, before the page runs again."""
    url_state.put("select", selection.text())
    url_state.put("select_on", on)


def _click(key: str, n: int) -> Callable[[], None]:
    """Return a callback for a click on a chart; n: number of items.

    On a map the next run selects the item (`selected`), since a callback that knows the places would keep arrays in
    the session.
    """

    def on_click() -> None:
        clicked = _chart_state(key)["clicked"]
        if key in CHARTS:
            st.session_state[f"_clicked:{key}"] = clicked
        else:
            current = parse(st.query_params.get("select", "")).only_rows()
            select(_after_click(current, clicked, np.zeros((n, 2))))

    return on_click


def _after_click(current: Selection, clicked: Mapping[str, Any], xy: np.ndarray) -> Selection:
    """The selection after a click: the clicked item, added or removed with shift; none if no point was clicked."""
    part = Part(rows=() if clicked["row"] is None else (int(clicked["row"]),))
    if clicked["shift"]:
        return current.toggled(part, xy)
    return Selection() if current.text() == of_rows(part.rows).text() else of_rows(part.rows)


def draw(scene: Scene, places: Sequence[Place], key: str, selection: Selection, elsewhere: np.ndarray | None) -> int:
    """Draw one chart and the controls below it; returns the number of points outside the default view.

    places: of all charts. selection: selection on this chart. elsewhere: (n,) bool, items selected on the other chart.
    """
    embedding, scene, place = scene.embedding, replace(scene, selected=elsewhere), places[CHARTS.index(key)]
    beside = len(places) > 1
    width, height = TWO if beside else ONE
    width = _chart_state(key).get("width") or width
    size = width, LOW if width < NARROW else height
    default, outside = frame(scene, place)
    opened = (opened_view() if key == CHARTS[0] else None) or default
    view = _moved_to(key, opened)
    if view is not None and key == CHARTS[0]:
        remember_view(view)
    address = item_api.address(embedding, place.method)
    dark = st.context.theme.type == "dark"
    foot = chart(
        _figure(scene, place, opened, view, selection, dark, size, not address), key, address=address, save=True,
        width=width, label=_summary(scene, place), on_select="rerun", selection_mode=("points", "box", "lasso"),
        on_click=_click(key, len(embedding)),
        config={"scrollZoom": True, "modeBarButtonsToRemove": ["autoScale2d"], **_file_names(embedding)},
    )  # fmt: skip
    if key == CHARTS[0]:
        with foot:
            _offline_button(scene, place)
            _zoom_buttons(scene, place, selection, opened != default or view is not None)
            _selection_buttons(scene, place, selection)
    return outside


def _summary(scene: Scene, place: Place) -> str:
    """One sentence about the chart for screen readers."""
    axes = f"; horizontal: {place.axes[0]}, vertical: {place.axes[1]}" if place.axes else ""
    count, items = int((scene.shown & scene.lit).sum()), scene.embedding.schema.called(2)
    return (
        f"Map of {count:,} {items}, colored by {scene.colors.title}{axes}. Similar ones are close together. "
        "Arrow keys go from point to point, the nearest first; Enter opens one; + and - zoom."
    )


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=DIGESTS)
def _figure(
    scene: Scene, place: Place, window: View, view: View | None, selection: Selection, dark: bool,
    size: tuple[int, int], hover: bool,
) -> go.Figure:  # fmt: skip
    """The figure of a chart. Cached, because all visitors start with the same one; a million items take 0.5 s."""
    lit = scene.lit if scene.selected is None else scene.lit & scene.selected
    stored = place.method in scene.embedding.layouts
    return scatter.map_figure(
        scene.embedding, place.xy, scene.shown, scene.colors, size=scene.size, focus=scene.row,
        lit=None if lit.all() else lit, linked=scene.near if stored else None, window=window, view=view,
        selection=selection.shapes(), selected=selection.mask(place.xy) if selection else None, axes=place.axes,
        n_labels=32 if scene.row is None else 90, contours=scene.contours,
        regions=map_controls.regions(scene, place.method) if stored and lit.all() else None,
        dark=dark, width=size[0], height=size[1], hover=hover, tiled=place.tiled,
    )  # fmt: skip


def _zoom_buttons(scene: Scene, place: Place, selection: Selection, zoomed: bool) -> None:
    """Draw buttons that zoom to the selected or found items, and back."""
    for what, mask in (("selected", selection.mask(place.xy) & scene.shown), ("found", scene.found)):
        if mask is not None and mask.any():
            target = view_of(place.xy, np.flatnonzero(mask))
            st.button(
                f"Zoom to {mask.sum():,} {what}", on_click=zoom_to, args=(target,), type="tertiary",
                icon=":material/zoom_in:", key=f"zoom:{what}",
            )  # fmt: skip
    if zoomed:
        st.button(
            "Whole map" if scene.row is None else "Back to the neighbors", on_click=zoom_to, args=(None,),
            type="tertiary", icon=":material/zoom_out_map:", shortcut="Esc", key="zoom:reset",
        )  # fmt: skip


def _selection_buttons(scene: Scene, place: Place, selection: Selection) -> None:
    """Draw buttons that add found items or the focused item to the selection, or clear it."""
    if selection:
        st.button("Clear the selection", on_click=select, args=(Selection(),), type="tertiary", key="selection:clear")
    current = selection.mask(place.xy)
    focus = np.zeros(len(current), bool)
    focus[[] if scene.row is None else [scene.row]] = True
    for what, mask in ((f"{_count(scene.found)} found", scene.found), ("the item in focus", focus)):
        if mask is not None and (new := np.flatnonzero(mask & ~current)).size:
            too_many = f"At most {MOST_ROWS:,} items can be added at once." if len(new) > MOST_ROWS else None
            more = selection if too_many else selection.toggled(Part(rows=tuple(new.tolist())), place.xy)
            st.button(
                f"Add {what} to the selection", on_click=select, type="tertiary", icon=":material/add_circle:",
                args=(more,), key=f"add:{what}",
                disabled=too_many is not None, help=too_many,
            )  # fmt: skip


def _count(mask: np.ndarray | None) -> str:
    return f"{0 if mask is None else int(mask.sum()):,}"


@cache.by_artifact(max_entries=16)
def _region_views(embedding: Embedding, method: str, named_by: tuple[str, ...]) -> dict[str, View]:
    """Name -> view of each named region of a stored layout, by name. Cached, and small enough for a session to hold."""
    first = cache.named_regions(embedding, method, named_by).drop_duplicates("name").sort_values("name")
    xy = embedding.layout(method)
    return {name: view_of(xy, np.asarray(rows)) for name, rows in zip(first["name"], first["rows"], strict=True)}


def region_control(scene: Scene, place: Place) -> None:
    """Draw a control that zooms to a named region of a stored layout."""
    if place.method not in scene.embedding.layouts:
        return
    views = _region_views(scene.embedding, place.method, scene.named_by)

    def go_there() -> None:
        if (name := st.session_state["region"]) is not None:
            zoom_to(views[name])
            st.session_state["region"] = None

    if views:
        st.selectbox(
            "Zoom to a region", list(views), index=None, key="region", on_change=go_there, placeholder="Choose a name"
        )


def _file_names(embedding: Embedding) -> dict[str, Any]:
    return {"toImageButtonOptions": {"format": "png", "scale": 3, "filename": f"{embedding.name} map"}}


def _offline_button(scene: Scene, place: Place) -> None:
    def made() -> str:
        return offline_html.page(scene.embedding, place.xy, scene.colors, scene.shown & scene.lit, scene.size)

    st.download_button(
        "Offline HTML", made, f"{scene.embedding.name} {place.method}.html", "text/html", icon=":material/public:",
        type="tertiary", on_click="ignore", help="Download the map as one HTML file that works offline",
    )  # fmt: skip


def _moved_to(key: str, opened: View) -> View | None:
    """The view that the visitor has moved to since the chart opened with the view `opened`; None if it is the same."""
    now = _chart_state(key).get("view")
    if not now or now.get("of") != f"{opened}":
        return None
    return parse_view(",".join(map(str, now["range"])))


def _chart_state(key: str) -> Mapping[str, Any]:
    """The state that a chart reports; see chart.chart."""
    return st.session_state.get(f"live:{key}") or {}


def draw_space(scene: Scene, name: str, selection: Selection) -> str:
    """Draw the items in 3D, on a stored layout or the first three factors; returns a sentence for the caption."""
    embedding, shown = scene.embedding, scene.shown
    if name in embedding.layouts:
        xyz, sentence = embedding.layouts[name], "Drag to rotate."
    else:
        xyz = np.column_stack([cache.factor_scores(embedding, number) for number in (1, 2, 3)])
        share = cache.item_factors(embedding, min(1000, len(embedding))).explained[:3].sum()
        sentence = f"The first three factors, {share:.0%} of the variance. Drag to rotate."
    if shown.sum() > scatter.LIVE:
        popularity = embedding.columns.numbers("popularity")
        score = np.zeros(len(embedding)) if popularity is None else np.nan_to_num(popularity)
        most = np.argsort(-np.where(shown, score, -np.inf), kind="stable")[: scatter.LIVE]
        shown = np.isin(np.arange(len(embedding)), most) & shown
        sentence += f" Shown: the {shown.sum():,} most popular of {len(embedding):,}."
    figure = space.space_figure(
        embedding, xyz, shown, scene.colors, size=scene.size, lit=None if scene.lit.all() else scene.lit,
        focus=scene.row, selected=selection.mask(xyz[:, :2]) if (selection := selection.only_rows()) else None,
        dark=st.context.theme.type == "dark",
    )  # fmt: skip

    label = f"Map of {shown.sum():,} {embedding.schema.called(2)} in three dimensions."
    chart(
        figure,
        "space",
        save=True,
        config=_file_names(embedding),
        label=label,
        on_click=_click("space", len(embedding)),
    )
    return sentence


def legend(scene: Scene) -> None:
    """Draw the legend, unless the filter of the group column already serves as one."""
    group = scene.embedding.schema.by_role("group")
    chips = group is not None and group.label == scene.colors.title and cache.group_colors(scene.embedding)
    if isinstance(scene.colors, Discrete) and len(scene.colors.names) > 1 and not chips:
        widgets.legend(scene.colors)
