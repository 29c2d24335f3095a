"""The quality cards of embeddings side by side, at the end of the Compare page."""

from __future__ import annotations

import streamlit as st

from explorer import reports
from explorer.embedding import Embedding
from explorer.quality import FEWEST, Card, K, quality
from explorer.webapp import cache, state, widgets
from explorer.webapp.page import plain

AT_ONCE = 20_000  # items of which a quality card is made without being asked


@st.cache_resource(max_entries=8, show_spinner="Measuring hubs, directions and genres of neighbors")
def _quality(name: str, digest: str) -> Card:
    embedding = cache.embedding(name)
    return quality(embedding, min(K, len(embedding) - 1))


def quality_cards(embeddings: list[Embedding]) -> None:
    """The figures of each embedding side by side, with what they mean and what is normal."""
    st.subheader("How good is each by itself?", anchor=False)
    small = max(map(len, embeddings)) <= AT_ONCE
    if not state.bind(st.toggle, "Measure it", "quality", small):
        return
    if min(map(len, embeddings)) < FEWEST:
        st.caption(plain(f"That needs at least {FEWEST} items."))
        return
    cards = [_quality(embedding.name, embedding.digest) for embedding in embeddings]
    names = list(dict.fromkeys(figure.name for card in cards for figure in card.figures))
    rows = []
    for name in names:
        figures = [next((figure for figure in card.figures if figure.name == name), None) for card in cards]
        one = next(figure for figure in figures if figure)
        told = [{"text": f.text, "verdict": f.verdict} if f else {"text": "", "verdict": ""} for f in figures]
        rows.append({"name": name, "meaning": one.meaning, "normal": one.normal, "values": told})
    data = {"names": [embedding.name for embedding in embeddings], "rows": rows}
    widgets.component("quality_card", "<div role='table'></div>")(key="quality_card", data=data)
    with st.container(horizontal=True, gap="small"):
        for card in cards:
            st.download_button(
                plain(f"{card.artifact} to print"), reports.card_page(card), f"{card.artifact} quality.html",
                "text/html", icon=":material/print:", type="tertiary", on_click="ignore", key=f"report:{card.artifact}",
            )  # fmt: skip
