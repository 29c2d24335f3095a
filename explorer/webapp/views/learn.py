"""Parts of the Learn page: each shows one thing about embeddings with numbers one can change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core import lookup
from explorer.core.embedding import Embedding
from explorer.figures import lookup as lessons
from explorer.webapp import cache, examples, url_state
from explorer.webapp.chart import chart
from explorer.webapp.components import filters, item_list, item_search, widgets
from explorer.webapp.wording import escape_markdown, item_noun

STILL = {"displayModeBar": False}
COUNTS = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
USERS, FILMS, WIDTH = 138_493, 26_744, 128  # MovieLens 20M, and a layer as one would try first
BY_HAND = {"Twister": [1.0, -0.5, 0.3, -0.1], "Titanic": [1.0, 1.1, 0.3, -0.1]}
STANLEY, MEAN = [-0.2, 1.5, -0.1, 0.9], 3.5


@st.cache_resource(max_entries=8, show_spinner="Timing both ways")
def _timed(name: str, digest: str) -> list[lookup.Timing]:
    return lookup.timings(np.asarray(cache.embedding(name).vectors), COUNTS)


def same_rows(embedding: Embedding) -> None:
    """Chosen items' rows by multiplying one-hot rows and by looking them up."""
    keys = item_search.some_items(
        embedding, item_noun(embedding).capitalize(), "items", examples.items(embedding), most=4
    ) or examples.items(embedding)
    ids = embedding.index(keys)
    rows = lookup.looked_up(ids, embedding.vectors)
    chart(lessons.lookup_figure(keys, ids.tolist(), rows, len(embedding)), key="lookup", config=STILL)
    difference = float(np.abs(lookup.multiplied(ids, embedding.vectors) - rows).max())
    if difference:
        st.error(escape_markdown(f"They differ by up to {difference:g}."))
    else:
        text = f"Multiplied and looked up: the same {rows.size:,} numbers, to the last bit."
        st.success(escape_markdown(text), icon=":material/check:")


def costs(embedding: Embedding) -> None:
    """Time and memory of both ways, from ten ids to a million."""
    found = _timed(embedding.name, embedding.digest)
    left, right = st.columns(2, gap="medium")
    with left:
        st.caption("Seconds, measured on this machine")
        chart(lessons.time_figure(found), key="time", config=STILL)
    with right:
        st.caption("Memory beside the table, in bytes")
        chart(lessons.memory_figure(found), key="memory", config=STILL)
    both, last = [(t.n, t.one_hot / t.lookup) for t in found if t.one_hot], found[-1]
    times = f"At {both[-1][0]:,} ids the lookup is {both[-1][1]:,.0f} times as fast. " if both else ""
    st.caption(
        escape_markdown(
            f"{times}One-hot rows of {last.n:,} ids would take {last.one_hot_bytes / 1e9:,.1f} GB, the ids themselves "
            f"{last.lookup_bytes / 1e6:.0f} MB. One-hot rows are built here only up to {lookup.LIMIT / 1e6:.0f} MB, "
            "the dashed line; beyond it the lookup alone is timed."
        )
    )


def parameters() -> None:
    """How many numbers a network on one-hot inputs learns, and how many two embeddings."""
    size = url_state.bind(
        st.slider, "Numbers in a row of the embedding", "size", 32, min_value=2, max_value=128, width=420
    )
    dense = lookup.dense_parameters(USERS + FILMS, WIDTH)
    tables = lookup.embedding_parameters(USERS, FILMS, size)
    rows = [
        (f"One-hot: {USERS + FILMS:,} inputs, {WIDTH} units, one output", f"{dense:,}", 1.0),
        (f"Two embeddings with {size} numbers a row, and their dot product", f"{tables:,}", tables / dense),
    ]
    item_list.fact_list(rows, "parameters")
    st.caption(
        escape_markdown(
            f"For the {USERS:,} users and {FILMS:,} films of MovieLens 20M: {USERS + FILMS:,} × {WIDTH} weights + "
            f"{WIDTH} biases + {WIDTH} weights + 1 bias = {dense:,}; ({USERS:,} + {FILMS:,}) × {size} = {tables:,}."
        )
    )


