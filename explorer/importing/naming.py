"""Choice of the columns that name the items: the unique key, and the title that is shown."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from explorer.formats.parsed_file import cell_text
from explorer.formats.tables.dialect import KEYS

LONGEST, LONG = 300, 100  # most characters of a key, and of keys or titles on average
SOMETIMES = 0.1  # the same for a column called `title`
MOSTLY = 0.5  # least share of distinct values in a column of titles
WORDS = ("key", "id", "index", "word", "token", "term", "entity", "node", "item", "name", "title", "label", "path",
         "filename", "file", "url")  # fmt: skip
TITLES = ("title", "name", "word", "term", "token", "headline", "subject", "summary", "text", "sentence", "document",
          "content", "caption", "question", "label", "entity", "description", "titel", "titre", "titulo", "nombre",
          "nom")  # fmt: skip
DOCUMENTS = ("text", "sentence", "document", "content", "caption", "question", "description", "summary")
NO_TITLES = ("category", "date", "number", "boolean", "image", "skip", "year", "labels")


def find_names(items: pd.DataFrame, kinds: Mapping[str, str], yields: bool = True) -> tuple[str | None, str | None]:
    """Find the columns (key, title) of a table; None if no column is unique, or none is a title.

    Unique titles, but not documents, are preferred to an id that only counts the rows and, with yields, to a column
    called `key`.
    """
    apart = [name for name in items if _tells_apart(items[name], name)]
    title = _title(items, kinds)
    key = min(apart, key=lambda name: _key_rank(name, kinds), default=None)
    if key is not None and _counts(items[key]):  # of equal columns the first that does not only count the rows
        equal = [name for name in apart if _key_rank(name, kinds) == _key_rank(key, kinds)]
        key = next((name for name in equal if not _counts(items[name])), key)
    short = title is not None and title in apart and title.lower().rpartition("_")[2] not in DOCUMENTS
    if key is not None and short and key != title and (yields or key != "key") and _counts(items[key]):
        key = title
    return key, title


def _tells_apart(column: pd.Series, name: str) -> bool:
    """Whether a column has a different short text, or a different integer, in every row."""
    if not len(column) or column.isna().any():
        return False
    if pd.api.types.is_bool_dtype(column) or column.dtype == object:
        return False
    if pd.api.types.is_float_dtype(column) and not ((column % 1 == 0) & (column.abs() < 2**53)).all():
        return False
    if pd.api.types.is_numeric_dtype(column):
        return bool(KEYS.search(name) or name.lower() in WORDS) and column.is_unique
    texts = column.map(cell_text) if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("str")
    lengths = texts.str.len()
    return bool(lengths.max() <= LONGEST and lengths.mean() <= LONG and lengths.min() > 0) and texts.is_unique


def _key_rank(name: str, kinds: Mapping[str, str]) -> tuple[object, ...]:
    lower = name.lower()
    named = (
        0
        if lower in ("key", "custom_id")
        else 1
        if lower in ("id", "index") or KEYS.search(name)
        else 2
        if lower in WORDS
        else 3
    )
    odd = kinds.get(name) in ("link", "image", "date")
    words = WORDS.index(lower) if lower in WORDS else len(WORDS)
    return odd, named, words


def _title(items: pd.DataFrame, kinds: Mapping[str, str]) -> str | None:
    """The column of titles: one with a typical name and few repetitions, else the most varied column of words."""
    texts = {name: _share(items[name]) for name in items if pd.api.types.is_string_dtype(items[name])}
    lower = {name.lower(): name for name in reversed(list(texts))}
    for wanted in TITLES:
        for low, name in lower.items():
            enough = SOMETIMES if wanted == low == "title" else MOSTLY
            if (low == wanted or low.endswith((f"_{wanted}", f".{wanted}"))) and texts[name] >= enough:
                return name
    free = [
        name for name, share in texts.items()
        if share >= 0.9 and kinds.get(name) not in (*NO_TITLES, "link") and not KEYS.search(name)
        and name.lower() not in ("key", "path", "filename", "file") and _is_words(items[name])
    ]  # fmt: skip
    return max(free, key=lambda name: texts[name], default=None)


def _share(column: pd.Series) -> float:
    known = column.dropna()
    return known.nunique() / len(column) if len(known) else 0.0


def _is_words(column: pd.Series) -> bool:
    """Whether most texts are short and contain letters, and few are paths or URLs."""
    known = column.dropna().head(1000)
    paths = known.str.match(r"\s*(\w+://|/|[A-Za-z]:\\|\.\.?/)")
    codes = known.str.count(r"\d") > known.str.count(r"[^\W\d_]")  # ENSG00000141510
    words = known.str.contains(r"[^\W\d_]").mean() > 0.8 and codes.mean() < 0.5
    return bool(words and known.str.len().mean() <= LONG and paths.mean() < 0.2)


def _counts(column: pd.Series) -> bool:
    """Whether ids are consecutive integers without leading zeros, in any order."""
    texts = (column.astype("int64") if pd.api.types.is_float_dtype(column) else column).astype("str")
    if not texts.str.fullmatch(r"0|[1-9]\d{0,14}").all():
        return False
    numbers = texts.astype(np.int64)
    return bool(numbers.is_unique and numbers.max() - numbers.min() == len(numbers) - 1)
