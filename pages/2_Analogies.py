"""Arithmetic with items: some added, some taken away; and what lies between two."""

import numpy as np
import streamlit as st

from explorer.embedding import Embedding
from explorer.webapp import state, widgets
from explorer.webapp.page import called, page, plain

PRESETS = {
    "Scream − Psycho": (["Scream"], ["Psycho"]),
    "Pocahontas + Cars 2 − Brave": (["Pocahontas", "Cars 2"], ["Brave"]),
    "Toy Story + Alien": (["Toy Story", "Alien"], []),
    "Kill Bill + Spirited Away": (["Kill Bill: Vol. 1", "Spirited Away"], []),
    "The Matrix − Speed": (["The Matrix"], ["Speed"]),
}


def sides(embedding: Embedding, name: str) -> tuple[list[str], list[str]] | None:
    """The keys a preset adds and takes away, if this embedding has them all."""
    plus, minus = ([widgets.named(embedding, title) for title in side] for side in PRESETS[name])
    found = [key for key in plus if key], [key for key in minus if key]
    return found if len(found[0]) == len(plus) and len(found[1]) == len(minus) else None


def presets(embedding: Embedding) -> None:
    """Equations to try: those whose items are all in this embedding."""
    with st.container(horizontal=True, gap="small"):
        for name in PRESETS:
            found = sides(embedding, name)
            if found and st.button(name, type="tertiary", key=f"preset:{name}"):
                state.put("plus", found[0])
                state.put("minus", found[1])
                st.rerun()


def equation(embedding: Embedding) -> None:
    presets(embedding)
    first = sides(embedding, "Scream − Psycho") or ([], [])
    left, right = st.columns(2)
    with left:
        plus = widgets.some_items(embedding, "Add", "plus", first[0], most=6)
    with right:
        minus = widgets.some_items(embedding, "Take away", "minus", first[1], most=6)
    k, mask = settings(embedding)
    if not plus and not minus:
        st.info("Choose something to add or to take away, or try one of the equations above.")
        return
    answer = embedding.analogy(plus, minus, k, mask)
    one = called(embedding, 1)
    widgets.heading(" + ".join(plus) + "".join(f" − {key}" for key in minus) + " ≈ …")
    alone = {key: embedding.neighbors(key, k, mask=mask) for key in plus}
    known = {key for near in alone.values() for key in near["key"]}
    columns = st.columns([5, *[4] * min(len(alone), 3)], gap="medium")
    with columns[0]:
        new = sum(key not in known for key in answer["key"])
        widgets.heading("The answer", answer, "analogy")
        st.caption(plain(f"{new} of {len(answer)} are no neighbor of an added {one} alone."))
        widgets.film_list(embedding, answer, "answer", marked={key: "new" for key in answer["key"] if key not in known})
    for n, (key, near) in enumerate(alone.items()):
        with columns[1 + n % 3]:
            widgets.heading(f"{key} alone", near, f"near {key} alone")
            widgets.film_list(embedding, near, f"alone:{key}")


def between(embedding: Embedding) -> None:
    options = [key for key in ("Toy Story", "Alien", *embedding.items["key"].head(2)) if key in embedding]
    left, right = st.columns(2)
    with left:
        a = widgets.one_item(embedding, "From", "from", options[0])
    with right:
        b = widgets.one_item(embedding, "To", "to", options[1])
    at = state.bind(st.slider, "Where on the way", "at", 50, min_value=0, max_value=100, step=5, format="%d%%")
    k, mask = settings(embedding)
    if not a or not b:
        st.info("Choose both ends.")
        return
    table = embedding.between(a, b, k, mask, at / 100)
    widgets.heading(f"Between {a} and {b}", table, "between")
    ends = np.stack([table["to_a"], table["to_b"]], axis=1)
    remarks = {key: f"{x:.2f} | {y:.2f}" for key, (x, y) in zip(table["key"], ends, strict=True)}
    st.caption("The bar: nearness to the point on the way. Beside a title: its cosine to the one end and to the other.")
    widgets.film_list(embedding, table, "between", marked=remarks)


def settings(embedding: Embedding) -> tuple[int, np.ndarray]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        return widgets.how_many(), widgets.filter_popover(embedding)


with page("Analogies", "Add what you like, take away what you do not: the answer lies that way.") as embedding:
    modes = {"equation": "An equation", "between": "Between two"}
    mode = widgets.one_of("What", "mode", "equation", modes, label_visibility="collapsed")
    {"equation": equation, "between": between}[mode](embedding)
