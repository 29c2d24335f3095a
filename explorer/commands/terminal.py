"""What a terminal shows: tables, and progress on stderr."""

from __future__ import annotations

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

Update = Callable[[str, float, float], Any]  # what is happening, done, in all


class _Output(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command line, which knows that it is no error; rich would exit with status 1."""
        raise BrokenPipeError


def show(parts: Sequence[RenderableType]) -> None:
    """Print texts and tables to stdout; titles with square brackets are no markup."""
    console = _Output(markup=False, highlight=False)
    for part in parts:
        console.print(part)


def say(text: str) -> None:
    """Print one line to stderr at once, while a command is still at work."""
    Console(stderr=True, markup=False, highlight=False, soft_wrap=True).print(text)


def counts(name: str, ratings: int, users: int, items: int, duplicates: int) -> None:
    """Say what was read."""
    say(f"{name}: {ratings:,} ratings, {users:,} users, {items:,} items")
    if duplicates:
        say(f"{duplicates:,} older ratings of the same item by the same user were left out")


def table(rows: Sequence[Sequence[object]], *columns: str) -> Table:
    """A table without rules; numbers stand right, with at most three decimals, what is unknown stays empty."""
    numbers = [all(isinstance(row[place], int | float) for row in rows) for place in range(len(columns))]
    made = Table(*columns, box=None, pad_edge=False)
    for column, number in zip(made.columns, numbers, strict=True):
        column.justify, column.no_wrap = ("right", True) if number else ("left", False)
    for row in rows:
        made.add_row(*map(_cell, row))
    return made


def items(found: pd.DataFrame, schema: Schema) -> Table:
    """A table of items as the queries give them: score, key, title where it is another, and up to three columns."""
    title = schema.by_role("title")
    titled = [title.name] if title and title.name in found and (found[title.name] != found["key"]).any() else []
    facts = [column for column in schema.shown if column.name in found]
    columns = [*(name for name in ("score", "key") if name in found), *titled, *(column.name for column in facts)]
    made = table(found[columns].astype(object).to_numpy().tolist(), *columns)
    for column in facts:
        if column.kind == "labels":
            place = made.columns[columns.index(column.name)]
            place.no_wrap, place.max_width = True, 28
    return made


@contextmanager
def progress() -> Iterator[Update]:
    """A bar on stderr; gives a function (what is happening, done, in all) that moves it.

    A change of what is happening up to the first comma begins a new bar. Where stderr is no terminal nothing is shown.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def update(text: str, done: float, total: float) -> None:
            name = text.split(",")[0]
            if name not in tasks:
                tasks[name] = bars.add_task(text)
            bars.update(tasks[name], description=text, completed=done, total=total)

        yield update


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing reaches stderr meanwhile, not even from C++, which writes past Python to file descriptor 2."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        return ", ".join(map(str, value))
    if pd.isna(value):
        return ""
    if isinstance(value, int):
        return str(value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)
