"""Search boxes for items, tied to the URL."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.core import filters
from explorer.core.embedding import Embedding
from explorer.webapp import cache, url_state

OFFERED = 5_000  # items a search box lists at once; of a larger catalogue the server searches
LISTED = 500


def one_item(
    embedding: Embedding, label: str, name: str = "item", default: str | None = None, **kwargs: Any
) -> str | None:
    """A search box for one item, tied to the URL."""
    key = url_state.bind(
        st.selectbox, label, name, default, allowed=_Keys(embedding), **_search_box(embedding), **kwargs,
    )  # fmt: skip
    if key is not None and key not in embedding:
        url_state.put(name, resolve_text(embedding, key))
        st.rerun()
    return key


def some_items(embedding: Embedding, label: str, name: str, default: list[str], most: int, **kwargs: Any) -> list[str]:
    """A search box for several items, tied to the URL."""
    keys = url_state.bind(
        st.multiselect, label, name, default, allowed=_Keys(embedding), max_selections=most, **_search_box(embedding),
        **kwargs,
    )  # fmt: skip
    if not all(key in embedding for key in keys):
        url_state.put(
            name, list(dict.fromkeys(key if key in embedding else resolve_text(embedding, key) for key in keys))
        )
        st.rerun()
    return keys


def any_item(embedding: Embedding, label: str) -> str | None:
    """A search box that the URL does not remember, as in a form."""
    key = st.selectbox(label, index=None, **_search_box(embedding))
    return key if key is None or key in embedding else resolve_text(embedding, key)


def _search_box(embedding: Embedding) -> dict[str, Any]:
    """What a search box offers; of a large catalogue the best known, and whatever one types."""
    options = cache.options(embedding)
    if len(options) <= OFFERED:
        return {"options": options, "placeholder": "Type a title"}
    return {"options": options[:LISTED], "placeholder": "Type (part of) a title, Enter", "accept_new_options": True}


def resolve_text(embedding: Embedding, text: str) -> str:
    """The best-known item whose key holds what was typed, one that begins with it first. Raises UnknownItem."""
    rows = filters.find_by_text(embedding.items, text, 1)
    return str(embedding.items["key"].iloc[rows[0] if len(rows) else embedding.index(text)[0]])


class _Keys:
    """Membership by the embedding's own index: a list of a million keys would be searched from end to end."""

    def __init__(self, embedding: Embedding) -> None:
        self._embedding = embedding

    def __contains__(self, key: object) -> bool:
        return key in self._embedding

    def __iter__(self) -> Any:
        return iter(self._embedding.items["key"])


def key_for_title(embedding: Embedding, title: str) -> str | None:
    """The key of the best-known item of that title, if there is one: `Psycho` -> `Psycho (1960)`."""
    if title in embedding:
        return title
    same = embedding.items[embedding.items.get("title", embedding.items["key"]) == title]
    if same.empty:
        return None
    return same.loc[same["n_ratings"].idxmax() if "n_ratings" in same else same.index[0], "key"]
