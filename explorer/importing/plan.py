"""The plan of an import: what each column is, how facts are joined, what to do about problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from explorer.errors import BadRequest
from explorer.formats.parsed_file import ParsedFile
from explorer.importing import column_types
from explorer.importing.join import join as joined
from explorer.importing.join import likely

# what may be done about what `inspect` finds; the first is done where nothing is said
DECISIONS = {
    "nan": ("stop", "drop", "fix"),  # fix: the mean of the dimension
    "zero": ("keep", "drop", "stop"),
    "constant": ("keep", "drop", "stop"),
    "duplicate": ("fix", "drop", "stop"),  # fix: the second `a` becomes `a (2)`
    "unmatched": ("keep", "drop", "stop"),  # rows without facts
    "header": ("fix", "stop"),  # fix: a header is taken for a row, or a row for a header
}
TITLES = ("title", "name", "label", "word", "text", "term", "token")
COUNTS = ("n_ratings", "popularity", "count", "counts", "frequency", "freq", "votes", "n_votes", "views")


@dataclass(frozen=True)
class Plan:
    """What is to be done with what was read; `guess` makes the likely one.

    key: the column that names the items, None for the keys of the vectors' file. title: the column that is shown.
    popularity: a column of numbers, becomes `n_ratings`. join: "position" or "key", then by the column `on` of the
    facts. kinds, separators: of columns.KINDS. decisions: name -> one of DECISIONS. layouts: of projection.project.
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
        """What is to be done about something found. Raises BadRequest where that cannot be."""
        asked = self.decisions.get(name, DECISIONS[name][0])
        if asked not in DECISIONS[name]:
            raise BadRequest(f"{asked!r} cannot be done about {name}; choose {', '.join(DECISIONS[name])}.")
        return asked


def guess(read: ParsedFile, metadata: ParsedFile | None = None, join: str | None = None, on: str | None = None) -> Plan:
    """The likely plan: how the facts are joined, what the columns are, which is the key and which the title.

    join, on: as in Plan, where that is decided. Raises BadData or BadRequest where facts cannot be joined.
    """
    how, on = likely(read, metadata) if join is None else (join, on)
    facts = joined(read, metadata, how, on).items
    kinds, separators = {}, {}
    for name in facts:
        kinds[name], separators[name] = column_types.guess(facts[name])
    lower = {name.lower(): name for name in reversed(list(facts))}
    title = next((lower[name] for name in TITLES if name in lower and kinds[lower[name]] != "skip"), None)
    counts = [lower[name] for name in COUNTS if name in lower and kinds[lower[name]] == "number"]
    key = "key" if "key" in facts else title
    if how == "key" and title is not None and "key" not in (metadata.items if metadata else ()):
        key = title
    return Plan(key, title, counts[0] if counts else None, how, on, kinds, separators)
