"""Vectors and facts joined: by position, or by a key; and what did not find each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from explorer.errors import BadRequest
from explorer.formats.parsed_file import ParsedFile, cell_text
from explorer.formats.row_alignment import align_rows


@dataclass(frozen=True, eq=False)
class Joined:
    """Facts in the order of the vectors."""

    items: pd.DataFrame  # (n rows)
    keys: pd.Series | None  # of the vectors' own file, (n,)
    unmatched: np.ndarray  # (n,) bool, rows without facts
    unused: list[str] = field(default_factory=list)  # keys of facts that belong to no vector
    header: list[str] = field(default_factory=list)  # what `align_rows` put right
    notes: list[str] = field(default_factory=list)


def likely(read: ParsedFile, metadata: ParsedFile | None) -> tuple[str, str | None]:
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


def join(read: ParsedFile, metadata: ParsedFile | None, how: str = "position", on: str | None = None) -> Joined:
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
        facts, header = align_rows(metadata, n, read.name)
        return Joined(_beside(read.items, facts), keys, np.zeros(n, bool), header=header)
    if how != "key":
        raise BadRequest(f"Facts are joined by 'position' or by 'key', not by {how!r}.")
    if on is None or on not in metadata.items:
        raise BadRequest(f"There is no column {on!r} to join by; there are: {', '.join(map(repr, metadata.items))}.")
    return _by_key(read, metadata, on)


def _own_keys(read: ParsedFile) -> dict[str, pd.Series]:
    """What may name the vectors' rows, as texts: `key`, else columns that tell them apart, else the row from 0."""
    if "key" in read.items:
        return {"key": _texts(read.items["key"])}
    texts = {name: _texts(read.items[name]) for name in read.items}
    apart = {name: column for name, column in texts.items() if column.nunique() > len(column) / 2}
    return apart or {"": pd.Series(range(len(read))).astype("str")}


def _holds_most(own: dict[str, pd.Series], theirs: pd.Series) -> tuple[str, float]:
    shares = {name: float(theirs.isin(set(keys)).mean()) for name, keys in own.items()}
    return max(shares.items(), key=lambda share: share[1])


def _by_key(read: ParsedFile, metadata: ParsedFile, on: str) -> Joined:
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


def _beside(items: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Both tables side by side; what the facts say counts, but for the keys of the vectors."""
    own = [name for name in items if name not in facts]
    return pd.concat([items[own].reset_index(drop=True), facts.reset_index(drop=True)], axis=1)


def _texts(column: pd.Series) -> pd.Series:
    return column.map(cell_text, na_action="ignore").astype("str")
