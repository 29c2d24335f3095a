"""Artifacts in a real Milvus Lite: the same answers as in process, loaded so that a kill at any moment does no harm."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer import BadArtifact, BadRequest, Embedding, MissingExtra, Unavailable, artifacts
from explorer.artifacts.milvus import publish, search, store
from explorer.core import recommend, remote_vectors
from explorer.core.search import METRICS, ExactIndex
from tests import ROOT
from tests.lite import Lite

pytest.importorskip("pymilvus")
N, D = 4_000, 8
MOST, NAMED = 2_000, 1_000  # rows that Milvus names at once, and a filter one by one, in the place of 16,384 and 10,000


def many(path):
    """Vectors of very different lengths, thirty times one and the same, and one of zeros."""
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
        patch.setattr(search, "FETCHED", NAMED)
        yield patch


@pytest.fixture(scope="module")
def both(lite, tmp_path_factory, module_patch):
    """The same artifact from its folder and from the database."""
    path = many(tmp_path_factory.mktemp("artifacts") / "many")
    publish.publish(str(path), lite.uri)
    return artifacts.load(path), store.load(lite.uri, "many")


@pytest.fixture
def colours_there(lite, colours_path, monkeypatch):
    """The world of colours, in the database alone."""
    own = artifacts.load(colours_path)
    publish.publish(str(colours_path), lite.uri)
    monkeypatch.setenv("EXPLORER_ARTIFACTS", lite.uri)
    return own, artifacts.load("colours")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("share", [1, 0.7, 0.3, 0.002, 0])
def test_it_finds_what_comparing_all_finds_whatever_the_mask(both, metric, share):
    own, there = both
    exact = ExactIndex(np.asarray(own.vectors), own.norms)
    mask = None if share == 1 else np.random.default_rng(0).random(N) < share
    for row in (0, 7, 3_210):
        expected, scores = exact.search(own.vectors[row], 40, metric, mask)
        places, found = there.neighbor_index.search(own.vectors[row], 40, metric, mask)
        np.testing.assert_allclose(found, scores, atol=1e-5, rtol=1e-5)
        assert places.tolist() == expected.tolist() or row == 7  # of zeros all cosines are the same
        assert mask is None or mask[places].all()
    assert there.neighbor_index.recall is None


def test_of_items_nothing_but_the_key_need_be_known_and_any_key_will_do(lite, tmp_path):
    keys = ["ключ", "a 'b' \"c\" \\", "{x}", "🎬", "\u202eexe", "line\nbreak"]
    vectors = np.eye(len(keys), dtype=np.float32) + 0.1 * np.arange(len(keys), dtype=np.float32)
    path = artifacts.save(tmp_path / "bare", vectors, pd.DataFrame({"key": keys}), {})
    publish.publish(str(path), lite.uri)
    there = store.load(lite.uri, "bare")
    for key in keys:
        pd.testing.assert_frame_equal(there.neighbors(key), artifacts.load(path).neighbors(key))
    found = store.with_client(lite.uri, lambda client: client.query(collection(there), "row >= 0", ["row", "key"]))
    assert [one["key"] for one in sorted(found, key=lambda one: one["row"])] == keys


def test_of_equal_scores_the_first_row_is_named_first(both):
    own, there = both
    assert there.neighbor_index.search(own.vectors[0], 10)[0].tolist() == [0, *range(N - 30, N - 21)]
    mask = np.arange(N) >= N - NAMED - 100
    assert there.neighbor_index.search(own.vectors[0], 5, mask=mask)[0].tolist() == list(range(N - 30, N - 25))


def test_a_mask_that_leaves_the_far_half_is_heeded(both):
    """Nothing that it leaves is among those that Milvus names first."""
    own, there = both
    query = np.ones(D, np.float32)
    near = ExactIndex(np.asarray(own.vectors), own.norms).search(query, N, "dot")[0]
    mask = np.zeros(N, bool)
    mask[near[-NAMED - 500 :]] = True
    places, scores = there.neighbor_index.search(query, 5, "dot", mask & (np.arange(N) != near[-NAMED - 500]))
    expected = near[-NAMED - 499 : -NAMED - 494]
    np.testing.assert_allclose(scores, own.vectors[expected] @ query, atol=1e-5)
    assert places.tolist() == expected.tolist()


def test_questions_and_their_answers_are_the_same(colours_there):
    own, there = colours_there
    mask = own.items["year"].to_numpy() > 1983
    for ask in (
        lambda e: e.neighbors("Red 3", 5, "euclidean"),
        lambda e: e.neighbors("Red 3", 5, "dot", mask),
        lambda e: e.analogy(["Red 3", "Green 0"], ["Red 0"], 5),
        lambda e: e.between("Red 1", "Blue 5", 5, at=0.3),
        lambda e: recommend.nearest_to_user(e, recommend.fold_in(e, [("Red 1", 5.0), ("Blue 2", 1.0)]), 5),
    ):
        pd.testing.assert_frame_equal(ask(there), ask(own), atol=1e-5)
    assert there.similarity("Red 1", "Blue 2") == pytest.approx(own.similarity("Red 1", "Blue 2"), abs=1e-6)
    assert artifacts.list_artifacts() == sorted(artifacts.list_artifacts())
    assert artifacts.manifest("colours") == own.manifest
    assert (there.digest, there.name) == (own.digest, "colours")
    pd.testing.assert_frame_equal(there.items, own.items)
    np.testing.assert_array_equal(there.layout("pca"), own.layout("pca"))
    np.testing.assert_array_equal(there.vector("Blue 5"), own.vector("Blue 5"))
    np.testing.assert_array_equal(there.vectors[[5, 1, 5]], own.vectors[[5, 1, 5]])
    np.testing.assert_array_equal(there.vectors[own.items["year"] > 2000], own.vectors[own.items["year"] > 2000])


def test_what_needs_the_whole_matrix_says_so(both):
    _, there = both
    for ask in (
        lambda: np.asarray(there.vectors),
        lambda: there.vectors @ np.ones(D, np.float32),
        lambda: there.vectors - np.ones(D, np.float32),
        lambda: there.vectors[:, 0],
        lambda: there.scores(np.ones(D, np.float32)),
        lambda: there.keyed_vectors,
    ):
        with pytest.raises(BadRequest, match=r"4,000 vectors are in the database at 127.*EXPLORER_ARTIFACTS"):
            ask()


def test_a_database_is_only_read(colours_there, tmp_path):
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


def test_a_publish_that_is_killed_goes_on_where_it_stopped(tmp_path):
    """With kill -9, of the process that holds a Milvus Lite as well as of the one that publishes: they are one."""
    path, uri = many(tmp_path / "killed"), str(tmp_path / "lite.db")
    command = [sys.executable, "-c", PUBLISH, "publish", path, "--to", uri, "--batch", "100", "--json"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    logs = Path(uri) / "collections"
    while sum(file.stat().st_size for file in logs.rglob("wal*")) < 400_000 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None, "it was done before it could be killed"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert store.list_names(uri) == []  # what is half there is not shown
    sent = publish.publish(str(path), uri, batch=100)
    assert 3 <= sent.kept < sent.batches
    assert store.list_names(uri) == ["killed"]
    there, own = store.load(uri, "killed"), artifacts.load(path)
    assert there.neighbors("Item 9")["key"].tolist() == own.neighbors("Item 9")["key"].tolist()
    count = store.with_client(uri, lambda client: client.query(collection(own), "", ["count(*)"]))
    assert count[0]["count(*)"] == N
    assert publish.publish(str(path), uri, batch=100).kept == sent.batches


def test_a_publish_that_was_killed_before_anything_could_be_searched_goes_on(lite, tmp_path, colours, monkeypatch):
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


def test_a_row_that_was_changed_is_found_and_mended(lite, colours_there, colours_path):
    own, there = colours_there
    row = store.with_client(lite.uri, lambda client: client.get(collection(own), ids=[3]))[0]
    for change in ({"unit": [0.0] * 4}, {"key": "Mauve 3"}, {"item": {**row["item"], "year": 1}}):
        store.with_client(lite.uri, lambda client, change=change: client.upsert(collection(own), [{**row, **change}]))
        assert publish.publish(str(colours_path), lite.uri).kept == 2  # of three batches: vectors and files
    store.with_client(lite.uri, lambda client: client.delete(collection(own), ids=[5]))
    assert publish.publish(str(colours_path), lite.uri).kept == 2
    store.with_client(
        lite.uri, lambda client: client.upsert(collection(own), [{**row, "row": 24, "key": "Red 3 again"}])
    )
    assert publish.publish(str(colours_path), lite.uri).kept == 3
    assert there.neighbors("Red 3", 3)["key"].tolist() == own.neighbors("Red 3", 3)["key"].tolist()


def test_what_arrives_otherwise_than_it_was_sent_is_never_shown(lite, tmp_path, colours, monkeypatch):
    path = artifacts.save(tmp_path / "spoilt", colours.vectors, colours.items, {})
    put = publish.Part._put

    def spoil(part, uri, records):
        put(part, uri, [{**one, "unit": one["unit"] * 2} if "unit" in one else one for one in records])

    monkeypatch.setattr(publish.Part, "_put", spoil)
    with pytest.raises(BadArtifact, match=r"Rows 0 to 23 of .* differ"):
        publish.publish(str(path), lite.uri)
    assert "spoilt" not in store.list_names(lite.uri)
    with pytest.raises(BadArtifact, match="no artifact 'spoilt'"):
        store.load(lite.uri, "spoilt")
    monkeypatch.undo()
    publish.publish(str(path), lite.uri)
    assert "spoilt" in store.list_names(lite.uri)


def test_a_file_that_was_changed_is_found_when_it_is_read(lite, colours_there, colours_path):
    where = search.collection(colours_there[0].digest, "files")
    piece = next(
        one for one in store.with_client(lite.uri, lambda client: client.query(where, "row >= 0"))
        if one["file"] == "layouts/pca.npy"
    )  # fmt: skip
    text = piece["text"][:-8] + "AAAA" + piece["text"][-4:]
    store.with_client(lite.uri, lambda client: client.upsert(where, [{**piece, "text": text}]))
    with pytest.raises(BadArtifact, match=r"layouts/pca\.npy of colours .* has changed"):
        artifacts.load("colours")
    publish.publish(str(colours_path), lite.uri)
    assert len(artifacts.load("colours")) == 24


def test_a_changed_artifact_takes_the_place_of_the_one_before(lite, tmp_path, colours):
    path = tmp_path / "swapped"
    publish.publish(str(artifacts.save(path, colours.vectors, colours.items, {})), lite.uri)
    before = store.load(lite.uri, "swapped")
    few = artifacts.save(path, colours.vectors[:8] * 3, colours.items.head(8), {})
    assert len(store.load(lite.uri, "swapped")) == 24
    publish.publish(str(few), lite.uri)
    after = store.load(lite.uri, "swapped")
    assert (len(after), float(after.norms[0])) == (8, 3.0)
    there = store.with_client(lite.uri, lambda client: client.list_collections())
    assert collection(after) in there
    assert collection(before) not in there
    with pytest.raises(Unavailable):  # a visitor who looks at the old one is told, and sees the new one a moment later
        before.neighbors("Red 1")


def test_by_the_command_line(lite, colours_path, answer, ask, monkeypatch):
    told = answer("publish", colours_path, "--to", lite.uri)
    assert (told["artifact"], told["items"], told["to"]) == ("colours", 24, lite.uri)
    monkeypatch.setenv("EXPLORER_ARTIFACTS", lite.uri)
    found = answer("neighbors", "colours", "Red 0", "--k", "3")["results"]
    assert [one["key"] for one in found] == ["Red 1", "Red 2", "Red 3"]
    assert "colours" in [one["name"] for one in answer("list")["artifacts"]]
    for words, said in (
        (("publish", colours_path, "--to", "nowhere"), "is not a database"),
        (("publish", colours_path, "--to", lite.uri, "--batch", 0), "at least one item"),
        (("publish", colours_path, "--to", f"http://me:secret@127.0.0.1:{lite.port}"), "EXPLORER_MILVUS_TOKEN"),
        (("publish", colours_path, "--to", "http://127.0.0.1:1"), "cannot answer"),
        (("check", "colours"), "read-only here"),
    ):
        status, out, error = ask(*words)
        assert (status, out) == (2, "")
        assert said in error
        assert "secret" not in error


def test_whoever_stops_a_publish_is_told_that_it_can_go_on(lite, colours_path, ask, monkeypatch):
    monkeypatch.setattr(publish.Part, "send", interrupted)
    status, out, error = ask("publish", colours_path, "--to", lite.uri)
    assert (status, out) == (130, "")
    assert "run it again to continue" in error


def test_a_database_that_is_away_is_told_at_once_and_asked_anew_when_it_is_back(tmp_path, colours_path):
    server = Lite(tmp_path / "lite").start()
    try:
        publish.publish(str(colours_path), server.uri)
        there = store.load(server.uri, "colours")
        first = there.neighbors("Red 0")
        server.kill()
        with pytest.raises(Unavailable, match=f"127.0.0.1:{server.port} cannot answer"):
            there.neighbors("Red 0")
        with pytest.raises(Unavailable):
            store.digest(server.uri, "colours")
        server.start()
        pd.testing.assert_frame_equal(there.neighbors("Red 0"), first)
        server.kill()
        server.start()  # away and back between two questions
        pd.testing.assert_frame_equal(there.neighbors("Red 0"), first)
    finally:
        server.kill()


def test_a_file_that_another_process_has_open_is_told(tmp_path):
    server = Lite(tmp_path / "taken.db").start()
    command = [sys.executable, "-c", PUBLISH, "neighbors", "colours", "Red 0"]
    env = {**os.environ, "EXPLORER_ARTIFACTS": str(server.folder)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    server.kill()
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "taken.db cannot answer" in done.stderr
    assert "allows only one" in done.stderr


def test_without_pymilvus_one_is_told_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(MissingExtra, match=r'pymilvus.*pip install "embedding-explorer\[milvus\]"'):
        store.list_names("http://127.0.0.1:1")
