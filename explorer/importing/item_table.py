"""The item table of an import: key, title, then the other columns under their own names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from explorer.core.columns import Column, Schema, guess_columns, kind_named
from explorer.core.columns.amounts import read_amounts
from explorer.errors import BadRequest
from explorer.formats.parsed_file import cell_text
from explorer.importing.plan import KINDS, guess_kind

if TYPE_CHECKING:
    from explorer.importing.plan import Plan

TITLE = 120  # most characters of a title; longer texts are shortened


def item_table(items: pd.DataFrame, keys: pd.Series, plan: Plan) -> tuple[pd.DataFrame, Schema, dict[str, str]]:
    """The items of an embedding, the schema of their columns, and column of `items` -> its name there, if not left out.

    keys: (n,) non-empty texts, made unique here. Long titles are shortened; their column keeps the full text. Raises
    BadRequest for an unknown kind.
    """
    columns: dict[str, Any] = {"key": numbered(keys.astype(str).tolist())}
    if plan.title is not None and plan.title in items:
        titles = items[plan.title].map(cell_text, na_action="ignore").astype(object)
        titles = titles.where(titles.astype("str").str.strip() != "")
        columns["title"] = [short(text) for text in titles.fillna(keys).astype(str)]
    kinds: dict[str, tuple[str, str]] = {}
    units: dict[str, str] = {}
    names: dict[str, str] = {}
    replaced = {"key": plan.key or "key", "title": plan.title or "title"}  # a column of this name that is another one
    for name in items:
        kind, separator = (plan.kinds[name], "") if name in plan.kinds else guess_kind(items[name])
        if kind not in KINDS:
            raise BadRequest(f"{name!r} cannot be a {kind!r}; a column is one of {', '.join(KINDS)}.")
        whole = name == "title" and "title" in columns and items[name].dropna().map(cell_text).map(_is_shortened).any()
        target = "full title" if whole and "full title" not in items else name
        if replaced.get(name, name) != name:
            target = next(f"{name} ({n})" for n in range(2, len(items.columns) + 3) if f"{name} ({n})" not in items)
        if kind == "skip":
            continue
        names[name] = target
        if target in columns:
            continue
        kinds[target] = kind, plan.separators.get(name, separator)
        ids = kind == "text" and pd.api.types.is_integer_dtype(items[name])
        parse = kind_named("number" if kind == "year" else kind).parse
        columns[target] = items[name] if ids else parse(items[name], kinds[target][1])
        if kind == "number" and (amounts := read_amounts(items[name].dropna())):
            units[target] = amounts[1]
    items = pd.DataFrame(columns)
    return items, _with_units(_schema(items, kinds, plan), units), names


def _with_units(schema: Schema, units: dict[str, str]) -> Schema:
    """The schema with the units of columns in their labels, as their values are numbers without a unit."""
    columns = [
        replace(column, label=f"{column.label} ({units[name]})") if name in units else column
        for name, column in schema.items()
    ]
    return Schema(columns)


def _schema(items: pd.DataFrame, kinds: dict[str, tuple[str, str]], plan: Plan) -> Schema:
    """The schema of the columns: kinds from the plan, other roles from names and kinds."""
    columns: list[Column] = []
    known = {name: ("number" if kind == "year" else kind, separator) for name, (kind, separator) in kinds.items()}
    for column in guess_columns(items, known=known):
        if column.name in kinds:
            kind, separator = kinds[column.name]
            role = "year" if kind == "year" else "popularity" if column.name == plan.popularity else column.role
            role = "" if role in ("popularity", "year") and (kind not in ("number", "year")) else role
            role = "" if column.role == "popularity" and plan.popularity not in (None, column.name) else role
            role = "" if role == "year" and kind == "number" else role
            role = "" if role == "group" and kind not in ("category", "labels", "boolean") else role
            column = replace(column, kind="number" if kind == "year" else kind, separator=separator, role=role)
        taken = column.role and any(other.role == column.role for other in columns)
        columns.append(replace(column, role="") if taken else column)
    if not any(column.role == "group" for column in columns):
        groups = [n for n, column in enumerate(columns) if column.kind in ("labels", "category") and not column.role]
        if groups and items[columns[groups[0]].name].map(str).nunique() < len(items):
            columns[groups[0]] = replace(columns[groups[0]], role="group")
    return Schema(columns)


def _is_shortened(text: str) -> bool:
    return len(text) > TITLE or "\n" in text


def short(text: str) -> str:
    """Shorten a text to a title: one line of at most TITLE characters, cut after a word."""
    line = " ".join(text[: 4 * TITLE].split())
    if len(line) <= TITLE and len(text) <= 4 * TITLE:
        return text if len(text) <= TITLE and "\n" not in text else line or text[:TITLE]
    cut = line[: TITLE - 1]
    return (cut.rpartition(" ")[0] or cut) + "\N{HORIZONTAL ELLIPSIS}"


def numbered(keys: list[str]) -> list[str]:
    """Make keys unique by numbering duplicates: `a`, `a (2)`."""
    taken, counts = set(keys), dict[str, int]()
    names = []
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
        name = key
        while counts[key] > 1:
            name = f"{key} ({counts[key]})"
            if name not in taken:
                taken.add(name)
                break
            counts[key] += 1
        names.append(name)
    return names
