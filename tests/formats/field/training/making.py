"""A small world of 24 ratings, files made from it, and the comparison of what was read with the expected result."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from explorer.datasets.categorical_table import read_table
from explorer.datasets.graph_edges import read_graph
from explorer.datasets.interactions import InteractionSource, load_interactions
from explorer.datasets.rating_table import RatingSource, load_ratings
from explorer.datasets.sequences import read_sequences
from explorer.datasets.wikipedia import books
from explorer.errors import ExplorerError


class Row(NamedTuple):
    """User, item, stars, seconds since 1970, and row."""

    u: int
    i: int
    r: int
    t: int
    n: int

    @property
    def d(self) -> datetime.datetime:
        """The time in UTC."""
        return datetime.datetime.fromtimestamp(self.t, datetime.UTC)


WORLD = [
    Row(u, (u + 2 * k) % 8, (u * 3 + k * 2) % 5 + 1, 1_400_000_000 + 90_061 * (4 * u + k), 4 * u + k)
    for u in range(6)
    for k in range(4)
]


class Case(NamedTuple):
    """Kind of training, files by name, options of the reader, and what is expected.

    want: `rows` (user, item) -> value; `sequences`; `edges`; `columns` and `target`; `error` a pattern of the message;
    `or_error` a pattern of an acceptable message; `note` a pattern of what the reading must say.
    """

    kind: str
    files: dict[str, str | bytes]
    options: dict[str, Any]
    want: dict[str, Any]


def lines(template: str, rows: list[Row] = WORLD) -> str:
    """A line of text for each row."""
    return "".join(template.format(**row._asdict(), d=row.d) + "\n" for row in rows)


def expected(
    u: str = "{u}", i: str = "{i}", values: Any = lambda row: row.r, rows: list[Row] = WORLD
) -> dict[Any, Any]:
    """Values by user and item."""
    pairs = [(u.format(u=row.u, n=row.n), i.format(i=row.i), values(row)) for row in rows]
    return {(user, item): float(value) for user, item, value in pairs if value is not None}


def once(u: str = "{u}", i: str = "{i}") -> dict[Any, Any]:
    """The value 1 by user and item."""
    return expected(u, i, lambda row: 1)


def jsonl(make: Callable[[Row], Any]) -> str:
    """A line of JSON for each row."""
    return "".join(json.dumps(make(row)) + "\n" for row in WORLD)


NAMED = expected("u{u}", "i{i}")


def problems(case: Case, folder: Path) -> list[str]:
    """Differences from what is expected; none if the reading is right."""
    for name, content in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    path, want = folder / next(iter(case.files)).partition("/")[0], case.want
    try:
        found, notes = _READ[case.kind](path, case.options)
    except ExplorerError as error:
        pattern = want.get("error") or want.get("or_error")
        return [] if pattern and re.search(pattern, str(error)) else [f"stopped: {error}"]
    if "error" in want:
        return [f"read in silence {str(found)[:300]}, {notes}"]
    wrong = [f"{name}: {str(found.get(name))[:300]}" for name in found if name in want and found[name] != want[name]]
    if "note" in want and not re.search(want["note"], "\n".join(notes)):
        wrong.append(f"said only {notes}")
    return wrong


def _ratings(path: Path, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    read = load_ratings(path, RatingSource(**options))
    return {"rows": _pairs(read, read.rating)}, list(getattr(read, "notes", []))


def _interactions(path: Path, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    read = load_interactions(path, InteractionSource(**options))
    return {"rows": _pairs(read, read.weight)}, list(getattr(read, "notes", []))


def _pairs(read: Any, values: Any) -> dict[Any, Any]:
    items = read.items["item_id"].tolist()
    return {
        (str(read.user_ids[u]), str(items[i])): round(float(value), 4)
        for u, i, value in zip(read.user, read.item, values, strict=True)
    }


def _sequences(path: Path, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    read, names = read_sequences(path, **options)
    bounds = zip(read.starts[:-1], read.starts[1:], strict=True)
    return {"sequences": [[names[n] for n in read.tokens[a:b]] for a, b in bounds]}, list(getattr(read, "notes", []))


def _graph(path: Path, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    graph, names = read_graph(path, **options)
    edges = {
        (*sorted((names[a], names[b])), round(float(w), 4)) for a, b, w in zip(*graph.pairs(), strict=True) if a != b
    }
    return {"edges": edges}, list(getattr(graph, "notes", []))


def _categories(path: Path, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    read = read_table(path, **options)
    columns = {column.name: [column.values[code] for code in column.codes.ravel()] for column in read.columns}
    numbers = [float(f"{number:.7g}") for number in read.target]
    target = [read.classes[int(code)] for code in numbers] if read.classes else numbers
    return {"columns": columns, "target": target}, [*getattr(read, "notes", []), *map(str, read.left_out)]


def _books(path: Path, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    return {"books": books.load(path, **options)}, []


_READ = {
    "ratings": _ratings,
    "interactions": _interactions,
    "sequences": _sequences,
    "graph": _graph,
    "categories": _categories,
    "books": _books,
}
