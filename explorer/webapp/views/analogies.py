"""Parts of the Analogies page: equations of items, and the items between two."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.columns import CrossFilter
from explorer.core.embedding import Embedding
from explorer.webapp import cache, examples, url_state
from explorer.webapp.components import filters, item_list, item_search, widgets
from explorer.webapp.components.mini_map import map_position, place_map
from explorer.webapp.page import show_errors
from explorer.webapp.wording import escape_markdown, item_noun, item_title


def equation(embedding: Embedding) -> None:
    """Draw an equation of items, its answer, and the neighbors of each added item."""
    _ready_equations(embedding)
    first = next(iter(examples.equations(embedding).values()), ([], []))
    left, right = st.columns(2)
    with left:
        plus = item_search.some_items(embedding, "Add", "plus", first[0], most=6)
    with right:
        minus = item_search.some_items(embedding, "Subtract", "minus", first[1], most=6)
    k, found = _settings(embedding)
    if not plus and not minus:
        st.info(f"Choose {item_noun(embedding)} to add or to subtract, or try one of the equations above.")
        return
    answer = embedding.analogy(plus, minus, k, found.mask)
    near = {key: embedding.neighbors(key, k, mask=found.mask) for key in plus}
    known = {key for table in near.values() for key in table["key"]}
    new = {key: "new" for key in answer["key"] if key not in known}
    added, subtracted = ([item_title(embedding, key) for key in keys] for keys in (plus, minus))
    widgets.heading(" + ".join(added) + "".join(f" − {title}" for title in subtracted) + " ≈ …")
    if len(answer):
        text = (
            f"Effect of the arithmetic: {len(new) / len(answer):.0%}. {len(new)} of {len(answer)} answers are not "
            f"among the {k} nearest neighbors of any added {item_noun(embedding, 1)}."
        )
        st.markdown(escape_markdown(text))
    columns = st.columns([5, *[4] * min(len(near), 3)], gap="medium")
    with columns[0]:
        widgets.heading("Answer", answer, "analogy")
        item_list.item_list(embedding, answer, "answer", marked=new)
        _on_map(embedding, plus, minus, answer)
    for n, (key, table) in enumerate(near.items()):
        with columns[1 + n % 3]:
            widgets.heading(f"Near {item_title(embedding, key)}", table, f"near {key}")
            item_list.item_list(embedding, table, f"alone:{key}")


def _ready_equations(embedding: Embedding) -> None:
    """Draw example equations to choose from."""
    ready = examples.equations(embedding)

    def choose() -> None:
        if (name := st.session_state["ready"]) is None:
            return
        plus, minus = ready[name]
        url_state.put_all({"plus": plus, "minus": minus})
        st.session_state["ready"] = None

    st.pills(
        "Examples", list(ready), key="ready", on_change=choose, label_visibility="collapsed",
        format_func=lambda name: escape_markdown(widgets.cut(name, 60)),
    )  # fmt: skip


def _on_map(embedding: Embedding, plus: list[str], minus: list[str], answer: pd.DataFrame) -> None:
    """Draw the equation and its answers on a small map."""
    aim = embedding.target(plus, minus)
    if embedding.plane is None or answer.empty or not aim.any():
        return
    place_map(embedding, "aim", answer["key"].tolist(), map_position(embedding, aim), 300, "the equation")
    st.caption("Ring: the point of the equation. Dots: its answers.")


def between(embedding: Embedding) -> None:
    """Draw the items nearest to a point between two items, and the shortest path over neighbors."""
    start, end = examples.ends(embedding)
    left, right = st.columns(2)
    with left:
        a = item_search.one_item(embedding, "From", "from", start)
    with right:
        b = item_search.one_item(embedding, "To", "to", end)
    at = url_state.bind(st.slider, "Position", "at", 50, min_value=0, max_value=100, step=5, format="%d%%")
    k, found = _settings(embedding)
    if not a or not b:
        st.info(f"Choose the two {item_noun(embedding)}.")
        return
    table = embedding.between(a, b, k, found.mask, at / 100, balanced=True)
    widgets.heading(f"Between {item_title(embedding, a)} and {item_title(embedding, b)}", table, "between")
    ends = np.stack([table["to_a"], table["to_b"]], axis=1)
    remarks = {key: f"{x:.2f} | {y:.2f}" for key, (x, y) in zip(table["key"], ends, strict=True)}
    st.caption(
        "Ranked by the smaller of the two similarities. Bar: similarity to the point. Beside each title: cosine "
        "similarity to the first item | to the second item."
    )
    item_list.item_list(embedding, table, "between", marked=remarks)
    with show_errors(stop=False):
        steps = cache.path(embedding, a, b, repr((found.choices, found.expression)), found.mask)
        first, last = item_title(embedding, a), item_title(embedding, b)
        widgets.heading(f"From {first} to {last} in {len(steps) - 1} steps", steps, "path")
        st.caption("The shortest path over nearest neighbors. Bar: similarity to the previous step.")
        item_list.item_list(embedding, steps, "path")


def _settings(embedding: Embedding) -> tuple[int, CrossFilter]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        k, found = widgets.result_count(), filters.item_filters(embedding)
        item_list.list_columns(embedding)
    filters.filter_caption(embedding, found)
    return k, found
