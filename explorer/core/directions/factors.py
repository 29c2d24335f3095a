"""PCA factors of the best-known items, and the columns that each factor correlates with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from explorer.core.columns import Columns
from explorer.core.columns.kind import has_numbers
from explorer.core.embedding import Embedding, scored
from explorer.core.vectors.blocks import blocks, spans
from explorer.errors import BadRequest

PERMUTATIONS = 20  # of the scores; they give the spread of associations by chance
CHANCE = 0.05


@dataclass(frozen=True, eq=False)
class Factors:
    """Principal components of the best-known items, in decreasing order of explained variance."""

    items: pd.DataFrame  # the items' columns, the best known first
    columns: Columns  # the same, prepared
    rows: np.ndarray  # (n,) int64, their rows in the embedding
    scores: np.ndarray  # (n, factors) float32, their coordinates
    explained: np.ndarray  # (factors,) float64, share of the variance
    components: np.ndarray  # (factors, d) float64, unit vectors
    middle: np.ndarray  # (d,) float64, the mean of these items' vectors
    tested: dict[int, pd.DataFrame] = field(default_factory=dict)  # results of goes_with, kept because it is slow
    meanings: dict[tuple[int, frozenset[str]], tuple[str, str]] = field(default_factory=dict)  # of meaning_of_ends

    def extremes(self, factor: int, n: int = 15) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The n items lowest on a factor, lowest first, and the n highest, highest first.

        factor: counted from 1. Columns `key`, `score`, then the item columns. Raises BadRequest.
        """
        return _ends(self.items, self.column(factor), n)

    def goes_with(self, factor: int) -> pd.DataFrame:
        """The columns and values that a factor correlates with, strongest first.

        Columns `what`, `measure`, `value`, `strength` (0 to 1), `end` (`high` or `low`, the end of the factor that has
        more of it), `column`, `kind`, `p`. Numbers and dates are measured by Spearman's rank correlation, -1 to 1. A
        value with at least 10 items and 10 others is measured by the AUC: the chance that an item with the value scores
        higher than one without, 0.5 if unrelated. p: of a t test against the spread in 20 random permutations of the
        scores, adjusted for the number of rows (Benjamini & Hochberg 1995); rows above 0.05 are left out. Raises
        BadRequest.
        """
        self.column(factor)
        if factor not in self.tested:
            self.tested[factor] = self._significant(self.column(factor))
        return self.tested[factor].copy()

    def _significant(self, score: np.ndarray) -> pd.DataFrame:
        """The table of `goes_with` for scores (n,)."""
        table = self._associations(score)
        if table.empty:
            return table.drop(columns="signed").assign(p=np.empty(0))
        from scipy.stats import false_discovery_control, t

        rng = np.random.default_rng(0)
        by_chance = [self._associations(rng.permutation(score))["signed"].to_numpy() for _ in range(PERMUTATIONS)]
        spread = np.sqrt(np.mean(np.square(by_chance), axis=0))
        ratio = np.divide(table["strength"], spread, out=np.zeros(len(table)), where=spread > 0)
        table["p"] = false_discovery_control(2 * t.sf(ratio, PERMUTATIONS))
        table = table[table["p"] <= CHANCE].drop(columns="signed")
        return table.sort_values("strength", ascending=False, kind="stable", ignore_index=True)

    def meaning_of_ends(self, factor: int, by: Collection[str] = ()) -> tuple[str, str]:
        """What characterizes the low and the high end of a factor: a value of a column, or a high or low number.

        Taken from the strongest row of `goes_with` for each end; "" if there is none. by: columns to choose from; all
        by default. Raises BadRequest.
        """
        wanted = factor, frozenset(by)
        if wanted in self.meanings:
            return self.meanings[wanted]
        table, ends = self.goes_with(factor), {"low": "", "high": ""}
        for row in table[table["column"].isin(list(by))].itertuples() if by else table.itertuples():
            phrase = self.columns.schema[row.column].phrase
            number = row.measure == "correlation"
            opposite = {"low": "high", "high": "low"}
            ends[row.end] = ends[row.end] or (f"high {phrase}" if number else str(row.what))
            if number:
                ends[opposite[row.end]] = ends[opposite[row.end]] or f"low {phrase}"
        self.meanings[wanted] = ends["low"], ends["high"]
        return self.meanings[wanted]

    def _associations(self, score: np.ndarray) -> pd.DataFrame:
        """Associations of scores (n,) with all columns, untested. signed: strength, negative at the low end."""
        found = [
            (what, measure, value, value if measure == "correlation" else 2 * value - 1, name, values.name)
            for name, values in self.columns.items()
            for what, measure, value in (values.association(score) if np.ptp(score) > 0 else [])
        ]
        table = pd.DataFrame(found, columns=["what", "measure", "value", "signed", "column", "kind"])
        table.insert(3, "strength", table["signed"].abs())
        table.insert(4, "end", np.where(table["signed"] > 0, "high", "low"))
        return table

    def place(self, vectors: np.ndarray, factor: int) -> np.ndarray:
        """Scores of any vectors (n, d) on one factor, counted from 1: (n,) float32. Raises BadRequest."""
        self.column(factor)
        found = [(block - self.middle) @ self.components[factor - 1] for block in blocks(vectors)]
        return np.concatenate(found).astype(np.float32)

    def column(self, factor: int) -> np.ndarray:
        """The items' scores on one factor, counted from 1: (n,) float32. Raises BadRequest."""
        if not 1 <= factor <= self.scores.shape[1]:
            raise BadRequest(f"There is no factor {factor}; they are numbered 1 to {self.scores.shape[1]}.")
        return self.scores[:, factor - 1]


