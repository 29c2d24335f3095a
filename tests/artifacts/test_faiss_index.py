from dataclasses import replace

import faiss
import numpy as np
import pandas as pd
import pytest

from explorer import BadArtifact, BadRequest, Embedding, artifacts
from explorer.artifacts import faiss_index, folder
from explorer.artifacts.faiss_index import IvfIndex
from explorer.core.search.index import METRICS, QUERIES, ExactIndex

N, D, GROUPS = 6_000, 16, 60


@pytest.fixture(scope="module")
def vectors():
    """60 distant groups of 100 vectors, isotropic within a group."""
    rng = np.random.default_rng(3)
    return (4 * rng.normal(size=(GROUPS, D)).repeat(N // GROUPS, axis=0) + rng.normal(size=(N, D))).astype(np.float32)


@pytest.fixture(scope="module")
def exact(vectors):
    return ExactIndex(vectors, np.linalg.norm(vectors, axis=1))


@pytest.fixture(scope="module")
def indexed(exact):
    return faiss_index.tune(faiss_index.build(exact.vectors, exact.norms), exact)


def by_hand(vectors, query, metric):
    """Rows sorted by float64 score, best first."""
    vectors, query = vectors.astype(float), query.astype(float)
    if metric == "euclidean":
        return np.argsort(np.linalg.norm(vectors - query, axis=1), kind="stable")
    lengths = np.linalg.norm(vectors, axis=1) if metric == "cosine" else 1
    return np.argsort(-(vectors @ query) / lengths, kind="stable")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("share", [1, 0.3, 0.01])
def test_exact_and_ivf_search_match_brute_force_under_any_mask(exact, indexed, vectors, metric, share):
    mask = np.random.default_rng(0).random(N) < share
    whole = replace(indexed, probes={"other": indexed.index.nlist})  # probing every list makes the IVF index exact
    for row in (0, 777, N - 1):
        order = by_hand(vectors, vectors[row], metric)
        expected = order[mask[order]][:10]
        for one in (exact, whole):
            rows, scores = one.search(vectors[row], 10, metric, None if share == 1 else mask)
            assert rows.tolist() == expected.tolist()
            np.testing.assert_allclose(scores, exact.scores(vectors[row], metric)[expected], rtol=1e-6)


def test_tuned_index_reaches_its_target_recall(indexed):
    assert indexed.recall.keys() == indexed.probes.keys() == set(QUERIES)
    assert min(indexed.recall.values()) >= faiss_index.AIM
    assert indexed.probes["item"] < indexed.index.nlist / 4
    assert indexed.exact.recall is None


def test_query_kind_the_index_was_not_tuned_for_is_searched_exactly(exact, indexed):
    only_items = replace(indexed, probes={"item": 1})
    query = np.random.default_rng(0).normal(size=D).astype(np.float32)
    assert only_items.search(query, 30)[0].tolist() == exact.search(query, 30)[0].tolist()


def test_noise_needs_all_lists():
    noise = np.random.default_rng(0).normal(size=(2_000, 64)).astype(np.float32)
    exact = ExactIndex(noise, np.linalg.norm(noise, axis=1))
    found = faiss_index.tune(faiss_index.build(exact.vectors, exact.norms), exact)
    assert min(found.recall.values()) >= faiss_index.AIM
    assert min(found.probes.values()) > found.index.nlist / 4


def test_exact_search_is_used_where_the_probed_lists_have_too_few_items(exact, indexed):
    assert len(indexed.search(exact.vectors[0], N)[0]) == N


def test_int8_and_float32_indexes_both_work(exact, indexed, tmp_path):
    four = faiss.index_factory(D, f"IVF{indexed.index.nlist},Flat", faiss.METRIC_INNER_PRODUCT)
    unit = exact.vectors / exact.norms[:, None]
    four.train(unit)
    four.add(unit)
    sizes = []
    for index in (indexed.index, four):
        faiss_index.write_index(index, tmp_path / "index")
        sizes.append((tmp_path / "index").stat().st_size)
        again = faiss_index.tune(faiss_index.read_index(tmp_path / "index"), exact)
        assert min(again.recall.values()) >= faiss_index.AIM
        assert again.search(exact.vectors[5], 10)[0].tolist() == exact.search(exact.vectors[5], 10)[0].tolist()
    assert sizes[1] - sizes[0] == pytest.approx(3 * N * D, rel=0.05)


def test_ties_are_ordered_by_row():
    same = np.ones((50, 3), np.float32)
    rows, scores = ExactIndex(same, np.linalg.norm(same, axis=1)).search(same[0], 5)
    assert rows.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(scores, 1, rtol=1e-6)


@pytest.mark.parametrize("metric", METRICS)
def test_smaller_k_gives_a_prefix_of_the_results_even_with_ties(metric):
    grid = np.random.default_rng(0).integers(-1, 2, size=(400, 3)).astype(np.float32)
    exact = ExactIndex(grid, np.maximum(np.linalg.norm(grid, axis=1), 1))
    all_rows = exact.search(grid[0], 400, metric)[0].tolist()
    for k in (1, 10, 57, 200):
        assert exact.search(grid[0], k, metric)[0].tolist() == all_rows[:k]


def test_invalid_queries_raise(indexed):
    with pytest.raises(BadRequest, match="no metric 'manhattan'"):
        indexed.search(np.ones(D), 3, "manhattan")
    with pytest.raises(BadRequest, match=r"shape \(3,\); this embedding has \(16,\)"):
        indexed.search(np.ones(3), 3)


@pytest.fixture
def large(tmp_path, vectors, monkeypatch):
    """An artifact large enough to be indexed."""
    monkeypatch.setattr(faiss_index, "ABOVE", N)
    items = pd.DataFrame({"key": [f"Item {n}" for n in range(N)]})
    return artifacts.save(tmp_path / "large", vectors, items, {"kind": "made up"})


def test_large_artifact_is_saved_with_its_index_and_searched_through_it(large, vectors):
    manifest = artifacts.check(large)
    embedding = artifacts.load(large)
    assert isinstance(embedding.neighbor_index, IvfIndex)
    assert embedding.neighbor_index.recall == manifest["index"]["recall"]
    assert min(manifest["index"]["recall"].values()) >= faiss_index.AIM
    plain = Embedding(vectors, embedding.items)
    for key in ("Item 5", "Item 4000"):
        pd.testing.assert_frame_equal(embedding.neighbors(key), plain.neighbors(key))
    answers = [one.analogy(["Item 5", "Item 9"], ["Item 700"])["key"].tolist() for one in (embedding, plain)]
    assert len({*answers[0]} & {*answers[1]}) >= 9


def test_index_is_kept_when_a_layout_is_added(large, vectors):
    artifacts.add_layout(large, "pca", vectors[:, :2])
    artifacts.check(large)
    assert isinstance(artifacts.load(large).neighbor_index, IvfIndex)


def test_small_artifact_has_no_index(colours_path):
    assert "index" not in artifacts.check(colours_path)
    assert isinstance(artifacts.load(colours_path).neighbor_index, ExactIndex)


def test_damaged_index_raises(large):
    (large / folder.INDEX).write_bytes(b"nothing of the kind")
    with pytest.raises(BadArtifact, match="explorer check"):
        artifacts.load(large)
