"""Recommend page: the best items for a user of the training data, and their ratings if the data are available."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core import recommend
from explorer.core.columns import CrossFilter
from explorer.core.embedding import Embedding
from explorer.webapp import cache, url_state
from explorer.webapp.components import filters, item_list, widgets
from explorer.webapp.views.recommend.visitor import LISTED, number_columns
from explorer.webapp.wording import item_noun

TITLED = 50  # rows of a list by title


def for_dataset_user(embedding: Embedding) -> None:
    """Draw the best items for a user of the training data, and their ratings if the data are available."""
    number, titled, found = _dataset_user(embedding)
    own = cache.ratings_of(embedding, number)
    rated = [] if own is None else list(zip(own["key"], own["score"], strict=True))
    user, mask = recommend.trained_user(embedding, number, rated), found.mask
    if not titled.all():
        rows = np.flatnonzero(mask & titled)
        table = _by_preference(embedding, user, rows)
        widgets.heading(f"{len(table):,} {item_noun(embedding, len(table))} with that title", table, "predictions")
        empty = "No title matches the pattern and the filters."
        columns = number_columns(embedding)
        item_list.item_list(embedding, table.head(TITLED), "pattern", columns=columns, empty=empty)
    if own is None:
        st.caption("The embedding does not record which items this user rated, so they may be listed here too.")
    else:
        _own_ratings(embedding, user)
    nearest = recommend.nearest_to_user(embedding, user, LISTED, mask)
    if recommend.predicts(embedding):
        name, table = "Highest predicted", recommend.recommend(embedding, user, LISTED, mask)
        highest = recommend.scale(embedding)[1]
    else:
        name, table = "Strongest preference", recommend.preferred_by_user(embedding, user, LISTED, mask)
        highest = max(1.0, float(table["score"].max()))
    name += "" if own is None else ", not rated"
    lists = [(name, table, highest), ("Nearest to their vector", nearest, 1.0)]
    for (name, table, highest), column in zip(lists, st.columns(len(lists), gap="medium"), strict=True):
        with column:
            widgets.heading(name, table, name)
            _scored(embedding, name, table, highest)


def _by_preference(embedding: Embedding, user: recommend.User, rows: np.ndarray) -> pd.DataFrame:
    """Items by how much better they are predicted than rated on average; without predictions, by preference."""
    table = recommend.predicted(embedding, user, rows)
    if recommend.predicts(embedding):
        return table.sort_values("delta", ascending=False, kind="stable")
    return table.take(np.argsort(-(embedding.vectors[rows] @ user.vector), kind="stable"))


def _scored(embedding: Embedding, name: str, table: pd.DataFrame, highest: float) -> None:
    """Draw a list with bars relative to the highest score."""
    shown = table.assign(score=table["predicted"]) if "predicted" in table else table
    item_list.item_list(embedding, shown, f"user:{name}", bar=shown["score"].to_numpy(float) / highest)


def _own_ratings(embedding: Embedding, user: recommend.User) -> None:
    """Draw the user's ratings, the highest first; beside predictions, the largest differences first."""
    predicts = recommend.predicts(embedding)
    if predicts:
        table = recommend.rated_table(embedding, user)
    else:
        table = recommend.predicted(embedding, user, user.rows).assign(rating=user.ratings.astype(float))
    widgets.heading(f"{len(table):,} {item_noun(embedding, len(table))} they rated", table, "their ratings")
    if len(table) and predicts:
        error = table["error"].to_numpy(float)
        st.caption(
            f"Largest errors first. RMSE: {np.sqrt(np.mean(error**2)):.2f} stars. The model was trained on these "
            "ratings; its error on new ones is larger. Delta: predicted minus mean rating."
        )
    columns = number_columns(embedding)
    last: dict[str, tuple[str, str]] = {name: columns.pop(name) for name in ("predicted", "delta") if name in columns}
    columns |= {"rating": ("rated", "{:.1f}"), **last}
    item_list.item_list(
        embedding, table.head(LISTED), "user:own", columns=columns, empty="This user rated none of these items."
    )


def _dataset_user(embedding: Embedding) -> tuple[int, np.ndarray, CrossFilter]:
    """Draw the controls; returns the number of the user, the mask of the title pattern, (n,) bool, and the filters."""
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
