"""Rows of items by key or title, and the error that names similar ones for an unknown key."""

from __future__ import annotations

from functools import cached_property
from typing import cast

import numpy as np
import pandas as pd

from explorer.core.search.key_index import KeyIndex
from explorer.errors import BadRequest, UnknownItem

MANY = 1_000_000  # items above which only keys with the same first characters are suggested
ALIKE = 3  # number of these characters


class ItemKeys:
    """The keys of the items of an embedding, and their titles, which work as keys if only one item has them."""

    def __init__(self, items: pd.DataFrame, embedding: str, index: KeyIndex | None = None) -> None:
        """items: `key`, maybe `title`. embedding: its name, for messages. index: by default a hash table is made."""
        self._items, self._embedding, self._key_index = items, embedding, index

    @cached_property
    def _index(self) -> pd.Index:
        return pd.Index(self._items["key"])

    def __contains__(self, key: object) -> bool:
        return key in self._index if self._key_index is None else self._key_index.row(key) is not None

    def row(self, key: str) -> int:
        """Row of a key, or of a title that only one item has. Raises UnknownItem, and BadRequest for several items."""
        if key in self:
            row = self._index.get_loc(key) if self._key_index is None else self._key_index.row(key)
            return int(cast(int, row))
        if "title" not in self._items:
            raise self.unknown(key)
        rows = np.flatnonzero(self._items["title"].eq(_without_surrogates(key)).to_numpy(bool))
        if len(rows) == 1:
            return int(rows[0])
        if len(rows):
            keys = ", ".join(repr(self._items["key"].iloc[row]) for row in rows[:5])
            raise BadRequest(f"{len(rows):,} items have the title {key!r}; name one by its key: {keys}.")
        raise self.unknown(key, titles=True)

    def unknown(self, key: str, titles: bool = False) -> UnknownItem:
        """The error for a key that no item has, which names the most similar keys, and titles if wanted.

        Among many items only those that begin with the same characters are compared.
        """
        start = _without_surrogates(key)[:ALIKE]
        columns = [self._items[name] for name in ("key", *(["title"] if titles else []))]
        if len(self._items) > MANY:
            columns = [_beginning(texts, start) for texts in columns]
        known = list(dict.fromkeys(text for texts in columns for text in texts.dropna().astype("str").tolist()))
        return UnknownItem(key, known, self._embedding, len(self._items))


def _beginning(texts: pd.Series, start: str) -> pd.Series:
    """The first MANY texts that begin alike, looked for block by block."""
    found: list[pd.Series] = []
    for first in range(0, len(texts), MANY):
        if sum(map(len, found)) < MANY:
            block = texts.iloc[first : first + MANY].dropna().astype("str")
            found.append(block[block.str.startswith(start)])
    return pd.concat(found).iloc[:MANY]


def _without_surrogates(key: str) -> str:
    return str(key).encode("utf-8", "backslashreplace").decode()  # pyarrow accepts no surrogates
