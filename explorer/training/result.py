"""Result of a training on sequences, graphs, tables or links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from explorer.core.user_models.likely import Likely

Report = Callable[[dict[str, Any]], Any]  # called with `phase`, `done`, `total`; a point of the curve; or `message`


def read_progress(report: Report) -> Callable[[int, int], Any]:
    """Callback (bytes done, bytes in total) that reports progress of reading a file."""
    return lambda done, total: report({"phase": "reading", "done": done, "total": total})


def say(report: Report, notes: Iterable[str]) -> None:
    """Report notes about the data, one message each."""
    for note in notes:
        report({"message": note})


def report_epoch(report: Report, phase: str, epochs: int, point: dict[str, float]) -> None:
    """Report the end of an epoch: a point of the learning curve, with `epoch` and its metrics."""
    report({"phase": phase, "done": point["epoch"], "total": epochs, "epochs": epochs, "fraction": 1.0, **point})


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """Result of a training: vectors, items, metadata, and companions that were learned with them."""

    vectors: np.ndarray  # (n, d) float32
    items: pd.DataFrame  # n rows in the same order: `key` and other columns
    manifest: dict[str, Any]  # dataset, model, params, seed, metrics, curve, licence, citation, as available
    card_text: str  # Markdown for the data card: data, method, evaluation, limitations
    companions: Mapping[str, TrainingResult] = field(
        default_factory=dict
    )  # suffix of the artifact's name -> another embedding
    users: np.ndarray | None = None  # see artifacts.save
    likely: Likely | None = None  # the order `likely` over the same items
