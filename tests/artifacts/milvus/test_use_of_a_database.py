"""The command line with a database, and what is said when it cannot be used."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from explorer import BadArtifact, MissingExtra, Unavailable, artifacts
from explorer.artifacts.milvus import publish, search, store
from explorer.core.search.index import METRICS
from tests import ROOT
from tests.artifacts.milvus.test_milvus import PUBLISH, interrupted
from tests.lite import Lite

pytest.importorskip("pymilvus")


def test_artifact_of_an_earlier_version_is_to_be_published_again(lite, colours_path):
    publish.publish(str(colours_path), lite.uri)
    digest = artifacts.digest(colours_path)
    now, then = search.collection(digest, search.PLAIN), search.collection(digest, publish.FORMER)
    store.with_client(lite.uri, lambda client: client.rename_collection(now, then))
    with pytest.raises(BadArtifact, match=r"colours in .* was published by an earlier version\. Publish it again"):
        store.load(lite.uri, "colours")
    publish.publish(str(colours_path), lite.uri)
    assert len(store.load(lite.uri, "colours")) == 24
    assert then not in store.with_client(lite.uri, lambda client: client.list_collections())


@pytest.mark.parametrize("size", [1e-14, 1e14])
def test_vectors_may_be_as_short_and_as_long_as_in_a_folder(lite, tmp_path, size):
    vectors = np.random.default_rng(1).normal(size=(60, 4)).astype(np.float32)
    path = artifacts.save(
        tmp_path / "sized", vectors * np.float32(size), pd.DataFrame({"key": map(str, range(60))}), {}
    )
    publish.publish(str(path), lite.uri)
    local, remote = artifacts.load(path), store.load(lite.uri, "sized")
    for metric in METRICS:
        assert remote.neighbors("7", 5, metric)["key"].tolist() == local.neighbors("7", 5, metric)["key"].tolist()


def test_publish_list_and_neighbors_on_the_command_line(lite, colours_path, answer, ask, monkeypatch):
    result = answer("publish", colours_path, "--to", lite.uri)
    assert (result["artifact"], result["items"], result["to"]) == ("colours", 24, lite.uri)
    monkeypatch.setenv("EXPLORER_ARTIFACTS", lite.uri)
    found = answer("neighbors", "colours", "Red 0", "--k", "3")["results"]
    assert [row["key"] for row in found] == ["Red 1", "Red 2", "Red 3"]
    assert "colours" in [row["name"] for row in answer("list")["artifacts"]]
    for arguments, message in (
        (("publish", colours_path, "--to", "nowhere"), "is not a database"),
        (("publish", colours_path, "--to", lite.uri, "--batch", 0), "at least one item"),
        (("publish", colours_path, "--to", f"http://me:secret@127.0.0.1:{lite.port}"), "EXPLORER_MILVUS_TOKEN"),
        (("publish", colours_path, "--to", "http://127.0.0.1:1"), "cannot answer"),
        (("check", "colours"), "read-only here"),
    ):
        status, out, error = ask(*arguments)
        assert (status, out) == (2, "")
        assert message in error
        assert "secret" not in error


def test_interrupted_publish_says_how_to_continue(lite, colours_path, ask, monkeypatch):
    monkeypatch.setattr(publish.Part, "send", interrupted)
    status, out, error = ask("publish", colours_path, "--to", lite.uri)
    assert (status, out) == (130, "")
    assert "run it again to continue" in error


def test_unreachable_database_raises_at_once_and_reconnects_when_it_returns(tmp_path, colours_path):
    server = Lite(tmp_path / "lite").start()
    try:
        publish.publish(str(colours_path), server.uri)
        remote = store.load(server.uri, "colours")
        first = remote.neighbors("Red 0")
        server.kill()
        with pytest.raises(Unavailable, match=f"127.0.0.1:{server.port} cannot answer"):
            remote.neighbors("Red 0")
        with pytest.raises(Unavailable):
            store.digest(server.uri, "colours")
        server.start()
        pd.testing.assert_frame_equal(remote.neighbors("Red 0"), first)
        server.kill()
        server.start()  # restarted between two queries
        pd.testing.assert_frame_equal(remote.neighbors("Red 0"), first)
    finally:
        server.kill()


def test_database_file_open_in_another_process_is_reported(tmp_path):
    server = Lite(tmp_path / "taken.db").start()
    command = [sys.executable, "-c", PUBLISH, "neighbors", "colours", "Red 0"]
    env = {**os.environ, "EXPLORER_ARTIFACTS": str(server.folder)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    server.kill()
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "taken.db cannot answer" in done.stderr
    assert "allows only one" in done.stderr


def test_missing_pymilvus_names_the_package_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(MissingExtra, match=r'pymilvus.*pip install "embedding-explorer\[milvus\]"'):
        store.list_names("http://127.0.0.1:1")
