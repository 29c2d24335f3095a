"""Nearest neighbors of all items equal those of single queries and of gensim."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import BadRequest, Embedding
from explorer.core.search import knn
from explorer.core.search.index import METRICS
from explorer.core.search.knn import all_neighbors


def cloud(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def embedded(vectors: np.ndarray) -> Embedding:
    return Embedding(vectors, pd.DataFrame({"key": [str(row) for row in range(len(vectors))]}))


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("n", [700, 3000])  # few items fit in one block, many are grouped
def test_all_neighbors_equal_single_queries(metric, n, monkeypatch):
    monkeypatch.setattr(knn, "BLOCK", 250 * n)  # several blocks, the last one short
    embedding = embedded(cloud(n, 16) * np.linspace(1, 3, n)[:, None].astype(np.float32))
    near, scores = all_neighbors(embedding.vectors, 12, metric)
    assert near.shape == scores.shape == (n, 12)
    for row in (0, 1, 249, 250, n - 1):
        expected = embedding.neighbors(str(row), 12, metric)
        assert near[row].tolist() == expected["key"].astype(int).tolist()
        assert scores[row] == pytest.approx(expected["score"], abs=1e-4)


def test_all_neighbors_equal_gensim():
    embedding = embedded(cloud(2500, 8))
    near, scores = all_neighbors(embedding.vectors, 10)
    for row in range(0, 2500, 100):
        keys, cosines = zip(*embedding.keyed_vectors.most_similar(str(row), topn=10), strict=True)
        assert near[row].astype(str).tolist() == list(keys)
        assert scores[row] == pytest.approx(cosines, abs=1e-5)


@given(
    n=st.integers(3, 400), d=st.integers(1, 5), k=st.integers(1, 8), metric=st.sampled_from(METRICS), seed=st.integers()
)
def test_scores_equal_brute_force_with_duplicates_and_ties(n, d, k, metric, seed):
    k = min(k, n - 1)
    vectors = np.random.default_rng(abs(seed)).integers(-2, 3, (n, d)).astype(np.float32)  # zeros, ties, duplicates
    near, scores = all_neighbors(vectors, k, metric)
    norms = np.linalg.norm(vectors, axis=1)
    unit = vectors / np.where(norms == 0, 1, norms)[:, None]
    score = {
        "cosine": unit @ unit.T,
        "dot": vectors @ vectors.T,
        "euclidean": -np.linalg.norm(vectors[:, None] - vectors, axis=2),
    }[metric]
    np.fill_diagonal(score, -np.inf)
    best = np.sort(score, axis=1)[:, ::-1][:, :k]
    assert np.abs(scores) == pytest.approx(np.abs(best), abs=1e-5)
    assert np.take_along_axis(score, near, axis=1) == pytest.approx(best, abs=1e-5)
    assert all(len(set(row)) == k for row in near.tolist())
    assert not (near == np.arange(n)[:, None]).any()


def test_euclidean_distances_are_accurate_far_from_the_origin():
    vectors = cloud(500, 4) + 1000
    _, scores = all_neighbors(vectors, 5, "euclidean")
    exact = np.linalg.norm(vectors[:, None].astype(float) - vectors, axis=2)
    np.fill_diagonal(exact, np.inf)
    assert scores == pytest.approx(np.sort(exact, axis=1)[:, :5], abs=1e-3)


def test_neighbors_of_selected_rows():
    vectors = cloud(300, 6)
    near, scores = all_neighbors(vectors, 4)
    some = np.array([7, 3, 299])
    assert (all_neighbors(vectors, 4, rows=some)[0] == near[some]).all()
    assert all_neighbors(vectors, 4, rows=some)[1] == pytest.approx(scores[some], abs=1e-6)
    assert all_neighbors(vectors, 4, rows=np.array([], int))[0].shape == (0, 4)


@pytest.mark.parametrize(("k", "metric"), [(0, "cosine"), (5, "cosine"), (2, "taxicab")])
def test_invalid_queries_raise(k, metric):
    with pytest.raises(BadRequest, match=r"1 to 4|taxicab"):
        all_neighbors(cloud(5, 2), k, metric)
