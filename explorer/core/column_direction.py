"""The direction among vectors along which a column grows, and the same vectors without what they tell of the column."""

from __future__ import annotations

import numpy as np

from explorer.core.columns.kind import Kind
from explorer.core.embedding import Embedding
from explorer.errors import BadRequest, closest

RIDGE = 1e-3  # of the mean variance, so that directions without variance count for nothing


def column_direction(embedding: Embedding, name: str, value: str | None = None) -> np.ndarray:
    """Where every item lies on the direction in which a column grows: (n,) float32.

    name: a column of numbers, dates, booleans, categories or labels. value: which value of a category or which label;
    needless for the others. The direction is that of linear regression of the ranks (or of having the value) on the
    vectors, fitted to the items whose value is known, so that items without one are placed too. 0 is their mean, 1 one
    standard deviation above it. Raises BadRequest for a column without such a direction.
    """
    centered, weights, _ = _fitted(embedding, name, value)
    score = centered @ weights
    return ((score - score.mean()) / (score.std() or 1)).astype(np.float32)


def without_column(embedding: Embedding, name: str, value: str | None = None) -> Embedding:
    """The same items, their vectors without what is linearly known of a column: "similar, but not in price".

    name, value: as for `column_direction`. Nothing linear can read the column off the new vectors, which otherwise
    change as little as possible (least-squares concept erasure: Belrose et al. 2023, LEACE, for one target). Raises
    BadRequest.
    """
    centered, weights, covariance = _fitted(embedding, name, value)
    told = float(covariance @ weights)
    change = np.outer(centered @ weights, covariance / told) if told > 0 else 0
    manifest = {name: fact for name, fact in embedding.manifest.items() if name != "index"}
    vectors = np.asarray(embedding.vectors, np.float64) - change
    return Embedding(vectors.astype(np.float32), embedding.items, manifest, layouts=embedding.layouts)


def _fitted(embedding: Embedding, name: str, value: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors less the mean of the known ones (n, d), weights of the regression (d,), covariance (d,)."""
    kind = embedding.columns[embedding.schema.column(name).name]
    rows, target = _target(kind, value)
    vectors = np.asarray(embedding.vectors, np.float64)
    centered = vectors - vectors[rows].mean(axis=0)
    known = centered[rows]
    covariance = known.T @ (target - target.mean()) / len(rows)
    squares = known.T @ known / len(rows)
    ridge = RIDGE * max(float(np.trace(squares)) / len(squares), np.finfo(float).tiny)
    weights = np.linalg.solve(squares + ridge * np.eye(len(squares)), covariance)
    return centered, weights, covariance


def _target(kind: Kind, value: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose value is known, (m,), and what is regressed on their vectors, (m,) float."""
    found = kind.target()
    label = kind.column.label
    if found is None:
        raise BadRequest(f"{label} has no direction: too few of its values are known, or all are the same.")
    if not found.names:
        ranks = np.argsort(np.argsort(found.values, kind="stable"), kind="stable")
        return found.rows, ranks / max(len(ranks) - 1, 1)
    if len(found.names) == 1 and value in (None, found.names[0]):
        return found.rows, found.values.reshape(len(found.rows)).astype(float)
    if value not in found.names:
        there = " or ".join(closest(value or "", found.names) or found.names[:3])
        raise BadRequest(f"{label} has no direction towards {value!r}; choose one of {there}.")
    place = found.names.index(value)
    chosen = found.values[:, place] if found.values.ndim == 2 else found.values == place
    return found.rows, chosen.astype(float)
