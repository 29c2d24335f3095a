"""Large artifacts are indexed when they are published, and the recall of the index is measured and shown."""

import re

import numpy as np
import pandas as pd
import pytest

from explorer import artifacts
from explorer.artifacts import faiss_index
from explorer.artifacts.milvus import ivf, publish, search, store
from explorer.core.search.index import METRICS, ExactIndex
from explorer.webapp.wording import about

pytest.importorskip("pymilvus")
N, D = 3_000, 8


def publish_indexed(folder, uri):
    """Publish clustered vectors as if they were many; returns them from the folder and from the database."""
    rng = np.random.default_rng(2)
    vectors = (rng.normal(size=(60, D)) * 3)[rng.integers(60, size=N)] + rng.normal(size=(N, D))
    items = pd.DataFrame({"key": [f"Item {row}" for row in range(N)]})
    path = artifacts.save(folder / "indexed", vectors.astype(np.float32), items, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ivf, "ABOVE", N - 1)
        patch.setattr(faiss_index, "SAMPLES", 40)
        patch.setattr(ivf, "DEPTHS", {10: 40, 200: 20})
        publish.publish(str(path), uri)
        assert publish.publish(str(path), uri).kept == 3
    return artifacts.load(path), store.load(uri, "indexed")


def check_recall(local, remote, lists):
    """The index is used and measured, masks are respected, and what is not tuned is exact."""
    entry = remote.manifest["index"]
    assert entry["lists"] == lists
    assert {metric: set(kinds) for metric, kinds in entry["recall"].items()} == {
        "cosine": {"item", "analogy", "between", "other"}, "dot": {"item", "other"}, "euclidean": {"item", "other"}
    }  # fmt: skip
    assert min(share for kinds in entry["recall"].values() for share in kinds.values()) >= faiss_index.AIM
    for metric in METRICS:
        depths = entry["probes"][metric]["item"]
        assert 1 <= depths["10"] <= depths["200"] and depths["10"] < entry["lists"]
    assert re.search(
        r"that the index finds \(without filters\): [\d.]+% for items, .* for other queries; by dot product [\d.]+% "
        r"or more; by distance [\d.]+% or more\.",
        about(remote),
    )
    exact = ExactIndex(np.asarray(local.vectors), local.norms)
    rows = np.random.default_rng(5).choice(N, 50, replace=False)  # other queries than those it was tuned with
    mask = np.arange(N) % 3 == 0
    groups = np.random.default_rng(6).normal(size=D) @ local.vectors.T > 0.0  # depends on the vectors
    for metric in METRICS:
        for few in (None, mask, groups, mask & groups):
            shared = []
            for row in rows:
                found = remote.neighbor_index.search(local.vectors[row], 10, metric, few, kind="item")[0]
                true = exact.search(local.vectors[row], 10, metric, few)[0]
                assert few is None or few[found].all()
                shared.append(len(np.intersect1d(found, true)))
            assert np.mean(shared) >= 9.7, (metric, np.mean(shared))
    for metric in METRICS:
        expected, scores = exact.search(local.vectors[9], 10, metric, mask)
        places, given = remote.neighbor_index.search(local.vectors[9], 10, metric, mask, kind="untuned")
        assert places.tolist() == expected.tolist()
        np.testing.assert_allclose(given, scores, atol=1e-5)


def test_large_artifact_gets_an_index_with_measured_recall(lite, tmp_path, monkeypatch):
    monkeypatch.setattr(search, "NAMED", 500)
    local, remote = publish_indexed(tmp_path, lite.uri)
    check_recall(local, remote, ivf.LISTS_OF_LITE)
    # With a far mask the lists hold too few of its items, so all are compared.
    far = np.zeros(N, bool)
    far[np.argsort(local.scores(local.vectors[0]))[:600]] = True
    expected = ExactIndex(np.asarray(local.vectors), local.norms).search(local.vectors[0], 10, mask=far)[0]
    assert remote.neighbor_index.search(local.vectors[0], 10, mask=far, kind="item")[0].tolist() == expected.tolist()


def test_up_to_the_limit_there_is_no_index():
    assert ivf.index_options(ivf.ABOVE) == {"index_type": "FLAT"}
    assert ivf.index_options(ivf.ABOVE + 1)["params"] == {"nlist": 316}
    assert ivf.index_options(10_000_000)["params"] == {"nlist": 1024}


def test_queries_at_once_find_the_same_items_as_one_by_one(monkeypatch):
    monkeypatch.setattr(ivf, "BLOCK", 70)
    rng = np.random.default_rng(4)
    vectors = rng.normal(size=(400, 5)).astype(np.float32) * rng.lognormal(0, 1, (400, 1)).astype(np.float32)
    exact = ExactIndex(vectors, np.linalg.norm(vectors, axis=1))
    queries = [(query, np.arange(own)) for own, query in enumerate(vectors[:4])]
    for metric in METRICS:
        found = ivf.nearest_by_comparing(exact, metric, queries, 90)
        for rows, (query, own) in zip(found, queries, strict=True):
            assert rows.tolist() == exact.search(query, 90 + len(own), metric)[0].tolist()
