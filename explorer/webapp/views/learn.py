"""Parts of the Learn page; each explains one idea with numbers that the visitor can change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.core.vectors import lookup
from explorer.datasets.movielens.urls import TITLE
from explorer.figures import lookup as lessons
from explorer.webapp import cache, examples, url_state
from explorer.webapp.chart import chart
from explorer.webapp.components import filters, item_list, item_search, widgets
from explorer.webapp.wording import escape_markdown, item_noun

STILL = {"displayModeBar": False}
COUNTS = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
USERS, ITEMS, WIDTH = 138_493, 26_744, 128  # MovieLens 20M, and the width of a first dense layer
BY_HAND = {"Twister": [1.0, -0.5, 0.3, -0.1], "Titanic": [1.0, 1.1, 0.3, -0.1]}
STANLEY, MEAN = [-0.2, 1.5, -0.1, 0.9], 3.5


@st.cache_resource(max_entries=8, show_spinner="Measuring the time of both")
def _timed(name: str, digest: str) -> list[lookup.Timing]:
    return lookup.timings(np.asarray(cache.embedding(name).vectors), COUNTS)


def same_rows(embedding: Embedding) -> None:
    """Draw the rows of chosen items, computed by one-hot multiplication and by lookup."""
    widgets.heading("A row of a table")
    noun, d = escape_markdown(item_noun(embedding, 1)), embedding.vectors.shape[1]
    st.markdown(
        f"A network reads numbers, not titles, so each {noun} has an id. An **embedding** is a table with a row of {d} "
        "numbers for each id. Write the id as a *one-hot* vector, all 0 but for a single 1, and multiply it with the "
        "table: every row but one is multiplied by 0. So the multiplication can be skipped: the row is looked up."
    )
    keys = item_search.some_items(
        embedding, item_noun(embedding).capitalize(), "items", examples.items(embedding), most=4
    ) or examples.items(embedding)
    ids = embedding.index(keys)
    rows = lookup.looked_up(ids, embedding.vectors)
    chart(lessons.lookup_figure(keys, ids.tolist(), rows, len(embedding)), key="lookup", config=STILL)
    difference = float(np.abs(lookup.multiplied(ids, embedding.vectors) - rows).max())
    if difference:
        st.error(escape_markdown(f"The results differ by up to {difference:g}."))
    else:
        text = f"Multiplication and lookup give exactly the same {rows.size:,} numbers."
        st.success(escape_markdown(text), icon=":material/check:")


def costs(embedding: Embedding) -> None:
    """Draw time and memory of multiplication and lookup, for 10 to 1,000,000 ids."""
    widgets.heading("Time and memory of both")
    st.markdown("Both give the same numbers, but multiplication builds a large matrix of zeros first.")
    found = _timed(embedding.name, embedding.digest)
    left, right = st.columns(2, gap="medium")
    with left:
        st.caption("Seconds, measured on this machine")
        chart(lessons.time_figure(found), key="time", config=STILL)
    with right:
        st.caption("Memory in addition to the table, in bytes")
        chart(lessons.memory_figure(found), key="memory", config=STILL)
    both, last = [(t.n, t.one_hot / t.lookup) for t in found if t.one_hot], found[-1]
    times = f"For {both[-1][0]:,} ids the lookup is {both[-1][1]:,.0f} times as fast. " if both else ""
    st.caption(
        escape_markdown(
            f"{times}One-hot rows of {last.n:,} ids would take {last.one_hot_bytes / 1e9:,.1f} GB, the ids themselves "
            f"{last.lookup_bytes / 1e6:.0f} MB. One-hot rows are built only up to {lookup.LIMIT / 1e6:.0f} MB, "
            "the dashed line; beyond it only the lookup is timed."
        )
    )


def parameters(_: Embedding) -> None:
    """Compare the number of parameters of a dense network on one-hot inputs with that of two embeddings."""
    widgets.heading("Number of parameters")
    st.markdown(
        "A dense layer on one-hot inputs is also a table, with one row of weights for each input. Its size depends on "
        "the number of units."
    )
    size = url_state.bind(st.slider, "Dimensions of the embedding", "size", 32, min_value=2, max_value=128, width=420)
    dense = lookup.dense_parameters(USERS + ITEMS, WIDTH)
    tables = lookup.embedding_parameters(USERS, ITEMS, size)
    rows = [
        (f"One-hot: {USERS + ITEMS:,} inputs, {WIDTH} units, one output", f"{dense:,}", 1.0),
        (f"Two embeddings of {size} dimensions, and their dot product", f"{tables:,}", tables / dense),
    ]
    item_list.value_list(rows, "parameters")
    st.caption(
        escape_markdown(
            f"For the {USERS:,} users and {ITEMS:,} items of MovieLens 20M: {USERS + ITEMS:,} × {WIDTH} weights + "
            f"{WIDTH} biases + {WIDTH} weights + 1 bias = {dense:,}; ({USERS:,} + {ITEMS:,}) × {size} = {tables:,}."
        )
    )


def by_hand(_: Embedding) -> None:
    """Predict a rating from four numbers for an item and four for a person, which the visitor can change."""
    widgets.heading("A rating by hand")
    st.markdown(
        "Once an item and a person each have a row, the predicted rating is the mean plus their *dot product*: "
        "multiply number by number, and add up. It is large if the item has what the person likes, and negative if it "
        "has what they dislike."
    )
    title = widgets.one_of("Stanley is about to see", TITLE, "Twister", {name: name for name in BY_HAND})
    left, right = st.columns([2, 3], gap="medium")
    with left:
        numbers = pd.DataFrame({title: BY_HAND[title], "Stanley": STANLEY})
        edited = st.data_editor(numbers, hide_index=True, key=f"hand:{title}").fillna(0.0)
        st.caption("Change any number.")
    item, user = edited[title].to_numpy(float), edited["Stanley"].to_numpy(float)
    products = item * user
    with right:
        most = max(np.abs(products).max(), 1e-9)
        rows = [(f"{m:g} × {u:g}", f"{p:+.2f}", abs(p) / most) for m, u, p in zip(item, user, products, strict=True)]
        item_list.value_list(rows, "products")
        total = lookup.stars(item, user, MEAN)
        sign = "+" if total >= MEAN else "−"
        label = f"{MEAN:g} (mean of all ratings) {sign} {abs(total - MEAN):.2f} (sum of the products)"
        st.metric(escape_markdown(label), escape_markdown(f"{total:.2f} stars"))


def distances(embedding: Embedding) -> None:
    """Compare nearest by cosine with nearest by distance: in a plane, and for three items."""
    widgets.heading("Nearest by direction, or by distance?")
    st.markdown(
        "*Cosine* compares the directions of two vectors, *Euclidean distance* their end points. Make B longer: its "
        "direction stays the same, and so does its cosine. Popular items often have long vectors, whatever they are "
        "about."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        length = url_state.bind(st.slider, "Length of B", "length", 3.0, min_value=0.5, max_value=5.0, step=0.1)
        a = (1.0, 0.8)
        points = {"B": (0.66 * length, 0.75 * length), "C": (1.5, 0.1)}
        chart(lessons.plane_figure({"A": a, **points}), key="plane", config=STILL)
        by_direction = max(points, key=lambda name: lookup.cosine(a, points[name]))
        by_distance = min(points, key=lambda name: np.hypot(*np.subtract(a, points[name])))
        st.caption(
            escape_markdown(
                f"Nearest to A by cosine: {by_direction}. By Euclidean distance, the dotted lines: {by_distance}."
            )
        )
    with right:
        label = f"Three {item_noun(embedding)}: the first compared with the others"
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
        item_list.value_list(rows, "three")
        by_cosine = max(found, key=lambda key: found[key]["cosine"])
        by_length = min(found, key=lambda key: found[key]["euclidean"])
        lengths = ", ".join(f"{length:.2f}" for length in embedding.norms[embedding.index(keys)])
        st.caption(
            escape_markdown(f"Nearer by cosine: {by_cosine}. By distance: {by_length}. Their lengths: {lengths}.")
        )
        if _same_lengths(embedding):
            st.caption("All vectors of this embedding have the same length, so both measures rank items the same way.")


def _same_lengths(embedding: Embedding) -> bool:
    return float(np.ptp(embedding.norms)) < 1e-3


def _three(embedding: Embedding) -> list[str]:
    """An item, its nearest by cosine and its nearest by distance; if possible, an item where these differ."""
    if embedding.has_no_vectors:
        return examples.items(embedding)
    three: list[str] = []
    for key in [*examples.items(embedding), *cache.options(embedding)[:50]]:
        near = [
            embedding.neighbors(key, 2, how, filters.default_mask(embedding))["key"] for how in ("cosine", "euclidean")
        ]
        three = three or list(dict.fromkeys([key, *near[0].head(1), *near[1]]))[:3]
        if _same_lengths(embedding) or near[0].empty:
            break
        if near[0].iloc[0] != near[1].iloc[0]:
            return [key, near[0].iloc[0], near[1].iloc[0]]
    return three
