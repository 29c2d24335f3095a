"""Description of one item column, as stored in the manifest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import inf
from typing import Any

from explorer.errors import BadData

ROLES = ("key", "title", "popularity", "year", "group")


@dataclass(frozen=True)
class Column:
    """Kind, role and label of a column.

    kind: a name in registry.KINDS. role: "" or one of ROLES; popularity tells how well known an item is, group is the
    default color. label: name on screen. separator: between labels in a text file. at_least: default lower limit of the
    filter. minor: values that describe an item only if it has no other, such as a format among genres.
    """

    name: str
    kind: str
    role: str = ""
    label: str = ""
    separator: str = ""
    at_least: float | None = None
    minor: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.role and self.role not in ROLES:
            raise BadData(f"Column {self.name!r} cannot have the role {self.role!r}; roles are {', '.join(ROLES)}.")
        if not self.label:
            object.__setattr__(self, "label", default_label(self.name))

    @property
    def phrase(self) -> str:
        """The label for use within a sentence: "number of ratings", but "IMDb score"."""
        first = self.label.split(maxsplit=1)[0] if self.label.strip() else ""
        return self.label if not first[:1].isupper() or first[1:].lower() != first[1:] else _lower_first(self.label)

    def document(self) -> dict[str, Any]:
        """The column as JSON data, without defaults."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.label == default_label(self.name):
            del found["label"]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items() if value}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Column:
        """Read the column that `document` wrote, ignoring unknown fields. Raises BadData."""
        known = {field.name for field in fields(cls)}
        found = {name: value for name, value in document.items() if name in known}
        least = found.get("at_least")
        if least is not None and (isinstance(least, bool) or not isinstance(least, int | float) or not least < inf):
            raise BadData(f"Column {found.get('name')!r}: at_least must be a number; it is {str(least)[:100]!r}.")
        texts = {name: value for name, value in found.items() if name not in ("at_least", "minor")}
        if not {"name", "kind"} <= found.keys() or not all(isinstance(value, str) for value in texts.values()):
            raise BadData(f"A column needs a name and a kind, both text; this one is {str(dict(document))[:200]}.")
        return cls(**{**found, "minor": tuple(map(str, found.get("minor") or ()))})


def default_label(name: str) -> str:
    """Label of a column that has none: `n_ratings` -> "Number of ratings", `in_stock` -> "In stock"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").strip()
    words = re.sub(r"^(n|num|number of) (?=\w)", "number of ", words)
    return words[:1].upper() + words[1:] if words else name


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
