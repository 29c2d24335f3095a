"""What an embedding layer is: a lookup, shown with numbers one can change."""

import streamlit as st

from explorer.core.embedding import Embedding
from explorer.webapp.components import widgets
from explorer.webapp.page import page, show_errors
from explorer.webapp.views import learn
from explorer.webapp.wording import item_noun


def lookup(embedding: Embedding) -> None:
    one, d = item_noun(embedding, 1), embedding.vectors.shape[1]
    widgets.heading("A row of a table")
    st.markdown(
        f"A network knows no titles, only numbers: each {one} has an id. An **embedding** is a table with a row of {d} "
        "numbers for each id. Write an id as a *one-hot* row, all 0 but for a single 1, and multiply it with the "
        "table: every number is multiplied by 0 but those of one row. So nothing need be multiplied. The row is "
        "looked up."
    )
    learn.same_rows(embedding)


def costs(embedding: Embedding) -> None:
    widgets.heading("What either way costs")
    st.markdown("Both ways give the same numbers. One of them builds a large matrix of zeros first.")
    learn.costs(embedding)
    widgets.heading("How much there is to learn")
    st.markdown(
        "A dense layer on one-hot inputs is a table too, with a row of weights for each input. What counts is how wide "
        "it is."
    )
    learn.parameters()


def predictions(embedding: Embedding) -> None:
    widgets.heading("A rating by hand")
    st.markdown(
        "Once a film and a person each have a row, the rating is their *dot product*: multiply number by number, add "
        "up. It is large where the film has what the person likes, and below zero where it has what they do not."
    )
    learn.by_hand()
    widgets.heading("Near by direction, or by distance?")
    st.markdown(
        "*Cosine* compares where two rows point, *Euclidean distance* where they end. Make B longer: its direction "
        "stays, so its cosine stays. What is well known often gets a long row, which says little about what it is like."
    )
    learn.distances(embedding)


with page("Learn", "An embedding layer is a lookup: see it, change it, time it.") as embedding:
    for part in (lookup, costs, predictions):
        with show_errors(stop=False):
            part(embedding)
