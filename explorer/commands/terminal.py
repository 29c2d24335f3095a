"""Output on the terminal: tables, and progress on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from explorer.core.columns import Schema
from explorer.core.text.bidirectional import CONTROLS

_CONTROLS = [*range(9), *range(11, 32), *range(127, 160), *CONTROLS]  # all but tab and line feed
_ESCAPED = {code: chr(code).encode("unicode_escape").decode() for code in _CONTROLS}
_JSON = {code: f"\\u{code:04x}" for code in _CONTROLS}
Update = Callable[[str, float, float], Any]  # description, done, total


class _Output(Console):
    def on_broken_pipe(self) -> None:
        """Let the command line handle a closed pipe, which is not an error; rich would exit with status 1."""
        raise BrokenPipeError


def show(parts: Sequence[RenderableType]) -> None:
    """Print texts and tables to stdout; square brackets in titles are not markup."""
    console = _Output(markup=False, highlight=False)
    for part in parts:
        console.print(printable(part) if isinstance(part, str) else part)


def say(text: str) -> None:
    """Print one line to stderr at once; a terminal shows it in several lines between words."""
    console = Console(stderr=True, markup=False, highlight=False)
    console.print(printable(text), soft_wrap=not console.is_terminal)


def printable(text: str) -> str:
    r"""A text whose control characters are escaped, such as `\x1b`: a terminal obeys those of a title or file name."""
    return text.translate(_ESCAPED)


def json_text(document: object) -> str:
    """A JSON document in one line; control characters are escaped, so a terminal does not obey them."""
    return json.dumps(document, ensure_ascii=False).translate(_JSON)


def counts(
    name: str, users: int, items: int, duplicates: int, ratings: int | None = None, interactions: int | None = None
) -> None:
    """Print the counts of the data that was read, either ratings or interactions."""
    if ratings is None:
        say(f"{name}: {interactions:,} pairs of {users:,} users and {items:,} items")
        return
    say(f"{name}: {ratings:,} ratings, {users:,} users, {items:,} items")
    if duplicates:
        say(f"Left out {duplicates:,} older ratings of the same item by the same user")


def table(rows: Sequence[Sequence[object]], *columns: str) -> Table:
    """A table without rules; numbers are right-aligned with at most three decimals, unknown values are empty."""
    numbers = [all(isinstance(row[place], int | float) for row in rows) for place in range(len(columns))]
    result = Table(*map(printable, columns), box=None, pad_edge=False)
    for column, number in zip(result.columns, numbers, strict=True):
        column.justify, column.no_wrap = ("right", True) if number else ("left", False)
    for row in rows:
        result.add_row(*(printable(_cell(value)) for value in row))
    return result


def items(found: pd.DataFrame, schema: Schema) -> Table:
    """Table of query results: score, key, title if it differs, and up to three columns."""
    title = schema.by_role("title")
    titled = [title.name] if title and title.name in found and (found[title.name] != found["key"]).any() else []
    shown = [column for column in schema.shown if column.name in found]
    columns = [*(name for name in ("score", "key") if name in found), *titled, *(column.name for column in shown)]
    result = table(found[columns].astype(object).to_numpy().tolist(), *columns)
    for column in shown:
        if column.kind == "labels":
            place = result.columns[columns.index(column.name)]
            place.no_wrap, place.max_width = True, 28
    return result


@contextmanager
def progress() -> Iterator[Update]:
    """Show a progress bar on stderr; yields a function (description, done, total) that updates it.

    A new description, up to the first comma, begins a new bar. Nothing is shown if stderr is not a terminal.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def update(text: str, done: float, total: float) -> None:
            name = (text := printable(text)).split(",")[0]
            if name not in tasks:
                tasks[name] = bars.add_task(text)
            bars.update(tasks[name], description=text, completed=done, total=total)

        yield update


@contextmanager
def quiet() -> Iterator[None]:
    """Silence stderr, including C++ code that writes to file descriptor 2 directly."""
    sys.stderr.flush()
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        return ", ".join(map(str, value))
    if pd.isna(value):
        return ""
    if isinstance(value, int):
        return str(value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)
