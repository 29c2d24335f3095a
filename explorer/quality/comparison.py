"""Comparison of two embeddings of the same items: changes of neighbors, and alignment by rotation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from explorer.core.embedding import Embedding
from explorer.core.search.knn import all_neighbors
from explorer.errors import BadRequest, UnknownItem
from explorer.quality import metrics
from explorer.quality.sample import sampled_rows

FEWEST = 3  # common items that a comparison needs
MOST_NEIGHBORS = 1000  # of each item, as time and memory grow with their number
P = 0.9  # persistence of rank-biased overlap
TIED = 9  # decimals to which overlaps are rounded before comparing; rounding errors differ


@dataclass(frozen=True, eq=False)
class Comparison:
    """Neighbors of the m common items in two embeddings, searched among the common items only."""

    a: Embedding
    b: Embedding
    by: str  # the column that identifies items: item_id or key
    rows: tuple[np.ndarray, np.ndarray]  # of the common items in a and in b, (m,) int64 each, in the order of a
    near: tuple[np.ndarray, np.ndarray]  # neighbors by cosine as numbers of common items, (m, k) int64 each
    scores: tuple[np.ndarray, np.ndarray]  # their cosines, (m, k) float32 each
    shared: np.ndarray  # (m,) int64: neighbors that an item has in both
    jaccard: np.ndarray  # (m,) of both sets of neighbors
    rbo: np.ndarray  # (m,) rank-biased overlap of both lists
    common: int  # number of items in both; more than m if a random sample was compared

    def __len__(self) -> int:
        return len(self.shared)

    @property
    def k(self) -> int:
        """Number of neighbors of each item."""
        return self.near[0].shape[1]

    @property
    def names(self) -> tuple[str, str]:
        """Names of the two embeddings, made different if they are equal."""
        a, b = self.a.name, self.b.name
        return (a, b) if a != b else (f"{a} (first)", f"{b} (second)")

    @cached_property
    def items(self) -> pd.DataFrame:
        """The common items with the columns of a and `shared`, `jaccard` and `rbo`: m rows."""
        known = self.a.items.iloc[self.rows[0]].reset_index(drop=True)
        return known.assign(shared=self.shared, jaccard=self.jaccard, rbo=self.rbo)

    @cached_property
    def counts(self) -> np.ndarray | None:
        """Popularity of each common item, (m,) float, from the embedding that has it; None if neither has."""
        for embedding, rows in zip((self.a, self.b), self.rows, strict=True):
            known = embedding.columns.numbers("popularity")
            if known is not None:
                return known[rows]
        return None

    @property
    def unit(self) -> str:
        """Unit of the popularity: "ratings", "links"."""
        found = self.a.schema.by_role("popularity") or self.b.schema.by_role("popularity")
        return found.phrase.removeprefix("number of ") if found else ""

    def place(self, key: str) -> int:
        """Number of a common item by its key in a. Raises UnknownItem."""
        found = np.flatnonzero(self.items["key"] == key)
        if not len(found):
            raise UnknownItem(key, self.items["key"].tolist(), f"both {self.a.name} and {self.b.name}")
        return int(found[0])

    def neighbors(self, key: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The k neighbors of one item in a and in b, best first.

        Columns `key` (in that embedding), `score`, `in_both`, and the item columns. Raises UnknownItem.
        """
        place = self.place(key)
        tables = []
        for side, embedding in enumerate((self.a, self.b)):
            near, near_in_other = self.near[side][place], self.near[1 - side][place]
            table = embedding.items.iloc[self.rows[side][near]].reset_index(drop=True)
            table = table.assign(score=self.scores[side][place], in_both=np.isin(near, near_in_other))
            first = ["key", "score", "in_both"]
            tables.append(table[[*first, *(name for name in table if name not in first)]])
        return tables[0], tables[1]

    def changed(self, n: int = 10, most: bool = True) -> pd.DataFrame:
        """The n items whose neighbors changed most, or least, by rank-biased overlap; ties by popularity."""
        known = np.zeros(len(self)) if self.counts is None else np.nan_to_num(self.counts)
        overlap = self.rbo.round(TIED)
        order = np.lexsort([-known, overlap if most else -overlap])
        return self.items.iloc[order[:n]].reset_index(drop=True)

    def ties(self, n: int = 10, most: bool = True) -> str:
        """A sentence that names how many items tie at the end of `changed`; "" if none do."""
        overlap = np.sort(self.rbo.round(TIED))[:: 1 if most else -1]
        if n >= len(self) or overlap[n - 1] != overlap[n]:
            return ""
        equal = overlap == overlap[n - 1]
        listed = int(equal[:n].sum())
        chosen = "first in the table" if self.counts is None else "best known"
        return (
            f"{int(equal.sum()):,} items share an overlap of {overlap[n - 1]:.2f}; listed are the {listed} of them "
            f"that are {chosen}."
        )

    @cached_property
    def alignment(self) -> Alignment:
        """The alignment of b onto a; see align."""
        a, b = (embedding.vectors[rows] for embedding, rows in zip((self.a, self.b), self.rows, strict=True))
        return align(_narrow(a), _narrow(b))

    @cached_property
    def correlations(self) -> dict[str, float | None]:
        """Rank correlations of popularity with `overlap` and with the vector length in each; None if unknown."""
        counts = np.full(len(self), np.nan) if self.counts is None else self.counts
        found = {"overlap": metrics.rank_correlation(self.rbo, counts)}
        for name, embedding, rows in zip(self.names, (self.a, self.b), self.rows, strict=True):
            length = np.linalg.norm(embedding.vectors[rows], axis=1)
            found[f"length, {name}"] = metrics.rank_correlation(length, counts)
        return found


