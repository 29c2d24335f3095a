"""Vectors and facts joined: by position, or by a key; and what did not find each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from explorer.errors import BadData, BadRequest
from explorer.formats.delimited import unique
from explorer.formats.table import Read
from explorer.formats.vector_columns import WORDS, is_number
from explorer.importing import columns


@dataclass(frozen=True, eq=False)
class Joined:
    """Facts in the order of the vectors."""

    items: pd.DataFrame  # (n rows)
    keys: pd.Series | None  # of the vectors' own file, (n,)
    unmatched: np.ndarray  # (n,) bool, rows without facts
    unused: list[str] = field(default_factory=list)  # keys of facts that belong to no vector
    header: list[str] = field(default_factory=list)  # what `in_line` put right
    notes: list[str] = field(default_factory=list)


def likely(read: Read, metadata: Read | None) -> tuple[str, str | None]:
    """How facts are likely joined: ("key", column) where a column names vectors in most rows, else ("position", None).

    Where there are as many facts as vectors only `key`, or a column that both files call the same, is believed.
    """
    if metadata is None:
        return "position", None
    own, best, most = _own_keys(read), None, 0.5
    for on in metadata.items:
        theirs = _texts(metadata.items[on]).dropna()
        name, share = _holds_most(own, theirs)
        distinct = theirs.nunique() > len(theirs) / 2
        if distinct and share > most and (name in ("key", on) or len(metadata) != len(read)):
            best, most = on, share
    return ("position", None) if best is None else ("key", best)


def join(read: Read, metadata: Read | None, how: str = "position", on: str | None = None) -> Joined:
    """The facts of each vector. how: "position", or "key" by the column `on` of the facts.

    It is looked for in the vectors' `key`, else in the column that holds most of it, else it counts the rows from 0.
    By position a header that was taken for a row, or a row that was taken for a header, is put right and told. Raises
    BadData where the numbers of rows differ otherwise, BadRequest for a column there is not.
    """
    n = len(read)
    keys = _texts(read.items["key"]) if "key" in read.items else None
    if metadata is None:
        return Joined(read.items, keys, np.zeros(n, bool))
    if how == "position":
        facts, header = in_line(metadata, n, read.name)
        return Joined(_beside(read.items, facts), keys, np.zeros(n, bool), header=header)
    if how != "key":
        raise BadRequest(f"Facts are joined by 'position' or by 'key', not by {how!r}.")
    if on is None or on not in metadata.items:
        raise BadRequest(f"There is no column {on!r} to join by; there are: {', '.join(map(repr, metadata.items))}.")
    return _by_key(read, metadata, on)


def _own_keys(read: Read) -> dict[str, pd.Series]:
    """What may name the vectors' rows, as texts: `key`, else columns that tell them apart, else the row from 0."""
    if "key" in read.items:
        return {"key": _texts(read.items["key"])}
    texts = {name: _texts(read.items[name]) for name in read.items}
    apart = {name: column for name, column in texts.items() if column.nunique() > len(column) / 2}
    return apart or {"": pd.Series(range(len(read))).astype("str")}


def _holds_most(own: dict[str, pd.Series], theirs: pd.Series) -> tuple[str, float]:
    shares = {name: float(theirs.isin(set(keys)).mean()) for name, keys in own.items()}
    return max(shares.items(), key=lambda share: share[1])


def _by_key(read: Read, metadata: Read, on: str) -> Joined:
    theirs, own = _texts(metadata.items[on]), _own_keys(read)
    keys = own[_holds_most(own, theirs)[0]]
    again = theirs.duplicated()
    notes = []
    if again.any():
        notes.append(f"{again.sum():,} rows of facts name a key again, as {theirs[again].iloc[0]!r}; the first counts.")
    index = pd.Index(theirs[~again])
    rows = index.get_indexer(pd.Index(keys))
    facts = metadata.items[~again.to_numpy()].reset_index(drop=True)
    taken = facts.reindex(rows).reset_index(drop=True)  # -1 is no row: what is not found is unknown
    missing = rows < 0
    unused = index[~index.isin(keys)].astype(str).tolist()
    found = rows[~missing]
    if len(found) > 1 and (np.diff(found) < 0).any():
        notes.append("The facts stand in another order than the vectors; they were joined by key.")
    return Joined(_beside(read.items, taken), keys, missing, unused, notes=notes)


def in_line(metadata: Read, n: int, name: str) -> tuple[pd.DataFrame, list[str]]:
    """The facts of n vectors by position, a header put right, and what was. name: of the vectors. Raises BadData."""
    facts, has = metadata.items.reset_index(drop=True), len(metadata.items)
    if has == n:
        return facts, []
    if has == n + 1 and metadata.format in ("csv", "tsv"):
        names = ["" if pd.isna(cell) else columns.text(cell) for cell in facts.iloc[0]]
        made = facts.iloc[1:].reset_index(drop=True).set_axis(unique(names, "column"), axis=1)
        return made.infer_objects(), [f"row of {metadata.name} is taken for its header, as there are fewer vectors"]
    if has == n - 1 and metadata.format in ("csv", "tsv") and not _names(facts):
        first = pd.DataFrame([list(facts.columns)], columns=facts.columns)
        made = pd.concat([first.astype(object), facts.astype(object)], ignore_index=True)
        names = ["key", *(f"column {place}" for place in range(2, len(facts.columns) + 1))]
        made = made.set_axis(names, axis=1).map(columns.text, na_action="ignore").astype("str")
        return made, [f"header of {metadata.name} is taken for its first row, as there are more vectors"]
    raise BadData(f"{metadata.name} has {has:,} rows and {name} {n:,} vectors; join them by a key, or give all rows.")


def _names(facts: pd.DataFrame) -> bool:
    """Whether what the columns are called can be no row: words that name columns, or a word above numbers."""
    numbers = [name for name in facts if pd.api.types.is_numeric_dtype(facts[name])]
    return any(str(name).lower() in WORDS for name in facts) or not all(map(is_number, numbers))


def _beside(items: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Both tables side by side; what the facts say counts, but for the keys of the vectors."""
    own = [name for name in items if name not in facts]
    return pd.concat([items[own].reset_index(drop=True), facts.reset_index(drop=True)], axis=1)


def _texts(column: pd.Series) -> pd.Series:
    return column.map(columns.text, na_action="ignore").astype("str")
