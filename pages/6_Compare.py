"""Two embeddings of the same items side by side: what each has learned."""

import streamlit as st

from explorer.webapp import url_state
from explorer.webapp.components import item_search, widgets
from explorer.webapp.page import page, show_errors
from explorer.webapp.views import compare, compare_quality
from explorer.webapp.wording import escape_markdown, item_noun

with page(
    "Compare", "Two embeddings of the same {items}: who is near whom in each, and how far they agree."
) as embedding:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        other = compare.partner(embedding)
        default = compare.first(embedding, other, url_state.remember("item"))
        key = item_search.one_item(embedding, item_noun(embedding, 1).capitalize(), default=default, width=320)
        k = widgets.how_many()
    compare.ready_pairs(embedding, other)
    if other is None:
        st.info(
            escape_markdown(
                f"{embedding.name} is the only embedding of its {item_noun(embedding)} here. Train another of them."
            )
        )
    else:
        with show_errors(stop=False):
            found = compare.compared(embedding, other, k)
            compare.side_by_side(found, key or default)
            compare.overall_overlap(found, key)
            compare.popularity_comparison(found)
    compare_quality.quality_cards([embedding, *([other] if other else [])])
