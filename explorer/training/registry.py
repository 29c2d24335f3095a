"""Registry of trainings on data other than ratings.

Each kind is a module with `Options`, a frozen dataclass that validates its values and has a help text per field, and
`train(data, options, seed, report) -> TrainingResult`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from typing import Any

from explorer.errors import BadRequest
from explorer.training.result import Report, TrainingResult

KINDS = {
    "interactions": "items, from who chose them: clicks, plays, purchases",
    "books": "books, from the pages they link to",
    "sequences": "items, from the items near them in sequences",
    "graph": "nodes of a graph, from random walks",
    "categories": "the values of categorical columns, from how they predict a target",
}
_MODULES = {
    "interactions": "interactions.train",
    "books": "wikilinks",
    "sequences": "item2vec",
    "graph": "node2vec",
    "categories": "entity_embeddings",
}


def options(kind: str, given: Mapping[str, Any] | None = None) -> Any:
    """The Options of a kind of KINDS; options that are None or missing keep their default. Raises BadRequest."""
    known = {name: value for name, value in (given or {}).items() if value is not None}
    options_class = _module(kind).Options
    unknown = set(known) - {field.name for field in fields(options_class)}
    if unknown:
        names = ", ".join(field.name for field in fields(options_class))
        raise BadRequest(f"{kind} has no option {', '.join(sorted(unknown))}; there are {names}.")
    return options_class(**known)


def train(kind: str, data: str, chosen: Any, seed: int = 0, report: Report = lambda _: None) -> TrainingResult:
    """Train on a file or folder. chosen: made by `options`. Raises ExplorerError."""
    return _module(kind).train(data, chosen, seed, report)


def _module(kind: str) -> Any:
    if kind not in KINDS:
        raise BadRequest(f"There is no kind of data {kind!r}; choose one of movielens, {', '.join(KINDS)}.")
    return import_module(f"explorer.training.{_MODULES[kind]}")
