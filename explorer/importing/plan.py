"""The plan of an import: kinds of columns, join of the metadata, and fixes for problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from explorer.core.columns import KINDS as COLUMN_KINDS
from explorer.core.columns import guess_column, guess_columns
from explorer.errors import BadRequest
from explorer.formats.parsed_file import Limits, ParsedFile
from explorer.importing.join import Joined
from explorer.importing.join import join as joined
from explorer.importing.naming import find_names

KINDS = (*COLUMN_KINDS, "year", "skip")  # year: a number with the role `year`; skip: left out
# possible fixes of each issue; the first is the default
DECISIONS = {
    "nan": ("stop", "drop", "fix"),  # fix: the mean of the dimension
    "zero": ("keep", "drop", "stop"),
    "constant": ("keep", "drop", "stop"),
    "duplicate": ("fix", "drop", "stop"),  # fix: the second `a` becomes `a (2)`
    "unmatched": ("keep", "drop", "stop"),  # rows without metadata
    "header": ("fix", "stop"),  # fix: use the header as a row, or the first row as the header
}


@dataclass(frozen=True)
class Plan:
    """The choices of an import; `guess` makes the likely plan.

    key: column with the keys, None for the keys in the file of vectors. title: column with the titles. popularity: a
    number column. join: "position", or "key" to join by the column `on` of the metadata. kinds: column -> one of KINDS.
    separators: column -> separator of its labels. decisions: issue -> one of DECISIONS. layouts: methods of
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
        """The fix of an issue. Raises BadRequest if it is not possible."""
        asked = self.decisions.get(name, DECISIONS[name][0])
        if asked not in DECISIONS[name]:
            raise BadRequest(f"{asked!r} is not a choice for {name}; choose {', '.join(DECISIONS[name])}.")
        return asked


def guess(
    read: ParsedFile,
    metadata: ParsedFile | None = None,
    join: str | None = None,
    on: str | None = None,
    both: Joined | None = None,
) -> Plan:
    """Guess the plan of an import: join, kinds of columns, key and title.

    join, on: as in Plan; guessed if None. both: the result of `join` for these files, if it is already known. Raises
    BadData or BadRequest if the metadata cannot be joined.
    """
    both = both or joined(read, metadata, join, on)
    items = both.items
    Limits().check_columns((metadata or read).name, 0, len(items.columns))
    kinds, separators = {}, {}
    for name in items:
        kinds[name], separators[name] = guess_kind(items[name])
    key, title = find_names(items[~both.unmatched], kinds, metadata is not None and "key" not in metadata.items)
    attributes = items[[name for name in items if kinds[name] != "skip" and name not in (key, title)]]
    pairs = {name: (kinds[name], separators[name]) for name in attributes}
    roles = {column.role: column.name for column in guess_columns(attributes, known=pairs) if column.role}
    if "year" in roles:
        kinds[roles["year"]] = "year"
    return Plan(key, title, roles.get("popularity"), both.how, both.on, kinds, separators)


def guess_kind(column: pd.Series) -> tuple[str, str]:
    """Guess the kind of a column, one of KINDS, and the separator of its labels ("" for none).

    Columns without values, and lists of numbers such as token ids, have the kind `skip`.
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
