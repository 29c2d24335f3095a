"""Active learning: which items to ask a new user about first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.core.embedding import Embedding

CANDIDATES = 500  # most popular items to choose from
PRIOR = 1.0  # prior variance of a user vector along every dimension, relative to the variance of the rating noise


def suggestions(
    embedding: Embedding,
    k: int = 12,
    known: np.ndarray | None = None,
    skip: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> pd.DataFrame:
    """The k items to ask a user about, the most informative first: popular, and different from each other.

    Chosen greedily by the largest product of relative popularity and information gain, log(1 + v' S v). v is the item's
    unit vector and S the covariance of the taste given the items chosen before (sequential D-optimal design; popularity
    times information as in Rashid et al. 2002). known: (m,) rows already rated; they count as chosen and are not
    suggested. skip: (s,) other rows not to suggest, such as earlier suggestions. mask: (n,) bool, the items to choose
    from. Returns `key` and the item columns.
    """
    known = np.empty(0, np.int64) if known is None else np.asarray(known, np.int64)
    allowed = np.ones(len(embedding), bool) if mask is None else mask.copy()
    allowed[known] = False
    if skip is not None:
        allowed[skip] = False
    rows = embedding.columns.best_known(CANDIDATES, allowed)[:CANDIDATES]
    unit = np.asarray(embedding.unit_vectors(np.append(rows, known)), np.float64)
    if unit.shape[1] > len(unit):  # in the span of these vectors, where all inner products are the same
        unit = np.linalg.qr(unit.T)[1].T
    unit, rated = unit[: len(rows)], unit[len(rows) :]
    popularity = embedding.columns.numbers("popularity")
    weight = np.ones(len(rows)) if popularity is None else np.nan_to_num(popularity[rows])
    covariance = PRIOR * np.eye(unit.shape[1])
    for vector in rated:
        covariance = _update(covariance, vector)
    chosen: list[int] = []
    for _ in range(min(k, len(rows))):
        gain = weight * np.log1p(((unit @ covariance) * unit).sum(axis=1))
        gain[chosen] = -np.inf
        best = int(np.argmax(gain))
        chosen.append(best)
        covariance = _update(covariance, unit[best])
    return embedding.items.take(rows[chosen]).reset_index(drop=True)


def _update(covariance: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Covariance of a normal taste after a rating of an item with this vector."""
    seen = covariance @ vector
    return covariance - np.outer(seen, seen) / (1 + vector @ seen)
