"""Titles and column values of items as lists show them: made once for all visitors, not in each run of a page."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from explorer.core.columns import Kind
from explorer.core.columns.color import GRAY
from explorer.core.embedding import Embedding
from explorer.webapp import cache

LABELS = 4  # labels shown per item in a list
KEPT = 20_000  # rows kept of each column


def item_rows(embedding: Embedding) -> ItemRows:
    """The rows of an embedding, the same object for all visitors."""
    found = _made.get(embedding)
    if found is None:
        found = _made[embedding] = ItemRows(embedding)
    return found


class ItemRows:
    """Titles and values of the items of an embedding, by row. Holds parts of the embedding, not the embedding."""

    def __init__(self, embedding: Embedding) -> None:
        items, self._year = embedding.items, embedding.columns.get_role("year")
        self._keys = items["key"].array
        self._names = items["title"].array if "title" in items else self._keys
        self._titles: dict[int, dict[str, str]] = {}
        self._values: dict[str, dict[int, list[dict[str, str]]]] = {}

    def title(self, row: int) -> dict[str, str]:
        """The `title` of an item, or its key if it has none, and its year as `beside`, "" if unknown."""
        found = self._titles.get(row)
        if found is None:
            title = self._names[row]
            there = isinstance(title, str) and title.strip()
            year = "" if self._year is None else self._year.text(row)
            found = {"title": title if there else self._keys[row], "beside": year}
            _keep(self._titles, row, found)
        return found

    def values(self, embedding: Embedding, column: str, row: int) -> list[dict[str, str]]:
        """The value of an item in a column, or several for labels, each with `text` and `color` ("" for none)."""
        made = self._values.setdefault(column, {})
        found = made.get(row)
        if found is None:
            found = _values_of(embedding.columns[column], cache.value_colors(embedding, column), row)
            _keep(made, row, found)
        return found


_made: WeakKeyDictionary[Embedding, ItemRows] = WeakKeyDictionary()


def _keep(made: dict[int, Any], row: int, value: Any) -> None:
    if len(made) >= KEPT:
        made.clear()
    made[row] = value


def _values_of(kind: Kind, colors: dict[str, str], row: int) -> list[dict[str, str]]:
    """See ItemRows.values. colors: value -> color, as of `cache.value_colors`."""
    if kind.name == "labels":
        texts = list(kind.values.iloc[row])[:LABELS]
    elif text := kind.text(row):
        return [{"text": text if colors or kind.name in ("text", "link", "category") else f"{kind.column.label} {text}",
                 "color": colors.get(_value(kind, row), GRAY) if colors else ""}]  # fmt: skip
    else:
        return []
    return [{"text": text, "color": colors.get(text, GRAY)} for text in texts]


def _value(kind: Kind, row: int) -> str:
    """The value of an item in a column, by which its color is looked up."""
    codes, names = getattr(kind, "codes", None), getattr(kind, "names", ())
    return "" if codes is None or codes[row] < 0 else str(names[codes[row]])