def factors(embedding: Embedding, n_items: int = 1000, n_factors: int = 10, mask: np.ndarray | None = None) -> Factors:
    """PCA of the vectors of the n_items best-known items, or of all items if no popularity is known.

    mask: (n,) bool, the items to choose from; by default all. The sign of each component makes its largest weight
    positive, so results are reproducible. There are at most as many components as dimensions or items. Raises
    BadRequest for fewer than 3 items, or if all are identical.
    """
    if n_items < 3 or n_factors < 1:
        raise BadRequest(f"Factors need at least 3 items and 1 factor, not {n_items} and {n_factors}.")
    rows = embedding.columns.best_known(n_items, mask)
    fit = _fit if len(spans(len(rows), embedding.vectors.shape[1])) <= 1 else _fit_streamed
    found = fit(embedding.vectors, rows, n_factors) if len(rows) >= 3 else None
    if found is None:
        raise BadRequest(f"{embedding.name} has no factors: they need at least 3 items that differ.")
    items = embedding.items.take(rows).reset_index(drop=True)
    return Factors(items, Columns(items, embedding.schema), rows, *found)


Fit = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # scores, explained, components and middle of Factors


def _fit(vectors: np.ndarray, rows: np.ndarray, n_factors: int) -> Fit | None:
    """PCA of some rows of vectors (n, d); None if all are identical."""
    from sklearn.decomposition import PCA

    some = np.asarray(vectors[rows], dtype=np.float64)
    if not np.ptp(some, axis=0).any():
        return None
    pca = PCA(min(n_factors, *some.shape), svd_solver="full")
    scores = pca.fit_transform(some).astype(np.float32)
    return scores, pca.explained_variance_ratio_, pca.components_, pca.mean_


def _fit_streamed(vectors: np.ndarray, rows: np.ndarray, n_factors: int) -> Fit | None:
    """The same from the covariance, holding one block of vectors at a time."""
    m, d = len(rows), vectors.shape[1]
    first = np.asarray(vectors[rows[:1]], np.float64)[0]  # subtracted to reduce cancellation
    total, squares = np.zeros(d), np.zeros((d, d))
    for block in blocks(vectors, rows):
        centered = block - first
        total += centered.sum(axis=0)
        squares += centered.T @ centered
    if not squares.any():
        return None
    middle = first + total / m
    variances, axes = np.linalg.eigh(squares / m - np.outer(total, total) / m**2)
    variances, components = np.maximum(variances[::-1], 0), axes.T[::-1][:n_factors]
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[np.arange(len(components)), largest])[:, None]
    scores = [((block - middle) @ components.T).astype(np.float32) for block in blocks(vectors, rows)]
    return np.concatenate(scores), variances[:n_factors] / variances.sum(), components, middle


def bias_ranking(embedding: Embedding, n: int = 15, n_items: int = 1000) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The n items with the lowest and the n with the highest `bias` among the n_items best-known, extremes first.

    Columns `key`, `score` (the bias), then the item columns. Raises BadRequest if the items have no bias.
    """
    if not has_numbers(embedding.items, "bias"):
        raise BadRequest(f"{embedding.name} has no item bias; its model does not learn one.")
    items = embedding.items.take(embedding.columns.best_known(n_items)).reset_index(drop=True)
    return _ends(items, items["bias"].to_numpy(), n)


def _ends(items: pd.DataFrame, score: np.ndarray, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    if n < 1:
        raise BadRequest(f"At least one item must be asked for; n is {n}.")
    order = np.argsort(score, kind="stable")
    low, high = order[:n], order[::-1][:n]
    return scored(items, low, score[low]), scored(items, high, score[high])