def by_hand() -> None:
    """A rating predicted with four numbers for a film and four for somebody."""
    film = widgets.one_of("Stanley is about to see", "film", "Twister", {name: name for name in BY_HAND})
    left, right = st.columns([2, 3], gap="medium")
    with left:
        numbers = pd.DataFrame({film: BY_HAND[film], "Stanley": STANLEY})
        edited = st.data_editor(numbers, hide_index=True, key=f"hand:{film}").fillna(0.0)
        st.caption("Change any number.")
    item, user = edited[film].to_numpy(float), edited["Stanley"].to_numpy(float)
    products = item * user
    with right:
        most = max(np.abs(products).max(), 1e-9)
        rows = [(f"{m:g} × {u:g}", f"{p:+.2f}", abs(p) / most) for m, u, p in zip(item, user, products, strict=True)]
        item_list.fact_list(rows, "products")
        total = lookup.stars(item, user, MEAN)
        sign = "+" if total >= MEAN else "−"
        said = f"{MEAN:g}, the mean of all ratings, {sign} {abs(total - MEAN):.2f}, the sum of these"
        st.metric(escape_markdown(said), escape_markdown(f"{total:.2f} stars"))


def distances(embedding: Embedding) -> None:
    """What is near by direction and what by distance: on a plane, and among three items."""
    left, right = st.columns(2, gap="medium")
    with left:
        length = url_state.bind(st.slider, "Length of B", "length", 3.0, min_value=0.5, max_value=5.0, step=0.1)
        a = (1.0, 0.8)
        others = {"B": (0.66 * length, 0.75 * length), "C": (1.5, 0.1)}
        chart(lessons.plane_figure({"A": a, **others}), key="plane", config=STILL)
        by_direction = max(others, key=lambda name: lookup.cosine(a, others[name]))
        by_distance = min(others, key=lambda name: np.hypot(*np.subtract(a, others[name])))
        st.caption(
            escape_markdown(
                f"Nearest to A by cosine: {by_direction}. By Euclidean distance, the dotted lines: {by_distance}."
            )
        )
    with right:
        label = f"Three {item_noun(embedding)}: the first against the others"
        keys = item_search.some_items(embedding, label, "three", _three(embedding), most=3)
        if len(keys) < 2:
            st.info("Choose two or three.")
            return
        found = {key: embedding.similarity(keys[0], key) for key in keys[1:]}
        rows = [
            (
                f"{keys[0]} and {key}",
                f"cosine {of['cosine']:.2f} · distance {of['euclidean']:.2f}",
                max(of["cosine"], 0.0),
            )
            for key, of in found.items()
        ]
        item_list.fact_list(rows, "three")
        by_cosine = max(found, key=lambda key: found[key]["cosine"])
        by_length = min(found, key=lambda key: found[key]["euclidean"])
        lengths = ", ".join(f"{length:.2f}" for length in embedding.norms[embedding.index(keys)])
        st.caption(
            escape_markdown(f"Nearer by cosine: {by_cosine}. By distance: {by_length}. Their lengths: {lengths}.")
        )
        if _alike(embedding):
            st.caption("All lengths are the same here, and so are both orders.")


def _alike(embedding: Embedding) -> bool:
    return float(np.ptp(embedding.norms)) < 1e-3


def _three(embedding: Embedding) -> list[str]:
    """An item, what is nearest to it by cosine, and by distance; one for which these differ, where there is any."""
    if embedding.has_no_vectors:
        return examples.items(embedding)
    three: list[str] = []
    for key in [*examples.items(embedding), *cache.options(embedding)[:50]]:
        near = [
            embedding.neighbors(key, 2, how, filters.well_known(embedding))["key"] for how in ("cosine", "euclidean")
        ]
        three = three or list(dict.fromkeys([key, *near[0].head(1), *near[1]]))[:3]
        if _alike(embedding) or near[0].empty:
            break
        if near[0].iloc[0] != near[1].iloc[0]:
            return [key, near[0].iloc[0], near[1].iloc[0]]
    return three
