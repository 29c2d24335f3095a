"""The items whose value of a column is not what their vector says: values that may be wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binom, false_discovery_control, rankdata, t

from explorer.core.columns.target import Target
from explorer.core.embedding import Embedding
from explorer.core.search.knn import all_neighbors
from explorer.quality.probe import folds_of, numbers, predictions, sampled, vectors_of

AROUND = 30  # neighbors that a value is tested against
TAILS = 5  # degrees of freedom of the t distribution of numbers
FALSE = 0.1  # share of the items listed, in expectation, whose neighbors do not speak for another value


def misfits(embedding: Embedding, name: str, n: int | None = None, seed: int = 0) -> pd.DataFrame:
    """The items whose value of a column disagrees most with the prediction from their vector: possibly wrong values.

    The prediction is the mean of the linear probe and the 10 nearest neighbors, both fitted to other items. Columns
    `key`, `value`, `expected` (text), `strength` (0 to 1), `q`, `row`; the strongest first, n of them. strength: for
    classes, the margin by which another class is preferred to the value; for numbers, the difference of ranks; for
    labels, the share of items on the other side that the item is ranked behind, times 2 AUC - 1. q: the expected share
    of false entries among the items with this q or less (`_chances`, adjusted: Benjamini & Hochberg 1995); an entry is
    false if its neighbors do not speak for another value. Empty for a column that cannot be predicted. Raises
    BadRequest for an unknown column.
    """
    kind = embedding.columns[embedding.schema.column(name).name]
    target = kind.target()
    if target is None:
        return pd.DataFrame(columns=["key", "value", "expected", "strength", "q", "row"])
    target = sampled(target, seed)
    truth = numbers(target)
    linear, near = predictions(vectors_of(embedding, target.rows), truth, folds_of(target, seed))
    prediction = np.clip((linear + near) / 2, 0, 1)
    if not target.names:
        places, expected = truth[:, 0], rankdata(prediction[:, 0]) / len(prediction)
        strength = np.abs(expected - places)
        values = np.sort(target.values)
        texts = [kind.written(values[min(int(e * len(values)), len(values) - 1)]) for e in expected]  # type: ignore[attr-defined]
    elif target.measure == "accuracy":
        rows, own = np.arange(len(prediction)), target.values
        others = prediction.copy()
        others[rows, own] = -1
        strength = others.max(axis=1) - prediction[rows, own]
        texts = [target.names[place] for place in others.argmax(axis=1)]
    else:
        apart = np.column_stack([_out_of_place(prediction[:, n], has) for n, has in enumerate(truth.T > 0.5)])
        place = apart.argmax(axis=1)
        strength = apart.max(axis=1)
        has_value = truth[np.arange(len(truth)), place] > 0.5
        texts = [f"{'not ' if has else ''}{target.names[at]}" for has, at in zip(has_value, place, strict=True)]
    adjusted = false_discovery_control(_chances(embedding, target, getattr(kind, "log", False)))
    order = np.argsort(-strength, kind="stable")[:n]
    rows = target.rows[order]
    return pd.DataFrame(
        {
            "key": embedding.items["key"].to_numpy()[rows], "value": kind.texts(rows),
            "expected": [texts[place] for place in order], "strength": strength[order].clip(0, 1),
            "q": adjusted[order], "row": rows,
        }
    )  # fmt: skip


def _out_of_place(score: np.ndarray, has: np.ndarray) -> np.ndarray:
    """For one label the share of items of the other side that score like its own more than an item does: (m,), 0 to 1.

    score: (m,) what speaks for the label. has: (m,) bool. Times 2 AUC - 1, as a label that the vectors do not know says
    nothing of an item.
    """
    yes, no = np.sort(score[has]), np.sort(score[~has])
    above = 1 - np.searchsorted(no, score, side="right") / max(len(no), 1)
    below = np.searchsorted(yes, score, side="left") / max(len(yes), 1)
    known = max(0.0, 1 - 2 * float(above[has].mean()) if has.any() else 0.0)
    return known * np.where(has, above, below)


def _chances(embedding: Embedding, target: Target, log: bool) -> np.ndarray:
    """For each item the chance of neighbors that differ from it so much, if they do not: (m,) p-values.

    The neighbors are the 30 nearest by cosine, of few items a quarter. Classes: so many of the neighbors with either
    the value or another class have the other, where it is no more frequent among them than the value, or than in all
    items (binomial; for all other classes, Bonferroni). Labels: so many neighbors differ in having it, likewise, for
    all labels. Numbers: the distance from the median of the neighbors, in units of their spread (1.4826 times the
    median absolute deviation, at least that of most neighborhoods), by Student's t with 5 degrees of freedom, whose
    tails are heavier than those of most residuals. log: of the logarithms.
    """
    truth = numbers(target)
    m, classes = truth.shape
    k = min(AROUND, m // 4)
    near = all_neighbors(vectors_of(embedding, target.rows), k)[0]
    if not target.names:
        least = target.values[target.values > 0].min(initial=np.inf) if log else 0.0
        values = np.log(np.maximum(target.values, least)) if log else target.values.astype(float)
        around = values[near]
        middle = np.median(around, axis=1)
        spread = 1.4826 * np.median(np.abs(around - middle[:, None]), axis=1)
        most = np.median(spread) or np.median(around.std(axis=1)) or np.finfo(float).tiny
        distance = np.abs(values - middle) / np.maximum(spread, most)
        return 2 * t.sf(distance / np.sqrt(1 + 1 / k), TAILS)
    have, total = truth[near].sum(axis=1), truth.sum(axis=0)
    if target.measure == "accuracy":
        own = target.values
        ours, base = have[np.arange(m), own][:, None], total[own][:, None]
        p = binom.sf(have - 1, have + ours, np.maximum(0.5, total / np.maximum(total + base, 1)))
        p[np.arange(m), own] = 1
        return np.minimum(1, p.min(axis=1) * max(classes - 1, 1))
    differ = np.where(truth > 0.5, k - have, have)
    share = np.where(truth > 0.5, m - total, total) / m
    return np.minimum(1, binom.sf(differ - 1, k, np.maximum(0.5, share)).min(axis=1) * classes)
