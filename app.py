"""Home: what is loaded, one search box, one item opened up."""

import streamlit as st

from explorer import maps
from explorer.embedding import Embedding
from explorer.webapp import cache, widgets
from explorer.webapp.page import called, page, plain
from explorer.webapp.story import details, neighborhood


def opened(embedding: Embedding, key: str) -> None:
    widgets.film_card(embedding, key)
    allowed = widgets.well_known(embedding)
    near = embedding.neighbors(key, k=10, mask=allowed)
    left, right = st.columns([11, 9], gap="medium")
    with left:
        widgets.heading("Nearest", near, f"nearest {key}")
        widgets.film_list(embedding, near, "near")
    with right:
        widgets.heading("Where it lives")
        if embedding.layouts:
            method = "tsne" if "tsne" in embedding.layouts else next(iter(embedding.layouts))
            row, rows = embedding.index(key)[0], embedding.index(near["key"])
            figure = maps.place_figure(embedding, embedding.layout(method), row, rows)
            st.plotly_chart(figure, key="place", config={"displayModeBar": False})
        st.caption(plain(" ".join(neighborhood(embedding, key, allowed))))


with page("Home", "Similar {items} sit close together. Pick one and look around.") as embedding:
    default = cache.options(embedding)[0] if "Toy Story" not in embedding else "Toy Story"
    one = called(embedding, 1)
    key = widgets.one_item(
        embedding, f"Which {one} do you want to open?", default=default, label_visibility="collapsed"
    )
    opened(embedding, key or default)
    with st.expander("What is this, and where does it come from?", icon=":material/help:"):
        details(embedding)
