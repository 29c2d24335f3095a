"""Search boxes for items, stored in the URL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import streamlit as st

from explorer.core.embedding import Embedding
from explorer.core.text.item_search import Match, find_items
from explorer.webapp import cache, url_state
from explorer.webapp.wording import escape_markdown

MANY = 1_000_000  # items, of more of which titles are read only when a visitor searches
ALSO = 5  # further matches that are named
_EMBEDDING = "_searched"  # session key: the embedding that each box searched last
_MATCHED = "_matched"  # session key: matches of the text typed last


def one_item(
    embedding: Embedding, label: str, name: str = "item", default: str | None = None, **kwargs: Any
) -> str | None:
    """A search box for one item, stored in the URL. Raises UnknownItem for a text that matches no item."""
    _forget_other_keys(embedding, name)
    _warn_unknown(embedding, name)
    key = url_state.bind(
        st.selectbox, label, name, default, allowed=_Keys(embedding), **_search_box(embedding), **kwargs,
    )  # fmt: skip
    if key is not None and key not in embedding:
        url_state.put(name, _found(embedding, name, key))
        st.rerun()
    _show_match(embedding, name, [] if key is None else [key])
    return key


def some_items(embedding: Embedding, label: str, name: str, default: list[str], most: int, **kwargs: Any) -> list[str]:
    """A search box for several items, stored in the URL. Raises UnknownItem for a text that matches no item."""
    _forget_other_keys(embedding, name)
    _warn_unknown(embedding, name)
    keys = url_state.bind(
        st.multiselect, label, name, default, allowed=_Keys(embedding), max_selections=most, **_search_box(embedding),
        **kwargs,
    )  # fmt: skip
    if not all(key in embedding for key in keys):
        found = [key if key in embedding else _found(embedding, name, key) for key in keys]
        url_state.put(name, list(dict.fromkeys(found)))
        st.rerun()
    _show_match(embedding, name, keys)
    return keys


def _forget_other_keys(embedding: Embedding, name: str) -> None:
    """Discard keys chosen in another embedding, so they are not searched for like typed text in this one."""
    of = st.session_state.setdefault(_EMBEDDING, {})
    if of.get(name, embedding.name) != embedding.name:
        url_state.forget(name)
    of[name] = embedding.name


def _warn_unknown(embedding: Embedding, name: str) -> None:
    """Warn about items of a link that this embedding lacks, with similar keys."""
    for key in st.query_params.get_all(name):
        if key and key not in embedding:
            st.warning(escape_markdown(str(embedding.unknown_item(key))), icon=":material/search_off:")


def any_item(embedding: Embedding, label: str, name: str) -> str | None:
    """A search box for one item, stored in the session but not in the URL. Raises UnknownItem."""
    key = st.selectbox(label, index=None, key=name, **_search_box(embedding))
    return key if key is None or key in embedding else resolve_text(embedding, key)


def _search_box(embedding: Embedding) -> dict[str, Any]:
    """Widget arguments: all items, or the most popular ones of a large catalog. The server searches any other text."""
    options, labels = cache.options(embedding), cache.labels(embedding)
    few = len(embedding) <= cache.OFFERED
    return {
        "options": options, "format_func": labels.__getitem__,
        "placeholder": "Type a title" if few else "Type (part of) a title, Enter", "accept_new_options": True,
    }  # fmt: skip


def resolve_text(embedding: Embedding, text: str) -> str:
    """The key of the item that matches a text best. Raises UnknownItem."""
    return str(embedding.items["key"].iloc[_matches(embedding, text)[0].row])


def _matches(embedding: Embedding, text: str) -> list[Match]:
    found = find_items(embedding, text, ALSO + 1)
    if not found:
        raise embedding.unknown_item(text)
    return found


def _found(embedding: Embedding, name: str, text: str) -> str:
    """The key that matches a typed text best; stores all matches for `_show_match`."""
    found = _matches(embedding, text)
    st.session_state.setdefault(_MATCHED, {})[name] = (embedding.name, text, found)
    return str(embedding.items["key"].iloc[found[0].row])


def _show_match(embedding: Embedding, name: str, keys: list[str]) -> None:
    """Show below the box in which column the last typed text was found, and which other items match."""
    artifact, text, found = st.session_state.get(_MATCHED, {}).get(name, ("", "", []))
    if artifact != embedding.name or not found:
        return
    all_keys = embedding.items["key"]
    best, *more = [str(all_keys.iloc[match.row]) for match in found]
    if best not in keys:
        return
    column, value = embedding.schema[found[0].column].phrase, found[0].value
    also = f" Also: {', '.join(more)}." if more else ""
    st.caption(escape_markdown(f"“{text}” was found in {column}: {value}.{also}"))


class _Keys:
    """Container of an embedding's keys with fast lookup; a list of a million keys would be too slow."""

    def __init__(self, embedding: Embedding) -> None:
        self._embedding = embedding

    def __contains__(self, key: object) -> bool:
        return key in self._embedding

    def __iter__(self) -> Iterator[str]:
        return iter(self._embedding.items["key"])


def key_for_title(embedding: Embedding, title: str) -> str | None:
    """The key of the most popular item with this title, if any: `Psycho` -> `Psycho (1960)`.

    Of more than MANY items the titles are not read.
    """
    if title in embedding or len(embedding) > MANY:
        return title if title in embedding else None
    same = embedding.items.get("title", embedding.items["key"]) == title
    if not same.any():
        return None
    best = embedding.columns.best_known(1, same.to_numpy(bool))
    return str(embedding.items["key"].iloc[best[0]])
