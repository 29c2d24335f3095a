"""The quality card: figures that say what an embedding is like, each with what it means and what is normal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from explorer.core.embedding import Embedding
from explorer.core.knn import all_neighbors
from explorer.core.search import METRICS
from explorer.errors import BadRequest
from explorer.quality import metrics, reference_ranges
from explorer.quality.reference_ranges import Figure

K = 10
FEWEST = 3  # items that a card can be made of
SHUFFLES = 5
EXAMPLES = 5


@dataclass(frozen=True)
class Card:
    """All figures of one embedding."""

    artifact: str
    items: int
    dimensions: int
    k: int  # neighbors that were looked at
    figures: tuple[Figure, ...]

    def __getitem__(self, name: str) -> Figure:
        return next(figure for figure in self.figures if figure.name == name)

    @property
    def unusual(self) -> tuple[str, ...]:
        """Names of the figures that are not as usual."""
        return tuple(figure.name for figure in self.figures if figure.verdict == "unusual")

    def document(self) -> dict[str, Any]:
        """All of it, as JSON knows it."""
        return asdict(self)


def quality(embedding: Embedding, k: int = K, groups: Mapping[str, np.ndarray] | None = None, seed: int = 0) -> Card:
    """Measure an embedding: hubs, directions, duplicates, and whether neighbors belong together.

    k: neighbors of each item, exact ones. groups: name -> rows of the items that belong together. seed: of the shuffled
    genres and of the bootstrap. What needs genres, counts or groups is there only where those are. Hubness is the skew
    of the k-occurrence (Radovanović, Nanopoulos & Ivanović 2010, Hubs in space), anisotropy as in Mu & Viswanath 2018
    (All-but-the-top). Raises BadRequest for fewer than three items, or k not from 1 to one less than there are.
    """
    n, d = embedding.vectors.shape
    if n < FEWEST:
        raise BadRequest(f"{embedding.name} has {n} items; a quality card needs at least {FEWEST}.")
    near, scores = all_neighbors(embedding.vectors, k)
    lists = {"cosine": near} | {
        metric: all_neighbors(embedding.vectors, k, metric)[0] for metric in METRICS if metric != "cosine"
    }
    figures = [
        *_hubs(embedding, lists),
        *_directions(embedding),
        _duplicates(embedding, near, scores),
        *_metrics(lists),
        *_genres(embedding, near, seed),
        *_groups(groups, near),
    ]
    return Card(embedding.name, n, d, k, tuple(figures))


def _hubs(embedding: Embedding, lists: Mapping[str, np.ndarray]) -> Iterator[Figure]:
    keys = embedding.items["key"].to_numpy()
    for metric, scale in reference_ranges.HUBNESS.items():
        counts = np.bincount(lists[metric].ravel(), minlength=len(keys))
        most = np.argsort(-counts, kind="stable")[:EXAMPLES]
        hubs = tuple(f"{keys[row]} ({counts[row]:,} times)" for row in most)
        yield scale.figure(f"hubness, {metric}", metrics.skewness(counts), examples=hubs)
        if metric == "cosine":
            never = np.flatnonzero(counts == 0)
            yield reference_ranges.ANTI_HUBS.figure(
                "anti-hubs", len(never) / len(keys), examples=tuple(keys[never[:EXAMPLES]])
            )


def _directions(embedding: Embedding) -> Iterator[Figure]:
    vectors = np.asarray(embedding.vectors, np.float64)
    if "n_ratings" in embedding.items:
        counts = embedding.items["n_ratings"].to_numpy(dtype=float, na_value=np.nan)
        yield reference_ranges.NORM.figure(
            "norm and popularity", metrics.rank_correlation(np.linalg.norm(vectors, axis=1), counts)
        )
    yield reference_ranges.ANISOTROPY.figure("anisotropy", metrics.mean_cosine(vectors))
    yield reference_ranges.CENTRED.figure("anisotropy, centred", metrics.mean_cosine(vectors - vectors.mean(axis=0)))
    participation, entropy = (count / vectors.shape[1] for count in metrics.effective_dimensions(vectors))
    yield reference_ranges.DIMENSIONS.figure("effective dimensions", participation)
    yield reference_ranges.ENTROPY.figure("effective dimensions, entropy", entropy)
    dead = metrics.dead_dimensions(vectors)
    yield reference_ranges.DEAD.figure(
        "dead dimensions", len(dead), examples=tuple(f"dimension {number}" for number in dead[:EXAMPLES])
    )


def _duplicates(embedding: Embedding, near: np.ndarray, scores: np.ndarray) -> Figure:
    count, pairs = metrics.near_duplicates(embedding.vectors, near, scores)
    keys = embedding.items["key"].to_numpy()
    alike = tuple(f"{keys[a]} = {keys[b]}" for a, b in pairs[:EXAMPLES])
    return replace(reference_ranges.DUPLICATES, high=len(keys) / 1000).figure("near-duplicates", count, examples=alike)


def _metrics(lists: Mapping[str, np.ndarray]) -> Iterator[Figure]:
    for one, other in combinations(METRICS, 2):
        same = metrics.jaccard(metrics.shared(lists[one], lists[other])).mean()
        yield reference_ranges.AGREEMENT.figure(f"agreement, {one} and {other}", float(same))


def _genres(embedding: Embedding, near: np.ndarray, seed: int) -> Iterator[Figure]:
    bits = metrics.genre_bits(embedding.items["genres"].tolist() if "genres" in embedding.items else [])
    if bits.any(axis=1).sum() < FEWEST:
        return
    rng = np.random.default_rng(seed)
    found = metrics.genre_agreement(bits, near)
    shuffled = [metrics.genre_agreement(rng.permutation(bits), near) for _ in range(SHUFFLES)]
    for place, (name, meaning) in enumerate(reference_ranges.GENRES.items()):
        value, chance = float(np.nanmean(found[place])), float(np.nanmean([one[place] for one in shuffled]))
        low, high = metrics.interval(found[place], seed)
        verdict = (
            "good" if low > chance and value - chance >= reference_ranges.GENRES_PART * (1 - chance) else "unusual"
        )
        unit = "share" if place == 0 else "mean Jaccard"
        yield Figure(name, value, unit, meaning, reference_ranges.GENRES_NORMAL, verdict, (low, high), chance)


def _groups(groups: Mapping[str, np.ndarray] | None, near: np.ndarray) -> Iterator[Figure]:
    if groups:
        for (name, scale), value in zip(reference_ranges.GROUPS.items(), metrics.group_hits(groups, near), strict=True):
            yield scale.figure(name, value)
