"""Recommend page: recommendations for the visitor, each with its reasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core import recommend
from explorer.core.columns import CrossFilter
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
    "Likely to be liked: what people who liked the same went on to like; it finds most. Near what you liked: the "
    "nearest vectors. Predicted stars say how you would rate an item once you have seen it."
)
LISTED = 12
BESIDE = ("mean_rating", "predicted")  # columns of numbers beside a recommendation
REASONS = 2  # ratings that are named below a recommendation


@dataclass(frozen=True)
class Asked:
    """What the list is ordered by."""

    order: str
    popularity: float
    steers: list[recommend.Steer]

    def parts(self, embedding: Embedding, user: recommend.User, key: str) -> pd.DataFrame:
        """What the score of an item consists of; see recommend.contributions."""
        return recommend.contributions(embedding, user, key, self.order, self.popularity, self.steers)


def for_visitor(embedding: Embedding) -> None:
    """The visitor's ratings, and what is recommended for them."""
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
            st.info(f"Nothing can be near what you liked yet. Like one of the {item_noun(embedding)}.")
            return
        asked, found = _settings(embedding, user)
        if not recommend.liked(embedding, user).any():
            good = recommend.LIKED * recommend.scale(embedding)[1]
            st.info(
                f"You rated nothing {good:g} stars or more, so nothing can be near what you liked. These have the "
                "highest predicted ratings; with Popularity at 2 they are what everybody likes."
            )
        table = recommend.recommend(embedding, user, LISTED, found.mask, asked.popularity, asked.order, asked.steers)
        widgets.heading(HEADINGS[asked.order], table, "recommendations")
        stars = recommend.predicts(embedding)
        parts = {key: asked.parts(embedding, user, key) for key in table["key"]}
        item_list.item_list(
            embedding, table, "recommended",
            columns={name: form for name, form in number_columns(embedding).items() if name in BESIDE or not stars},
            why={key: _because(part) for key, part in parts.items()},
            rating=ratings.rating_control(embedding, "recommended", "reject", "Not this one"),
        )  # fmt: skip
        st.caption("Seen it? Rate it here. × is “not this one”: it goes, and what is like it counts less.")
    if len(table):
        _explanation(embedding, user, table["key"].tolist(), asked)


def _invitation(embedding: Embedding) -> str:
    items = item_noun(embedding)
    if recommend.predicts(embedding):
        return f"Rate one or two {items}, or try the example. Recommendations appear here."
    name = escape_markdown(embedding.name)
    return f"{name} predicts no ratings. Give a star to {items} you like; what is near them appears here."


def _settings(embedding: Embedding, user: recommend.User) -> tuple[Asked, CrossFilter]:
    """What the list is ordered by and steered to, and filters."""
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
    """Columns of numbers in a list of recommendations: heading and format."""
    known = embedding.schema.by_role("popularity")
    first = {known.name: (known.phrase.removeprefix("number of "), "{:,}")} if known else {}
    mean = {"mean_rating": ("mean rating", "{:.1f}")} if "mean_rating" in embedding.items else {}
    if not recommend.predicts(embedding):
        return {**first, **mean}
    return {**first, **mean, "predicted": ("predicted", "{:.1f}"), "delta": ("delta", "{:+.1f}")}


def _because(parts: pd.DataFrame) -> str:
    """The ratings and wishes that add most to a score: "Airplane! +4.92, Fletch +2.64"."""
    top = parts.iloc[1:].nlargest(REASONS, "contribution")
    named = [f"{_named(r.key, r.rating)} {r.contribution:+.2f}" for r in top.itertuples() if r.contribution >= 0.005]
    return f"because of {', '.join(named)}" if named else ""


def _explanation(embedding: Embedding, user: recommend.User, keys: list[str], asked: Asked) -> None:
    """What the score of one recommendation consists of, and where the visitor is on the map."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        widgets.heading("Where you are")
        user_on_map(embedding, user)
    with right:
        key = url_state.bind(st.selectbox, "Why this one?", "why", keys[0], allowed=keys, options=keys)
        parts = asked.parts(embedding, user, key or keys[0])
        st.caption(escape_markdown(_score_sentence(embedding, parts, asked.order)))
        rejected = set(embedding.items["key"].iloc[user.rejected])
        top = parts.iloc[1:].head(LISTED)
        most = top["contribution"].abs().max() or 1
        rows = [
            (_named(r.key, r.rating), f"{_said(r.key, r.rating, rejected)}{r.contribution:+.2f}", r.contribution / most)
            for r in top.itertuples()
        ]
        item_list.fact_list(rows, "contributions")
        widgets.csv_button(parts, f"why {key}")


def _named(key: str, rating: float) -> str:
    """A reason in words: a wish, which has no rating, without its parentheses."""
    return key[1:-1] if np.isnan(rating) and key.startswith(("(more ", "(less ")) else key


def _said(key: str, rating: float, rejected: set[str]) -> str:
    """What the visitor said of an item that counts."""
    if np.isnan(rating):
        return "not this one  →  " if key in rejected else ""
    return f"you: {rating:g}  →  "


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
