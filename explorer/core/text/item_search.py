"""Search for items by words in their title, key or ids, tolerating typing errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from explorer.core.embedding import Embedding

ID_LENGTH = 64  # characters; a column with longer texts is not an id
ALIKE = 75  # least similarity of a misspelled text, 0 to 100 (rapidfuzz)
BLOCK = 500_000  # items whose texts are held in memory at a time
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
    names, seen = searched_columns(embedding), np.zeros(len(embedding), bool)
    found = np.empty((5, 0))
    for number, name in enumerate(names):
        for start in range(0, len(embedding), BLOCK):
            found = np.hstack([found, _matches(embedding, name, number, words, seen, start)])
            found = found[:, np.lexsort(found[:4][::-1])[:most]]
    if not found.size:
        return _spelled_alike(embedding, " ".join(words), most)
    best = zip(found[3].astype(int).tolist(), found[4].astype(int).tolist(), strict=True)
    return [Match(row, names[number], embedding.columns[names[number]].long_text(row)) for row, number in best]


def _matches(
    embedding: Embedding, name: str, number: int, words: list[str], seen: np.ndarray, start: int
) -> np.ndarray:
    """The items of a block whose value in a column contains all words, unless seen, which are then marked as seen.

    Returns (5, m) float: not equal to the words, not beginning with them, less popularity, row, number of the column.
    """
    span, whole = slice(start, start + BLOCK), " ".join(words)
    texts, held = _folded(embedding, name, span), ~seen[span]
    for word in words:
        held &= pc.fill_null(pc.match_substring(texts, word), False).to_numpy(zero_copy_only=False)
    there = np.flatnonzero(held)
    rows, some = start + there, texts.take(pa.array(there))
    seen[rows] = True
    known = embedding.columns.numbers("popularity")
    popularity = np.zeros(len(rows)) if known is None else np.nan_to_num(known[rows])
    equal, begins = (
        test(some, whole).to_numpy(zero_copy_only=False).astype(bool) for test in (pc.equal, pc.starts_with)
    )
    return np.stack([~equal, ~begins, -popularity, rows, np.full(len(rows), number)])


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


def _folded(embedding: Embedding, name: str, span: slice) -> pa.Array:
    values = embedding.columns[name].values.iloc[span].astype("str")
    return pc.utf8_lower(pa.array(values, pa.large_string(), from_pandas=True))


def _spelled_alike(embedding: Embedding, text: str, most: int) -> list[Match]:
    from rapidfuzz import fuzz, process

    name = searched_columns(embedding)[0]
    scorer = fuzz.WRatio if len(embedding) <= MANY else fuzz.QRatio
    found: list[tuple[float, int]] = []
    for start in range(0, len(embedding), BLOCK):
        values = _folded(embedding, name, slice(start, start + BLOCK)).to_pylist()
        alike = process.extract(text, values, scorer=scorer, score_cutoff=ALIKE, limit=most)
        found = sorted([*found, *((-score, start + row) for _, score, row in alike)])[:most]
    return [Match(row, name, embedding.columns[name].long_text(row)) for _, row in found]
