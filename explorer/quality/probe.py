"""How well each column can be predicted from the vectors."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm, rankdata

from explorer.core.columns.target import Target
from explorer.core.embedding import Embedding

FOLDS, NEIGHBORS, RESAMPLES = 5, 10, 50
# Ratio of the standard error of a cross-validated measure to that of its predictions alone (Nadeau & Bengio 2003,
# Inference for the generalization error: the variance is 1/folds + test/training instead of 1/folds).
WIDER = float(np.sqrt(1 + FOLDS / (FOLDS - 1)))
MOST = 10_000  # items; larger embeddings are sampled
STRENGTHS = np.geomspace(1e-3, 1e3, 7)  # ridge penalties, in units of the mean variance
Progress = Callable[[str, int, int], None]  # column, step, steps


@dataclass(frozen=True, eq=False)
class Probe:
    """How well one column can be predicted from the vectors, by cross-validation.

    linear, neighbors: the measure for a linear probe and for the 10 nearest neighbors, each with its 95% interval (low,
    high). p: one-sided test that the better one is no better than guessing, adjusted for all probed columns (Holm
    1979).
    """

    column: str
    label: str
    measure: str  # AUC (the mean over labels), accuracy or rank correlation
    items: int  # items with a known value that were used
    guessing: float
    linear: float
    linear_interval: tuple[float, float]
    neighbors: float
    neighbors_interval: tuple[float, float]
    p: float

    @property
    def known(self) -> bool:
        """Whether the vectors predict the column significantly better than guessing."""
        return self.p < 0.05


def probe(
    embedding: Embedding, by: Collection[str] | None = None, seed: int = 0, progress: Progress | None = None
) -> list[Probe]:
    """Predict columns from the vectors by 5-fold cross-validation; results are sorted, the best predicted first.

    by: names of columns; by default all that can be predicted. The linear probe is ridge regression (on ranks, on
    classes one against the rest, or on each label), with the penalty chosen by generalized cross-validation within the
    training folds. The neighbors are the 10 nearest by cosine in the training folds. More than 10,000 items are
    sampled. Intervals are normal, with the standard error of a bootstrap over items, widened for the variance of the
    fits (Nadeau & Bengio 2003). progress: called with (column, step, steps). Raises BadRequest for an unknown column.
    """
    names = [embedding.schema.column(name).name for name in (embedding.schema if by is None else by)]
    targets = {name: target for name in names if (target := embedding.columns[name].target())}
    found = []
    for step, (name, target) in enumerate(targets.items()):
        if progress:
            progress(name, step, len(targets))
        found.append(_probe_column(embedding, name, sampled(target, seed), seed))
    adjusted = _holm(np.array([one[1] for one in found]))
    probes = [Probe(**one[0], p=float(p)) for one, p in zip(found, adjusted, strict=True)]
    return sorted(probes, key=lambda one: -_share(one))


def _probe_column(embedding: Embedding, name: str, target: Target, seed: int) -> tuple[dict[str, Any], float]:
    truth = numbers(target)
    predicted = predictions(vectors_of(embedding, target.rows), truth, folds_of(target, seed))
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(truth), size=(RESAMPLES, len(truth)))
    values, spreads = [], []
    for prediction in predicted:
        values.append(_score(target, truth, prediction))
        resampled = [_score(target, truth[draw], prediction[draw], draw) for draw in draws]
        spreads.append(max(float(np.nanstd(resampled)), 1e-9))
    # The better of two probes was chosen, so p is corrected for two tests.
    chance = min(2 * min(norm.sf((v - target.guessing) / s) for v, s in zip(values, spreads, strict=True)), 1.0)
    ends = [(v - 1.96 * WIDER * s, min(v + 1.96 * WIDER * s, 1.0)) for v, s in zip(values, spreads, strict=True)]
    about = {
        "column": name, "label": embedding.schema[name].label, "measure": target.measure, "items": len(truth),
        "guessing": target.guessing, "linear": values[0], "linear_interval": ends[0], "neighbors": values[1],
        "neighbors_interval": ends[1],
    }  # fmt: skip
    return about, chance


def sampled(target: Target, seed: int) -> Target:
    """The target for at most MOST items, drawn at random; the same ones for the same seed."""
    m = len(target.rows)
    if m <= MOST:
        return target
    chosen = np.sort(np.random.default_rng(seed).choice(m, MOST, replace=False))
    return Target(target.measure, target.rows[chosen], target.values[chosen], target.names, target.guessing)


def numbers(target: Target) -> np.ndarray:
    """Regression targets: ranks from 0 to 1 (m, 1), or indicators of classes or labels (m, c); float64."""
    if not target.names:
        return (rankdata(target.values) / len(target.values))[:, None]
    if target.measure == "accuracy":
        return (target.values[:, None] == np.arange(len(target.names))).astype(float)
    return target.values.astype(float).reshape(len(target.rows), -1)


def folds_of(target: Target, seed: int) -> np.ndarray:
    """The fold of each item, (m,), stratified by class."""
    m = len(target.rows)
    order = np.random.default_rng(seed).permutation(m)
    if target.measure == "accuracy":
        order = order[np.argsort(target.values[order], kind="stable")]
    folds = np.empty(m, np.int64)
    folds[order] = np.arange(m) % FOLDS
    return folds


def vectors_of(embedding: Embedding, rows: np.ndarray) -> np.ndarray:
    """The vectors of some rows, (len(rows), d) float64."""
    return np.asarray(embedding.vectors[rows], np.float64)


def predictions(vectors: np.ndarray, truth: np.ndarray, folds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cross-validated predictions of the linear probe and the nearest neighbors: (m, c) each."""
    linear, near = np.empty_like(truth), np.empty_like(truth)
    lengths = np.linalg.norm(vectors, axis=1)
    unit = (vectors / np.where(lengths == 0, 1, lengths)[:, None]).astype(np.float32)
    for fold in range(FOLDS):
        test, train = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        linear[test] = _ridge(vectors[train], truth[train], vectors[test])
        k = min(NEIGHBORS, len(train))
        for start in range(0, len(test), 1000):
            block = test[start : start + 1000]
            nearest = np.argpartition(-(unit[block] @ unit[train].T), k - 1, axis=1)[:, :k]
            near[block] = truth[train][nearest].mean(axis=1)
    return linear, near


