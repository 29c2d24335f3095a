"""Maps of many items are drawn with tiles, which a process of its own prepares and a route returns."""

import os

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer import Unavailable, artifacts
from explorer.figures.tile_image import Painting
from explorer.webapp import item_api, map_tiles

PALETTE = np.array([[220, 30, 30]], np.uint8)


@pytest.fixture
def embedding(colours_path, monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(colours_path.parent))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(item_api, "_own_server", True)
    monkeypatch.setattr(map_tiles, "MANY", 10)
    return artifacts.load("colours")


@pytest.fixture
def client():
    return TestClient(Starlette(routes=[map_tiles.route()]))


def painted(tiled, shade: int = 220) -> Painting:
    every = np.ones(24, bool)
    return Painting.of(tiled.tiles, every, every, np.zeros(24, np.int8), PALETTE + np.uint8(220 - shade))


def test_tiles_are_prepared_once_by_another_process(embedding, client, monkeypatch):
    tiled = map_tiles.tiled(embedding, "pca")
    np.testing.assert_array_equal(tiled.tiles.xy, embedding.layout("pca")[tiled.tiles.rows])
    address = tiled.address(painted(tiled))
    tile = client.get(address.format(zoom=0, x=0, y=0))
    assert tile.status_code == 200 and tile.headers["content-type"] == "image/webp"
    assert "immutable" in tile.headers["cache-control"]
    again = client.get(address.format(zoom=0, x=0, y=0), headers={"If-None-Match": tile.headers["etag"]})
    assert again.status_code == 304 and not again.content
    monkeypatch.setattr(map_tiles.subprocess, "Popen", None)
    assert map_tiles.tiled(embedding, "pca") is tiled


def test_few_items_other_layouts_and_other_servers_have_no_tiles(embedding, monkeypatch):
    assert map_tiles.tiled(embedding, "axes") is None
    monkeypatch.setattr(map_tiles, "MANY", 24)
    assert map_tiles.tiled(embedding, "pca") is None
    monkeypatch.setattr(map_tiles, "MANY", 10)
    monkeypatch.setattr(item_api, "_own_server", False)
    assert map_tiles.tiled(embedding, "pca") is None


@pytest.mark.parametrize("where", ["11/0/0", "0/1/0", "3/0/8", "-1/0/0", "0/0/99999", "1.0/0/0", "x/0/0"])
def test_missing_tile_is_not_found(embedding, client, where):
    address = map_tiles.tiled(embedding, "pca").address(painted(map_tiles.tiled(embedding, "pca")))
    assert client.get(f"{address.partition('{')[0]}{where}").status_code == 404


@pytest.mark.parametrize("names", [("0" * 32, "0" * 32), ("..", "0" * 32), ("%2e%2e", "%2e%2e"), ("0" * 31, "0" * 32)])
def test_unknown_map_is_not_found(client, names):
    assert client.get("/tile/{}/{}/0/0/0".format(*names)).status_code == 404


def test_oldest_paintings_are_removed(embedding, client, monkeypatch):
    monkeypatch.setattr(map_tiles, "PAINTINGS", 2)
    map_tiles._painting.cache_clear()
    tiled = map_tiles.tiled(embedding, "pca")
    addresses = []
    for age, shade in ((300, 220), (200, 210), (100, 200)):
        addresses.append(tiled.address(painted(tiled, shade)).format(zoom=0, x=0, y=0))
        for file in (map_tiles.paths.cache_folder() / "maps").glob("*/*.npz"):
            os.utime(file, (file.stat().st_mtime - age,) * 2)
    assert [client.get(address).status_code for address in addresses] == [404, 200, 200]


def test_unused_maps_are_removed(embedding, monkeypatch):
    old = map_tiles.paths.cache_folder() / "maps" / ("0" * 32)
    old.mkdir(parents=True)
    (old / "rows.npy").touch()
    os.utime(old, (0, 0))
    map_tiles.tiled(embedding, "pca")
    assert not old.exists()


def test_failure_of_the_process_is_reported(embedding, monkeypatch):
    monkeypatch.setattr(
        map_tiles.paths, "module_command", lambda *_: ["sh", "-c", "echo 0.5; echo no space left >&2; exit 3"]
    )
    with pytest.raises(Unavailable, match="could not be prepared: no space left"):
        map_tiles.tiled(embedding, "pca")
