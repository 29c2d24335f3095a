"""Conditions on items, written as one SQL expression and evaluated by DuckDB.

An expression is parsed first and may contain only the parts listed here: no subquery, no second statement, and no
function that reads anything but its arguments or can produce large output. DuckDB then runs it without access to files
and settings, with limits on time and memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from explorer.errors import BadRequest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from explorer.core.columns.table import Columns

SECONDS = 5.0
LONGEST = 10_000  # most characters of an expression
DEEPEST = 100  # most brackets inside each other; the time to parse them grows faster than their number
LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "memory_limit": "512MB",
    "max_temp_directory_size": "0KB",
    "threads": "1",
    "lock_configuration": "true",
}
CLASSES = {"BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION",
           "OPERATOR", "TYPE"}  # fmt: skip
TYPES = {"BIGINT", "BOOLEAN", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "INT", "INTEGER", "INTERVAL", "REAL",
         "SMALLINT", "STRING", "TEXT", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "VARCHAR"}  # fmt: skip
FUNCTIONS = {
    "+", "-", "*", "/", "//", "%", "**", "^", "!", "~~", "!~~", "~~*", "!~~*", "abs", "array_contains", "array_has",
    "array_has_all", "array_has_any", "array_length", "array_position", "bool_and", "ceil", "ceiling", "contains",
    "current_date", "date_diff", "date_part", "date_trunc", "datediff", "datepart", "datetrunc", "day", "dayofweek",
    "dayofyear", "ends_with", "exp", "floor", "greatest", "hour", "ifnull", "isfinite", "isinf", "isnan", "isodow",
    "least", "left", "len", "length", "list_contains", "list_extract", "list_has", "list_has_all", "list_has_any",
    "list_position", "ln", "log", "log10", "log2", "lower", "ltrim", "minute", "mod", "month", "nullif", "pow", "power",
    "prefix", "quarter", "regexp_full_match", "regexp_matches", "right", "round", "rtrim", "second", "sign", "sqrt",
    "starts_with", "substr", "substring", "suffix", "to_days", "to_hours", "to_months", "to_years", "today", "trim",
    "trunc", "upper", "week", "year", "^@", "&&", "@>", "<@", "date_add", "date_sub", "array_extract", "list_value",
}  # fmt: skip
HELP = "Write a condition such as price < 20 and brand in ('Acme', 'Bolt'), or list_contains(tags, 'new')."


def evaluate(columns: Columns, expression: str) -> np.ndarray:
    """Items for which an SQL condition is true: (n,) bool. A null result counts as false.

    expression: uses columns by name; labels are lists of text. Raises BadRequest for anything but a single condition,
    an unknown column, or an evaluation that takes more than 5 seconds or 512 MB.
    """
    import duckdb

    text = expression.strip()
    if not text:
        raise BadRequest(f"The condition is empty. {HELP}")
    if len(text) > LONGEST:
        raise BadRequest(f"The condition has {len(text):,} characters; the limit is {LONGEST:,}.")
    if (depth := _depth(text)) > DEEPEST:
        raise BadRequest(f"The condition has {depth:,} brackets inside each other; the limit is {DEEPEST}.")
    connection = duckdb.connect(":memory:", config=LOCKED)
    try:
        names = _columns_of(_parsed(connection, text), columns, text)
        row = "row"
        while row in {name.lower() for name in names}:
            row += "_"
        table = {row: pa.array(np.arange(columns.n))} | {name: columns[name].arrow for name in names}
        return _run(connection, pa.table(table), row, text, columns.n)
    except duckdb.Error as error:
        raise BadRequest(f"{_quoted(text)} cannot be evaluated: {_first_line(error)}. {HELP}") from error
    finally:
        connection.close()


def syntax_tree(columns: Columns, expression: str) -> Mapping[str, Any]:
    """DuckDB's syntax tree of a condition on columns. Raises BadRequest for anything but a single condition."""
    import duckdb

    with duckdb.connect(":memory:", config=LOCKED) as connection:
        tree = _parsed(connection, expression.strip())
    _columns_of(tree, columns, expression)
    return tree


def _run(connection: DuckDBPyConnection, table: pa.Table, row: str, text: str, n: int) -> np.ndarray:
    import duckdb

    connection.register("items", table)
    (kind,) = connection.sql(f"SELECT ({text}\n) FROM items LIMIT 0").types
    if str(kind) not in ("BOOLEAN", '"NULL"'):
        raise BadRequest(f"{_quoted(text)} is not a condition: its type is {kind}, not BOOLEAN. {HELP}")
    done = Event()
    Thread(target=_interrupt_late, args=(connection, done), daemon=True).start()
    try:
        found = connection.execute(f"SELECT {row} FROM items WHERE ({text}\n)").fetchnumpy()[row]
    except duckdb.InterruptException:
        raise BadRequest(f"{_quoted(text)} took more than {SECONDS:g} seconds and was stopped.") from None
    finally:
        done.set()
    mask = np.zeros(n, bool)
    mask[np.asarray(found)] = True
    return mask


