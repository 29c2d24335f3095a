"""Result of a training on sequences, graphs, tables or links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from explorer.core.likely import Likely

Report = Callable[
    [dict[str, Any]], Any
]  # told `phase`, `done`, `total`; a point of the curve; or `said`, what was read


def read_progress(report: Report) -> Callable[[int, int], Any]:
    """What tells a report how far a file is read: called with (bytes done, bytes in all)."""
    return lambda done, total: report({"phase": "reading", "done": done, "total": total})


def report_epoch(report: Report, phase: str, epochs: int, point: dict[str, float]) -> None:
    """Report the end of an epoch: a point of the learning curve, with `epoch` and what was measured after it."""
    report({"phase": phase, "done": point["epoch"], "total": epochs, "epochs": epochs, "fraction": 1.0, **point})


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """An embedding, what is known of its items and of how it came about, and others that were learned with it."""

    vectors: np.ndarray  # (n, d) float32
    items: pd.DataFrame  # n rows in the same order: `key`, and what else is known
    manifest: dict[str, Any]  # dataset, model, params, seed, metrics, curve, licence, citation, as far as there are any
    card_text: str  # for the data card, Markdown: what it was made of, how, how it was measured, what to keep in mind
    companions: Mapping[str, TrainingResult] = field(
        default_factory=dict
    )  # ending of the artifact's name -> another embedding
    users: np.ndarray | None = None  # see artifacts.save
    likely: Likely | None = None  # the order `likely` over the same items
