"""The quality card: metrics of one embedding, each with its meaning and normal range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from itertools import combinations
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.stats import skew

from explorer.core.columns import Kind
from explorer.core.embedding import Embedding
from explorer.core.search.index import METRICS
from explorer.core.search.knn import all_neighbors
from explorer.errors import BadRequest
from explorer.quality import metrics, reference_ranges
from explorer.quality.reference_ranges import Figure
from explorer.quality.sample import sampled_rows

K = 10
FEWEST = 3  # items that a card needs
SHUFFLES = 5
EXAMPLES = 5
Lists = dict[str, tuple[np.ndarray, np.ndarray]]  # metric -> neighbors of each item and their scores


@dataclass(frozen=True)
class Card:
    """All metrics of one embedding."""

    artifact: str
    items: int
    dimensions: int
    k: int  # number of neighbors
    figures: tuple[Figure, ...]
    measured: int  # number of items measured: all, or a random sample

    def __getitem__(self, name: str) -> Figure:
        return next(figure for figure in self.figures if figure.name == name)

    def document(self) -> dict[str, Any]:
        """The card as plain values for JSON."""
        return asdict(self)


def quality(
    embedding: Embedding,
    k: int = K,
    groups: Mapping[str, np.ndarray] | None = None,
    seed: int = 0,
    by: Sequence[str] | None = None,
) -> Card:
    """Measure an embedding: hubs, directions, duplicates, and agreement of neighbors.

    k: number of neighbors, by exact search. groups: name -> rows of items that belong together. seed: of the shuffled
    values. by: columns in which neighbors should agree, by default the one with the role group. Metrics that need a
    column or groups are omitted without them. Normal ranges that depend on the numbers of items and dimensions are
    relative to Gaussian noise of the same shape. Of vectors in a database that do not fit into memory, a random sample
    is measured; see sample.sampled_rows. Hubness is the skewness of the k-occurrence (Radovanović, Nanopoulos &
    Ivanović 2010, Hubs in space), anisotropy as in Mu & Viswanath 2018 (All-but-the-top). Raises BadRequest for fewer
    than three items, or k not from 1 to their number minus 1.
    """
    items, d = embedding.vectors.shape
    if items < FEWEST:
        raise BadRequest(f"{embedding.name} has {items} items; a quality card needs at least {FEWEST}.")
    rows = sampled_rows(embedding, seed=seed)
    if rows is not None:
        embedding = embedding.take(rows)
        places = {name: np.flatnonzero(np.isin(rows, members)) for name, members in (groups or {}).items()}
        groups = {name: members for name, members in places.items() if len(members) > 1}
    n = len(embedding)
    vectors = np.asarray(embedding.vectors, np.float64)
    lists = _lists(vectors, k)
    found, noise = _geometry(vectors, lists, k), noise_geometry(n, d, k)
    near, scores = lists["cosine"]
    figures = [
        *_hubs(embedding, {metric: near[:, :k] for metric, (near, _) in lists.items()}, found, noise),
        *_directions(embedding, vectors, found, noise),
        _duplicates(embedding, near, scores, found, noise),
        *(reference_ranges.AGREEMENT.figure(name, found[name], noise[name]) for name in found if "agreement" in name),
        *column_figures(embedding, near, k, seed, by),
        *_groups(groups, near[:, :k]),
    ]
    return Card(embedding.name, items, d, k, tuple(figures), n)


@lru_cache(maxsize=32)
def noise_geometry(n: int, d: int, k: int) -> Mapping[str, float]:
    """The metrics that depend on vectors alone, for n standard normal vectors of d dimensions."""
    vectors = np.random.default_rng(0).normal(size=(n, d))
    return MappingProxyType(_geometry(vectors, _lists(vectors, k), k))


def _lists(vectors: np.ndarray, k: int) -> Lists:
    """Nearest items of every item and their scores, by each metric; by cosine k + 1 if there are as many."""
    more = min(k + 1, len(vectors) - 1) if k < len(vectors) else k
    return {metric: all_neighbors(vectors, more if metric == "cosine" else k, metric) for metric in METRICS}


def _geometry(vectors: np.ndarray, lists: Lists, k: int) -> dict[str, float]:
    n, d = vectors.shape
    found: dict[str, float] = {}
    for metric, (near, _) in lists.items():
        counts = np.bincount(near[:, :k].ravel(), minlength=n)
        found[f"hubness, {metric}"] = float(skew(counts)) if np.ptp(counts) else 0.0
        if metric == "cosine":
            found["anti-hubs"] = float(np.mean(counts == 0))
    shares = metrics.principal_shares(vectors)
    participation, rank = metrics.effective_dimensions(shares)
    found |= {"top axis": float(shares[0]), "effective dimensions": participation / d, "effective rank": rank / d}
    found["near-duplicates"] = metrics.near_duplicates(vectors, *lists["cosine"])[0]
    for first, second in combinations(METRICS, 2):
        same = metrics.shared(lists[first][0][:, :k], lists[second][0][:, :k])
        found[f"agreement, {first} and {second}"] = float(metrics.jaccard(same).mean())
    return found


def _hubs(
    embedding: Embedding, lists: Mapping[str, np.ndarray], found: Mapping[str, float], noise: Mapping[str, float]
) -> Iterator[Figure]:
    keys = embedding.items["key"].to_numpy()
    for metric, scale in reference_ranges.HUBNESS.items():
        counts = np.bincount(lists[metric].ravel(), minlength=len(keys))
        most = np.argsort(-counts, kind="stable")[:EXAMPLES]
        hubs = tuple(f"{keys[row]} ({counts[row]:,} times)" for row in most)
        name = f"hubness, {metric}"
        yield scale.figure(name, found[name], noise[name], examples=hubs)
        if metric == "cosine":
            never = tuple(keys[np.flatnonzero(counts == 0)[:EXAMPLES]])
            yield reference_ranges.ANTI_HUBS.figure("anti-hubs", found["anti-hubs"], noise["anti-hubs"], examples=never)


def _directions(
    embedding: Embedding, vectors: np.ndarray, found: Mapping[str, float], noise: Mapping[str, float]
) -> Iterator[Figure]:
    counts = embedding.columns.numbers("popularity")
    if counts is not None:
        yield reference_ranges.NORM.figure(
            "norm and popularity", metrics.rank_correlation(np.linalg.norm(vectors, axis=1), counts)
        )
    yield reference_ranges.ANISOTROPY.figure("anisotropy", metrics.mean_cosine(vectors))
    ranges = {
        "top axis": reference_ranges.TOP_AXIS,
        "effective dimensions": reference_ranges.DIMENSIONS,
        "effective rank": reference_ranges.ENTROPY,
    }
    for name, scale in ranges.items():
        yield scale.figure(name, found[name], noise[name])
    dead = metrics.dead_dimensions(vectors)
    yield reference_ranges.DEAD.figure(
        "dead dimensions", len(dead), examples=tuple(f"dimension {number}" for number in dead[:EXAMPLES])
    )


def _duplicates(
    embedding: Embedding, near: np.ndarray, scores: np.ndarray, found: Mapping[str, float], noise: Mapping[str, float]
) -> Figure:
    _, pairs = metrics.near_duplicates(embedding.vectors, near, scores)
    keys = embedding.items["key"].to_numpy()
    alike = tuple(f"{keys[a]} = {keys[b]}" for a, b in pairs[:EXAMPLES])
    name = "near-duplicates"
    scale = replace(reference_ranges.DUPLICATES, high=len(keys) / 1000)
    return scale.figure(name, found[name], noise[name], examples=alike)


def column_figures(
    embedding: Embedding, near: np.ndarray, k: int, seed: int, by: Sequence[str] | None = None
) -> Iterator[Figure]:
    """Agreement of k neighbors in some columns, each with a jackknife interval.

    near: (n, k + 1) neighbors, nearest first; with k only there is no interval. by: names of columns; by default the
    one with the role group. Columns with fewer than three known values are skipped. Raises BadRequest for an unknown
    column.
    """
    group = embedding.schema.by_role("group")
    names = ([group.name] if group else []) if by is None else [embedding.schema.column(name).name for name in by]
    rng = np.random.default_rng(seed)
    for name in names:
        values = embedding.columns[name]
        if values.known.sum() < FEWEST:
            continue
        orders = [rng.permutation(len(embedding)) for _ in range(SHUFFLES)]
        shuffled = [_means(values, near[:, :k], order) for order in orders]
        for place, found in enumerate(values.agreement(near)):
            value = float(found.pairs[values.known, :k].mean())
            chance = float(np.mean([means[place] for means in shuffled]))
            interval = None
            if near.shape[1] > k:
                without = metrics.means_without(found.pairs, near, values.known)
                interval = metrics.jackknife_interval(value, without)
            surely = chance < (value if interval is None else interval[0])
            enough = value - chance >= reference_ranges.COLUMNS_PART * (1 - chance)
            verdict = "good" if surely and enough else "unusual"
            normal = reference_ranges.COLUMNS_NORMAL
            yield Figure(found.name, value, found.unit, found.meaning, normal, verdict, interval, chance)


def _means(values: Kind, near: np.ndarray, order: np.ndarray) -> list[float]:
    return [float(found.pairs[values.known[order]].mean()) for found in values.agreement(near, order)]


def _groups(groups: Mapping[str, np.ndarray] | None, near: np.ndarray) -> Iterator[Figure]:
    if groups:
        for (name, scale), value in zip(reference_ranges.GROUPS.items(), metrics.group_hits(groups, near), strict=True):
            yield scale.figure(name, value)
