"""Differences between a selection and the other items, by every column, each with a sentence."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from explorer.core.columns import Columns
from explorer.core.columns.enrichment import COLUMNS
from explorer.errors import BadRequest

FALSE_DISCOVERIES = 0.05  # share of the differences found that may be due to chance


def enrichment(
    items: Columns | pd.DataFrame,
    selected: np.ndarray,
    among: np.ndarray | None = None,
    by: Collection[str] | None = None,
) -> pd.DataFrame:
    """How selected items differ from the rest: significant differences, the strongest first.

    items: prepared columns, or a table whose columns are guessed. selected: (n,) bool. among: (n,) bool, the items to
    compare; by default all. by: names of columns; by default all but key and title. One row for each value of a
    category, each label and each number or date: `column`, `kind`, `what`, `inside` and `outside` (share with the
    value, or median), `effect` (0 or more), `p`, `sentence`; for shares `lift` (inside / outside) and `log_odds`
    (natural, half an item added to each count: Haldane 1956); for numbers `auc` (the chance that a selected item has a
    larger number than another). effect: Cohen's h = |2 asin √p - 2 asin √q| of two shares, d = √2 Φ⁻¹(AUC) of numbers;
    both have the same scale (0.2 small, 0.5 medium, 0.8 large: Cohen 1988). p: Fisher's exact test and the Mann-Whitney
    U test, adjusted for all comparisons (Benjamini & Hochberg 1995). Rows above 0.05 are left out, so a very small
    selection may have none. Raises BadRequest if nothing or everything is selected.
    """
    columns = Columns.of(items)
    selected, rest = _validate(columns.n, selected, among)
    names = [column.name for column in columns.schema.attributes] if by is None else list(by)
    found = [columns[columns.schema.column(name).name].enrichment(selected, rest) for name in names]
    tables = [table for table in found if len(table)]
    if not tables:
        return pd.DataFrame(columns=[*COLUMNS, "sentence"])
    from scipy.stats import false_discovery_control

    table = pd.concat(tables, ignore_index=True)
    table["p"] = false_discovery_control(table["p"].to_numpy(float))
    table = table[table["p"] <= FALSE_DISCOVERIES]
    table = table.sort_values("effect", ascending=False, kind="stable", ignore_index=True)
    table["sentence"] = [columns[row.column].sentence(row) for row in table.itertuples()]
    return table


def _validate(n: int, selected: np.ndarray, among: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    among = np.ones(n, bool) if among is None else np.asarray(among)
    selected = np.asarray(selected)
    for mask in (selected, among):
        if mask.shape != (n,) or mask.dtype != bool:
            raise BadRequest(f"A selection needs {n:,} booleans; this is {mask.dtype} of shape {mask.shape}.")
    selected, rest = selected & among, among & ~selected
    if not selected.any() or not rest.any():
        raise BadRequest(
            f"{'Everything' if selected.any() else 'Nothing'} is selected, so there is nothing to compare."
        )
    return selected, rest
