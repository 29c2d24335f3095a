"""The visitor's own ratings: added one by one, edited in a table, kept in the URL."""

from __future__ import annotations

from contextlib import suppress

import pandas as pd
import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from explorer.core.embedding import Embedding
from explorer.core.recommend import scale
from explorer.webapp import url_state
from explorer.webapp.components import item_search
from explorer.webapp.wording import escape_markdown, item_noun

# The profile of a person who likes spoofs and old thrillers.
EXAMPLE = {
    "Airplane!": 5.0, "Airplane II: The Sequel": 5.0, "Fletch": 4.5, "History of the World: Part I": 4.5,
    "Six Degrees of Separation": 4.5, "Mr. Smith Goes to Washington": 4.5, "Strangers on a Train": 4.5, "Dr. No": 4.5,
    "Notorious": 4.0, "To Catch a Thief": 4.0, "Diamonds Are Forever": 4.0, "Spy Hard": 4.0, "Network": 3.5,
    "Waiting for Guffman": 3.5, "Thunderball": 3.5, "Gosford Park": 3.5, "On the Waterfront": 3.0,
    "A Streetcar Named Desire": 2.5, "Keeping the Faith": 2.5, "The Day the Earth Stood Still": 2.0,
    "A Civil Action": 0.5,
}  # fmt: skip


def needs_ratings(embedding: Embedding) -> None:
    """Stop the page with a message, for an embedding that predicts no ratings."""
    scale(embedding)
    if "mean" in embedding.manifest and "bias" in embedding.items:
        return
    items = item_noun(embedding)
    text = (
        f"This page needs ratings, and {embedding.name} predicts none: it was not learned from ratings. Choose another "
        f"embedding in the sidebar, or look at the neighbors of {items} you like."
    )
    st.info(escape_markdown(text), icon=":material/star:")
    with suppress(StreamlitPageNotFoundError):  # a page run by itself is a program without the others
        st.page_link(
            "pages/1_Neighbors.py",
            label=f"Neighbors of {items}",
            icon=":material/join_inner:",
            query_params=url_state.shared(),
        )
    st.stop()


def rated(embedding: Embedding) -> dict[str, float]:
    """A form for the visitor's ratings; returns key -> stars, in the order rated."""
    place = url_state.current("rated", [])
    ratings = _read(st.session_state[place], embedding)
    _add(embedding, ratings)
    if ratings:
        ratings = _edit(embedding, ratings)
    with st.container(horizontal=True, gap="small"):
        example = _example(embedding)
        if example and st.button("Try an example", type="tertiary", icon=":material/person:"):
            _write(place, example)
        if ratings and st.button("Clear", type="tertiary", icon=":material/delete:"):
            _write(place, {})
    _keep(place, ratings)
    return ratings


def _add(embedding: Embedding, ratings: dict[str, float]) -> None:
    low, high = scale(embedding)
    steps = [low + 0.5 * n for n in range(round((high - low) / 0.5) + 1)]
    one = item_noun(embedding, 1)
    with st.form("rate", clear_on_submit=True, border=False):
        key = item_search.any_item(embedding, f"Search for a {one} you know")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            stars = st.select_slider("Stars", steps, value=4.0 if 4.0 in steps else high)
            if st.form_submit_button("Rate", type="primary") and key:
                ratings[key] = float(stars)


def _edit(embedding: Embedding, ratings: dict[str, float]) -> dict[str, float]:
    low, high = scale(embedding)
    table = pd.DataFrame({"key": ratings.keys(), "stars": ratings.values()})
    edited = st.data_editor(
        table, num_rows="delete", hide_index=True, key=f"ratings:{hash(tuple(ratings))}", disabled=["key"],
        column_config={
            "key": st.column_config.TextColumn(item_noun(embedding, 1).capitalize(), width="medium"),
            "stars": st.column_config.NumberColumn("Stars", min_value=low, max_value=high, step=0.5, required=True),
        },
    )  # fmt: skip
    return dict(zip(edited["key"], edited["stars"].astype(float), strict=True))


def _example(embedding: Embedding) -> dict[str, float]:
    found = {item_search.key_for_title(embedding, title): stars for title, stars in EXAMPLE.items()}
    return {key: stars for key, stars in found.items() if key}


def _read(texts: list[str], embedding: Embedding) -> dict[str, float]:
    """Ratings from the URL, `KEY=5` -> key -> stars; invalid ratings and unknown keys are shown and left out."""
    ratings, left_out = {}, []
    low, high = scale(embedding)
    for text in texts:
        key, _, stars = text.rpartition("=")
        try:
            value = float(stars)
        except ValueError:
            value = float("nan")
        if key in embedding and low <= value <= high:
            ratings[key] = value
        else:
            left_out.append(text)
    if left_out:
        st.warning(escape_markdown(f"Left out: {', '.join(left_out[:5])}. A rating is KEY=stars, {low:g} to {high:g}."))
    return ratings


def _keep(place: str, ratings: dict[str, float]) -> None:
    texts = [f"{key}={stars:g}" for key, stars in ratings.items()]
    st.session_state[place] = texts
    url_state.keep("rated", texts, [])


def _write(place: str, ratings: dict[str, float]) -> None:
    _keep(place, ratings)
    st.rerun()
