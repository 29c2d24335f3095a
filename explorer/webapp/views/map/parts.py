"""The parts of the Map page, in the order of the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.core.embedding import Embedding
from explorer.maps.selection import Selection
from explorer.webapp import cache, examples, url_state
from explorer.webapp.components import filters, item_search, naming
from explorer.webapp.map_tiles import tiled
from explorer.webapp.page import show_errors
from explorer.webapp.views.map import chart as map_chart
from explorer.webapp.views.map import controls as map_controls
from explorer.webapp.views.map import details as map_details
from explorer.webapp.views.map import layout_form as map_layout_form
from explorer.webapp.views.map import saved_views as map_saved_views
from explorer.webapp.views.map.color_range import color_range
from explorer.webapp.views.map.scene import Place, Scene
from explorer.webapp.wording import escape_markdown, item_noun


@dataclass(frozen=True, eq=False)
class Chosen:
    """The choices made in the controls, and the containers for the other parts."""

    scene: Scene
    method: str
    places: list[Place]  # 2D layouts; empty for a 3D layout
    main: DeltaGenerator  # for the charts
    panel: DeltaGenerator  # for the item panel, above the controls


def controls(embedding: Embedding) -> Chosen:
    """Draw the controls beside the map."""
    with st.container(key="map_page"):
        main, side = st.columns([7, 3], gap="medium")
    with side:
        panel, upper = st.container(), st.container()
        with st.container(key="map_search"):  # above the map on a phone, see webapp/page.py
            around = item_search.one_item(embedding, "Zoom to", "item")
        titled = filters.title_filter(embedding, examples.title_pattern(embedding))
        found = filters.item_filters(embedding, legend=True)
        filters.filter_caption(embedding, found)
        shown, lit = filters.group_apart(embedding, found)
        lit = lit & titled
        row = None if around is None else int(embedding.index(around)[0])
        # The form comes before the list of layouts, so the list includes a layout that is just done.
        map_layout_form.layout_form(embedding, shown & lit)
    places: list[Place] = []
    with upper:
        method = map_controls.layout(embedding)
        if not map_controls.in_space(embedding, method):
            places = _places(embedding, method)
        with st.container(horizontal=True):
            colors = map_controls.color(embedding, method, row)
            size = map_controls.size(embedding)
        colors = color_range(colors, shown & lit)
        named_by = naming.named_by(embedding, "Name regions by")
        contours = bool(places) and url_state.bind(st.toggle, "Density contours", "contours", False)
    near = None
    if row is not None:
        shown = shown | (np.arange(len(embedding)) == row)
        if not embedding.has_no_vectors:
            metric = cache.metric(embedding, method)
            near, _ = embedding.nearest_rows(
                embedding.vectors[row], map_controls.NEAR, metric, exclude=[row], kind="item"
            )
    scene = Scene(embedding, shown, lit, colors, size, row, near, contours, named_by)
    with upper:
        if places:
            map_chart.region_control(scene, places[0])
        with show_errors(stop=False):
            map_saved_views.views_list(embedding)
    return Chosen(scene, method, places, main, panel)


def _places(embedding: Embedding, method: str) -> list[Place]:
    """The chosen 2D layout, and the one to compare with, if any."""
    xy, axes = map_controls.axes(embedding) if method == "axes" else (map_controls.plane(embedding, method), None)
    second = map_controls.second_layout(embedding, method)
    places = [Place(method, xy, axes, tiled(embedding, method))]
    if second:
        places.append(Place(second, map_controls.plane(embedding, second), tiled=tiled(embedding, second)))
    return places


def charts(chosen: Chosen) -> np.ndarray:
    """Draw one chart or two, where a selection on one is highlighted on the other; returns its mask, (n,) bool."""
    scene, places = chosen.scene, chosen.places
    with chosen.main:
        with show_errors(stop=False):
            map_saved_views.tour(scene.embedding)
        selection, on = map_chart.selected(places)
        if not places:
            _captions(scene, chosen.method, map_chart.draw_space(scene, chosen.method, selection))
            selected = selection.only_rows().mask(np.zeros((len(scene.embedding), 2))) & scene.shown
        else:
            selected = selection.mask(places[map_chart.CHARTS.index(on)].xy) & scene.shown
            columns = st.columns(len(places)) if len(places) > 1 else [chosen.main]
            for key, place, column in zip(map_chart.CHARTS, places, columns, strict=False):
                own = key == on
                elsewhere = None if own or not selected.any() else selected
                with column:
                    outside = map_chart.draw(scene, places, key, selection if own else Selection(), elsewhere)
                    _captions(scene, place.method, outside=outside)
        if not selected.any() and scene.found is None and scene.row is None:
            st.caption(
                "Click a point for details, or draw a box or lasso around several to compare them. With Shift, "
                "each is added to the selection, or removed from it."
            )
        map_chart.legend(scene)
    return selected


def _captions(scene: Scene, method: str, first: str = "", outside: int = 0) -> None:
    """Draw captions: what the map shows, and how trustworthy it is."""
    st.caption(escape_markdown(f"{first} {map_details.map_caption(scene, method, outside)}".strip()))
    trust = map_details.trusted(scene.embedding, method, map_controls.layout_name(scene.embedding, method))
    if trust:
        st.caption(escape_markdown(trust), help=map_details.TRUST)


def details(chosen: Chosen, selected: np.ndarray) -> None:
    """Draw the panel of the selected item, if only one is selected, else of the item in focus."""
    rows = np.flatnonzero(selected)
    row = int(rows[0]) if len(rows) == 1 else chosen.scene.row if not len(rows) else None
    if row is not None:
        with chosen.panel:
            map_details.item_panel(chosen.scene, chosen.method, row)


def lists(chosen: Chosen, selected: np.ndarray) -> None:
    """Draw details of the selected items below the map, else of those that the filters found."""
    scene = chosen.scene
    if selected.sum() > 1:
        map_details.selection_details(scene, selected, "selected")
    elif selected.any():
        return
    elif scene.found is not None and scene.found.any():
        map_details.selection_details(scene, scene.found, "found")
    elif scene.found is not None:
        st.info(escape_markdown(f"No {item_noun(scene.embedding, 1)} matches these filters. Remove one of them."))
