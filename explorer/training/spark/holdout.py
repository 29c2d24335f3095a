"""Holdout by hashes of the ids, so that a recomputed partition holds out the same rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from explorer.training.item2vec import FOUND, TESTS, recall

SHARE = 0.1
FINE = 1_000_000


def split(ratings: DataFrame, seed: int, share: float = SHARE) -> tuple[DataFrame, DataFrame]:
    """Split ratings into a training part and a share for evaluation."""
    lot = F.pmod(F.xxhash64("user", "item", F.lit(seed)), F.lit(FINE))
    return ratings.where(lot >= int(share * FINE)), ratings.where(lot < int(share * FINE))


@dataclass(frozen=True, eq=False)
class Items:
    """Held-out items, one of each of about TESTS users, and the other items of these users."""

    users: list[int]
    answers: np.ndarray  # (t,) int64, item numbers
    rests: list[np.ndarray]  # t arrays of item numbers
    rest: DataFrame  # the remaining training data


def hold_out(chosen: DataFrame, n_users: int, seed: int) -> Items:
    """Hold out one random item of each of some users with at least two. chosen: user, item, each pair once."""
    asked = F.pmod(F.xxhash64("user", F.lit(seed)), F.lit(max(n_users, 1))) < TESTS
    lot = F.xxhash64("user", "item", F.lit(seed))
    every = F.array_sort(F.collect_list(F.struct(lot.alias("lot"), "item")))
    drawn = chosen.where(asked).groupBy("user").agg(every.alias("every")).where(F.size("every") > 1)
    found = drawn.select("user", F.col("every.item").alias("items")).sort("user").toArrow()
    users = found["user"].to_pylist()
    lists = [np.array(items, np.int64) for items in found["items"].to_pylist()]
    held_out = drawn.select("user", F.col("every")[0]["item"].alias("item"))
    rest = chosen.join(F.broadcast(held_out), ["user", "item"], "left_anti")
    return Items(users, np.array([items[0] for items in lists], np.int64), [items[1:] for items in lists], rest)


def measure(
    held_out: Items, items: np.ndarray, counts: np.ndarray, vectors: np.ndarray, queries: np.ndarray
) -> dict[str, float]:
    """Recall of held-out items among the FOUND best, known items of the user excluded; and the same by popularity.

    items: (n,) item numbers with a vector, ascending; other items are never found. counts: (n,) how often each was
    chosen. vectors: (n, d). queries: (t, d), ranked by dot product.
    """
    tests = np.flatnonzero(np.isin(held_out.answers, items))
    answers = np.searchsorted(items, held_out.answers[tests])
    rests = [np.searchsorted(items, held_out.rests[test][np.isin(held_out.rests[test], items)]) for test in tests]
    share, popular = len(tests) / max(len(held_out.answers), 1), counts.astype(np.float32)
    if not len(tests):
        return {f"recall@{FOUND}": 0.0, f"recall@{FOUND}_popularity": 0.0, "n_test": len(held_out.answers)}
    return {
        f"recall@{FOUND}": share * recall(lambda at: queries[tests[at]] @ vectors.T, rests, answers),
        f"recall@{FOUND}_popularity": share
        * recall(lambda at: np.tile(popular, (at.stop - at.start, 1)), rests, answers),
        "n_test": len(held_out.answers),
    }
