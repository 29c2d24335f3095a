"""Result of a command: a JSON document, and tables and texts to show."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType

from explorer.answers import Answer, Filter
from explorer.commands import terminal
from explorer.core.columns import Schema

NOTHING_LEFT = "No item is left to choose from; lower --min-ratings or change --where."


@dataclass(frozen=True)
class CommandResult:
    """Result of a command in two forms."""

    document: dict[str, Any]  # for --json
    parts: Sequence[RenderableType]  # for the terminal


def items(answer: Answer, title: str, schema: Schema) -> CommandResult:
    """A table of items under a title."""
    table = terminal.items(answer.found, schema) if len(answer.found) else NOTHING_LEFT
    return CommandResult(answer.document, [title, table])


def asked_filter(args: Namespace) -> Filter:
    """The filter given by --where, --min-ratings and --without."""
    return Filter(args.where, args.min_ratings, getattr(args, "without", ()))
