"""Columns that name groups of items, as the visitor chooses, and what a neighborhood has in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.columns import Counts, Kind
from explorer.core.embedding import Embedding
from explorer.maps.neighborhood import common_values
from explorer.webapp import cache, url_state

NAMING = ("category", "labels", "number", "date", "boolean", "text")  # kinds of columns that can name a group of items
MOST_VALUES = 3  # common values that are listed
SPREAD = (0.1, 0.9)  # quantiles between which about 80% of the items are


def named_by(embedding: Embedding, label: str, drawn: bool = True) -> tuple[str, ...]:
    """Let the visitor choose the columns that name groups of items, on all pages; empty for the default.

    drawn: False if what contains the control is closed.
    """
    labels = {column.name: column.label for column in embedding.schema.attributes if column.kind in NAMING}
    if not labels:
        return ()
    if not drawn:
        return tuple(url_state.closed("named", [], labels))
    chosen = url_state.bind(
        st.multiselect, label, "named", [], allowed=labels, options=list(labels), format_func=labels.get,
        placeholder="Default columns", help="Columns that name and describe groups of items on all pages.",
    )  # fmt: skip
    return tuple(chosen)


def neighborhood(
    embedding: Embedding, near: pd.DataFrame, filters: str, allowed: np.ndarray, by: tuple[str, ...] = ()
) -> str:
    """Sentences about what is significantly more common among the nearest items than among all allowed ones.

    near: rows as `Embedding.neighbors` returns them. filters: text that identifies the filters behind allowed, (n,)
    bool. by: columns to describe them by; by default the year, and all columns with values.
    """
    return _neighborhood(embedding, tuple(near["key"]), filters, by, allowed) if len(near) else ""


@cache.by_artifact(max_entries=512)
def _neighborhood(
    embedding: Embedding, keys: tuple[str, ...], filters: str, by: tuple[str, ...], _allowed: np.ndarray
) -> str:
    here = np.zeros(len(embedding), bool)
    here[embedding.index(keys)] = True
    known = [column.name for column in embedding.schema.attributes]
    kinds = [embedding.columns[name] for name in by or known if name in known]
    names, inside, everywhere = _values(kinds, here, _allowed)
    found = common_values(names, inside, everywhere, len(keys), int(_allowed.sum())).head(MOST_VALUES)
    sentences = [
        f"{count} of the {len(keys)} nearest are {name} ({lift:.1f}x average)."
        for name, count, lift in zip(found["name"], found["count"], found["lift"], strict=True)
    ]
    numeric = [kind for kind in kinds if by or kind.column.role == "year"]
    return " ".join([*sentences, *filter(None, (_range(kind, here) for kind in numeric))])


def _values(kinds: list[Kind], here: np.ndarray, allowed: np.ndarray) -> tuple[list[str], np.ndarray, np.ndarray]:
    """All values of categorical columns, and the number of items in each of two masks, (n,) bool, that have them."""
    names, inside, everywhere = [], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for kind in kinds:
        near, among = kind.summary(here), kind.summary(allowed)
        if not isinstance(near, Counts) or not isinstance(among, Counts):
            continue
        prefix = "" if kind.column.role == "group" else f"{kind.column.phrase} "
        names += [f"{prefix}{name}" for name in near.names]
        inside.append(near.counts)
        everywhere.append(among.counts)
    return names, np.concatenate(inside), np.concatenate(everywhere)


def _range(kind: Kind, here: np.ndarray) -> str:
    """A sentence about the range of about 80% of some items' numbers or dates; "" without any. here: (n,) bool."""
    numbers: Any = getattr(kind, "numbers", None)
    rows = np.flatnonzero(here & kind.known) if numbers is not None else np.zeros(0, int)
    if not len(rows):
        return ""
    rows = rows[np.argsort(numbers[rows], kind="stable")]
    first, last = (kind.text(int(rows[round(share * (len(rows) - 1))])) for share in SPREAD)
    what = "are from" if kind.column.role == "year" else f"have {kind.column.phrase}"
    return f"About 80% {what} {first}" + (f" to {last}." if last != first else ".")
