"""Publish to a real Milvus Lite and query it: results equal the local artifact's; a killed publish resumes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer import BadArtifact, BadRequest, Embedding, Unavailable, artifacts
from explorer.artifacts.milvus import publish, search, store
from explorer.core import recommend
from explorer.core.search.index import METRICS, ExactIndex
from explorer.core.vectors import remote as remote_vectors
from tests import PATIENCE, ROOT

pytest.importorskip("pymilvus")
N, D = 4_000, 8
MOST, NAMED = 2_000, 1_000  # row limits of a search and of an id filter; 16,384 and 10,000 outside tests


def many(path):
    """An artifact of 4,000 vectors with log-normal lengths: 30 are identical, one is zero."""
    rng = np.random.default_rng(5)
    vectors = (rng.normal(size=(N, D)) * rng.lognormal(0, 1, size=(N, 1))).astype(np.float32)
    vectors[N - 30 :], vectors[7] = vectors[0], 0
    items = pd.DataFrame({"key": [f"Item {row}" for row in range(N)], "n_ratings": np.arange(N)})
    return artifacts.save(path, vectors, items, {"kind": "made up"})


@pytest.fixture(scope="module")
def module_patch():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "MOST", MOST)
        patch.setattr(search, "NAMED", NAMED)
        patch.setattr(remote_vectors, "MOST", NAMED)
        patch.setattr(remote_vectors, "WHOLE", 4 * D * N - 1)
        yield patch


@pytest.fixture(scope="module")
def local_and_remote(lite, tmp_path_factory, module_patch):
    """The same artifact loaded from its folder and from the database."""
    path = many(tmp_path_factory.mktemp("artifacts") / "many")
    publish.publish(str(path), lite.uri)
    return artifacts.load(path), store.load(lite.uri, "many")


@pytest.fixture
def published_colours(lite, colours_path, monkeypatch):
    """The colors artifact, loaded from its folder and from the database."""
    local = artifacts.load(colours_path)
    publish.publish(str(colours_path), lite.uri)
    monkeypatch.setenv("EXPLORER_ARTIFACTS", lite.uri)
    return local, artifacts.load("colours")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("share", [1, 0.7, 0.3, 0.002, 0])
def test_search_matches_exact_search_under_any_mask(local_and_remote, metric, share):
    local, remote = local_and_remote
    exact = ExactIndex(np.asarray(local.vectors), local.norms)
    mask = None if share == 1 else np.random.default_rng(0).random(N) < share
    for row in (0, 7, 3_210):
        expected, scores = exact.search(local.vectors[row], 40, metric, mask)
        rows, found = remote.neighbor_index.search(local.vectors[row], 40, metric, mask)
        np.testing.assert_allclose(found, scores, atol=1e-5, rtol=1e-5)
        assert rows.tolist() == expected.tolist() or row == 7  # every cosine with a zero vector is 0
        assert mask is None or mask[rows].all()
    assert remote.neighbor_index.recall is None


def test_publish_needs_only_keys_and_accepts_any_text_as_key(lite, tmp_path):
    keys = ["ключ", "a 'b' \"c\" \\", "{x}", "🎬", "\u202eexe", "line\nbreak"]
    vectors = np.eye(len(keys), dtype=np.float32) + 0.1 * np.arange(len(keys), dtype=np.float32)
    path = artifacts.save(tmp_path / "bare", vectors, pd.DataFrame({"key": keys}), {})
    publish.publish(str(path), lite.uri)
    remote = store.load(lite.uri, "bare")
    for key in keys:
        pd.testing.assert_frame_equal(remote.neighbors(key), artifacts.load(path).neighbors(key))
    found = store.with_client(lite.uri, lambda client: client.query(collection(remote), "row >= 0", ["row", "key"]))
    assert [row["key"] for row in sorted(found, key=lambda row: row["row"])] == keys


def test_ties_are_ordered_by_row(local_and_remote):
    local, remote = local_and_remote
    assert remote.neighbor_index.search(local.vectors[0], 10)[0].tolist() == [0, *range(N - 30, N - 21)]
    mask = np.arange(N) >= N - NAMED - 100
    assert remote.neighbor_index.search(local.vectors[0], 5, mask=mask)[0].tolist() == list(range(N - 30, N - 25))


def test_search_returns_distant_items_when_the_mask_excludes_all_near_ones(local_and_remote):
    """The mask keeps none of the rows that Milvus returns for the unfiltered query."""
    local, remote = local_and_remote
    query = np.ones(D, np.float32)
    near = ExactIndex(np.asarray(local.vectors), local.norms).search(query, N, "dot")[0]
    mask = np.zeros(N, bool)
    mask[near[-NAMED - 500 :]] = True
    rows, scores = remote.neighbor_index.search(query, 5, "dot", mask & (np.arange(N) != near[-NAMED - 500]))
    expected = near[-NAMED - 499 : -NAMED - 494]
    np.testing.assert_allclose(scores, local.vectors[expected] @ query, atol=1e-5)
    assert rows.tolist() == expected.tolist()


def test_vectors_of_a_mask_with_few_items_are_fetched_once(local_and_remote, monkeypatch):
    local, remote = local_and_remote
    asked = []
    fetch = remote.vectors._fetch
    monkeypatch.setattr(remote.vectors, "_fetch", lambda rows: asked.append(len(rows)) or fetch(rows))
    exact = ExactIndex(np.asarray(local.vectors), local.norms)
    first, second = np.isin(np.arange(N), range(500, 560)), np.isin(np.arange(N), range(530, 600))
    for mask in (first, first, second):
        for metric in METRICS:
            expected, scores = exact.search(local.vectors[3], 10, metric, mask)
            rows, found = remote.neighbor_index.search(local.vectors[3], 10, metric, mask)
            assert rows.tolist() == expected.tolist()
            np.testing.assert_allclose(found, scores, atol=1e-5)
    assert asked == [60, 40]


def test_queries_on_database_and_folder_give_equal_results(published_colours):
    local, remote = published_colours
    mask = local.items["year"].to_numpy() > 1983
    for ask in (
        lambda e: e.neighbors("Red 3", 5, "euclidean"),
        lambda e: e.neighbors("Red 3", 5, "dot", mask),
        lambda e: e.analogy(["Red 3", "Green 0"], ["Red 0"], 5),
        lambda e: e.between("Red 1", "Blue 5", 5, at=0.3),
        lambda e: recommend.nearest_to_user(e, recommend.fold_in(e, [("Red 1", 5.0), ("Blue 2", 1.0)]), 5),
    ):
        pd.testing.assert_frame_equal(ask(remote), ask(local), atol=1e-5)
    assert remote.similarity("Red 1", "Blue 2") == pytest.approx(local.similarity("Red 1", "Blue 2"), abs=1e-6)
    assert artifacts.list_artifacts() == sorted(artifacts.list_artifacts())
    assert artifacts.manifest("colours") == local.manifest
    assert (remote.digest, remote.name) == (local.digest, "colours")
    pd.testing.assert_frame_equal(remote.items, local.items)
    np.testing.assert_array_equal(remote.layout("pca"), local.layout("pca"))
    np.testing.assert_array_equal(remote.vector("Blue 5"), local.vector("Blue 5"))
    np.testing.assert_array_equal(remote.vectors[[5, 1, 5]], local.vectors[[5, 1, 5]])
    np.testing.assert_array_equal(remote.vectors[local.items["year"] > 2000], local.vectors[local.items["year"] > 2000])


def test_operations_on_the_full_matrix_raise_bad_request(local_and_remote):
    _, remote = local_and_remote
    for ask in (
        lambda: np.asarray(remote.vectors),
        lambda: remote.vectors - np.ones(D, np.float32),
        lambda: remote.vectors[:, 0],
        lambda: remote.keyed_vectors,
    ):
        with pytest.raises(BadRequest, match=r"4,000 vectors are in the database at 127.*EXPLORER_ARTIFACTS"):
            ask()


def test_artifacts_in_a_database_are_read_only(published_colours, tmp_path):
    for write in (
        lambda: artifacts.root(),
        lambda: artifacts.find("colours"),
        lambda: artifacts.add_layout("colours", "mine", np.zeros((24, 2), np.float32)),
    ):
        with pytest.raises(BadRequest, match="read-only here"):
            write()
    with pytest.raises(BadArtifact, match=r"no artifact 'colour'.*There are: colours"):
        artifacts.load("colour")


PUBLISH = "import sys; from explorer.cli import main; sys.exit(main(sys.argv[1:]))"


def test_killed_publish_resumes_where_it_stopped(tmp_path):
    """SIGKILL ends the client and Milvus Lite together: both are the same process."""
    path, uri = many(tmp_path / "killed"), str(tmp_path / "lite.db")
    command = [sys.executable, "-c", PUBLISH, "publish", path, "--to", uri, "--batch", "100", "--json"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE
    logs = Path(uri) / "collections"
    while sum(file.stat().st_size for file in logs.rglob("wal*")) < 400_000 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None, "it was done before it could be killed"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert store.list_names(uri) == []  # a partly published artifact is not listed
    sent = publish.publish(str(path), uri, batch=100)
    assert 3 <= sent.kept < sent.batches
    assert store.list_names(uri) == ["killed"]
    remote, local = store.load(uri, "killed"), artifacts.load(path)
    assert remote.neighbors("Item 9")["key"].tolist() == local.neighbors("Item 9")["key"].tolist()
    count = store.with_client(uri, lambda client: client.query(collection(local), "", ["count(*)"]))
    assert count[0]["count(*)"] == N
    assert publish.publish(str(path), uri, batch=100).kept == sent.batches


def test_publish_interrupted_before_its_index_is_loaded_can_be_repeated(lite, tmp_path, colours, monkeypatch):
    path = artifacts.save(tmp_path / "early", colours.vectors, colours.items, {})
    pymilvus = pytest.importorskip("pymilvus")
    for step in ("create_index", "load_collection", "flush"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(pymilvus.MilvusClient, step, interrupted)
            publish.publish(str(path), lite.uri)
        assert "early" not in store.list_names(lite.uri)
    publish.publish(str(path), lite.uri)
    assert store.load(lite.uri, "early").neighbors("Red 0", 2)["key"].tolist() == ["Red 1", "Red 2"]


def interrupted(*_, **__):
    raise KeyboardInterrupt


def collection(embedding: Embedding) -> str:
    return search.collection(embedding.digest, "unit")


def test_publish_repairs_rows_changed_in_the_database(lite, published_colours, colours_path):
    local, remote = published_colours
    row = store.with_client(lite.uri, lambda client: client.get(collection(local), ids=[3]))[0]
    for change in ({"unit": [0.0] * 4}, {"key": "Mauve 3"}, {"item": {**row["item"], "year": 1}}):
        store.with_client(lite.uri, lambda client, change=change: client.upsert(collection(local), [{**row, **change}]))
        assert publish.publish(str(colours_path), lite.uri).kept == 2  # of three batches: two of vectors, one of files
    store.with_client(lite.uri, lambda client: client.delete(collection(local), ids=[5]))
    assert publish.publish(str(colours_path), lite.uri).kept == 2
    store.with_client(
        lite.uri, lambda client: client.upsert(collection(local), [{**row, "row": 24, "key": "Red 3 again"}])
    )
    assert publish.publish(str(colours_path), lite.uri).kept == 3
    assert remote.neighbors("Red 3", 3)["key"].tolist() == local.neighbors("Red 3", 3)["key"].tolist()


def test_artifact_whose_vectors_were_altered_in_transit_is_never_listed(lite, tmp_path, colours, monkeypatch):
    path = artifacts.save(tmp_path / "spoilt", colours.vectors, colours.items, {})
    put = publish.Part._put

    def spoil(part, uri, records):
        put(part, uri, [{**row, "unit": row["unit"] * 2} if "unit" in row else row for row in records])

    monkeypatch.setattr(publish.Part, "_put", spoil)
    with pytest.raises(BadArtifact, match=r"Rows 0 to 23 of .* differ"):
        publish.publish(str(path), lite.uri)
    assert "spoilt" not in store.list_names(lite.uri)
    with pytest.raises(BadArtifact, match="no artifact 'spoilt'"):
        store.load(lite.uri, "spoilt")
    monkeypatch.undo()
    publish.publish(str(path), lite.uri)
    assert "spoilt" in store.list_names(lite.uri)


def test_changed_file_in_the_database_is_detected_on_load(lite, published_colours, colours_path, tmp_path, monkeypatch):
    where = search.collection(published_colours[0].digest, "files")
    piece = next(
        row for row in store.with_client(lite.uri, lambda client: client.query(where, "row >= 0"))
        if row["file"] == "layouts/pca.npy"
    )  # fmt: skip
    text = piece["text"][:-8] + "AAAA" + piece["text"][-4:]
    store.with_client(lite.uri, lambda client: client.upsert(where, [{**piece, "text": text}]))
    assert len(artifacts.load("colours")) == 24  # the copy of this machine
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "another machine"))
    with pytest.raises(BadArtifact, match=r"layouts/pca\.npy of colours .* has changed"):
        artifacts.load("colours")
    publish.publish(str(colours_path), lite.uri)
    assert len(artifacts.load("colours")) == 24


def test_publishing_again_replaces_the_previous_version(lite, tmp_path, colours):
    path = tmp_path / "swapped"
    publish.publish(str(artifacts.save(path, colours.vectors, colours.items, {})), lite.uri)
    before = store.load(lite.uri, "swapped")
    few = artifacts.save(path, colours.vectors[:8] * 3, colours.items.head(8), {})
    assert len(store.load(lite.uri, "swapped")) == 24
    publish.publish(str(few), lite.uri)
    after = store.load(lite.uri, "swapped")
    assert (len(after), float(after.norms[0])) == (8, 3.0)
    collections = store.with_client(lite.uri, lambda client: client.list_collections())
    assert collection(after) in collections
    assert collection(before) not in collections
    with pytest.raises(Unavailable):  # an open page shows this error once, and the new version afterwards
        before.neighbors("Red 1")
