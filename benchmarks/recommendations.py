"""Recommending films that people did like later: recall@20 and nDCG@20 beside the library `implicit` and popularity.

python benchmarks/recommendations.py [--data PATH] [--users 0.1] [--size 64] [--seed 0]
The last 20% (by time) of everybody's likes (4 stars or more) are kept apart, and so is all that a tenth of the people
rated. Models learn from the others; then each of that tenth is folded in from the ratings that are left, and asked for
20 films. Every ranking chooses among the same films, those with 20 ratings in training, without what was rated.
`explorer` folds in by its ridge regression, ALS by `recalculate_user`; BPR offers no way, so its own loss is minimized
for the new user, the films staying as they are. Of several settings of ALS and BPR the best on these very users counts.
"cosine to the liked" ranks by direction, near the mean of the films a person liked; "near" adds a little of the
logarithm of the number of ratings.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the project is run from its folder, not installed
from explorer import Embedding
from explorer.core import recommend
from explorer.datasets import movielens
from explorer.datasets.ratings import Ratings
from explorer.training import fit

K, LIKED, HELD_OUT, MIN_RATINGS = 20, 4.0, 0.2, 20
Scored = Iterator[tuple[str, np.ndarray]]  # how it ranks, scores (people, films)


@dataclass(frozen=True, eq=False)
class Split:
    """What may be learned from, and what is asked."""

    training: Ratings  # of other people, without their held-out likes
    films: np.ndarray  # (n,) rows of the item table that may be recommended
    left: csr_matrix  # (people, films): stars that each unseen person is folded in from
    held: csr_matrix  # (people, films): 1 where a like was held out

    @property
    def likes(self) -> csr_matrix:
        """(people, films): 1 where a rating that is left is a like."""
        return (self.left >= LIKED).astype(np.float32)

    @property
    def trained_likes(self) -> csr_matrix:
        """(users, films) of the training data: 1 for a like."""
        data, place = self.training, np.full(self.training.n_items, -1)
        place[self.films] = np.arange(len(self.films))
        rows = np.flatnonzero((data.rating >= LIKED) & (place[data.item] >= 0))
        shape = (data.n_users, len(self.films))
        return csr_matrix((np.ones(len(rows), np.float32), (data.user[rows], place[data.item[rows]])), shape=shape)


def split(ratings: Ratings, share: float, seed: int) -> Split:
    likes = pd.DataFrame({"user": ratings.user, "time": ratings.timestamp})[ratings.rating >= LIKED]
    order = likes.sort_values(["user", "time"], kind="stable").groupby("user").cumcount()
    count = likes.groupby("user")["time"].transform("size")
    held = np.zeros(len(ratings), bool)
    held[order.index[order >= count.loc[order.index] - np.floor(HELD_OUT * count.loc[order.index])]] = True

    candidates = np.unique(ratings.user[held])
    people = np.sort(np.random.default_rng(seed).choice(candidates, round(share * len(candidates)), replace=False))
    unseen = np.isin(ratings.user, people)
    training = ratings.take(~unseen & ~held)
    films = np.flatnonzero(np.bincount(training.item, minlength=ratings.n_items) >= MIN_RATINGS)
    known = np.isin(ratings.item, films)

    def matrix(rows: np.ndarray, values: np.ndarray) -> csr_matrix:
        place = (np.searchsorted(people, ratings.user[rows]), np.searchsorted(films, ratings.item[rows]))
        return csr_matrix((values[rows], place), shape=(len(people), len(films)), dtype=np.float32)

    left, kept = matrix(unseen & ~held & known, ratings.rating), matrix(unseen & held & known, held)
    asked = np.flatnonzero((kept.getnnz(axis=1) > 0) & ((left >= LIKED).getnnz(axis=1) > 0))
    return Split(training, films, left[asked], kept[asked])


def measured(scores: np.ndarray, data: Split) -> tuple[float, float]:
    """Means over people of recall@K (hits by the K or fewer there were to find) and nDCG@K."""
    scores = np.where(data.left.toarray() > 0, -np.inf, scores)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :K]
    hits = np.take_along_axis(data.held.toarray(), best, axis=1)
    possible = np.minimum(data.held.getnnz(axis=1), K)
    discount = 1 / np.log2(np.arange(2, K + 2))
    recall, ndcg = hits.sum(axis=1) / possible, hits @ discount / np.cumsum(discount)[possible - 1]
    return float(recall.mean()), float(ndcg.mean())


def with_explorer(model: str, data: Split, size: int, seed: int) -> Scored:
    trained = fit(data.training, model, seed=seed, size=size)
    # counted anew, as the table's own counts include what was held out
    counts = np.bincount(data.training.item, minlength=data.training.n_items)
    items = data.training.items.assign(bias=trained.item_bias, n_ratings=counts).iloc[data.films].reset_index(drop=True)
    manifest = {"name": model, "mean": trained.mean, "scale": trained.scale, "params": trained.params}
    embedding = Embedding(trained.item_vectors[data.films], items, manifest)
    keys = items["key"].to_numpy()
    people = [recommend.fold_in(embedding, zip(keys[row.indices], row.data.tolist(), strict=True)) for row in data.left]
    for weight in (0.0, 0.5, 1.0, 2.0, 4.0):
        name = "predicted stars" if weight == 1 else f"predicted stars, popularity {weight:g}"
        yield name, np.array([recommend.predictions(embedding, user, weight) for user in people])
    unit = embedding.vectors / np.linalg.norm(embedding.vectors, axis=1, keepdims=True)
    yield "cosine to the user", np.array([user.vector for user in people]) @ unit.T
    mean = data.likes @ unit
    yield "cosine to the liked", mean @ unit.T / np.linalg.norm(mean, axis=1, keepdims=True)
    for weight in (0.0, 1.0, 2.0):
        name = "near" if weight == 1 else f"near, popularity {weight:g}"
        yield name, np.array([recommend.near(embedding, user, weight) for user in people])


def with_als(data: Split, size: int, seed: int) -> Scored:
    from implicit.als import AlternatingLeastSquares

    for alpha in (1, 5, 20):
        for l2 in (0.01, 1, 10):
            model = AlternatingLeastSquares(size, regularization=l2, alpha=alpha, random_state=seed)
            model.fit(data.trained_likes, show_progress=False)
            users = model.recalculate_user(np.arange(data.likes.shape[0]), data.likes)
            yield f"alpha {alpha}, l2 {l2:g}", users @ model.item_factors.T


def with_bpr(data: Split, size: int, seed: int) -> Scored:
    from implicit.bpr import BayesianPersonalizedRanking

    for rate in (0.01, 0.05):
        for iterations in (100, 300):
            model = BayesianPersonalizedRanking(
                size, learning_rate=rate, iterations=iterations, random_state=seed, num_threads=1
            )
            model.fit(data.trained_likes, show_progress=False)
            users = np.array([_bpr_user(model, row.indices, seed) for row in data.likes])
            yield f"rate {rate}, {iterations} iterations", users @ model.item_factors.T


def _bpr_user(model: Any, liked: np.ndarray, seed: int, steps: int = 300, rate: float = 0.5) -> np.ndarray:
    """The vector that minimizes BPR's loss for these likes, by gradient descent over random pairs."""
    rng, items = np.random.default_rng(seed), model.item_factors
    user = np.append(np.zeros(items.shape[1] - 1), 1.0)  # the last one meets the item's bias
    for step in range(steps):
        others = rng.integers(len(items), size=len(liked))
        difference = items[liked] - items[others]
        gradient = (1 / (1 + np.exp(difference @ user))) @ difference / len(liked) - model.regularization * user
        user[:-1] += rate / (1 + step / 50) * gradient[:-1]
    return user


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = movielens.data_root()
    parser.add_argument("--data", default=root and root / "movielens" / "pool", help="folder of the data set")
    parser.add_argument("--users", type=float, default=0.1, help="share of the people who are unseen (default 0.1)")
    parser.add_argument("--size", type=int, default=64, help="dimensions of every model (default 64)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    try:
        import implicit  # noqa: F401
    except ImportError:
        sys.exit("The peer is missing: pip install implicit==0.7.3")
    if not options.data:
        sys.exit("Name a data set: --data PATH")
    data = split(movielens.load(options.data), options.users, options.seed)
    people, films = data.left.shape
    print(f"{people:,} unseen people, {films:,} films, {data.held.nnz:,} likes to find, {len(data.training):,} ratings")
    print(f"\n{'model':8} {'ranks by':40} recall@{K}  nDCG@{K}")
    show("popular", "number of likes", np.tile(data.trained_likes.sum(axis=0), (people, 1)), data)
    best = {}
    for name, runner in {"ALS": with_als, "BPR": with_bpr}.items():
        best[name] = max(show(name, how, s, data) for how, s in runner(data, options.size, options.seed))
    for name in ("mf", "hybrid"):
        start = time.perf_counter()
        rankings = with_explorer(name, data, options.size, options.seed)
        best[name] = max(show(name, how, scores, data) for how, scores in rankings)
        print(f"{name}: {time.perf_counter() - start:.0f} s")
    print()
    for name, (ndcg, recall, how) in best.items():
        ratio = ndcg / max(best["ALS"], best["BPR"])[0]
        print(f"best of {name:6} recall {recall:.3f}  nDCG {ndcg:.3f} ({ratio:.2f}x the best peer): {how}")


def show(name: str, how: str, scores: np.ndarray, data: Split) -> tuple[float, float, str]:
    recall, ndcg = measured(np.asarray(scores), data)
    print(f"{name:8} {how:40} {recall:9.3f} {ndcg:8.3f}", flush=True)
    return ndcg, recall, how


if __name__ == "__main__":
    main()
