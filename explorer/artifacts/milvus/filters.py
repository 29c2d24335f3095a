"""Filters of columns as boolean expressions of Milvus, which select the same items.

`publish` stores the values of each item as the kinds of the columns read them, so that both compare the same values. An
expression that Milvus might evaluate differently is not translated.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from explorer.core.columns import Columns
from explorer.core.columns.choice import Choice, OneOf, Range
from explorer.core.columns.expression import syntax_tree
from explorer.core.columns.kinds.boolean import TRUE
from explorer.core.columns.kinds.date import DAY

KINDS = ("number", "date", "boolean", "category", "labels")  # kinds whose values can be compared in the database
COMPARISONS = {
    "COMPARE_EQUAL": "==", "COMPARE_LESSTHAN": "<", "COMPARE_LESSTHANOREQUALTO": "<=", "COMPARE_GREATERTHAN": ">",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
}  # fmt: skip
MIRRORED = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
HAVING = ("list_contains", "list_has", "array_contains", "array_has")
LARGEST = 2**53  # absolute value of an integer, as JSON numbers may be read as float64


class _Untranslated(Exception):
    """Something that Milvus might evaluate differently."""


def documents(columns: Columns, start: int, stop: int) -> dict[str, list[Any]]:
    """Values of the columns that the database can filter by, of some rows, as JSON data."""
    found = {}
    for name, kind in columns.items():
        if kind.name in KINDS and name != "key":
            values = kind.arrow.slice(start, stop - start).to_pylist()
            found[name] = [_json_value(value) for value in values]
    return found


def expression(columns: Columns, choices: Mapping[str, Choice], where: str = "") -> str | None:
    """The expression that selects the items which pass all filters; None if there is none that surely does.

    choices: by column. where: an SQL condition, or "". Raises BadRequest for an invalid one.
    """
    try:
        parts = [_of_choice(columns, name, choice) for name, choice in choices.items() if choice]
        if where.strip():
            parts.append(_of_tree(columns, syntax_tree(columns, where)))
    except _Untranslated:
        return None
    return " and ".join(f"({part})" for part in parts) or None


def _json_value(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat(timespec="microseconds") if hasattr(value, "isoformat") else value


def _of_choice(columns: Columns, name: str, choice: Choice) -> str:
    kind, field = columns[name], _field(columns, name)
    if not choice.asks() or not choice.known or choice.unknown:
        raise _Untranslated
    if isinstance(choice, Range):
        low, high = kind.number(choice.low), kind.number(choice.high)  # type: ignore[attr-defined]
        below = "<="
        if kind.name == "date" and isinstance(choice.high, str) and len(choice.high.strip()) <= 10:
            high, below = high + DAY, "<"  # the whole last day
        ends = ((">=", low), (below, high))
        return " and ".join(f"{field} {sign} {_number(kind.name, end)}" for sign, end in ends if end is not None)
    if not isinstance(choice, OneOf):
        raise _Untranslated
    if kind.name == "boolean":
        return _one_of(field, ["true" if value == TRUE else "false" for value in set(choice.values)])
    values = [_text(value) for value in dict.fromkeys(choice.values)]
    if choice.mode == "only" or not values or (kind.name == "category" and choice.mode != "any" and len(values) > 1):
        raise _Untranslated
    if kind.name == "category":
        return _one_of(field, values)
    has = "any" if choice.mode == "any" else "all"
    return f"json_contains_{has}({field}, [{', '.join(values)}])"


def _one_of(field: str, values: list[str]) -> str:
    return " or ".join(f"{field} == {value}" for value in sorted(values))


def _field(columns: Columns, name: str) -> str:
    if columns[name].name not in KINDS or name == "key":
        raise _Untranslated
    return f"item[{_text(name)}]"


def _number(kind: str, value: float) -> str:
    if kind == "date":
        return _text(str(np.datetime64(int(value), "us")))
    if not math.isfinite(value):
        raise _Untranslated
    return repr(int(value)) if value == int(value) and abs(value) < LARGEST else repr(float(value))


def _text(value: str) -> str:
    """A text in quotes, if it needs no escapes: Milvus and Milvus Lite differ in how they read them."""
    quoted = json.dumps(value, ensure_ascii=False)
    if quoted != f'"{value}"' or not value.isprintable():
        raise _Untranslated
    return quoted


def _of_tree(columns: Columns, tree: Mapping[str, Any]) -> str:
    """The expression of a part of an SQL syntax tree that is a condition; nulls count as false."""
    translate: dict[str, Callable[[Columns, Mapping[str, Any]], str]] = {
        "CONJUNCTION": _conjunction, "COMPARISON": _comparison, "BETWEEN": _between, "OPERATOR": _operator,
        "FUNCTION": _function, "COLUMN_REF": _truth,
    }  # fmt: skip
    if tree["class"] not in translate:
        raise _Untranslated
    return translate[tree["class"]](columns, tree)


def _conjunction(columns: Columns, tree: Mapping[str, Any]) -> str:
    word = " and " if tree["type"] == "CONJUNCTION_AND" else " or "
    return word.join(f"({_of_tree(columns, part)})" for part in tree["children"])


def _comparison(columns: Columns, tree: Mapping[str, Any]) -> str:
    left, right, sign = tree["left"], tree["right"], COMPARISONS.get(tree["type"], "")
    if left["class"] == "CONSTANT":
        left, right, sign = right, left, MIRRORED.get(sign, "")
    name = _column(columns, left)
    numeric = columns[name].name == "number"
    if not sign or (not numeric and sign != "=="):
        raise _Untranslated
    return f"{_field(columns, name)} {sign} {_constant(columns, name, right)}"


def _between(columns: Columns, tree: Mapping[str, Any]) -> str:
    name = _column(columns, tree["input"])
    if columns[name].name != "number":
        raise _Untranslated
    low, high = (_constant(columns, name, tree[end]) for end in ("lower", "upper"))
    return f"{_field(columns, name)} >= {low} and {_field(columns, name)} <= {high}"


def _operator(columns: Columns, tree: Mapping[str, Any]) -> str:
    if tree["type"] != "COMPARE_IN":
        raise _Untranslated
    first, *rest = tree["children"]
    name = _column(columns, first)
    return _one_of(_field(columns, name), [_constant(columns, name, constant) for constant in rest])


def _function(columns: Columns, tree: Mapping[str, Any]) -> str:
    if tree["function_name"].lower() not in HAVING:
        raise _Untranslated
    labels, value = (argument["expression"] for argument in tree["arguments"])
    name = _column(columns, labels)
    if columns[name].name != "labels" or value["class"] != "CONSTANT" or value["literal"]["kind"] != "STRING":
        raise _Untranslated
    return f"json_contains({_field(columns, name)}, {_text(value['literal']['text'])})"


def _truth(columns: Columns, tree: Mapping[str, Any]) -> str:
    name = _column(columns, tree)
    if columns[name].name != "boolean":
        raise _Untranslated
    return f"{_field(columns, name)} == true"


def _column(columns: Columns, tree: Mapping[str, Any]) -> str:
    if tree["class"] != "COLUMN_REF" or len(tree["column_names"]) != 1:
        raise _Untranslated
    (asked,) = tree["column_names"]
    return asked if asked in columns else next(name for name in columns if name.lower() == asked.lower())


def _constant(columns: Columns, name: str, tree: Mapping[str, Any]) -> str:
    """A literal that the column is compared with as the same type in SQL."""
    kind = {"number": ("INTEGER", "NUMERIC"), "category": ("STRING",), "boolean": ("BOOLEAN",)}
    literal = tree.get("literal", {})
    if tree["class"] != "CONSTANT" or literal.get("kind") not in kind.get(columns[name].name, ()):
        raise _Untranslated
    if literal["kind"] == "STRING":
        return _text(literal["text"])
    return str(literal["text"]).lower() if literal["kind"] == "BOOLEAN" else _number("number", float(literal["text"]))
