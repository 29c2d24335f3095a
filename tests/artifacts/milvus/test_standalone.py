"""A Milvus standalone server, where it differs from Milvus Lite: results, indexes and restarts."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import artifacts
from explorer.artifacts.milvus import filters, publish, search, store
from explorer.core.search.index import METRICS, ExactIndex
from explorer.core.vectors import remote as remote_vectors
from tests import PATIENCE
from tests.artifacts.milvus.test_database_filters import (
    CONDITIONS,
    check_choices,
    publish_items,
    ranges,
    rows_where,
    values,
)
from tests.artifacts.milvus.test_ivf import check_recall, publish_indexed
from tests.artifacts.milvus.test_milvus import MOST, NAMED, interrupted, many

pytest.importorskip("pymilvus")
pytest.importorskip("milvus")
pytestmark = [pytest.mark.slow, pytest.mark.cluster]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from tests.standalone import Standalone

    server = Standalone(tmp_path_factory.mktemp("standalone")).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def local_and_remote(server, tmp_path_factory):
    """The same artifact loaded from its folder and from the database."""
    path = many(tmp_path_factory.mktemp("artifacts") / "many")
    publish.publish(str(path), server.uri)
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in ((search, "MOST", MOST), (search, "NAMED", NAMED), (remote_vectors, "MOST", NAMED)):
            patch.setattr(module, name, value)
        yield artifacts.load(path), store.load(server.uri, "many")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("share", [1, 0.7, 0.002, 0])
def test_search_matches_exact_search_under_any_mask(local_and_remote, metric, share):
    local, remote = local_and_remote
    exact, n = ExactIndex(np.asarray(local.vectors), local.norms), len(local)
    mask = None if share == 1 else np.random.default_rng(0).random(n) < share
    for row in (0, 3_210):
        expected, scores = exact.search(local.vectors[row], 40, metric, mask)
        rows, found = remote.neighbor_index.search(local.vectors[row], 40, metric, mask)
        np.testing.assert_allclose(found, scores, atol=1e-5, rtol=1e-5)
        assert rows.tolist() == expected.tolist()


def test_partly_published_artifact_hides_no_other_and_can_be_continued(
    local_and_remote, server, tmp_path, colours, monkeypatch
):
    pymilvus = pytest.importorskip("pymilvus")
    path = artifacts.save(tmp_path / "early", colours.vectors, colours.items, {})
    for step in ("create_index", "load_collection", "flush"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(pymilvus.MilvusClient, step, interrupted)
            publish.publish(str(path), server.uri)
        store._forget(server.uri)  # as in a new process
        assert store.list_names(server.uri) == ["many"]
    publish.publish(str(path), server.uri)
    assert until(lambda: "early" in store.list_names(server.uri))
    assert publish.publish(str(path), server.uri).kept == 3
    pd.testing.assert_frame_equal(
        store.load(server.uri, "early").neighbors("Red 0"), artifacts.load(path).neighbors("Red 0")
    )


def test_queries_succeed_again_after_a_restart(local_and_remote, server):
    _, remote = local_and_remote
    first = remote.neighbors("Item 9")
    server.kill()
    with pytest.raises(store.Unavailable, match=f"127.0.0.1:{server.port} cannot answer"):
        remote.neighbors("Item 9")
    server.start()

    def same() -> bool:
        try:
            return remote.neighbors("Item 9").equals(first)
        except store.Unavailable:  # the server is still loading its collections
            return False

    assert until(same)


def until(condition, seconds=PATIENCE):
    """True if the condition becomes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return holds


def test_large_artifact_gets_an_index_with_measured_recall(server, tmp_path, monkeypatch):
    monkeypatch.setattr(search, "NAMED", 500)
    check_recall(*publish_indexed(tmp_path, server.uri), lists=54)


def test_filters_select_the_same_rows(server, tmp_path):
    remote = publish_items(tmp_path, server.uri)
    for condition in CONDITIONS:
        expression = filters.expression(remote.columns, {}, condition)
        np.testing.assert_array_equal(rows_where(remote, server.uri, expression), remote.where(condition), condition)

    @settings(max_examples=30)
    @given(chosen=st.lists(st.one_of(ranges, values), min_size=1, max_size=3))
    def check(chosen):
        check_choices(remote, server.uri, dict(chosen))

    check()
