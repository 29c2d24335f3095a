"""The local copy of a published artifact: the same table, memory-mapped, made once and never half."""

import base64
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer import BadArtifact, BadRequest, UnknownItem, artifacts
from explorer.artifacts.milvus import local_copy, publish, store

pytest.importorskip("pymilvus")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "databases"


def mixed_items() -> pd.DataFrame:
    """A column of every type that an item table can have."""
    n = 50
    return pd.DataFrame(
        {
            "key": [f"ключ {row}" for row in range(n)],
            "title": [None if row % 7 == 0 else f"Title {row // 2}" for row in range(n)],
            "price": [np.nan if row % 5 == 0 else row / 3 for row in range(n)],
            "year": np.arange(n),
            "seen": np.arange(n) % 2 == 0,
            "maybe": pd.array([None if row % 3 == 0 else row for row in range(n)], "Int64"),
            "day": pd.date_range("2001-02-03", periods=n),
            "tags": [["a", "b"] if row % 2 else [] for row in range(n)],
            "brand": pd.Categorical(["Acme", "Bolt"] * (n // 2)),
            "nothing": [None] * n,
        }
    )


def test_item_table_equals_the_folder_and_is_memory_mapped(lite, tmp_path, cache):
    path = artifacts.save(tmp_path / "mixed", np.eye(50, 4) + 1, mixed_items(), {})
    publish.publish(str(path), lite.uri)
    local, remote = artifacts.load(path), store.load(lite.uri, "mixed")
    pd.testing.assert_frame_equal(remote.items, local.items)
    for name in ("price", "year", "seen", "day"):
        values = remote.items[name].to_numpy()
        assert isinstance(mapped(values), np.memmap), name
    assert [remote.index(key)[0] for key in local.items["key"]] == list(range(50))
    assert remote.index("Title 3").tolist() == local.index("Title 3").tolist() == [6]
    assert ("ключ 3" in remote, "ключ" in remote) == (True, False)
    with pytest.raises(UnknownItem, match="Did you mean: 'ключ 4'"):
        remote.index("ключ 4x")
    with pytest.raises(BadRequest, match="2 items have the title 'Title 1'"):
        remote.index("Title 1")
    first = {file: file.stat().st_mtime_ns for file in cache.rglob("*") if file.is_file()}
    store.load(lite.uri, "mixed")
    assert {file: file.stat().st_mtime_ns for file in cache.rglob("*") if file.is_file()} == first


def mapped(values: np.ndarray) -> object:
    """The array at the bottom of a chain of views."""
    while isinstance(values.base, np.ndarray):
        values = values.base
    return values


def test_interrupted_copy_leaves_no_files(cache):
    def pieces():
        yield "manifest.json", base64.b64encode(b"{}").decode()
        raise store.Unavailable("away")

    with pytest.raises(store.Unavailable):
        local_copy.copy_of("here", "0" * 64, pieces, "mine", "Again.")
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "layouts/../../outside"])
def test_file_names_outside_the_cache_folder_are_refused(cache, name):
    with pytest.raises(BadArtifact, match="outside"):
        local_copy.copy_of("here", "0" * 64, lambda: [(name, "AAAA")], "mine", "Again.")
    assert not (cache.parent / "outside").exists()
    assert list(cache.iterdir()) == []


def test_unused_copies_are_removed(lite, colours_path, cache):
    publish.publish(str(colours_path), lite.uri)
    old = cache / "old"
    old.mkdir(parents=True)
    os.utime(old, (0, 0))
    store.load(lite.uri, "colours")
    assert not old.exists()
    assert len(list(cache.iterdir())) == 1


def test_unwritable_cache_is_named(lite, colours_path, tmp_path, monkeypatch):
    publish.publish(str(colours_path), lite.uri)
    Path(tmp_path / "file").write_text("")
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "file"))
    with pytest.raises(BadRequest, match="EXPLORER_CACHE"):
        store.load(lite.uri, "colours")
