"""All items as points: what is similar lies close together."""

import numpy as np
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.webapp import cache, examples
from explorer.webapp.components import filters, item_search, widgets
from explorer.webapp.page import page
from explorer.webapp.views import map_chart, map_controls, map_details, map_layout_form
from explorer.webapp.views.map_chart import Place, Scene
from explorer.webapp.wording import escape_markdown, item_noun


def picture(embedding: Embedding) -> None:
    main, side = st.columns([7, 3], gap="medium")
    with side:
        chooser, below_chooser = st.container(), st.container()
        rest = st.container()
        with rest:
            around = item_search.one_item(embedding, "Zoom to", "item")
            titled = filters.title_filter(embedding, examples.PATTERNS.get(item_noun(embedding, 1), ""))
            shown = filters.popularity_filter(embedding, 50)
            lit = filters.genre_filter(embedding) & titled
            map_layout_form.layout_form(
                embedding, shown & lit
            )  # before the chooser: what was just made is what it shows
        with chooser:
            method = map_controls.layout(embedding)
        solid, places = map_controls.in_space(embedding, method), []
        with below_chooser:
            if not solid:
                xy, axes = (
                    map_controls.axes(embedding) if method == "axes" else (map_controls.plane(embedding, method), None)
                )
                second = map_controls.beside(embedding, method)
                places = [Place(method, xy, axes)]
                places += [Place(second, map_controls.plane(embedding, second))] if second else []
            kinds, number = map_controls.colouring(embedding, method)
    row = None if around is None else int(embedding.index(around)[0])
    if row is not None:
        shown = shown | (np.arange(len(embedding)) == row)
    alone = embedding.has_no_vectors
    metric = cache.metric(embedding, method)
    near = None if row is None or alone else embedding.neighbors(str(around), map_controls.NEAR, metric)
    scene = Scene(embedding, shown, lit, kinds, number, row, None if near is None else embedding.index(near["key"]))
    found = shown & lit if not lit.all() else None
    with main:
        if solid:
            selected = np.zeros(len(embedding), bool)
            told(scene, method, map_chart.space(scene, method))
        else:
            selected = charts(scene, places)
            if not selected.any() and found is None and row is None:
                st.caption("Click a point, or draw a box or a lasso around some, to see what sets them apart.")
        if number is None and kinds.title != "genres":
            widgets.legend(kinds)
    below(embedding, selected, found, shown)
    if row is not None and not selected.any() and method in embedding.layouts and not alone:
        map_details.neighbor_check(embedding, cache.trust(embedding, method), row)


def charts(scene: Scene, places: list[Place]) -> np.ndarray:
    """One chart, or two side by side; what is selected on either stands out on the other: (n,) bool."""
    selection, on = map_chart.selected()
    on = on if len(places) > 1 else map_chart.CHARTS[0]
    held = selection.mask(places[map_chart.CHARTS.index(on)].xy) & scene.shown
    for key, place, column in zip(map_chart.CHARTS, places, st.columns(len(places)), strict=False):
        with column:
            here, size = key == on, (740, 600) if len(places) == 1 else (360, 520)
            outside = map_chart.draw(scene, place, key, selection if here else map_chart.Selection(),
                                   None if here or not held.any() else held, size)  # fmt: skip
            told(scene, place.method, outside=outside)
    return held


def told(scene: Scene, method: str, first: str = "", outside: int = 0) -> None:
    """What one sees, and how far it can be trusted."""
    st.caption(escape_markdown(f"{first} {map_details.map_caption(scene, method, outside)}".strip()))
    trust = map_details.trusted(scene.embedding, method, map_controls.layout_name(scene.embedding, method))
    if trust:
        st.caption(escape_markdown(trust), help=map_details.TRUST)


def below(embedding: Embedding, selected: np.ndarray, found: np.ndarray | None, shown: np.ndarray) -> None:
    """What was selected, else what a filter found, compared with the other items shown."""
    if selected.any():
        map_details.selection_details(embedding, selected, "selected", shown)
    elif found is not None and found.any():
        map_details.selection_details(embedding, found, "found", shown)
    elif found is not None:
        st.info(
            escape_markdown(f"No {item_noun(embedding, 1)} matches the title pattern and the genres among those shown.")
        )


with page("Map", "All {n} {items}: those {alike} lie close together.") as embedding:
    picture(embedding)
