"""Home page: one film, its neighbors and its place on the map."""

import base64
import io

import numpy as np
import pandas as pd
import pytest


def test_film_card_and_neighbors_are_shown(world, visit):
    screen = visit("Home", item="Green 0")
    (card,) = screen.components("item_card")
    values = [value["text"] for value in card["values"]]
    assert (card["title"], card["beside"], values) == ("Green 0", "1990", ["Green", "Even"])
    assert any("999" in part["text"] for part in card["attributes"])
    (near,) = screen.components("item_list")
    expected = world.neighbors("Green 0", k=10)
    assert [row["key"] for row in near["rows"]] == expected["key"].tolist()
    first = {"key": "Green 1", "title": "Green 1", "beside": "1991", "number": "1.00"}
    assert near["rows"][0].items() >= first.items()
    assert [value["text"] for value in near["rows"][0]["values"]] == ["Green"]
    assert [row["bar"] for row in near["rows"]] == pytest.approx(expected["score"], abs=5e-4)


def test_default_is_the_most_popular_film(world, visit):
    screen = visit("Home")
    assert screen.components("item_card")[0]["title"] == "Red 0"
    assert screen.lists[0][:7] == [f"Red {shade}" for shade in range(1, 8)]


def test_map_shows_all_films_the_neighbors_and_the_film(world, visit):
    screen = visit("Home", item="Blue 3")
    (drawn,) = screen.components("place_map")
    grid = np.frombuffer(base64.b64decode(drawn["points"]), np.uint16).reshape(-1, 2)
    xy = world.layout("pca")
    assert grid / 65535 == pytest.approx((xy - xy.min(axis=0)) / np.ptp(xy, axis=0), abs=1e-5)
    kinds = {spot["title"]: spot["kind"] for spot in drawn["spots"]}
    assert kinds == {**dict.fromkeys(screen.lists[0], "near"), "Blue 3": "itself"}
    assert all([spot["x"], spot["y"]] == grid[world.index(spot["title"])[0]].tolist() for spot in drawn["spots"])


def test_choosing_a_film_opens_it_and_changes_the_url(world, visit):
    screen = visit("Home").set("item", "Blue 5")
    assert screen.components("item_card")[0]["title"] == "Blue 5"
    assert screen.url == {"item": "Blue 5"}
    assert screen.set("item", "Red 0").url == {
        "item": "Red 0"
    }  # explicitly choosing the default film writes it to the URL


def test_neighbors_can_be_downloaded(world, visit, files):
    visit("Home", item="Red 2")
    (text,) = files.values()
    table = pd.read_csv(io.StringIO(text))
    expected = world.neighbors("Red 2", k=10)
    assert table["key"].tolist() == expected["key"].tolist()
    assert table["score"].to_numpy() == pytest.approx(expected["score"].to_numpy(), abs=1e-6)
    assert table["genres"][1] == "|".join(expected["genres"][1])


def test_loaded_artifact_is_described(world, visit):
    screen = visit("Home")
    assert "24 films" in screen.notes
    assert "Free *for all*" in screen.notes


@pytest.mark.parametrize(
    ("asked", "said"),
    [("map", "Did you mean Map?"), ("Neighbours", "Did you mean Neighbors?"), ("xyz", "in the sidebar")],
)
def test_unknown_page_is_named_once_with_similar_pages(world, visit, asked, said):
    screen = visit("Home", unknown_page=asked)
    assert f"There is no page '{asked}'" in screen.notes and said in screen.notes
    assert "unknown_page" not in screen.url
    assert "There is no page" not in screen.run().notes
