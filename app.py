"""Home: what is loaded, one search box, one item opened up."""

import pandas as pd
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.webapp import examples
from explorer.webapp.components import filters, item_list, item_search, widgets
from explorer.webapp.components.mini_map import place_map
from explorer.webapp.page import page
from explorer.webapp.views.home import details, neighborhood
from explorer.webapp.wording import escape_markdown, item_noun

AROUND = 30  # nearest items that say what a neighborhood has in common


def opened(embedding: Embedding, key: str) -> None:
    item_list.item_card(embedding, key)
    allowed = filters.well_known(embedding)
    around = embedding.neighbors(key, k=AROUND, mask=allowed)
    near = around.head(10)
    left, right = st.columns([11, 9], gap="medium")
    with left:
        widgets.heading("Nearest", near, f"nearest {key}")
        item_list.item_list(embedding, near, "near")
    with right:
        widgets.heading("Where it lives")
        itself = embedding.items.iloc[embedding.index(key)]
        place_map(embedding, "place", pd.concat([itself, near]))
        st.caption(escape_markdown(" ".join(neighborhood(embedding, around, allowed))))


with page("Home", "Similar {items} sit close together. Pick one and look around.") as embedding:
    default = examples.items(embedding)[0]
    one = item_noun(embedding, 1)
    key = item_search.one_item(
        embedding, f"Which {one} do you want to open?", default=default, label_visibility="collapsed"
    )
    opened(embedding, key or default)
    with st.expander("What is this, and where does it come from?", icon=":material/help:"):
        details(embedding)
