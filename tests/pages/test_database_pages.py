"""Pages on a database URI: no artifacts folder, no vector matrix."""

import shutil

import numpy as np
import pytest

from explorer import artifacts
from explorer.artifacts.milvus import publish, store
from explorer.core.vectors.remote import RemoteVectors
from explorer.webapp import cache
from tests.conftest import colour_items, colour_vectors

pytest.importorskip("pymilvus")


@pytest.fixture(scope="module")
def published(lite, tmp_path_factory):
    """The colors artifact published as `movielens` and its reds as `reds`, with the local copy for comparison."""
    folder = tmp_path_factory.mktemp("artifacts")
    xy = np.random.default_rng(0).normal(size=(24, 2)).astype(np.float32)
    manifest = {"kind": "movielens", "model": "made up", "mean": 3.5}
    for name, n in (("reds", 8), ("movielens", 24)):
        path = artifacts.save(
            folder / name, colour_vectors()[:n], colour_items().head(n), manifest, layouts={"pca": xy[:n]}
        )
        publish.publish(str(path), lite.uri)
    kept = artifacts.load(path)
    shutil.rmtree(folder)
    return kept


@pytest.fixture
def own(published, lite, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", lite.uri)
    return published


def test_neighbors_analogies_filters_and_titles_work(own, visit, lite):
    screen = visit("Neighbors", items="Red 3", metric="euclidean", k="5")
    assert not screen.errors
    assert screen.lists[0] == own.neighbors("Red 3", 5, "euclidean")["key"].tolist()
    mask = np.array(["Blue" in genres for genres in own.items["genres"]])
    screen = visit("Neighbors", items="Red 3", metric="euclidean", k="5", genres="Blue")
    assert screen.lists[0] == own.neighbors("Red 3", 5, "euclidean", mask)["key"].tolist()
    screen = visit("Analogies", plus=["Red 3", "Green 0"], minus="Red 0", k="5")
    assert not screen.errors
    assert screen.lists[0][:5] == own.analogy(["Red 3", "Green 0"], ["Red 0"], 5)["key"].tolist()
    assert f"in the database at 127.0.0.1:{lite.port}" in screen.notes
    assert isinstance(cache.embedding("movielens").vectors, RemoteVectors)


def test_home_map_and_factors_are_drawn(own, visit):
    home = visit("Home", item="Green 2")
    assert not home.errors
    assert home.lists[0][:7] == own.neighbors("Green 2", 7)["key"].tolist()
    assert home.components("place_map")
    plane = visit("Map", title="Red")
    assert not plane.errors
    assert plane.figures
    assert not visit("Factors").errors


def test_every_page_opens_or_says_why_not(own, visit, page):
    screen = visit(page)  # raises on an exception
    for said in screen.errors:
        assert "the database at 127.0.0.1" in said
        assert "http" not in said
    if page == "Learn":
        assert "dot product" in screen.notes  # parts that need no matrix are shown


def press(screen, label):
    next(button for button in screen.at.button if button.label == label).click()
    return screen.run()


def test_pages_that_write_say_that_the_database_is_read_only(own, visit):
    screen = press(visit("Train"), "Train")
    assert "read-only here" in " ".join(screen.errors)
    screen = press(visit("Import"), "Try an example: named colors")
    assert "read-only here" in " ".join(screen.errors)
    screen = press(visit("Map"), "Create")
    assert "read-only here" in " ".join(screen.errors)
    assert screen.figures  # the map stays


def test_page_recovers_after_the_database_was_unreachable(own, visit, lite):
    expected = own.neighbors("Red 3", 7)["key"].tolist()
    screen = visit("Neighbors", items="Red 3")
    lite.kill()
    try:
        screen.run()
        assert "cannot answer" in screen.errors[0]
        assert "Trying again every 3 seconds" in screen.notes
        assert not screen.lists
    finally:
        lite.start()
    screen.run()
    assert not screen.errors
    assert screen.lists[0][:7] == expected


def test_unusable_database_is_explained_and_an_empty_one_says_how_to_fill_it(own, visit, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", "http://me:secret@127.0.0.1:1")
    for page in ("Home", "Import", "Train"):
        screen = visit(page)
        assert "EXPLORER_MILVUS_TOKEN" in screen.errors[0]
        assert "secret" not in screen.notes + "".join(screen.errors)
    uri = str(tmp_path / "empty.db")
    monkeypatch.setenv("EXPLORER_ARTIFACTS", uri)
    assert "there is none yet" in visit("Home").errors[0]
    store.create(uri)
    assert "Nothing is published" in visit("Home").errors[0]
