"""Part of the Compare page: the quality cards of both embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.quality import reports
from explorer.quality.item_groups import read_groups
from explorer.quality.quality_card import FEWEST, Card, K, quality
from explorer.quality.sample import sample_note
from explorer.webapp import cache, url_state
from explorer.webapp.components.frontend import component
from explorer.webapp.page import show_errors
from explorer.webapp.wording import escape_markdown, item_noun

AT_ONCE = 20_000  # items up to which quality is measured by default
MEGABYTES = 2  # size limit of a file of groups
Groups = dict[str, np.ndarray]  # name of a group -> rows of its items


@st.cache_resource(max_entries=8, show_spinner="Measuring the quality of the vectors")
def _quality(name: str, digest: str, file: str, _groups: Groups | None) -> Card:
    embedding = cache.embedding(name)
    return quality(embedding, min(K, len(embedding) - 1), _groups)


def _groups_file(items: str) -> Any:
    """Let the visitor upload a file of groups; returns it, or None."""
    with st.popover("Groups", icon=":material/group_work:"):
        text = f"A CSV file with groups of {items}, such as the parts of a series: one row per item, with the columns"
        st.caption(
            escape_markdown(
                f"{text} group and item_id or title. The card then shows how many group members are neighbors."
            )
        )
        return st.file_uploader("Groups", "csv", max_upload_size=MEGABYTES, label_visibility="collapsed")


def _groups(file: Any, embeddings: list[Embedding]) -> list[Groups | None]:
    """Read the groups for each embedding. Errors are shown, and the cards then omit the group metrics."""
    with show_errors(stop=False):
        return [file and read_groups(file, embedding) for embedding in embeddings]
    return [None for _ in embeddings]


def quality_cards(embeddings: list[Embedding]) -> None:
    """Draw the quality metrics of the embeddings side by side, with their meanings and normal ranges."""
    st.header("Quality of each embedding", anchor=False)
    small = max(map(len, embeddings)) <= AT_ONCE
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if not url_state.bind(st.toggle, "Measure", "quality", small):
            return
        file = _groups_file(item_noun(embeddings[0]))
    if min(map(len, embeddings)) < FEWEST:
        st.caption(escape_markdown(f"The quality metrics need at least {FEWEST} items."))
        return
    cards = [
        _quality(embedding.name, embedding.digest, file.file_id if groups else "", groups)
        for embedding, groups in zip(embeddings, _groups(file, embeddings), strict=True)
    ]
    names = list(dict.fromkeys(figure.name for card in cards for figure in card.figures))
    rows = []
    for name in names:
        figures = [next((figure for figure in card.figures if figure.name == name), None) for card in cards]
        known = next(figure for figure in figures if figure)
        values = [{"text": f.text, "verdict": f.verdict} if f else {"text": "", "verdict": ""} for f in figures]
        rows.append({"name": name, "meaning": known.meaning, "normal": known.normal, "values": values})
    data = {"names": [embedding.name for embedding in embeddings], "rows": rows}
    component("quality_card", "<div role='table'></div>")(key="quality_card", data=data)
    for card in cards:
        if note := sample_note(card.measured, card.items):
            st.caption(escape_markdown(f"{card.artifact}: {note}"))
    with st.container(horizontal=True, gap="small"):
        for card in cards:
            st.download_button(
                escape_markdown(f"Print {card.artifact}"), reports.card_page(card), f"{card.artifact} quality.html",
                "text/html", icon=":material/print:", type="tertiary", on_click="ignore", key=f"report:{card.artifact}",
            )  # fmt: skip
