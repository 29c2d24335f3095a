"""DeepWalk and node2vec: nodes that occur together in random walks get similar vectors.

Perozzi et al. 2014, arXiv:1403.6652; Grover & Leskovec 2016, arXiv:1607.00653.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.datasets import graph_edges, movielens, sequences
from explorer.datasets.graph_edges import Graph
from explorer.datasets.sequences import Sequences
from explorer.training import word2vec
from explorer.training.item2vec import stars, vocabulary, well_rated_items
from explorer.training.options import check_range, option
from explorer.training.random_walks import Walker
from explorer.training.result import Report, TrainingResult, read_progress, say

HELD_OUT, TESTS = 0.1, 100_000  # share and largest number of edges held out for evaluation


@dataclass(frozen=True)
class Options(word2vec.Options):
    """Options of node2vec. Raises BadRequest for a value out of range."""

    epochs: int = option(10, "walks from each node, one per epoch")
    thin: float = option(0.0, "subsample nodes that occur more than this many times the average; 0 disables it")
    length: int = option(40, "number of nodes in a walk")
    p: float = option(1.0, "return parameter: below 1 returns more often")
    q: float = option(1.0, "in-out parameter: below 1 explores outward, above 1 stays local; p=q=1 is DeepWalk")
    liked: str = option("4", "MovieLens: lowest rating of a liked item, in stars; mean: the user's mean")
    links: int = option(30, "MovieLens: edges per item, to the items most often liked by the same users")
    min_count: int = option(5, "MovieLens: leave out items that fewer users liked")
    min_ratings: int = option(20, "MovieLens: keep items with at least this many ratings")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range(self, "length", 2, 10_000)
        for name in ("p", "q"):  # outside this range, rejection sampling is too slow
            check_range(self, name, 0.01, 100)
        check_range(self, "links", 1, 10_000)
        check_range(self, "min_count", 1, 1_000_000_000)
        check_range(self, "min_ratings", 0, 1_000_000_000)
        stars(self.liked)


def train(data: str, options: Options, seed: int, report: Report) -> TrainingResult:
    """Learn vectors of the nodes of an edge file, or of MovieLens items connected when liked by the same users.

    Evaluates on held-out edges first, then trains on all. Raises BadData and BadRequest.
    """
    ratings = movielens.load(data, read_progress(report)) if movielens.is_folder_or_zip(data) else None
    if ratings:
        likes = sequences.liked(ratings, stars(options.liked))
        likes, rows = vocabulary(likes, ratings.items["key"], options.min_count, data)
        graph, tied = graph_edges.coliked(likes, len(rows), options.links)
        items = ratings.items.iloc[rows[tied]].reset_index(drop=True)
    else:
        graph, names = graph_edges.read_graph(data, read_progress(report))
        items = pd.DataFrame({"key": names, "item_id": names, "title": names})
        say(report, graph.notes)
    report({"message": _summary(graph)})
    word2vec.check_memory(len(graph), options.size, 3 * 4 * options.length)  # walks, and two reordered copies
    metrics = measure(graph, options, seed, report)
    vectors, curve = _learn(graph, options, seed, report, "training")
    manifest = {
        "model": "DeepWalk" if options.p == options.q == 1 else "node2vec",
        "params": {**asdict(options), "seed": seed},
        "seed": seed,
        "metrics": metrics,
        "curve": curve,
    }
    text = _card(graph, options, metrics)
    if ratings is None:
        counted = {"nodes": len(graph), "edges": graph.n_edges, "loops": graph.loops, "merged": graph.merged}
        dataset = {"dataset": {"name": Path(data).name, **counted}}
        return TrainingResult(vectors, items.assign(degree=np.diff(graph.starts)), manifest | dataset, text)
    vectors, items, about = well_rated_items(vectors, items, ratings, options.min_ratings)
    return TrainingResult(vectors, items, manifest | about, text)


def measure(graph: Graph, options: Options, seed: int, report: Report) -> dict[str, float]:
    """AUC of cosines for held-out edges against unconnected pairs.

    auc: the chance that the cosine of an edge exceeds that of a random unconnected pair, ties counting half.
    auc_degree_product: the same for the product of the degrees (preferential attachment). n_test: number of edges held
    out; only edges whose ends have other edges can be. If there is no such edge, or no unconnected pair, only n_test
    (0) is returned.
    """
    rng = np.random.default_rng(seed)
    a, b, weight = graph.pairs()
    held_out = hold_out(graph, rng)
    apart = _unconnected_pairs(graph, len(held_out), rng)
    if not (len(held_out) and len(apart)):
        report({"message": "no edge can be held out, so there is no evaluation"})
        return {"n_test": 0}
    left = np.ones(len(a), bool)
    left[held_out] = False
    rest = graph_edges.build(a[left], b[left], weight[left], len(graph))
    degree = np.diff(rest.starts).astype(np.float64)
    pairs = np.concatenate([np.stack([a[held_out], b[held_out]], axis=1), apart])
    by_degree = _auc(degree[pairs].prod(axis=1), len(held_out))
    report({"baseline": by_degree})

    def check(vectors: np.ndarray) -> dict[str, float]:
        unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return {"auc": _auc(np.einsum("ij,ij->i", unit[pairs[:, 0]], unit[pairs[:, 1]]), len(held_out))}

    vectors, _ = _learn(rest, options, seed, report, "measuring", check)
    return {**check(vectors), "auc_degree_product": by_degree, "n_test": len(held_out)}


def hold_out(graph: Graph, rng: np.random.Generator) -> np.ndarray:
    """Positions in graph.pairs() of random edges whose ends each keep another edge."""
    a, b, _ = graph.pairs()
    order = rng.permutation(len(a))
    first = np.full(len(graph), len(a))  # position in the random order of the edge that each node keeps
    np.minimum.at(first, a[order], np.arange(len(a)))
    np.minimum.at(first, b[order], np.arange(len(a)))
    spare = order[np.setdiff1d(np.arange(len(a)), first)]
    return np.sort(spare[: min(round(HELD_OUT * len(a)), TESTS)])


def _unconnected_pairs(graph: Graph, wanted: int, rng: np.random.Generator) -> np.ndarray:
    """About `wanted` pairs of nodes without an edge, (k, 2); fewer in a nearly complete graph."""
    pairs = rng.integers(len(graph), size=(10 * wanted, 2))
    pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & (graph.find(pairs[:, 0], pairs[:, 1]) < 0)]
    return pairs[:wanted]


def _auc(scores: np.ndarray, true: int) -> float:
    """Area under the ROC curve; the first `true` scores are those of edges."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(np.arange(len(scores)) < true, scores))


