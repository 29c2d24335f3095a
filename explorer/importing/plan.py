"""The plan of an import: what each column is, how facts are joined, what to do about problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from explorer.core.columns import KINDS as COLUMN_KINDS
from explorer.core.columns import guess_column, guess_columns
from explorer.errors import BadRequest
from explorer.formats.parsed_file import ParsedFile
from explorer.importing.join import Joined
from explorer.importing.join import join as joined
from explorer.importing.naming import find_names

KINDS = (*COLUMN_KINDS, "year", "skip")  # year: a number with that role; skip: left out
# what may be done about each issue; the first is done where nothing is said
DECISIONS = {
    "nan": ("stop", "drop", "fix"),  # fix: the mean of the dimension
    "zero": ("keep", "drop", "stop"),
    "constant": ("keep", "drop", "stop"),
    "duplicate": ("fix", "drop", "stop"),  # fix: the second `a` becomes `a (2)`
    "unmatched": ("keep", "drop", "stop"),  # rows without facts
    "header": ("fix", "stop"),  # fix: a header is taken for a row, or a row for a header
}


@dataclass(frozen=True)
class Plan:
    """What an import does; `guess` makes the likely one.

    key: the column that names the items, None for the keys of the vectors' file. title: the column that is shown.
    popularity: a column of numbers. join: "position" or "key", then by the column `on` of the facts. kinds: column ->
    one of KINDS. separators: column -> what parts its labels. decisions: name -> one of DECISIONS. layouts: methods of
    maps.projection.project.
    """

    key: str | None = None
    title: str | None = None
    popularity: str | None = None
    join: str = "position"
    on: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    separators: Mapping[str, str] = field(default_factory=dict)
    decisions: Mapping[str, str] = field(default_factory=dict)
    layouts: tuple[str, ...] = ("pca",)
    seed: int = 0

    def decision(self, name: str) -> str:
        """What to do about an issue. Raises BadRequest where that cannot be."""
        asked = self.decisions.get(name, DECISIONS[name][0])
        if asked not in DECISIONS[name]:
            raise BadRequest(f"{asked!r} cannot be done about {name}; choose {', '.join(DECISIONS[name])}.")
        return asked


def guess(
    read: ParsedFile,
    metadata: ParsedFile | None = None,
    join: str | None = None,
    on: str | None = None,
    both: Joined | None = None,
) -> Plan:
    """The likely plan: how the facts are joined, what the columns are, which is the key and which the title.

    join, on: as in Plan, where that is decided. both: what `join` returned for these files, where that is at hand.
    Raises BadData or BadRequest where facts cannot be joined.
    """
    both = both or joined(read, metadata, join, on)
    facts = both.items
    kinds, separators = {}, {}
    for name in facts:
        kinds[name], separators[name] = guess_kind(facts[name])
    key, title = find_names(facts[~both.unmatched], kinds, metadata is not None and "key" not in metadata.items)
    kept = facts[[name for name in facts if kinds[name] != "skip" and name not in (key, title)]]
    roles = {column.role: column.name for column in guess_columns(kept) if column.role}
    if "year" in roles:
        kinds[roles["year"]] = "year"
    return Plan(key, title, roles.get("popularity"), both.how, both.on, kinds, separators)


def guess_kind(column: pd.Series) -> tuple[str, str]:
    """The kind of a column, one of KINDS, and what parts its labels, "" where nothing does.

    Columns without values, and lists of numbers such as token ids, are left out.
    """
    known = column.dropna()
    if not len(known):
        return "skip", ""
    if column.dtype == object and known.map(_is_numbers).mean() > 0.5:
        return "skip", ""
    found = guess_column(column)
    return found.kind, found.separator


def _is_numbers(cell: object) -> bool:
    if isinstance(cell, dict):
        return True
    return isinstance(cell, list | tuple | np.ndarray) and len(cell) > 0 and not any(isinstance(n, str) for n in cell)
