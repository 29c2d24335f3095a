"""All items as points: what is similar lies close together."""

import numpy as np
import streamlit as st

from explorer import maps
from explorer.embedding import Embedding
from explorer.webapp import cache, making, mapping, state, widgets
from explorer.webapp.chart import chart
from explorer.webapp.page import called, page, plain


def picture(embedding: Embedding) -> None:
    main, side = st.columns([5, 2], gap="medium")
    with side:
        chooser = st.container()
        making.maker(embedding)  # first: what was just made is what the chooser shows
        with chooser:
            method = mapping.layout(embedding)
        stored = method in embedding.layouts
        xy, names = mapping.axes(embedding) if method == "axes" else (mapping.plane(embedding, method), None)
        number = None if method == "space" else mapping.colouring(embedding, method)
        around = widgets.one_item(embedding, "Zoom to", "item")
        titled = widgets.title_filter(embedding, "Harry Potter")
        shown = widgets.popularity_filter(embedding, 50)
        lit = widgets.genre_filter(embedding) & titled
    if method == "space":
        with main:
            mapping.space(embedding, shown & lit)
        return
    selection = mapping.selected()
    row = None if around is None else int(embedding.index(around)[0])
    if row is not None:
        shown = shown | (np.arange(len(embedding)) == row)
    near = None if around is None or not stored else embedding.neighbors(around, mapping.NEAR)
    with main:
        figure = maps.map_figure(
            embedding, xy, shown, cache.colours(embedding), number=number, lit=None if lit.all() else lit, focus=row,
            linked=None if near is None else embedding.index(near["key"]),
            window=None if row is None else mapping.window(xy, row, shown), selection=selection.shapes(), axes=names,
            n_labels=30 if row is None else 90,
            regions=mapping.regions(embedding, method, row) if stored and lit.all() else None,
            dark=st.context.theme.type == "dark",
        )  # fmt: skip
        chart(
            figure, key="map", on_select="rerun", selection_mode=("points", "box", "lasso"),
            config={"scrollZoom": True, "modeBarButtonsToRemove": ["autoScale2d"],
                    "toImageButtonOptions": {"format": "png", "scale": 3, "filename": f"{embedding.name} {method}"}},
        )  # fmt: skip
        by = "each in the colour of its rarest genre" if number is None else f"coloured by {number.title}"
        st.caption(plain(mapping.said(embedding, method, shown & lit, by)))
        st.download_button(
            "The map as a page of its own",
            lambda: figure.to_html(include_plotlyjs=True),
            f"{embedding.name} {method}.html",
            "text/html",
            icon=":material/public:",
            type="tertiary",
            on_click="ignore",
            help="One file that works offline",
        )
    below(embedding, selection.mask(xy) & shown, shown & lit if not lit.all() else None)
    if near is not None and row is not None and not selection:
        mapping.honesty(embedding, cache.trust(embedding, method), row)


def below(embedding: Embedding, selected: np.ndarray, found: np.ndarray | None) -> None:
    """What was selected, else what a filter found."""
    if selected.any():
        mapping.apart(embedding, selected, "selected")
    elif found is not None and found.any():
        mapping.apart(embedding, found, "found")
    elif found is not None:
        st.info(plain(f"No {called(embedding, 1)} matches the title pattern and the genres among those shown."))
    elif state.remember("item") is None:
        st.caption("Click a point, or draw a box or a lasso around some, to see what sets them apart.")


with page("Map", "All {n} {items}: what is liked by the same people lies close together.") as embedding:
    picture(embedding)
