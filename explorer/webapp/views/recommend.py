"""Parts of the Recommend page: recommendations for the visitor and for a user of the training data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core import recommend
from explorer.core.columns import CrossFilter
from explorer.core.embedding import Embedding
from explorer.webapp import cache, url_state
from explorer.webapp.components import filters, item_list, widgets
from explorer.webapp.components.mini_map import user_on_map
from explorer.webapp.views import recommend_ratings
from explorer.webapp.wording import escape_markdown, item_noun

ORDERS = {"likely": "likely to be liked", "near": "near what you liked", "stars": "predicted stars"}
HEADINGS = {
    "likely": "Most likely to be liked next",
    "near": "Near what you liked",
    "stars": "Highest predicted ratings",
}
ORDER_HELP = (
    "Likely to be liked: what people who liked the same went on to like; it finds most. Near what you liked: the "
    "nearest vectors. Predicted stars say how you would rate an item once you have seen it."
)
LISTED = 12


def for_visitor(embedding: Embedding) -> None:
    """The visitor's ratings, and what is recommended for them."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        rated = recommend_ratings.rated(embedding)
    with right:
        if not rated:
            st.info(f"Rate one or two {item_noun(embedding)}, or try the example. Recommendations appear here.")
            return
        user = recommend.fold_in(embedding, rated.items())
        order, popularity, found = _settings(embedding, user)
        if not recommend.liked(embedding, user).any():
            good = recommend.LIKED * recommend.scale(embedding)[1]
            st.info(
                f"You rated nothing {good:g} stars or more, so nothing can be near what you liked. These have the "
                "highest predicted ratings; with Popularity at 2 they are what everybody likes."
            )
        table = recommend.recommend(embedding, user, LISTED, found.mask, popularity, order)
        widgets.heading(HEADINGS[order], table, "recommendations")
        item_list.item_list(embedding, table, "recommended", columns=_numbers(embedding))
    if len(table):
        _explanation(embedding, user, table["key"].tolist(), order, popularity)


def _settings(embedding: Embedding, user: recommend.User) -> tuple[str, float, CrossFilter]:
    """What the list is ordered by, how much popularity counts, and filters."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        can = recommend.orders_for(embedding, user)
        order = widgets.one_of("Order by", "order", can[0], {name: ORDERS[name] for name in can}, help=ORDER_HELP)
        popularity = url_state.bind(
            st.slider, "Popularity", "popularity", 1.0, min_value=0.0, max_value=2.0, step=0.1, width=200,
            help="How much popularity counts: 0 is your taste alone, 2 prefers what everybody likes.",
        )  # fmt: skip
        found = filters.item_filters(embedding)
        item_list.list_columns(embedding)
    filters.filter_caption(embedding, found)
    return order, popularity, found


def _numbers(embedding: Embedding) -> dict[str, tuple[str, str]]:
    """Columns of numbers in a list of recommendations: heading and format."""
    known = embedding.schema.by_role("popularity")
    first = {known.name: (known.phrase.removeprefix("number of "), "{:,}")} if known else {}
    mean = {"mean_rating": ("mean rating", "{:.1f}")} if "mean_rating" in embedding.items else {}
    return {**first, **mean, "predicted": ("predicted", "{:.1f}"), "delta": ("delta", "{:+.1f}")}


def _explanation(embedding: Embedding, user: recommend.User, keys: list[str], order: str, popularity: float) -> None:
    """What the score of one recommendation consists of, and where the visitor is on the map."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        widgets.heading("Where you are")
        user_on_map(embedding, user)
    with right:
        key = url_state.bind(st.selectbox, "Why this one?", "why", keys[0], allowed=keys, options=keys)
        parts = recommend.contributions(embedding, user, key or keys[0], order, popularity)
        st.caption(escape_markdown(_score_sentence(embedding, parts, order)))
        top = parts.iloc[1:].head(LISTED)
        most = top["contribution"].abs().max() or 1
        rows = [
            (f"{r.key}", f"you: {r.rating:g}  →  {r.contribution:+.2f}", abs(r.contribution) / most)
            for r in top.itertuples()
        ]
        item_list.fact_list(rows, "contributions")
        widgets.csv_button(parts, f"why {key}")


def _score_sentence(embedding: Embedding, parts: pd.DataFrame, order: str) -> str:
    """The parts of the score in one sentence."""
    score, anyone = parts["contribution"].sum(), parts["contribution"].iloc[0]
    if order == "likely":
        return f"{score:.2f} standard deviations above the average item: the sum of what your ratings say."
    if order == "near":
        return f"Cosine to what you liked {score - anyone:.2f}, plus {anyone:.2f} for popularity: {score:.2f} in all."
    low, high = recommend.scale(embedding)
    cut = f", shown as {np.clip(score, low, high):.1f}" if not low <= score <= high else ""
    return f"{anyone:.2f} stars for anyone, the rest from your ratings: {score:.2f} in all{cut}."


def for_dataset_user(embedding: Embedding) -> None:
    """Predictions for a user of the training data, and their own ratings where the data are here."""
    number, titled, found = _dataset_user(embedding)
    user, mask = recommend.trained_user(embedding, number), found.mask
    if not titled.all():
        rows = np.flatnonzero(mask & titled)
        table = recommend.predicted(embedding, user, rows).sort_values("delta", ascending=False, kind="stable")
        widgets.heading(f"{len(table):,} {item_noun(embedding, len(table))} with that title", table, "predictions")
        empty = "No title matches the pattern and the filters."
        item_list.item_list(embedding, table.head(50), "pattern", columns=_numbers(embedding), empty=empty)
    own = cache.ratings_of(embedding, number)
    if own is None:
        st.caption("The embedding does not record which items this user rated, so they may be listed here too.")
    else:
        mask = mask & ~embedding.items["key"].isin(own["key"]).to_numpy()
    best = "Highest predicted" if own is None else "Highest predicted, not rated"
    nearest = "Nearest to their vector"
    tables = {
        best: recommend.recommend(embedding, user, LISTED, mask),
        nearest: recommend.nearest_to_user(embedding, user, LISTED, mask),
        **({} if own is None else {"Their own ratings": own}),
    }
    for (name, table), column in zip(tables.items(), st.columns(len(tables), gap="medium"), strict=True):
        with column:
            widgets.heading(name, table, name)
            shown = table.head(LISTED)
            shown = shown.assign(score=shown["predicted"]) if "predicted" in shown else shown
            bar = shown["score"].to_numpy(float) / (1 if name == nearest else recommend.scale(embedding)[1])
            item_list.item_list(embedding, shown, f"user:{name}", bar=bar)


def _dataset_user(embedding: Embedding) -> tuple[int, np.ndarray, CrossFilter]:
    """The number of a user, items whose title matches, (n,) bool, and filters."""
    count = 0 if embedding.users is None else len(embedding.users)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        number = url_state.bind(
            st.number_input, f"User, 0 to {count - 1:,}", "user", 0, min_value=0, max_value=max(count - 1, 0), width=180
        )
        if st.button("Random user", icon=":material/casino:", disabled=count < 2):
            url_state.put("user", int(np.random.default_rng().integers(count)))
            st.rerun()
        titled = filters.title_filter(embedding, "Naked Gun", 260)
        found = filters.item_filters(embedding)
        item_list.list_columns(embedding)
    filters.filter_caption(embedding, found)
    return int(number), titled, found
