"""What a visitor, or a user of the training data, would like."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core import recommend
from explorer.core.embedding import Embedding
from explorer.webapp import cache, url_state
from explorer.webapp.components import filters, item_list, widgets
from explorer.webapp.components.mini_map import user_on_map
from explorer.webapp.page import page
from explorer.webapp.views import recommend_ratings
from explorer.webapp.wording import escape_markdown, item_noun

ORDERS = {"near": "near what you liked", "stars": "predicted stars"}
HEADINGS = {"near": "Near what you liked", "stars": "Highest predicted ratings"}
ORDER_HELP = (
    "Items near what people liked are what they went on to like about three times as often as the items with the "
    "highest predicted ratings. Predicted stars say how you would rate an item once you have seen it."
)
COLUMNS = {"n_ratings": "{:,}", "mean_rating": "{:.1f}", "predicted": "{:.1f}", "delta": "{:+.1f}"}


def visitor(embedding: Embedding) -> None:
    left, right = st.columns([2, 3], gap="large")
    with left:
        rated = recommend_ratings.rated(embedding)
    with right:
        if not rated:
            st.info(f"Rate a {item_noun(embedding, 1)} or two, or try the example: the list appears here.")
            return
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            user = recommend.fold_in(embedding, rated.items())
            can = recommend.orders_for(embedding, user)
            orders = {name: ORDERS[name] for name in can}
            order = widgets.one_of("Order by", "order", can[0], orders, help=ORDER_HELP)
            popularity = url_state.bind(
                st.slider, "Popularity", "popularity", 1.0, min_value=0.0, max_value=2.0, step=0.1, width=200,
                help="How much what everybody thinks counts: 0 is your taste alone, 2 prefers what everybody likes.",
            )  # fmt: skip
            mask = filters.filter_popover(embedding, 50)
        if not recommend.liked(embedding, user).any():
            good = recommend.LIKED * recommend.scale(embedding)[1]
            st.info(
                f"You rated nothing {good:g} stars or more, so nothing can be near what you liked. These have the "
                "highest predicted ratings; with Popularity at 2 they are what everybody likes."
            )
        found = recommend.recommend(embedding, user, 12, mask, popularity, order)
        widgets.heading(HEADINGS[order], found, "recommendations")
        item_list.item_list(embedding, found, "recommended", columns=COLUMNS)
    if len(found):
        why(embedding, user, found["key"].tolist(), order, popularity)


def why(embedding: Embedding, user: recommend.User, keys: list[str], order: str, popularity: float) -> None:
    """What the score that orders the list consists of, and where the visitor is on the map."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        widgets.heading("Where you are")
        user_on_map(embedding, user)
    with right:
        key = url_state.bind(st.selectbox, "Why this one?", "why", keys[0], allowed=keys, options=keys)
        parts = recommend.contributions(embedding, user, key or keys[0], order, popularity)
        st.caption(escape_markdown(explained(embedding, parts, order)))
        top = parts.iloc[1:].head(12)
        most = top["contribution"].abs().max() or 1
        rows = [
            (f"{r.key}", f"you: {r.rating:g}  →  {r.contribution:+.2f}", abs(r.contribution) / most)
            for r in top.itertuples()
        ]
        item_list.fact_list(rows, "contributions")
        widgets.csv_button(parts, f"why {key}")


def explained(embedding: Embedding, parts: pd.DataFrame, order: str) -> str:
    """The parts of the score in one sentence."""
    score, anyone = parts["contribution"].sum(), parts["contribution"].iloc[0]
    if order == "near":
        return f"Cosine to what you liked {score - anyone:.2f}, plus {anyone:.2f} for popularity: {score:.2f} in all."
    low, high = recommend.scale(embedding)
    cut = f", shown as {np.clip(score, low, high):.1f}" if not low <= score <= high else ""
    return f"{anyone:.2f} stars for anyone, the rest from your ratings: {score:.2f} in all{cut}."


def somebody(embedding: Embedding) -> None:
    count = 0 if embedding.users is None else len(embedding.users)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        number = url_state.bind(
            st.number_input, f"User, 0 to {count - 1:,}", "user", 0, min_value=0, max_value=max(count - 1, 0), width=180
        )
        if st.button("Another", icon=":material/casino:", disabled=count < 2):
            url_state.put("user", int(np.random.default_rng().integers(count)))
            st.rerun()
        titled = filters.title_filter(embedding, "Naked Gun", 260)
        mask = filters.filter_popover(embedding, 50)
    user = recommend.trained_user(embedding, int(number))
    if not titled.all():
        rows = np.flatnonzero(mask & titled)
        table = recommend.predicted(embedding, user, rows).sort_values("delta", ascending=False, kind="stable")
        widgets.heading(f"{len(table):,} {item_noun(embedding, len(table))} of that title", table, "predictions")
        item_list.item_list(
            embedding, table.head(50), "pattern", columns=COLUMNS, empty="No title matches the pattern and the filters."
        )
    own = cache.ratings_of(embedding, int(number))
    if own is None:
        st.caption("The embedding does not record which items this user rated, so they may be listed here too.")
    else:
        mask = mask & ~embedding.items["key"].isin(own["key"]).to_numpy()
    tables = {
        "Highest predicted" if own is None else "Highest predicted, not rated": recommend.recommend(
            embedding, user, 12, mask
        ),
        "Nearest to their vector": recommend.nearest_to_user(embedding, user, 12, mask),
        **({"Their own ratings": own} if own is not None else {}),
    }
    for (name, table), column in zip(tables.items(), st.columns(len(tables), gap="medium"), strict=True):
        with column:
            widgets.heading(name, table, name)
            shown = table.head(12).assign(score=table["predicted"].head(12)) if "predicted" in table else table.head(12)
            bar = shown["score"].to_numpy(float) / (1 if "Nearest" in name else recommend.scale(embedding)[1])
            item_list.item_list(embedding, shown, f"user:{name}", bar=bar)


with page("Recommend", "Rate a few {items}: a place among them is found for you, and what lies that way.") as embedding:
    recommend_ratings.needs_ratings(embedding)
    modes = {"you": "You", "somebody": "Somebody in the data"}
    mode = widgets.one_of("For", "who", "you", modes, label_visibility="collapsed")
    {"you": visitor, "somebody": somebody}[mode](embedding)
