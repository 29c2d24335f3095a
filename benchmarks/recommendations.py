"""Recommending films that users liked later: recall@20 and nDCG@20 of every order, compared with known methods.

    python benchmarks/recommendations.py [--data PATH] [--draws 3] [--users 0.1] [--few 3 5 10] [--models hybrid]

In each draw a tenth of the users are test users, none of whose ratings are trained on. For every user the last 20% (by
time) of the likes (4 stars or more) are held out. Each test user is folded in from the remaining ratings, all of them
or a few random ones (including a like), and 20 films are recommended. Every method ranks the same films: those with 20
training ratings that the user had not rated.
`likely` uses its shipped settings. The baselines (ALS and BPR of the library `implicit`, EASE) use the settings that
were best for another tenth of the users in the first draw. ALS folds in by `recalculate_user`; for BPR its own loss is
minimized for the new user with fixed films. `near` and `stars` are the other orders, for the models of --models.
Intervals are normal 95% intervals of the mean over all users of all draws.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, vstack

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run from a checkout, without installation
from explorer import Embedding
from explorer.core import recommend
from explorer.datasets import movielens
from explorer.datasets.ratings import Ratings
from explorer.training import fit
from explorer.training.interactions.ease import ease
from explorer.training.likely import train_likely

K, LIKED, HELD_OUT, MIN_RATINGS = 20, 4.0, 0.2, 20
Ranking = Callable[["Split"], np.ndarray]  # users -> scores of all films, (users, films)


@dataclass(frozen=True, eq=False)
class Split:
    """Training data, and held-out likes of the test users."""

    training: Ratings  # of the other users, without their held-out likes
    films: np.ndarray  # (n,) rows of the item table that may be recommended
    left: csr_matrix  # (users, films): stars that were not held out
    given: csr_matrix  # (users, films): those of them that each user is folded in from
    held: csr_matrix  # (users, films): 1 where a like was held out

    @property
    def likes(self) -> csr_matrix:
        """(users, films): 1 where a given rating is a like."""
        return (self.given >= LIKED).astype(np.float32)

    @property
    def trained_likes(self) -> csr_matrix:
        """(users, films) of the training data: 1 for a like."""
        data, place = self.training, np.full(self.training.n_items, -1)
        place[self.films] = np.arange(len(self.films))
        rows = np.flatnonzero((data.rating >= LIKED) & (place[data.item] >= 0))
        shape = (data.n_users, len(self.films))
        return csr_matrix((np.ones(len(rows), np.float32), (data.user[rows], place[data.item[rows]])), shape=shape)

    def few(self, count: int, seed: int) -> Split:
        """The same users with `count` random ratings each, the first among their likes."""
        rng, rows = np.random.default_rng(seed), []
        for person in self.left:
            first = rng.choice(np.flatnonzero(person.data >= LIKED))
            others = rng.permutation(np.delete(np.arange(person.nnz), first))[: count - 1]
            kept = np.append(first, others)
            place = (np.zeros(len(kept), int), person.indices[kept])
            rows.append(csr_matrix((person.data[kept], place), shape=person.shape))
        return replace(self, given=vstack(rows, format="csr"))


def split(ratings: Ratings, share: float, seed: int) -> tuple[Split, np.ndarray]:
    """The test users of a draw, the training ratings of the others, and all ratings."""
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
    return Split(training, films, left[asked], left[asked], kept[asked]), ~unseen


def measured(scores: np.ndarray, data: Split) -> tuple[np.ndarray, np.ndarray]:
    """recall@K (hits divided by K, or by the held-out likes if fewer) and nDCG@K of each user."""
    scores = np.where(data.left.toarray() > 0, -np.inf, scores)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :K]
    hits = np.take_along_axis(data.held.toarray(), best, axis=1)
    possible = np.minimum(data.held.getnnz(axis=1), K)
    discount = 1 / np.log2(np.arange(2, K + 2))
    return hits.sum(axis=1) / possible, hits @ discount / np.cumsum(discount)[possible - 1]


def popular(data: Split) -> Ranking:
    counts = np.asarray(data.trained_likes.sum(axis=0))
    return lambda asked: np.tile(counts, (asked.left.shape[0], 1))


def with_likely(data: Split, seed: int) -> Iterator[tuple[str, Ranking]]:
    """The order `likely`, and the same with a table of only a third of the films."""
    for name, most in (("likely", len(data.films)), ("likely, table of a third", len(data.films) // 3)):
        order = train_likely(data.training, data.films, seed=seed, most=most)

        def rank(asked: Split, order: Any = order, name: str = name) -> np.ndarray:
            seconds, found = [], []
            for person in asked.given:
                start = time.perf_counter()
                found.append(order.scores(person.indices, person.data))
                seconds.append(time.perf_counter() - start)
            print(f"{name}: {np.median(seconds) * 1000:.2f} ms a visitor (median)", flush=True)
            return np.array(found)

        yield name, rank


def with_explorer(model: str, data: Split, seed: int) -> Iterator[tuple[str, Ranking]]:
    """The orders `near` and `stars` of a rating model."""
    trained = fit(data.training, model, seed=seed)
    # counted again, because the table's counts include held-out ratings
    counts = np.bincount(data.training.item, minlength=data.training.n_items)
    items = data.training.items.assign(bias=trained.item_bias, n_ratings=counts).iloc[data.films].reset_index(drop=True)
    manifest = {"name": model, "mean": trained.mean, "scale": trained.scale, "params": trained.params}
    arrays = {}
    if trained.prior:
        prior = trained.prior.take(data.films)
        manifest["fold_in"], arrays = prior.parameters(), prior.arrays()
    embedding = Embedding(trained.item_vectors[data.films], items, manifest, model=arrays)
    keys = items["key"].to_numpy()
    for name, order in (("near", recommend.near), ("stars", recommend.predictions)):

        def rank(asked: Split, order: Callable = order) -> np.ndarray:
            rated = (zip(keys[row.indices], row.data.tolist(), strict=True) for row in asked.given)
            return np.array([order(embedding, recommend.fold_in(embedding, pairs)) for pairs in rated])

        yield f"{model} {name}", rank


def with_als(data: Split, seed: int, size: int = 64) -> Iterator[tuple[str, Callable[[], Ranking]]]:
    from implicit.als import AlternatingLeastSquares

    for alpha in (1, 5, 20):
        for l2 in (0.01, 1, 10):

            def train(alpha: float = alpha, l2: float = l2) -> Ranking:
                model = AlternatingLeastSquares(size, regularization=l2, alpha=alpha, random_state=seed)
                model.fit(data.trained_likes, show_progress=False)

                def rank(asked: Split) -> np.ndarray:
                    return model.recalculate_user(np.arange(asked.likes.shape[0]), asked.likes) @ model.item_factors.T

                return rank

            yield f"alpha {alpha}, l2 {l2:g}", train


def with_bpr(data: Split, seed: int, size: int = 64) -> Iterator[tuple[str, Callable[[], Ranking]]]:
    from implicit.bpr import BayesianPersonalizedRanking

    for rate, iterations in ((0.01, 100), (0.01, 300), (0.05, 100)):

        def train(rate: float = rate, iterations: int = iterations) -> Ranking:
            model = BayesianPersonalizedRanking(
                size, learning_rate=rate, iterations=iterations, random_state=seed, num_threads=1
            )
            model.fit(data.trained_likes, show_progress=False)

            def rank(asked: Split) -> np.ndarray:
                users = np.array([_bpr_user(model, row.indices, seed) for row in asked.likes])
                return users @ model.item_factors.T

            return rank

        yield f"rate {rate}, {iterations} iterations", train


def with_ease(data: Split, seed: int) -> Iterator[tuple[str, Callable[[], Ranking]]]:
    for ridge in (100, 300, 1000):

        def train(ridge: float = ridge) -> Ranking:
            table = ease(data.trained_likes, data.trained_likes, ridge)
            return lambda asked: asked.likes @ table

        yield f"ridge {ridge}", train


PEERS = {"ALS": with_als, "BPR": with_bpr, "EASE": with_ease}


def _bpr_user(model: Any, liked: np.ndarray, seed: int, steps: int = 300, rate: float = 0.5) -> np.ndarray:
    """The vector that minimizes BPR's loss for these likes, by gradient descent over random pairs."""
    rng, items = np.random.default_rng(seed), model.item_factors
    user = np.append(np.zeros(items.shape[1] - 1), 1.0)  # the last one multiplies the item's bias
    for step in range(steps):
        others = rng.integers(len(items), size=len(liked))
        difference = items[liked] - items[others]
        gradient = (1 / (1 + np.exp(difference @ user))) @ difference / len(liked) - model.regularization * user
        user[:-1] += rate / (1 + step / 50) * gradient[:-1]
    return user


