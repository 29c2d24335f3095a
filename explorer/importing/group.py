"""Choice of the default color: the column on whose values neighbors agree most beyond chance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.core.columns import Schema, kind_named
from explorer.core.columns.kind import Kind
from explorer.core.columns.schema import GROUPS

SAMPLE, NEAREST = 2000, 10  # items that are compared with each other, and neighbors of each
SHUFFLES = 20  # of the values, for the agreement by chance
SURE = 5.0  # least number of standard deviations by which an agreement exceeds that by chance
KINDS = ("labels", "category", "boolean")


def with_group(schema: Schema, items: pd.DataFrame, vectors: np.ndarray, seed: int = 0) -> tuple[Schema, str]:
    """Give the role `group` to the column on which neighbors agree most, and a sentence that says so.

    Candidates are columns of KINDS with at most GROUPS values. Neighbors are the nearest by cosine in a random sample
    of SAMPLE items; agreement beyond chance is (p - c) / (1 - c), as in Cohen's kappa, where p is the share of
    neighbors that agree and c that share after the values are shuffled. With fewer than two candidates,
    or if none is beyond chance, the schema is unchanged and the sentence empty.
    """
    rows = np.arange(len(items))
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(seed).choice(len(rows), SAMPLE, replace=False))
    columns = [column for column in schema.values() if column.kind in KINDS and column.role in ("", "group")]
    kinds = {column.name: kind_named(column.kind)(items[column.name].iloc[rows], column) for column in columns}
    kinds = {name: kind for name, kind in kinds.items() if kind.column.kind == "labels" or _is_group(kind)}
    if len(kinds) < 2 or len(rows) <= 2 * NEAREST:
        return schema, ""
    near = _neighbors(vectors[rows])
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(rows)) for _ in range(SHUFFLES)]
    beyond = {name: _beyond_chance(kind, near, orders) for name, kind in kinds.items()}
    first, *others = sorted(beyond, key=lambda name: -beyond[name])
    if beyond[first] <= 0:
        return schema, ""
    second = f", {others[0]!r} {beyond[others[0]]:.0%}"
    said = f"Default color: {first!r}; neighbors agree on it {beyond[first]:.0%} beyond chance{second}."
    return schema.changed(first, role="group"), said


def _is_group(kind: Kind) -> bool:
    known = kind.values.dropna()
    return 1 < known.nunique() <= min(GROUPS, len(known) / 2)


def _neighbors(vectors: np.ndarray) -> np.ndarray:
    """The nearest other rows of each row, in no order: (n, NEAREST) int64."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.maximum(length, np.finfo(np.float32).tiny)
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -np.inf)
    return np.argpartition(-similarity, NEAREST, axis=1)[:, :NEAREST]


def _beyond_chance(kind: Kind, near: np.ndarray, orders: list[np.ndarray]) -> float:
    """Agreement of neighbors beyond that after the values are shuffled, at most 1; 0 if it is not SURE."""
    if kind.known.sum() < 2 * NEAREST:
        return 0.0
    found = _agreement(kind, near, np.arange(len(near)))
    shuffled = [_agreement(kind, near, order) for order in orders]
    chance = float(np.mean(shuffled))
    if chance >= 1 or found - chance <= SURE * np.std(shuffled, ddof=1):
        return 0.0
    return (found - chance) / (1 - chance)


def _agreement(kind: Kind, near: np.ndarray, order: np.ndarray) -> float:
    return float(kind.agreement(near, order)[0].pairs[kind.known[order]].mean())