def _learn(
    graph: Graph, options: Options, seed: int, report: Report, phase: str, check: word2vec.Check | None = None
) -> tuple[np.ndarray, list[dict[str, float]]]:
    walker = Walker(graph, options.p, options.q)
    bounds = np.arange(0, (len(graph) + 1) * options.length, options.length)

    def walks(epoch: int) -> Sequences:
        rng = np.random.default_rng([seed, epoch])
        paths = walker.walk(np.arange(len(graph)), options.length, rng)  # ordered start nodes, for memory locality
        return Sequences(rng.permutation(paths).ravel(), bounds)

    counts = walks(0).counts(len(graph))
    return word2vec.word2vec(walks, counts, options, seed, report, phase, check=check)


def _summary(graph: Graph) -> str:
    return (
        f"{len(graph):,} nodes, {graph.n_edges:,} edges; left out {graph.loops:,} from a node to itself; "
        f"merged {graph.merged:,} duplicates by adding their weights"
    )


def _card(graph: Graph, options: Options, metrics: dict[str, float]) -> str:
    params = ", ".join(f"{name} {value}" for name, value in asdict(options).items())
    good = "The graph is too small to hold out edges, so there is no evaluation."
    if metrics["n_test"]:
        good = (
            f"{metrics['n_test']:,} edges were held out before learning. The cosine of the two nodes is above that of "
            f"two nodes without an edge in {metrics['auc']:.1%} of the pairs drawn; the product of their degrees in "
            f"{metrics['auc_degree_product']:.1%}."
        )
    return f"""## How it was made

Random walks over a weighted graph of {len(graph):,} nodes and {graph.n_edges:,} edges, used as sentences of Word2Vec
(skip-gram with negative sampling): DeepWalk (Perozzi et al. 2014), and node2vec (Grover & Leskovec 2016) where p or q
is not 1. Parameters: {params}.

## How good it is

{good}

## What to keep in mind

Nodes are similar if they occur in the same walks; they need not share an edge."""
