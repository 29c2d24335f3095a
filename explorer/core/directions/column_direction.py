"""Directions in vector space along which a column grows, and vectors without what they reveal about a column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from explorer.core.embedding import Embedding
from explorer.core.normal_equations import solve
from explorer.core.vectors.blocks import blocks, spans
from explorer.core.vectors.erased import ErasedVectors
from explorer.core.vectors.remote import RemoteVectors
from explorer.errors import BadRequest, closest

RIDGE = 1e-3  # share of the mean variance; suppresses directions without variance


def column_direction(embedding: Embedding, name: str, value: str | None = None) -> np.ndarray:
    """Position of every item along the direction in which a column grows: (n,) float32.

    name: a numeric, date, boolean, category or labels column. value: a value of the category or a label; not needed for
    other kinds. The direction is fitted by ridge regression of the ranks (or of having the value) on the vectors, over
    the items whose value is known. Items without a value get a position too. 0 is the mean, 1 one standard deviation
    above it. Raises BadRequest for a column without such a direction.
    """
    rows, targets, names = _targets(embedding, name, value)
    if targets.shape[1] > 1:
        label = embedding.schema[name].label
        raise BadRequest(f"{label} has a direction for each value; choose one of {', '.join(names[:3])}, ….")
    mean, weights, _ = _fit_ridge(embedding, rows, targets)
    score = np.concatenate([(block - mean) @ weights[:, 0] for block in _blocks(embedding)])
    return ((score - score.mean()) / (score.std() or 1)).astype(np.float32)


def without_column(embedding: Embedding, name: str, value: str | None = None) -> Embedding:
    """Embedding of the same items whose vectors hold no linear information about a column.

    name, value: as for `column_direction`. Without a value, the 20 most frequent values of a category or labels column
    are removed. No linear model can predict the column from the new vectors, which otherwise change as little as
    possible (least-squares concept erasure: Belrose et al. 2023, LEACE). They are computed when they are needed, see
    ErasedVectors. Raises BadRequest.
    """
    mean, weights, covariance = _fit_ridge(embedding, *_targets(embedding, name, value)[:2])
    # The values of a category are linearly dependent (the others determine the last): use a pseudo-inverse.
    step = np.linalg.pinv(covariance.T @ weights, rcond=1e-6, hermitian=True) @ covariance.T
    vectors: Any = ErasedVectors(embedding.vectors, mean, weights, step)
    if isinstance(embedding.vectors, RemoteVectors):
        vectors = np.asarray(vectors)  # otherwise each query would fetch all of them
    manifest = {name: entry for name, entry in embedding.manifest.items() if name != "index"}
    return Embedding(vectors, embedding.items, manifest, layouts=embedding.layouts)


def direction_values(embedding: Embedding, name: str) -> tuple[str, ...]:
    """Names of the directions of a column: its values, or its label if it has a single direction.

    Empty for a column without a direction.
    """
    kind = embedding.columns[embedding.schema.column(name).name]
    target = kind.target()
    return () if target is None else target.names or (kind.column.label,)


def _blocks(embedding: Embedding, rows: np.ndarray | None = None) -> Iterator[np.ndarray]:
    """Vectors of some rows, by default all, in blocks: (b, d) float64."""
    return (np.asarray(block, np.float64) for block in blocks(embedding.vectors, rows))


def _fit_ridge(
    embedding: Embedding, rows: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fit ridge regressions: mean of the known vectors (d,), weights (d, k), covariance with the targets (d, k)."""
    m, d = len(rows), embedding.vectors.shape[1]
    mean = sum((block.sum(axis=0) for block in _blocks(embedding, rows)), np.zeros(d)) / m
    shares = targets.mean(axis=0)
    if d > m:  # the same weights from the smaller system (dual ridge regression, Saunders et al. 1998)
        known, deviations = np.asarray(embedding.vectors[rows], np.float64) - mean, targets - shares
        squares = known @ known.T / m
        weights = known.T @ solve(squares + _ridge(squares, d) * np.eye(m), deviations) / m
        return mean, weights, known.T @ deviations / m
    covariance, squares = np.zeros((d, targets.shape[1])), np.zeros((d, d))
    for span, block in zip(spans(m, d), _blocks(embedding, rows), strict=True):
        centered = block - mean
        covariance += centered.T @ (targets[span] - shares)
        squares += centered.T @ centered
    covariance, squares = covariance / m, squares / m
    return mean, solve(squares + _ridge(squares, d) * np.eye(d), covariance), covariance


def _ridge(squares: np.ndarray, d: int) -> float:
    return RIDGE * max(float(np.trace(squares)) / d, np.finfo(float).tiny)


def _targets(embedding: Embedding, name: str, value: str | None) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Rows whose value is known (m,), the regression targets (m, k), numbers or bool, and the names of the values."""
    kind = embedding.columns[embedding.schema.column(name).name]
    found = kind.target()
    label = kind.column.label
    if found is None:
        raise BadRequest(f"{label} has no direction: too few of its values are known, or all are the same.")
    if not found.names:
        ranks = np.argsort(np.argsort(found.values, kind="stable"), kind="stable")
        return found.rows, ranks[:, None] / max(len(ranks) - 1, 1), ()
    have = found.values if found.values.ndim == 2 else found.values[:, None] == np.arange(len(found.names))
    if value is None:
        return found.rows, have, found.names
    if value not in found.names:
        similar = " or ".join(closest(value, found.names) or found.names[:3])
        raise BadRequest(f"{label} has no direction towards {value!r}; choose one of {similar}.")
    return found.rows, have[:, [found.names.index(value)]], (value,)
