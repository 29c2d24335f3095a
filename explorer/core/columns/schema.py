"""The schema of an embedding: its columns in order, and the name of its items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from explorer.core.columns import older_manifests, registry
from explorer.core.columns.cell_labels import separator
from explorer.core.columns.choice import Range
from explorer.core.columns.column import Column
from explorer.core.columns.kinds.number import Number
from explorer.errors import BadData, BadRequest, closest

COLUMNS, NOUN = "columns", "noun"  # fields of the manifest
ITEM = ("item", "items")
POPULARITY = re.compile(
    r"^(n|num)_(ratings|votes|reviews|views|links|users|books|sales|downloads|likes)$"
    r"|^(popularity|counts?|freq|frequency|votes|views|vote_count|ratings_count|rating_count|num_votes)$"
)
YEAR = re.compile(r"(^|_)year(_|$)")
FIRST_YEAR, LAST_YEAR = 1000, 2100
SHOWN = 3  # columns in a list
GROUPS = 50  # most values of a category that can be the default color


class Schema(Mapping[str, Column]):
    """Columns by name, in order; `key` is always one of them.

    noun: singular and plural name of the items.
    """

    def __init__(self, columns: Iterable[Column], noun: tuple[str, str] = ITEM) -> None:
        self._columns = {column.name: column for column in columns}
        self.noun = noun
        for column in self._columns.values():
            registry.kind_named(column.kind)

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        columns = ", ".join(f"{c.name}: {c.kind}{f' ({c.role})' if c.role else ''}" for c in self._columns.values())
        return f"<Schema of {self.noun[1]}: {columns}>"

    def called(self, count: int) -> str:
        """Name of `count` items: "item" or "items"."""
        return self.noun[0] if count == 1 else self.noun[1]

    def column(self, name: str) -> Column:
        """A column by its name. Raises BadRequest, which names the closest."""
        if name not in self._columns:
            near = closest(name, list(self._columns))
            hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else f" There are {', '.join(self)}."
            raise BadRequest(f"There is no column {name!r}.{hint}")
        return self._columns[name]

    def by_role(self, role: str) -> Column | None:
        """The column with a role; None if there is none."""
        return next((column for column in self._columns.values() if column.role == role), None)

    def of_kind(self, *kinds: str) -> list[Column]:
        """Columns of some kinds, in order."""
        return [column for column in self._columns.values() if column.kind in kinds]

    @property
    def attributes(self) -> list[Column]:
        """All columns but key and title."""
        return [column for column in self._columns.values() if column.role not in ("key", "title")]

    def default_filters(self) -> dict[str, Range]:
        """Filters applied by default: the lower limits that the data set defines."""
        return {c.name: Range(low=c.at_least) for c in self._columns.values() if c.at_least is not None}

    def changed(self, name: str, **changes: Any) -> Schema:
        """Schema with another kind, role or label of a column.

        A new role is removed from the column that had it. A role that does not fit the new kind is dropped. Raises
        BadRequest for an unknown column, kind or role, or an invalid combination.
        """
        before = self.column(name)
        try:
            after = replace(before, **changes)
        except BadData as error:
            raise BadRequest(str(error)) from error
        registry.kind_named(after.kind)
        if name == "key" and (after.role, after.kind) != (before.role, before.kind):
            raise BadRequest("The column 'key' names the items; its kind and role cannot be changed.")
        if after.role == "key" and before.role != "key":
            raise BadRequest("The role 'key' belongs to the column 'key'.")
        if after.role in ("popularity", "year") and after.kind != "number":
            if "role" not in changes:
                return self.changed(name, **changes, role="")
            raise BadRequest(f"Column {name!r} is of kind {after.kind}; the role {after.role} needs a number.")
        taken = [
            after if column.name == name
            else replace(column, role="") if after.role and column.role == after.role
            else column
            for column in self._columns.values()
        ]  # fmt: skip
        return Schema(taken, self.noun)

    def called_as(self, nouns: str) -> Schema:
        """Schema with another name of the items, as in "chair/chairs". Raises BadRequest."""
        singular, _, plural = (word.strip() for word in nouns.partition("/"))
        if not singular or not plural:
            raise BadRequest(f"{nouns!r} is not a singular and a plural; write them as in chair/chairs.")
        return Schema(self.values(), (singular, plural))

    @property
    def shown(self) -> list[Column]:
        """At most three columns for lists, beside the title: year, popularity and group, then the first others."""
        roles = [column for role in ("year", "popularity", "group") if (column := self.by_role(role))]
        attributes = [c for c in self.attributes if c.kind not in ("text", "link", "image") and c not in roles]
        return [*roles, *attributes][:SHOWN]

    def document(self) -> dict[str, Any]:
        """The fields of the manifest that describe the schema."""
        return {COLUMNS: [column.document() for column in self._columns.values()], NOUN: list(self.noun)}


def read_schema(manifest: Mapping[str, Any], items: pd.DataFrame) -> Schema:
    """Schema of items: columns described by the manifest, others guessed. Raises BadData."""
    described = manifest.get(COLUMNS) or []
    if not isinstance(described, list) or not all(isinstance(document, Mapping) for document in described):
        raise BadData(f"{COLUMNS!r} of the manifest must be a list of columns.")
    columns = {column.name: column for column in map(Column.from_document, described) if column.name in items}
    unknown = next((c for c in columns.values() if c.kind not in registry.KINDS), None)
    if unknown is not None:  # written by a newer version
        del columns[unknown.name]
    guessed = guess_columns(items[[name for name in items if name not in columns]], not described)
    found = {**columns, **{column.name: column for column in guessed}}
    noun: list[Any] = list(manifest.get(NOUN) or [])
    named = len(noun) == len(ITEM) and all(isinstance(word, str) and word.strip() for word in noun)
    ordered = found.values() if described else [found[name] for name in items if name in found]
    return Schema(ordered, (noun[0], noun[1]) if named else older_manifests.noun(manifest))


def guess_columns(
    items: pd.DataFrame, roles: bool = True, known: Mapping[str, tuple[str, str]] | None = None
) -> list[Column]:
    """Guess the kind of each column of a table and, if `roles`, the roles by name and kind.

    known: kind and separator of columns for which they are not guessed.
    """
    given = {name: Column(str(name), kind, separator=separator) for name, (kind, separator) in (known or {}).items()}
    columns = [given[name] if name in given else guess_column(items[name]) for name in items]
    if not roles:
        return columns
    names = {column.name: n for n, column in enumerate(columns)}
    for role, name in (("key", "key"), ("title", "title")):
        if name in names:
            columns[names[name]] = replace(columns[names[name]], kind="text", separator="", role=role)
    for role, found in (
        ("year", _first_year(columns, items)),
        ("popularity", _first_popularity(columns)),
        ("group", _first_group(columns, items)),
    ):
        if found is not None:
            columns[names[found]] = replace(columns[names[found]], role=role)
    return columns


def guess_column(values: pd.Series) -> Column:
    """Guess the kind of a column and the separator of its labels."""
    kind, name = registry.guess(values), str(values.name)
    parted = ""
    if kind == "labels" and isinstance(values.dtype, pd.StringDtype):
        parted = separator(values.dropna())
    return Column(name, kind, separator=parted)


def _first_year(columns: list[Column], items: pd.DataFrame) -> str | None:
    for column in columns:
        if column.kind == "number" and YEAR.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.name).lower()):
            numbers = Number.parse(items[column.name]).dropna().astype(float)
            fits = (numbers >= FIRST_YEAR) & (numbers <= LAST_YEAR) & (numbers % 1 == 0)
            if len(numbers) and fits.mean() > 0.9:
                return column.name
    return None


def _first_popularity(columns: list[Column]) -> str | None:
    fits = (c.name for c in columns if c.kind == "number" and not c.role and POPULARITY.match(c.name.lower()))
    return next(fits, None)


def _first_group(columns: list[Column], items: pd.DataFrame) -> str | None:
    """The first labels column, else the first category of few values, else the first boolean."""
    labels = [column.name for column in columns if column.kind == "labels"]
    few = [c.name for c in columns if c.kind == "category" and 1 < items[c.name].nunique() <= GROUPS]
    booleans = [column.name for column in columns if column.kind == "boolean"]
    return next(iter([*labels, *few, *booleans]), None)
