"""Boolean: true or false, such as whether a product is in stock."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from explorer.core.columns.color import TWO, Discrete
from explorer.core.columns.kind import narrow, sample, stringy, tally, unknown_cell
from explorer.core.columns.kinds.category import Category
from explorer.core.columns.summary import Counts
from explorer.core.columns.target import Target
from explorer.core.columns.traits import Traits

PAIRS = (("true", "false"), ("yes", "no"), ("t", "f"), ("y", "n"), ("on", "off"))
TRUE, FALSE = "true", "false"
_WORDS = {word: n == 0 for pair in PAIRS for n, word in enumerate(pair)} | {"1": True, "0": False}


class Boolean(Category):
    """True, false or unknown for each item; a choice names "true" or "false"."""

    name = "boolean"

    @staticmethod
    def guess(values: pd.Series) -> float:
        if pd.api.types.is_bool_dtype(values):
            return 1.0
        if not len(values):
            return 0.0
        if pd.api.types.is_numeric_dtype(values):
            return 0.85 if set(values.unique()) == {0, 1} else 0.0
        if stringy(values):
            found = set(sample(values).str.strip().str.lower().unique())
            whole = any(found <= set(pair) for pair in PAIRS[:2]) or any(found == set(pair) for pair in PAIRS)
            return 0.9 if whole else 0.0
        return 1.0 if all(isinstance(cell, bool | np.bool_) for cell in sample(values)) else 0.0

    @staticmethod
    def parse(values: pd.Series, separator: str = "") -> pd.Series:
        if pd.api.types.is_bool_dtype(values) and values.dtype != object:
            return values.astype("boolean")
        return values.map(_truth).astype("boolean")

    @cached_property
    def _coded(self) -> tuple[np.ndarray, tuple[str, ...]]:
        truth = self.values.to_numpy(dtype=float, na_value=2)
        return narrow(np.where(truth == 2, -1, 1 - truth), 2), (TRUE, FALSE)

    @cached_property
    def arrow(self) -> pa.Array:
        return pa.array(self.values, pa.bool_(), from_pandas=True)

    def shown(self, value: str) -> str:
        return "yes" if value == TRUE else "no"

    def named_alone(self, value: str) -> str:
        return self.column.label if value == TRUE else f"not {self.column.phrase}"

    def summary(self, among: np.ndarray | None = None) -> Counts:
        counts, unknown = tally(self.codes, among, 2)
        return Counts(int(counts.sum()), unknown, self.names, counts)

    def order(self, descending: bool = False) -> np.ndarray:
        rows = np.flatnonzero(self.known)
        rank = -self.codes[rows]
        found = rows[np.argsort(-rank if descending else rank, kind="stable")]
        return np.concatenate([found, np.flatnonzero(~self.known)])

    def colors(self) -> Discrete:
        return Discrete(self.column.label, self.codes, ("yes", "no"), TWO)

    def enrichment(self, selected: np.ndarray, rest: np.ndarray) -> pd.DataFrame:
        return super().enrichment(selected, rest).head(1)  # the row for "no" is redundant

    def association(self, score: np.ndarray) -> list[tuple[str, str, float]]:
        return [(self.column.label, measure, value) for _, measure, value in super().association(score)[:1]]

    def traits(self) -> list[Traits]:
        names = tuple(map(self.named_alone, self.names))
        return [Traits(self.column.name, names, self.codes[:, None] == np.arange(2))]

    def target(self) -> Target | None:
        rows = np.flatnonzero(self.known)
        values = self.codes[rows] == 0
        if min(values.sum(), (~values).sum()) < 10:
            return None
        return Target("AUC", rows, values[:, None], (self.column.label,), 0.5)


def _truth(cell: object) -> object:
    if unknown_cell(cell):
        return pd.NA
    if isinstance(cell, bool | np.bool_):
        return bool(cell)
    if isinstance(cell, int | float | np.integer | np.floating):
        return bool(cell) if cell in (0, 1) else pd.NA
    return _WORDS.get(str(cell).strip().lower(), pd.NA)
