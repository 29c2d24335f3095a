"""Options of an import: how to read files, kinds of columns, fixes for problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from explorer.errors import BadRequest
from explorer.formats.parsed_file import ParsedFile
from explorer.importing.join import Joined, join
from explorer.importing.plan import DECISIONS, Plan, guess


@dataclass(frozen=True)
class ImportOptions:
    """Options of an import; None means that it is guessed.

    format, choice, header: as in formats.read. join: a column of the metadata, or "position". key, title, popularity:
    the columns with these roles. columns: name -> kind, or kind:separator. decisions: issue -> one of plan.DECISIONS.
    layouts: methods, by default PCA.
    """

    format: str | None = None
    choice: str | None = None
    header: bool | None = None
    join: str | None = None
    key: str | None = None
    title: str | None = None
    popularity: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    decisions: Mapping[str, str] = field(default_factory=dict)
    layouts: tuple[str, ...] | None = None
    seed: int = 0

    def join_metadata(self, read: ParsedFile, metadata: ParsedFile | None) -> Joined:
        """Join metadata to vectors, as given or guessed. Raises BadData, BadRequest."""
        return join(read, metadata, self.join if self.join in (None, "position") else "key", self.join)

    def plan(self, read: ParsedFile, metadata: ParsedFile | None, both: Joined) -> Plan:
        """The guessed plan with these options. both: what `join_metadata` returned.

        Raises BadRequest for a column or an issue that does not exist.
        """
        unknown = [name for name in self.decisions if name not in DECISIONS]
        if unknown:
            raise BadRequest(f"There is no issue {unknown[0]!r}; there are: {', '.join(DECISIONS)}.")
        plan = guess(read, metadata, both=both)
        roles = {"key": self.key, "title": self.title, "popularity": self.popularity}
        named = {role: column for role, column in roles.items() if column is not None}
        kinds, separators = dict(plan.kinds), dict(plan.separators)
        for name, text in self.columns.items():
            kinds[name], _, separators[name] = text.partition(":")
        for name in (*named.values(), *kinds):
            if name not in plan.kinds:
                names = ", ".join(map(repr, plan.kinds)) or "none"
                raise BadRequest(f"There is no column {name!r}; there are: {names}.")
        layouts = plan.layouts if self.layouts is None else self.layouts
        changed = replace(
            plan, key=named.get("key", plan.key), title=named.get("title", plan.title),
            popularity=named.get("popularity", plan.popularity), kinds=kinds, separators=separators,
            decisions=dict(self.decisions), layouts=layouts, seed=self.seed,
        )  # fmt: skip
        for name in self.decisions:
            changed.decision(name)
        return changed