def _interrupt_late(connection: DuckDBPyConnection, done: Event) -> None:
    """Interrupt the query after SECONDS, repeatedly: an interrupt between two steps of the query is lost."""
    wait = SECONDS
    while not done.wait(wait):
        connection.interrupt()
        wait = 0.05


def _parsed(connection: DuckDBPyConnection, text: str) -> Mapping[str, Any]:
    """Syntax tree of a text with a single expression. Raises BadRequest."""
    (answer,) = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [f"SELECT ({text}\n)"]).fetchall()[0]
    try:
        tree = json.loads(answer)
    except RecursionError as error:
        raise BadRequest(f"{_quoted(text)} is nested too deeply. {HELP}") from error
    if tree.get("error"):
        reason = tree.get("error_message", "")
        if "SELECT statements" in reason:
            reason = "only one expression is allowed"
        raise BadRequest(f"{_quoted(text)} cannot be read: {reason}. {HELP}")
    statements = tree.get("statements", [])
    node = statements[0]["node"] if len(statements) == 1 else {}
    parts = node.get("select_list", [])
    allowed = {"type": "SELECT_NODE", "aggregate_handling": "STANDARD_HANDLING"}
    whole = (
        len(parts) == 1
        and (node.get("from_table") or {}).get("type") == "EMPTY"
        and all(node.get(name) == value for name, value in allowed.items())
        and not any(node.get(name) for name in ("modifiers", "where_clause", "group_expressions", "group_sets",
                                                "having", "sample", "qualify"))
        and not (node.get("cte_map") or {}).get("map")
        and not statements[0].get("named_param_map")
    )  # fmt: skip
    if not whole:
        raise BadRequest(f"{_quoted(text)} is more than one expression. {HELP}")
    return parts[0]


def _columns_of(tree: Mapping[str, Any], columns: Columns, text: str) -> list[str]:
    """Columns that an expression uses. Raises BadRequest for an unknown column or a part that is not allowed."""
    found: dict[str, str] = {}
    lower = {name.lower(): name for name in reversed(list(columns))}
    for part in _parts(tree):
        what = part["class"]
        if what not in CLASSES:
            raise BadRequest(
                f"{_quoted(text)} contains {_part_name(what)}, which is not allowed in a condition. {HELP}"
            )
        if what == "FUNCTION" and (part["function_name"].lower() not in FUNCTIONS or part.get("schema")):
            raise BadRequest(f"The function {part['function_name']!r} cannot be used in a condition. {HELP}")
        if what == "TYPE" and part["type_name"].upper() not in TYPES:
            raise BadRequest(f"The type {part['type_name']!r} cannot be used in a condition. {HELP}")
        if what == "COLUMN_REF":
            asked = ".".join(part["column_names"])
            name = asked if asked in columns else lower.get(asked.lower())
            if name is None:
                columns.schema.column(asked)  # raises BadRequest with the closest name
            elif len(part["column_names"]) > 1:
                raise BadRequest(f'Write "{asked}" in double quotes: its name contains a dot.')
            elif found.setdefault(asked.lower(), str(name)) != name:
                raise BadRequest(f"{found[asked.lower()]!r} and {name!r} differ only in case; use one of them.")
    return list(found.values())


def _parts(tree: Any) -> Iterator[Mapping[str, Any]]:
    """All nodes of the syntax tree."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            if isinstance(part.get("class"), str) and "type" in part:
                yield part
            waiting += [value for value in part.values() if isinstance(value, dict | list)]


def _depth(text: str) -> int:
    """Number of brackets inside each other; those in quotes and comments count too."""
    deepest = depth = 0
    for character in text:
        depth = max(0, depth + (character in "([{") - (character in ")]}"))
        deepest = max(deepest, depth)
    return deepest


def _part_name(what: str) -> str:
    names = {"SUBQUERY": "a query", "LAMBDA": "a lambda", "STAR": "*", "PARAMETER": "a parameter", "WINDOW": "a window"}
    return names.get(what, what.lower())


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 200 else f"{text[:199]}…")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or ["unknown error"]
    return lines[0].removesuffix(".")
