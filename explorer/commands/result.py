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

from explorer.commands import terminal
from explorer.core import filters
from explorer.core.embedding import Embedding

NOTHING_LEFT = "No item is left to choose from; lower --min-ratings."


@dataclass(frozen=True)
class CommandResult:
    """What a command found, twice."""

    document: dict[str, Any]  # for --json
    parts: Sequence[RenderableType]  # for people


def items(asked: dict[str, Any], found: pd.DataFrame, title: str) -> CommandResult:
    """A table of items, as `results`."""
    table = terminal.items(found) if len(found) else NOTHING_LEFT
    return CommandResult({**asked, "results": records(found)}, [title, table])


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON knows them: what is unknown becomes null."""
    return json.loads(table.to_json(orient="records"))


def mask(embedding: Embedding, args: Namespace) -> np.ndarray:
    """Which items have at least --min-ratings: (n,) bool."""
    return filters.popularity(embedding.items, args.min_ratings)
