"""Active choice: which items to ask somebody about first, to learn most about their taste."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.core.embedding import Embedding

CANDIDATES = 500  # the best-known items, among which is chosen
PRIOR = 1.0  # variance of a taste along every dimension before anything is known, in those of a rating


def suggestions(
    embedding: Embedding,
    k: int = 12,
    known: np.ndarray | None = None,
    skip: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> pd.DataFrame:
    """The k items to ask about, the most telling first: popular, and apart from each other and from what is known.

    Chosen one after the other: each has the largest product of how well known it is (its popularity beside the highest)
    and of what a rating of it would tell, log(1 + v' S v), v being its unit vector and S the covariance of the taste
    given the ratings of those chosen before (sequential D-optimal design; popularity times information as in Rashid et
    al. 2002). known: (m,) rows that are rated; they count as chosen and are not suggested. skip: (s,) rows that are not
    suggested either, as they were before. mask: (n,) bool, which items may be suggested. Returns `key` and the item
    columns.
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
        covariance = _told(covariance, vector)
    chosen: list[int] = []
    for _ in range(min(k, len(rows))):
        gain = weight * np.log1p(((unit @ covariance) * unit).sum(axis=1))
        gain[chosen] = -np.inf
        best = int(np.argmax(gain))
        chosen.append(best)
        covariance = _told(covariance, unit[best])
    return embedding.items.take(rows[chosen]).reset_index(drop=True)


def _told(covariance: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The covariance of a normal taste once the rating of an item with this vector is known."""
    seen = covariance @ vector
    return covariance - np.outer(seen, seen) / (1 + vector @ seen)
