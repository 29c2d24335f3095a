"""Shared steps of the Spark trainings: progress, collecting results, manifest."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from explorer.datasets.movielens import description
from explorer.datasets.ratings import COUNT, item_keys, well_rated
from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.result import Report, TrainingResult
from explorer.training.spark.filesystem import Store, stack_users, table
from explorer.training.spark.ratings import SparkRatings
from explorer.training.spark.request import MEANINGLESS, MODELS, Request

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, eq=False)
class Run:
    """A running training on Spark."""

    request: Request
    recipe: Hyperparameters
    store: Store
    ratings: SparkRatings
    folder: Path  # local
    report: Report

    def phase(self, name: str) -> None:
        """Report the start of a phase of unknown length."""
        self.report({"phase": name, "done": 0, "total": 1})

    def items(self, frame: DataFrame, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Collect a table of item, vector and bias.

        Returns item numbers (n,) int64, ascending, vectors (n, d) float32 and biases (n,) float32.
        """
        found = table(self.store.bring(frame, "item", frame.count(), self._width(), self.folder / name))
        bias = found["bias"] if "bias" in found.column_names else np.zeros(len(found), np.float32)
        return np.asarray(found["item"], np.int64), self._vectors(found), np.asarray(bias, np.float32)

    def users(self, frame: DataFrame) -> np.ndarray:
        """Collect a table of user, vector and bias: (u, d + 1) float32 by user, memory-mapped."""
        users, folder = self.ratings.n_users, self.folder / "users"
        self.store.bring(frame.select("user", "vector", "bias"), "user", users, self._width(), folder)
        return stack_users(folder, self.folder / "users.npy", users, self.recipe.size)

    def result(
        self,
        items: tuple[np.ndarray, np.ndarray, np.ndarray],
        metrics: dict[str, Any],
        evaluation: str,
        entries: dict[str, Any],
        users: np.ndarray | None = None,
    ) -> TrainingResult:
        """Result: items with enough ratings, all users, manifest and card. evaluation: its description, Markdown."""
        numbers, vectors, bias = items
        known = self.ratings.items.set_index("item").loc[numbers].reset_index(drop=True)
        rows = well_rated(known, self.request.min_ratings)
        known = known.iloc[rows].reset_index(drop=True)
        known["key"] = item_keys(known)  # made again, since fewer titles collide among the kept items
        if "mean" in entries:
            known["bias"] = bias[rows]
        if not self.ratings.rated:
            known = known.rename(columns={COUNT: "count"})
        manifest = {"kind": self.ratings.kind, **entries, "model": self.request.model, "engine": "spark"}
        manifest |= {**self._params(), "metrics": metrics, "dataset": self.ratings.read}
        if self.ratings.rated:
            manifest |= {"scale": list(self.ratings.scale), "min_ratings": self.request.min_ratings}
        else:
            manifest["params"]["min_count"] = self.request.min_ratings
        if self.ratings.kind == "movielens":
            manifest |= description.manifest_fields()
        return TrainingResult(vectors[rows], known, manifest, self._card(evaluation, users), users=users)

    def _params(self) -> dict[str, Any]:
        left_out = (*MEANINGLESS[self.request.model], "decay", "patience", "weight")
        params = {name: value for name, value in asdict(self.recipe).items() if name not in left_out}
        return {"params": {**params, "seed": self.request.seed, "refit": True}, "seed": self.request.seed}

    def _card(self, evaluation: str, users: np.ndarray | None) -> str:
        ratings, counts, least = self.ratings, self.ratings.read, self.request.min_ratings
        if ratings.rated:
            what = f"{counts['ratings']:,} ratings"
            left = f"Items with fewer than {least:,} ratings were used in training and are left out here."
        else:
            what = f"{counts['interactions']:,} choices"
            left = f"Items that fewer than {least:,} users chose are left out."
        params = ", ".join(f"{name} {value}" for name, value in self._params()["params"].items())
        people = "It contains no users." if users is None else "`users.npy`: a vector and a bias per user, without ids."
        return f"""## How it was made

Trained by Spark: {MODELS[self.request.model]}.
Data: {counts["name"]}, {what} of {counts["items"]:,} items by {counts["users"]:,} users.
{left} Parameters: {params}.
{people}

## How good it is

{evaluation} It was then trained again on all data."""

    def _width(self) -> int:
        return 4 * (self.recipe.size + 3)

    def _vectors(self, found: pa.Table) -> np.ndarray:
        flat = found["vector"].combine_chunks().flatten()
        return np.asarray(flat, np.float32).reshape(len(found), self.recipe.size)


def counts(ratings: SparkRatings, numbers: np.ndarray) -> np.ndarray:
    """Number of ratings of some items, (n,) int64. numbers: (n,) item numbers."""
    return ratings.items.set_index("item")[COUNT].loc[numbers].to_numpy(np.int64)
