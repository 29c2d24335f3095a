"""Arithmetic with items: some added, some taken away; and what lies between two."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.webapp import examples, url_state
from explorer.webapp.components import filters, item_list, item_search, widgets
from explorer.webapp.components.mini_map import map_position, place_map
from explorer.webapp.page import page
from explorer.webapp.wording import escape_markdown, item_noun


def presets(embedding: Embedding) -> None:
    """Equations to try: those whose items are all in this embedding."""
    with st.container(horizontal=True, gap="small"):
        for name, (plus, minus) in examples.equations(embedding).items():
            if st.button(escape_markdown(widgets.cut(name, 60)), type="tertiary", key=f"preset:{name}"):
                url_state.put("plus", plus)
                url_state.put("minus", minus)
                st.rerun()


def equation(embedding: Embedding) -> None:
    presets(embedding)
    first = next(iter(examples.equations(embedding).values()), ([], []))
    left, right = st.columns(2)
    with left:
        plus = item_search.some_items(embedding, "Add", "plus", first[0], most=6)
    with right:
        minus = item_search.some_items(embedding, "Take away", "minus", first[1], most=6)
    k, mask = settings(embedding)
    if not plus and not minus:
        st.info("Choose something to add or to take away, or try one of the equations above.")
        return
    answer = embedding.analogy(plus, minus, k, mask)
    one = item_noun(embedding, 1)
    widgets.heading(" + ".join(plus) + "".join(f" − {key}" for key in minus) + " ≈ …")
    alone = {key: embedding.neighbors(key, k, mask=mask) for key in plus}
    known = {key for near in alone.values() for key in near["key"]}
    new = sum(key not in known for key in answer["key"])
    st.caption(escape_markdown(f"{new} of {len(answer)} are no neighbor of an added {one} alone."))
    columns = st.columns([5, *[4] * min(len(alone), 3)], gap="medium")
    with columns[0]:
        widgets.heading("The answer", answer, "analogy")
        item_list.item_list(
            embedding, answer, "answer", marked={key: "new" for key in answer["key"] if key not in known}
        )
        where_to(embedding, plus, minus, answer)
    for n, (key, near) in enumerate(alone.items()):
        with columns[1 + n % 3]:
            widgets.heading(f"{key} alone", near, f"near {key} alone")
            item_list.item_list(embedding, near, f"alone:{key}")


def where_to(embedding: Embedding, plus: list[str], minus: list[str], answer: pd.DataFrame) -> None:
    """The place of the equation on the map, and its answers."""
    aim = embedding.target(plus, minus)
    if embedding.plane is None or answer.empty or not aim.any():
        return
    place_map(embedding, "aim", answer, map_position(embedding, aim), 300, "the equation")
    st.caption("The ring is where the equation points, the dots its answers.")


def between(embedding: Embedding) -> None:
    start, end = examples.ends(embedding)
    left, right = st.columns(2)
    with left:
        a = item_search.one_item(embedding, "From", "from", start)
    with right:
        b = item_search.one_item(embedding, "To", "to", end)
    at = url_state.bind(st.slider, "Where on the way", "at", 50, min_value=0, max_value=100, step=5, format="%d%%")
    k, mask = settings(embedding)
    if not a or not b:
        st.info("Choose both ends.")
        return
    table = embedding.between(a, b, k, mask, at / 100)
    widgets.heading(f"Between {a} and {b}", table, "between")
    ends = np.stack([table["to_a"], table["to_b"]], axis=1)
    remarks = {key: f"{x:.2f} | {y:.2f}" for key, (x, y) in zip(table["key"], ends, strict=True)}
    st.caption("The bar: nearness to the point on the way. Beside a title: its cosine to the one end and to the other.")
    item_list.item_list(embedding, table, "between", marked=remarks)


def settings(embedding: Embedding) -> tuple[int, np.ndarray]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        return widgets.how_many(), filters.filter_popover(embedding)


with page("Analogies", "Add what you like, take away what you do not: the answer lies that way.") as embedding:
    modes = {"equation": "An equation", "between": "Between two"}
    mode = widgets.one_of("What", "mode", "equation", modes, label_visibility="collapsed")
    {"equation": equation, "between": between}[mode](embedding)