def tune(ratings: Ratings, seen: np.ndarray, share: float, seed: int) -> dict[str, str]:
    """The settings of each baseline with the highest nDCG for validation users."""
    data, _ = split(ratings.take(seen), share, seed + 1000)
    chosen = {}
    for peer, settings in PEERS.items():
        found = {name: measured(train()(data), data)[1].mean() for name, train in settings(data, seed)}
        chosen[peer] = max(found, key=lambda name: found[name])
        print(f"{peer} with {chosen[peer]}: nDCG {found[chosen[peer]]:.3f} for people who are not tested", flush=True)
    return chosen


def rankings(data: Split, chosen: dict[str, str], models: list[str], seed: int) -> Iterator[tuple[str, Ranking]]:
    """Every ranking, trained one after the other."""
    yield "popular", popular(data)
    for peer, settings in PEERS.items():
        yield peer, dict(settings(data, seed))[chosen[peer]]()
    for model in models:
        yield from with_explorer(model, data, seed)
    yield from with_likely(data, seed)


def interval(values: list[np.ndarray]) -> str:
    """Mean and half the width of its 95% interval."""
    every = np.concatenate(values)
    return f"{every.mean():.3f} ±{1.96 * every.std(ddof=1) / np.sqrt(len(every)):.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = movielens.data_root()
    parser.add_argument("--data", default=root and root / "movielens" / "pool", help="folder of the data set")
    parser.add_argument("--users", type=float, default=0.1, help="share of the people who are unseen (default 0.1)")
    parser.add_argument("--draws", type=int, default=3, help="draws of unseen people (default 3)")
    parser.add_argument("--few", type=int, nargs="*", default=[3, 5, 10], help="ratings of a newcomer (3 5 10)")
    parser.add_argument("--models", nargs="*", default=["hybrid"], help="models of ratings (default hybrid)")
    options = parser.parse_args()
    try:
        import implicit  # noqa: F401
    except ImportError:
        sys.exit("The peer is missing: pip install implicit==0.7.3")
    if not options.data:
        sys.exit("Name a data set: --data PATH")
    ratings = movielens.load(options.data)
    recall, ndcg = (
        defaultdict(list),
        defaultdict(list),
    )  # by number of ratings and ranking: for each draw, for each user
    chosen: dict[str, str] = {}
    for seed in range(options.draws):
        data, seen = split(ratings, options.users, seed)
        people, films = data.left.shape
        print(f"draw {seed}: {people:,} unseen people, {films:,} films, {data.held.nnz:,} likes to find", flush=True)
        chosen = chosen or tune(ratings, seen, options.users, seed)
        asked = {"all": data, **{str(count): data.few(count, seed) for count in options.few}}
        for name, rank in rankings(data, chosen, options.models, seed):
            for given, split_of in asked.items():
                found = measured(rank(split_of), split_of)
                for kept, values in zip((recall, ndcg), found, strict=True):
                    kept[given, name].append(values)
            print(f"  {name:26} {recall['all', name][-1].mean():.3f} {ndcg['all', name][-1].mean():.3f}", flush=True)
    print(f"\n{'given':6} {'ranking':26} recall@{K}      nDCG@{K}       nDCG above ALS, paired")
    for given, name in recall:
        above = [ours - peer for ours, peer in zip(ndcg[given, name], ndcg[given, "ALS"], strict=True)]
        print(f"{given:6} {name:26} {interval(recall[given, name])}  {interval(ndcg[given, name])}  {interval(above)}")


if __name__ == "__main__":
    main()
