"""Recommend page: recommendations for the visitor, each with its reasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core import recommend
from explorer.core.columns import CrossFilter
from explorer.core.columns.kind import has_numbers
from explorer.core.embedding import Embedding
from explorer.webapp import url_state
from explorer.webapp.components import filters, item_list, widgets
from explorer.webapp.components.mini_map import user_on_map
from explorer.webapp.views.recommend import ratings, steer
from explorer.webapp.wording import escape_markdown, item_noun

ORDERS = {"likely": "likely to be liked", "near": "near what you liked", "stars": "predicted stars"}
HEADINGS = {
    "likely": "Most likely to be liked next",
    "near": "Near what you liked",
    "stars": "Highest predicted ratings",
}
ORDER_HELP = (
    "Likely to be liked: items that people with similar likes also liked; usually the best list. Near what you liked: "
    "the nearest vectors. Predicted stars: how you would rate an item once you have seen it."
)
LISTED = 12
BESIDE = ("mean_rating", "predicted")  # number columns shown beside a recommendation
REASONS = 2  # ratings named below a recommendation


@dataclass(frozen=True)
class Asked:
    """The chosen order, weight of popularity, and steers."""

    order: str
    popularity: float
    steers: list[recommend.Steer]

    def parts(self, embedding: Embedding, user: recommend.User, keys: list[str]) -> recommend.Parts:
        """Parts of several items' scores; see recommend.score_parts."""
        return recommend.score_parts(embedding, user, keys, self.order, self.popularity, self.steers)


def for_visitor(embedding: Embedding) -> None:
    """Draw the visitor's ratings and the recommendations for them."""
    rated, rejected = ratings.rated(embedding)
    with st.container(key="recommend-rated" if rated else "recommend-start"):
        left, right = st.columns([2, 3], gap="large")
    with left:
        ratings.rating_form(embedding, rated, rejected)
    with right:
        if not rated:
            st.info(_invitation(embedding))
            return
        fold_in = recommend.fold_in if recommend.predicts(embedding) else recommend.user_without_model
        user = recommend.reject(embedding, fold_in(embedding, rated.items()), rejected)
        if not recommend.orders_for(embedding, user):
            st.info(f"Like at least one of the {item_noun(embedding)} to get recommendations.")
            return
        asked, found = _settings(embedding, user)
        if not recommend.liked(embedding, user).any():
            good = recommend.LIKED * recommend.scale(embedding)[1]
            st.info(
                f"You rated nothing {good:g} stars or more, so this list shows the highest predicted ratings. Set "
                "Popularity to 2 to see what everybody likes."
            )
        table = recommend.recommend(embedding, user, LISTED, found.mask, asked.popularity, asked.order, asked.steers)
        widgets.heading(HEADINGS[asked.order], table, "recommendations")
        stars = recommend.predicts(embedding)
        parts = asked.parts(embedding, user, table["key"].tolist())
        item_list.item_list(
            embedding, table, "recommended",
            columns={name: form for name, form in number_columns(embedding).items() if name in BESIDE or not stars},
            why={key: _because(parts, shares) for key, shares in zip(table["key"], parts.shares, strict=True)},
            rating=ratings.rating_control(embedding, "recommended", "reject", "Not this one"),
        )  # fmt: skip
        st.caption("Seen it? Rate it here. × (“not this one”) removes an item and lowers the score of similar ones.")
        if len(table):
            _explanation(embedding, user, table["key"].tolist(), parts, asked.order)
    if len(table):
        with left:
            widgets.heading("Your place on the map")
            user_on_map(embedding, user)


def _invitation(embedding: Embedding) -> str:
    items = item_noun(embedding)
    if recommend.predicts(embedding):
        return f"Rate one or two {items}, or try the example. Recommendations appear here."
    name = escape_markdown(embedding.name)
    return f"{name} does not predict ratings. Give a star to {items} you like; similar ones appear here."


def _settings(embedding: Embedding, user: recommend.User) -> tuple[Asked, CrossFilter]:
    """Draw the controls; returns the order with its steers, and the filters."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        can = recommend.orders_for(embedding, user)
        order = widgets.one_of("Order by", "order", can[0], {name: ORDERS[name] for name in can}, help=ORDER_HELP)
        popularity, steers = steer.steering(embedding)
        found = filters.item_filters(embedding)
        item_list.list_columns(embedding)
    filters.filter_caption(embedding, found)
    steer.steering_caption(steers)
    return Asked(order, popularity, steers), found


def number_columns(embedding: Embedding) -> dict[str, tuple[str, str]]:
    """Number columns of a list of recommendations: name -> heading and format."""
    known = embedding.schema.by_role("popularity")
    first = {known.name: (known.phrase.removeprefix("number of "), "{:,}")} if known else {}
    mean = {"mean_rating": ("mean rating", "{:.1f}")} if has_numbers(embedding.items, "mean_rating") else {}
    if not recommend.predicts(embedding):
        return {**first, **mean}
    return {**first, **mean, "predicted": ("predicted", "{:.1f}"), "delta": ("delta", "{:+.1f}")}


def _because(parts: recommend.Parts, shares: np.ndarray) -> str:
    """The ratings and steers that add most to a score: "because of Airplane! +4.92, Fletch +2.64"."""
    top = 1 + np.argsort(-shares[1:], kind="stable")[:REASONS]
    named = [f"{_named(parts.names[i], parts.ratings[i])} {shares[i]:+.2f}" for i in top if shares[i] >= 0.005]
    return f"because of {', '.join(named)}" if named else ""


def _explanation(
    embedding: Embedding, user: recommend.User, keys: list[str], scores: recommend.Parts, order: str
) -> None:
    """Draw the parts of a recommendation's score. keys: the recommended items, whose scores are `scores`."""
    key = url_state.bind(st.selectbox, "Why this one?", "why", keys[0], allowed=keys, options=keys)
    parts = scores.table(keys.index(key or keys[0]))
    st.caption(escape_markdown(_score_sentence(embedding, parts, order)))
    rejected = set(embedding.items["key"].iloc[user.rejected])
    top = parts.iloc[1:].head(LISTED)
    most = top["contribution"].abs().max() or 1
    rows = [
        (_named(r.key, r.rating), f"{_said(r.key, r.rating, rejected)}{r.contribution:+.2f}", r.contribution / most)
        for r in top.itertuples()
    ]
    item_list.value_list(rows, "contributions")
    widgets.csv_button(parts, f"why {key}")


def _named(key: str, rating: float) -> str:
    """Name of a part of the score; a steer, which has no rating, loses its parentheses."""
    return key[1:-1] if np.isnan(rating) and key.startswith(("(more ", "(less ")) else key


def _said(key: str, rating: float, rejected: set[str]) -> str:
    """The visitor's rating or rejection of an item, as text before its contribution."""
    if np.isnan(rating):
        return "not this one  →  " if key in rejected else ""
    return f"you: {rating:g}  →  "


def _score_sentence(embedding: Embedding, parts: pd.DataFrame, order: str) -> str:
    """One sentence about the parts of a score."""
    score, anyone = parts["contribution"].sum(), parts["contribution"].iloc[0]
    if order == "likely":
        return f"{score:.2f} standard deviations above the average item: the sum of the contributions below."
    if order == "near":
        return f"Cosine to what you liked {score - anyone:.2f} + popularity {anyone:.2f} = {score:.2f}."
    low, high = recommend.scale(embedding)
    cut = f", shown as {np.clip(score, low, high):.1f}" if not low <= score <= high else ""
    return f"{anyone:.2f} stars for anyone + {score - anyone:.2f} from your ratings = {score:.2f}{cut}."
