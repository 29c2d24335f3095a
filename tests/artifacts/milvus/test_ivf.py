"""Large artifacts are indexed when they are published, and the recall of the index is measured and shown."""

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
        publish.publish(str(path), uri)
        assert publish.publish(str(path), uri).kept == 3
    return artifacts.load(path), store.load(uri, "indexed")


def check_recall(local, remote, lists):
    """The index is used and measured, masks are respected, and what is not tuned is exact."""
    entry = remote.manifest["index"]
    assert entry["lists"] == lists
    assert set(entry["recall"]) == {"item", "analogy", "between", "other"}
    assert min(entry["recall"].values()) >= faiss_index.AIM
    assert 1 <= entry["probes"]["item"] < entry["lists"]
    assert "that the index finds" in about(remote)
    exact = ExactIndex(np.asarray(local.vectors), local.norms)
    rows = np.random.default_rng(5).choice(N, 50, replace=False)  # other queries than those it was tuned with
    found = [remote.neighbor_index.search(local.vectors[row], 10, kind="item")[0] for row in rows]
    true = [exact.search(local.vectors[row], 10)[0] for row in rows]
    shared = [len(np.intersect1d(a, b)) for a, b in zip(found, true, strict=True)]
    assert np.mean(shared) >= 9.7
    mask = np.arange(N) % 3 == 0
    assert mask[remote.neighbor_index.search(local.vectors[7], 10, mask=mask, kind="item")[0]].all()
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
