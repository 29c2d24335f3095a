"""Recall of the index: "Share of the 10 nearest that the index finds (without filters): 99.6% for items, ..."."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.artifacts import faiss_index
from explorer.artifacts.faiss_index import IvfIndex
from explorer.core.search.index import QUERIES, ExactIndex

N, D = 6_000, 16


@pytest.fixture(scope="module")
def exact() -> ExactIndex:
    rng = np.random.default_rng(3)
    vectors = 2 * rng.normal(size=(60, D)).repeat(N // 60, axis=0) + rng.normal(size=(N, D))
    return ExactIndex(vectors.astype(np.float32), np.linalg.norm(vectors, axis=1).astype(np.float32))


@pytest.fixture(scope="module")
def users() -> np.ndarray:
    return np.random.default_rng(4).normal(size=(1_000, D)).astype(np.float32)


def _found(index: IvfIndex, queries: list, probes_of: str) -> float:
    shares = []
    for query, own in queries:
        true = set(index.exact.search(query, 10 + len(own))[0].tolist()) - set(own.tolist())
        near = set(index.search(query, 10 + len(own), kind=probes_of)[0].tolist())
        shares.append(len(true & near) / len(true))
    return float(np.mean(shares))


@pytest.fixture(scope="module")
def index(exact, users) -> IvfIndex:
    return faiss_index.tune(faiss_index.build(exact.vectors, exact.norms), exact, users=users)


@pytest.mark.parametrize("kind", QUERIES)
def test_stated_recall_holds_for_new_queries(exact, users, index, kind):
    """For each kind of query, the recall stated by the index holds for queries it was not tuned on, within 1%."""
    queries = faiss_index.sample_queries(exact, seed=11, users=users)[kind]
    assert _found(index, queries, kind) == pytest.approx(index.recall[kind], abs=0.01)


def test_lists_probed_for_items_are_too_few_for_users(exact, users, index):
    """Guards against stating the recall measured on items for every kind of query."""
    queries = faiss_index.sample_queries(exact, seed=11, users=users)["other"]
    assert _found(index, queries, "item") < index.recall["item"] - 0.05
    assert index.probes["other"] > index.probes["item"]
