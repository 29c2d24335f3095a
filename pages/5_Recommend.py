"""What a visitor, or a user of the training data, would like."""

import numpy as np
import streamlit as st

from explorer.core import recommend
from explorer.core.embedding import Embedding
from explorer.webapp import cache, url_state
from explorer.webapp.components import filters, item_list, widgets
from explorer.webapp.components.mini_map import user_on_map
from explorer.webapp.page import escape_markdown, item_noun, page
from explorer.webapp.views import recommend_ratings

ORDERS = {"likeness": "near what you liked", "predicted": "predicted stars"}
ORDER_HELP = (
    "What is near to what people liked is what they went on to like, about three times as often as what is predicted "
    "most stars. Stars say how it would be rated once seen."
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
            order = widgets.one_of("Order by", "order", "likeness", ORDERS, help=ORDER_HELP)
            popularity = url_state.bind(
                st.slider, "Popularity", "popularity", 1.0, min_value=0.0, max_value=2.0, step=0.1, width=200,
                help="How much what everybody thinks counts: 0 is your taste alone, 2 prefers what everybody likes.",
            )  # fmt: skip
            mask = filters.filter_popover(embedding, 50)
        user = recommend.fold_in(embedding, rated.items())
        found = recommend.recommend(embedding, user, 12, mask, popularity, order)
        widgets.heading("You would like", found, "recommendations")
        item_list.item_list(embedding, found, "recommended", columns=COLUMNS)
    if len(found):
        why(embedding, user, found["key"].tolist())


def why(embedding: Embedding, user: recommend.User, keys: list[str]) -> None:
    """Where a prediction comes from, and where the visitor stands."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        widgets.heading("Where you are")
        user_on_map(embedding, user)
    with right:
        key = url_state.bind(st.selectbox, "Why this one?", "why", keys[0], allowed=keys, options=keys)
        parts = recommend.contributions(embedding, user, key or keys[0])
        stars, anyone = parts["contribution"].sum(), parts["contribution"].iloc[0]
        low, high = recommend.scale(embedding)
        cut = f", shown as {np.clip(stars, low, high):.1f}" if not low <= stars <= high else ""
        st.caption(
            escape_markdown(f"{anyone:.2f} stars for anyone, the rest from your ratings: {stars:.2f} in all{cut}.")
        )
        top = parts.iloc[1:].head(12)
        most = top["contribution"].abs().max() or 1
        rows = [
            (f"{r.key}", f"you: {r.rating:g}  →  {r.contribution:+.2f}", abs(r.contribution) / most)
            for r in top.itertuples()
        ]
        item_list.fact_list(rows, "contributions")
        widgets.csv_button(parts, f"why {key}")


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
    tables = {
        "Best predicted": recommend.recommend(embedding, user, 12, mask),
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
