"""Home: what is loaded, one search box, one item opened up."""

import pandas as pd
import streamlit as st

from explorer.embedding import Embedding
from explorer.webapp import examples, filtering, lists, pickers, widgets
from explorer.webapp.page import called, page, plain
from explorer.webapp.place import place_map
from explorer.webapp.story import details, neighborhood

AROUND = 30  # nearest items that say what a neighborhood has in common


def opened(embedding: Embedding, key: str) -> None:
    lists.film_card(embedding, key)
    allowed = filtering.well_known(embedding)
    around = embedding.neighbors(key, k=AROUND, mask=allowed)
    near = around.head(10)
    left, right = st.columns([11, 9], gap="medium")
    with left:
        widgets.heading("Nearest", near, f"nearest {key}")
        lists.film_list(embedding, near, "near")
    with right:
        widgets.heading("Where it lives")
        itself = embedding.items.iloc[embedding.index(key)]
        place_map(embedding, "place", pd.concat([itself, near]))
        st.caption(plain(" ".join(neighborhood(embedding, around, allowed))))


with page("Home", "Similar {items} sit close together. Pick one and look around.") as embedding:
    default = examples.items(embedding)[0]
    one = called(embedding, 1)
    key = pickers.one_item(
        embedding, f"Which {one} do you want to open?", default=default, label_visibility="collapsed"
    )
    opened(embedding, key or default)
    with st.expander("What is this, and where does it come from?", icon=":material/help:"):
        details(embedding)
