"""What a command answers: as a document, and as something to show."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from rich.console import RenderableType

from explorer import artifacts
from explorer.commands import terminal
from explorer.core.column_direction import without_column
from explorer.core.columns import Range, Schema
from explorer.core.embedding import Embedding

NOTHING_LEFT = "No item is left to choose from; lower --min-ratings or change --where."


@dataclass(frozen=True)
class CommandResult:
    """What a command found, twice."""

    document: dict[str, Any]  # for --json
    parts: Sequence[RenderableType]  # for people


def items(asked: dict[str, Any], found: pd.DataFrame, title: str, schema: Schema) -> CommandResult:
    """A table of items, as `results`."""
    table = terminal.items(found, schema) if len(found) else NOTHING_LEFT
    return CommandResult({**asked, "results": records(found)}, [title, table])


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON knows them: what is unknown becomes null."""
    return json.loads(table.to_json(orient="records"))


def asked_embedding(args: Namespace) -> Embedding:
    """The embedding of a query, its vectors without the columns of --without. Raises BadArtifact, BadRequest."""
    embedding = artifacts.load(args.artifact)
    for text in args.without:
        name, _, value = (text, "", "") if text in embedding.schema else text.rpartition("=")
        embedding = without_column(embedding, name or text, value or None)
    return embedding


def mask(embedding: Embedding, args: Namespace) -> np.ndarray:
    """Which items --where and --min-ratings leave: (n,) bool. Raises BadRequest."""
    popularity = embedding.schema.by_role("popularity")
    choices = {popularity.name: Range(low=args.min_ratings)} if popularity and args.min_ratings > 0 else {}
    return embedding.columns.filtered(choices, args.where).mask