@dataclass(frozen=True, eq=False)
class Alignment:
    """Result of rotating one set of points onto another."""

    disparity: float  # 0: equal up to rotation, reflection, translation and scale; 1: unrelated
    chance: float  # disparity after shuffling the points of one side
    turn: np.ndarray  # (d, d) orthogonal; d is the larger number of dimensions


def turned_layout(found: Comparison, of_a: np.ndarray, of_b: np.ndarray) -> np.ndarray:
    """Rotate or mirror a layout of b so that common items are as near as possible to their positions in a layout of a.

    of_a, of_b: (n, 2) layouts of all items of each. Returns (n, 2) float64 with the same center and size as before. The
    orientation of a layout has no meaning, so this only eases comparison.
    """
    rows_a, rows_b = found.rows
    middle = of_b[rows_b].mean(axis=0, dtype=np.float64)
    return (of_b - middle) @ align(of_a[rows_a], of_b[rows_b]).turn + middle


def compare_embeddings(a: Embedding, b: Embedding, k: int = 10) -> Comparison:
    """Compare two embeddings by the neighbors of their common items among each other.

    k: number of neighbors, by exact search with cosine. If one has vectors in a database that do not fit into memory, a
    random sample of the common items is compared; see sample.sampled_rows. Raises BadRequest for fewer than three
    common items, or k not from 1 to their number minus 1, at most MOST_NEIGHBORS.
    """
    by, *rows = common_items(a, b)
    common = len(rows[0])
    for embedding in (a, b):
        some = sampled_rows(embedding, np.arange(len(rows[0])))
        rows = rows if some is None else [part[some] for part in rows]
    m = len(rows[0])
    most = min(m - 1, MOST_NEIGHBORS)
    if not 1 <= k <= most:
        raise BadRequest(f"{k} neighbors among {m:,} common items cannot be compared; k must be from 1 to {most:,}.")
    near, scores = zip(*(all_neighbors(side.vectors[r], k) for side, r in zip((a, b), rows, strict=True)), strict=True)
    same = metrics.shared(*near)
    overlap = metrics.rank_biased_overlap(same, P)
    return Comparison(a, b, by, (rows[0], rows[1]), near, scores, same[:, -1], metrics.jaccard(same), overlap, common)


def common_items(a: Embedding, b: Embedding) -> tuple[str, np.ndarray, np.ndarray]:
    """Match the items of two embeddings: the column used (`item_id` or `key`), rows in a, rows in b, in the order of a.

    Ids are used if both have them and most matches also have the same key, as ids of two data sets can be unrelated;
    otherwise keys. Raises BadRequest for fewer than three common items.
    """
    best = 0
    for by in ("item_id", "key"):
        if by not in a.items or by not in b.items:
            continue
        names = [pd.Index(embedding.items[by].astype(str)) for embedding in (a, b)]
        if not (names[0].is_unique and names[1].is_unique):
            continue
        rows_in_b = names[1].get_indexer(names[0])
        rows = np.flatnonzero(rows_in_b >= 0), rows_in_b[rows_in_b >= 0]
        same = a.items["key"].to_numpy()[rows[0]] == b.items["key"].to_numpy()[rows[1]]
        if len(same) >= FEWEST and 2 * same.sum() >= len(same):
            return by, *rows
        best = max(best, int(same.sum()))
    raise BadRequest(
        f"{a.name} ({len(a):,} items) and {b.name} ({len(b):,} items) have {best or 'none'} in common, by item_id or "
        f"by key; at least {FEWEST} are needed. Choose two embeddings of the same items."
    )


def align(a: np.ndarray, b: np.ndarray, seed: int = 0) -> Alignment:
    """Rotate b onto a: the orthogonal Procrustes problem.

    a: (m, d), b: (m, e), the same items in the same order; the one with fewer dimensions is padded with zeros. Both are
    centered and scaled to unit size first, so the disparity is that of scipy.spatial.procrustes: the remaining sum of
    squared distances. seed: of the shuffled order used for `chance`.
    """
    from scipy.linalg import orthogonal_procrustes

    d = max(a.shape[1], b.shape[1])
    a, b = (_standard(np.pad(np.asarray(x, np.float64), ((0, 0), (0, d - x.shape[1])))) for x in (a, b))
    turn, fit = orthogonal_procrustes(b, a)
    _, by_chance = orthogonal_procrustes(np.random.default_rng(seed).permutation(b), a)
    return Alignment(float(1 - fit**2), float(1 - by_chance**2), turn)


def _narrow(points: np.ndarray) -> np.ndarray:
    """The points rotated into at most as many dimensions as there are points: (m, min(m, d))."""
    if points.shape[1] <= len(points):
        return points
    left, stretch, _ = np.linalg.svd(points.astype(np.float64), full_matrices=False)
    return left * stretch


def _standard(points: np.ndarray) -> np.ndarray:
    centered = points - points.mean(axis=0)
    return centered / (np.linalg.norm(centered) or 1)
