"""All items as points: what is similar lies close together."""

import numpy as np
import streamlit as st

from explorer.embedding import Embedding
from explorer.webapp import cache, drawing, examples, filtering, findings, making, mapping, pickers, widgets
from explorer.webapp.drawing import Place, Scene
from explorer.webapp.page import called, page, plain


def picture(embedding: Embedding) -> None:
    main, side = st.columns([7, 3], gap="medium")
    with side:
        chooser, below_chooser = st.container(), st.container()
        rest = st.container()
        with rest:
            around = pickers.one_item(embedding, "Zoom to", "item")
            titled = filtering.title_filter(embedding, examples.PATTERNS.get(called(embedding, 1), ""))
            shown = filtering.popularity_filter(embedding, 50)
            lit = filtering.genre_filter(embedding) & titled
            making.maker(embedding, shown & lit)  # before the chooser: what was just made is what it shows
        with chooser:
            method = mapping.layout(embedding)
        solid, places = mapping.in_space(embedding, method), []
        with below_chooser:
            if not solid:
                xy, axes = mapping.axes(embedding) if method == "axes" else (mapping.plane(embedding, method), None)
                second = mapping.beside(embedding, method)
                places = [Place(method, xy, axes)]
                places += [Place(second, mapping.plane(embedding, second))] if second else []
            kinds, number = mapping.colouring(embedding, method)
    row = None if around is None else int(embedding.index(around)[0])
    if row is not None:
        shown = shown | (np.arange(len(embedding)) == row)
    alone = embedding.map_alone
    metric = cache.metric(embedding, method)
    near = None if row is None or alone else embedding.neighbors(str(around), mapping.NEAR, metric)
    scene = Scene(embedding, shown, lit, kinds, number, row, None if near is None else embedding.index(near["key"]))
    found = shown & lit if not lit.all() else None
    with main:
        if solid:
            selected = np.zeros(len(embedding), bool)
            told(scene, method, drawing.space(scene, method))
        else:
            selected = charts(scene, places)
            if not selected.any() and found is None and row is None:
                st.caption("Click a point, or draw a box or a lasso around some, to see what sets them apart.")
        if number is None and kinds.title != "genres":
            widgets.legend(kinds)
    below(embedding, selected, found)
    if row is not None and not selected.any() and method in embedding.layouts and not alone:
        findings.honesty(embedding, cache.trust(embedding, method), row)


def charts(scene: Scene, places: list[Place]) -> np.ndarray:
    """One chart, or two side by side; what is selected on either stands out on the other: (n,) bool."""
    selection, on = drawing.selected()
    on = on if len(places) > 1 else drawing.CHARTS[0]
    held = selection.mask(places[drawing.CHARTS.index(on)].xy) & scene.shown
    for key, place, column in zip(drawing.CHARTS, places, st.columns(len(places)), strict=False):
        with column:
            here, size = key == on, (740, 600) if len(places) == 1 else (360, 520)
            outside = drawing.draw(scene, place, key, selection if here else drawing.Selection(),
                                   None if here or not held.any() else held, size)  # fmt: skip
            told(scene, place.method, outside=outside)
    return held


def told(scene: Scene, method: str, first: str = "", outside: int = 0) -> None:
    """What one sees, and how far it can be trusted."""
    st.caption(plain(f"{first} {findings.said(scene, method, outside)}".strip()))
    trust = findings.trusted(scene.embedding, method, mapping.layout_name(scene.embedding, method))
    if trust:
        st.caption(plain(trust), help=findings.TRUST)


def below(embedding: Embedding, selected: np.ndarray, found: np.ndarray | None) -> None:
    """What was selected, else what a filter found."""
    if selected.any():
        findings.apart(embedding, selected, "selected")
    elif found is not None and found.any():
        findings.apart(embedding, found, "found")
    elif found is not None:
        st.info(plain(f"No {called(embedding, 1)} matches the title pattern and the genres among those shown."))


with page("Map", "All {n} {items}: those {alike} lie close together.") as embedding:
    picture(embedding)
