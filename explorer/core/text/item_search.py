"""Search for items by words in their title, key or ids, tolerating typing errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from explorer.core.embedding import Embedding

ID_LENGTH = 64  # characters; a column with longer texts is not an id
ALIKE = 75  # least similarity of a misspelled text, 0 to 100 (rapidfuzz)
MANY = 200_000  # items; above this number only whole titles are compared for typing errors


@dataclass(frozen=True)
class Match:
    """An item found: its row, and the column and value that matched."""

    row: int
    column: str
    value: str


def find_items(embedding: Embedding, text: str, most: int = 10) -> list[Match]:
    """The items that match a text, the best first.

    An item matches if its title, its key or an id contains all words of the text, in any order, ignoring case. Ids are
    columns of short, distinct values. Exact matches come first, then values that begin with the text, then by
    popularity. If nothing matches, the items whose title or key is spelled most similarly are returned. Returns at most
    `most` items, each once.
    """
    words = text.casefold().split()
    if not words:
        return []
    found: dict[int, Match] = {}
    for name in searched_columns(embedding):
        values = _folded(embedding, name)
        matches = np.ones(len(embedding), bool)
        for word in words:
            matches &= pc.fill_null(pc.match_substring(values, word), False).to_numpy(zero_copy_only=False)
        for row in np.flatnonzero(matches):
            found.setdefault(int(row), Match(int(row), name, embedding.columns[name].long_text(int(row))))
    if not found:
        return _spelled_alike(embedding, " ".join(words), most)
    known = embedding.columns.numbers("popularity")
    whole = " ".join(words)

    def rank(match: Match) -> tuple[bool, bool, float, int]:
        value = match.value.casefold()
        popularity = 0.0 if known is None or np.isnan(known[match.row]) else float(known[match.row])
        return value != whole, not value.startswith(whole), -popularity, match.row

    return sorted(found.values(), key=rank)[:most]


def searched_columns(embedding: Embedding) -> list[str]:
    """Names of the columns that are searched: title, key and ids."""
    schema = embedding.schema
    named = [column.name for role in ("title", "key") if (column := schema.by_role(role))]
    return [*named, *(column.name for column in schema.attributes if _is_id(embedding, column.name))]


def _is_id(embedding: Embedding, name: str) -> bool:
    kind = embedding.columns[name]
    if kind.name not in ("text", "category"):
        return False
    values = kind.values[kind.known]
    distinct = len(values) > 1 and values.is_unique
    return distinct and int(values.astype("str").str.len().max()) <= ID_LENGTH


def _folded(embedding: Embedding, name: str) -> pa.Array:
    return pc.utf8_lower(pa.array(embedding.columns[name].values.astype("str"), pa.large_string(), from_pandas=True))


def _spelled_alike(embedding: Embedding, text: str, most: int) -> list[Match]:
    from rapidfuzz import fuzz, process

    name = searched_columns(embedding)[0]
    scorer = fuzz.WRatio if len(embedding) <= MANY else fuzz.QRatio
    values = _folded(embedding, name).to_pylist()
    found = process.extract(text, values, scorer=scorer, score_cutoff=ALIKE, limit=most)
    return [Match(row, name, embedding.columns[name].long_text(row)) for _, _, row in found]
