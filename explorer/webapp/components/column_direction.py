"""Controls for the direction of a column: its value, and neighbors that ignore a column."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.core.directions import column_direction
from explorer.core.embedding import Embedding
from explorer.webapp import cache, url_state
from explorer.webapp.wording import escape_markdown

AXIS = "direction."  # prefix of a column's name for an axis of the map
KINDS = ("number", "date", "boolean", "category", "labels")
WITHOUT_HELP = (
    "Compare vectors from which no linear model can predict this column, to find for example items that are similar "
    "but not in price. The vectors change as little as possible."
)


def columns(embedding: Embedding) -> list[str]:
    """Names of the columns that can have a direction."""
    return [] if embedding.has_no_vectors else [c.name for c in embedding.schema.attributes if c.kind in KINDS]


@cache.by_artifact(max_entries=32)
def values(embedding: Embedding, name: str) -> tuple[str, ...]:
    """Cached column_direction.direction_values."""
    return column_direction.direction_values(embedding, name)


@cache.by_artifact(max_entries=32)
def scores(embedding: Embedding, name: str, value: str | None) -> np.ndarray:
    """Cached column_direction.column_direction."""
    return column_direction.column_direction(embedding, name, value)


@cache.by_artifact(max_entries=2)
def _without(embedding: Embedding, name: str) -> Embedding:
    return column_direction.without_column(embedding, name)


def value_control(embedding: Embedding, name: str, parameter: str) -> str | None:
    """Let the visitor choose the value that the direction points to; None if the column has a single direction."""
    found = values(embedding, name)
    if len(found) < 2:
        return None
    label = escape_markdown(f"Value of {embedding.schema[name].phrase}")
    return url_state.bind(st.selectbox, label, parameter, found[0], allowed=found, options=found, width=260)


def without_control(embedding: Embedding) -> Embedding:
    """Let the visitor choose a column to ignore; returns the embedding without it. Raises BadRequest."""
    names = columns(embedding)
    if not names:
        return embedding
    labels = {"": "None", **{name: embedding.schema[name].label for name in names}}
    chosen = url_state.bind(
        st.selectbox, "Ignore a column", "without", "", allowed=labels, options=list(labels), format_func=labels.get,
        help=WITHOUT_HELP, width=190,
    )  # fmt: skip
    return _without(embedding, chosen) if chosen else embedding


def without_caption(embedding: Embedding) -> None:
    """Tell which column is ignored; draw it beside the neighbors."""
    if chosen := url_state.remember("without", ""):
        phrase = embedding.schema[chosen].phrase if chosen in embedding.schema else chosen
        st.caption(escape_markdown(f"Ignores {phrase}: compares vectors from which no linear model can predict it."))
