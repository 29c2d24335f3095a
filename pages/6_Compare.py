"""Two embeddings of the same items side by side: what each has learned."""

import streamlit as st

from explorer.webapp import comparing, judging, pickers, state, widgets
from explorer.webapp.page import called, page, plain, told

with page(
    "Compare", "Two embeddings of the same {items}: who is near whom in each, and how far they agree."
) as embedding:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        other = comparing.partner(embedding)
        default = comparing.first(embedding, other, state.remember("item"))
        key = pickers.one_item(embedding, called(embedding, 1).capitalize(), default=default, width=320)
        k = widgets.how_many()
    comparing.ready_pairs(embedding, other)
    if other is None:
        st.info(
            plain(f"{embedding.name} is the only embedding of its {called(embedding)} here. Train another of them.")
        )
    else:
        with told(stop=False):
            found = comparing.compared(embedding, other, k)
            comparing.side_by_side(found, key or default)
            comparing.company(found, key)
            comparing.popular(found)
    judging.quality_cards([embedding, *([other] if other else [])])