def _ridge(vectors: np.ndarray, truth: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Ridge regression whose penalty has the least generalized cross-validation error (Golub, Heath & Wahba 1979)."""
    middle, mean = vectors.mean(axis=0), truth.mean(axis=0)
    left, stretch, right = np.linalg.svd(vectors - middle, full_matrices=False)
    projected = left.T @ (truth - mean)
    m, size = len(vectors), max(float((stretch**2).mean()), np.finfo(float).tiny)
    best: tuple[float, np.ndarray] | None = None
    for strength in STRENGTHS * size:
        shrink = stretch**2 / (stretch**2 + strength)
        left_over = ((truth - mean - left @ (shrink[:, None] * projected)) ** 2).sum()
        error = float(left_over / max(m - 1 - shrink.sum(), 1e-9) ** 2)
        if best is None or error < best[0]:
            best = error, right.T @ ((stretch / (stretch**2 + strength))[:, None] * projected)
    assert best is not None
    return (others - middle) @ best[1] + mean


def _score(target: Target, truth: np.ndarray, prediction: np.ndarray, draw: np.ndarray | None = None) -> float:
    if target.measure == "accuracy":
        values = target.values if draw is None else target.values[draw]
        return float(np.mean(prediction.argmax(axis=1) == values))
    ranks = rankdata(prediction, axis=0)
    if target.measure == "AUC":
        inside = truth.sum(axis=0)
        outside = len(truth) - inside
        with np.errstate(invalid="ignore", divide="ignore"):
            aucs = ((ranks * truth).sum(axis=0) - inside * (inside + 1) / 2) / (inside * outside)
        return float(np.nanmean(aucs))
    ours, theirs = ranks[:, 0], rankdata(truth[:, 0])
    return float(np.corrcoef(ours, theirs)[0, 1]) if np.ptp(ours) > 0 else 0.0


def _holm(p: np.ndarray) -> np.ndarray:
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(steps, 1)
    return adjusted


def _share(one: Probe) -> float:
    """Performance of the better probe, from 0 for guessing to 1 for perfect."""
    return (max(one.linear, one.neighbors) - one.guessing) / (1 - one.guessing)
