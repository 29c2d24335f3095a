"""Neighbors page: lists side by side, controls and URL."""

import io

import numpy as np
import pandas as pd
import pytest

from explorer import artifacts
from explorer.core.directions.column_direction import without_column


def test_lists_equal_the_neighbors_of_the_embedding(world, visit):
    keys = ["Red 0", "Green 3", "Blue 7"]
    screen = visit("Neighbors", items=keys)
    assert screen.lists == [world.neighbors(key)["key"].tolist() for key in keys]
    assert screen.control("items").value == keys
    assert not screen.figures


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_url_sets_metric_number_and_filter(world, visit, metric):
    screen = visit("Neighbors", items="Green 0", metric=metric, k="5", min_ratings="500")
    allowed = (world.items["n_ratings"] >= 500).to_numpy()
    expected = world.neighbors("Green 0", 5, metric, allowed)
    assert screen.lists == [expected["key"].tolist()]
    assert [screen.control(name).value for name in ("metric", "k")] == [metric, 5]
    assert screen.url["f.n_ratings"] == '{"low":500}' and "min_ratings" not in screen.url
    bars = [row["bar"] for row in screen.components("item_list")[0]["rows"]]
    assert all(0 <= bar <= 1 for bar in bars)
    assert bars == sorted(bars, reverse=True)  # the nearest has the longest bar, also for a distance


def test_genre_and_year_filters_apply(world, visit):
    screen = visit("Neighbors", items="Red 0", genres=["Even", "Green"], genre_mode="all")
    assert screen.lists[0] == ["Green 0", "Green 2", "Green 4", "Green 6"]
    assert visit("Neighbors", items="Red 0", genres="Red", genre_mode="only").lists == [
        ["Red 1", "Red 3", "Red 5", "Red 7"]
    ]
    assert visit("Neighbors", items="Red 0", years=["1984", "1986"]).lists[0] == ["Red 4", "Red 5", "Red 6"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [("metric", "dot", "dot"), ("k", 5, "5"), ("items", ["Blue 1"], "Blue 1")],
)
def test_changed_control_changes_the_url_and_the_url_restores_it(world, visit, name, value, text):
    changed = visit("Neighbors", items="Green 2").set(name, value)
    assert changed.url[name] == text
    again = visit("Neighbors", **changed.at.query_params)
    assert again.control(name).value == value
    assert again.components("item_list") == changed.components("item_list")


def test_filters_are_drawn_only_while_they_are_open(world, visit):
    screen = visit("Neighbors", items="Red 0")
    assert not screen.components("column_filter") and not screen.has("where")
    screen.open_filters()
    assert {data["label"] for data in screen.components("column_filter")} >= {"Year", "Genres"}
    screen.set("where", "n_ratings > 500")
    assert screen.url["where"] == "n_ratings > 500"
    expected = world.neighbors("Red 0", mask=(world.items["n_ratings"] > 500).to_numpy())["key"].tolist()
    assert screen.lists == [expected]
    again = visit("Neighbors", **screen.at.query_params)
    assert again.lists == [expected]
    assert again.open_filters().control("where").value == "n_ratings > 500"


def test_invalid_condition_in_the_url_is_reported_while_filters_are_closed(world, visit):
    screen = visit("Neighbors", items="Red 0", where="nothing > 500")
    assert any("nothing" in error for error in screen.errors)
    assert screen.lists == [world.neighbors("Red 0")["key"].tolist()]


def test_filters_without_matches_say_so(world, visit):
    screen = visit("Neighbors", items="Red 0", genres=["Red", "Green"], genre_mode="all")
    assert screen.lists == []
    assert any("filter" in info.value for info in screen.at.info)


def test_no_film_asks_for_one(world, visit):
    screen = visit("Neighbors", items="Red 1").set("items", [])
    assert screen.lists == []
    assert screen.at.info
    assert visit("Neighbors", **screen.at.query_params).control("items").value == []


def test_two_films_are_compared_dimension_by_dimension(world, visit):
    screen = visit("Neighbors", items=["Red 0", "Green 6"])
    distance = world.similarity("Red 0", "Green 6")
    shown = {metric.label.split()[0].lower(): float(metric.value) for metric in screen.at.metric}
    assert shown == {name: pytest.approx(value, abs=5e-3) for name, value in distance.items()}
    one, other = screen.figures[0]["data"]
    assert np.dot(one["y"], other["y"]) == pytest.approx(distance["dot"], abs=1e-6)


def test_four_films_fill_all_columns(world, visit):
    screen = visit("Neighbors", items=["Red 0", "Red 1", "Blue 0", "Blue 1"])
    assert len(screen.lists) == 4
    assert all(column.children for column in screen.at.columns)


def test_unknown_item_is_named_with_similar_ones(world, visit):
    screen = visit("Neighbors", items="Redd 0")
    (warning,) = screen.at.warning
    assert "Redd 0" in warning.value
    assert "Red 0" in warning.value.replace("Redd 0", "")


def test_unknown_artifact_is_named_with_the_existing_ones(world, visit):
    screen = visit("Neighbors", artifact="movielenz")
    (error,) = screen.errors
    assert "movielenz" in error
    assert "movielens" in error
    assert screen.lists == []
    screen.at.selectbox(key="known_embeddings").set_value("movielens")
    assert screen.run().errors == []
    assert screen.lists


def test_repeated_and_too_many_films_are_dropped(world, visit):
    screen = visit("Neighbors", items=[*world.items["key"][:9], "Red 0", "Red 0"])
    assert not screen.errors
    assert screen.lists[0] == world.neighbors("Red 0")["key"].tolist()
    assert 1 <= len(screen.lists) <= 6


def test_each_list_and_all_together_can_be_downloaded(world, visit, files):
    visit("Neighbors", items=["Red 0", "Blue 7"], k="5")
    tables = [pd.read_csv(io.StringIO(text)) for text in files.values()]
    assert sorted(map(len, tables)) == [5, 5, 10]
    assert ["of" in table for table in tables] == [False, False, True]
    whole = max(tables, key=len)
    assert whole["of"].tolist() == ["Red 0"] * 5 + ["Blue 7"] * 5
    assert whole["key"].tolist()[:5] == world.neighbors("Red 0", 5)["key"].tolist()


def test_film_chosen_on_home_is_used(world, visit):
    assert visit("Neighbors", item="Blue 3").lists == [world.neighbors("Blue 3")["key"].tolist()]  # as on a reload
    screen = visit("Home").set("item", "Blue 3").go("Neighbors")
    assert screen.control("items").value == ["Blue 3"]
    assert screen.lists == [world.neighbors("Blue 3")["key"].tolist()]


def test_state_of_a_page_is_restored_on_return(world, visit):
    screen = visit("Neighbors", items="Green 2", k="5").go("Home").go("Neighbors")
    assert screen.control("k").value == 5
    assert screen.control("items").value == ["Green 2"]
    assert screen.url == {"artifact": world.name, "items": "Green 2", "k": "5"}


def test_column_can_be_ignored(products, visit):
    screen = visit("Neighbors", items="SKU-3", k="5", metric="euclidean").set("without", "price")
    less = without_column(products, "price")
    assert screen.url["without"] == "price"
    assert screen.lists[0] == less.neighbors("SKU-3", 5, "euclidean")["key"].tolist()
    assert screen.lists[0] != products.neighbors("SKU-3", 5, "euclidean")["key"].tolist()
    assert "Ignores price: compares vectors" in screen.notes
    assert "Ignores price" not in screen.set("without", "").notes
    assert "without" not in screen.url


def test_common_values_of_neighbors_use_the_chosen_columns(world, visit):
    screen = visit("Neighbors", items="Red 0", k="5")
    assert "5 of the 5 nearest are Red (3.0x average)." in screen.notes
    assert "number of ratings" not in screen.notes
    near = world.neighbors("Red 0", 5)
    counts = sorted(near["n_ratings"])
    screen.set("named", ["n_ratings"])
    assert f"About 80% have number of ratings {counts[0]:,} to {counts[-1]:,}." in screen.notes
    assert "nearest are Red" not in screen.notes


def test_items_are_called_by_their_titles_and_a_repeated_key_is_left_out(root, visit):
    rng = np.random.default_rng(0)
    keys = [f"SKU-{n}" for n in range(12)]
    items = pd.DataFrame(
        {"key": keys, "title": [f"Chair {n}" for n in range(12)], "sku": keys, "price": np.arange(12.0)}
    )
    vectors = rng.normal(size=(12, 4))
    artifacts.save(root / "shop", vectors, items, {}, layouts={"pca": vectors[:, :2]})
    headings = [one.value.replace("\\", "") for one in visit("Neighbors", artifact="shop", items="SKU-3").at.header]
    assert headings == ["Chair 3"]
    headings = [
        one.value.replace("\\", "") for one in visit("Analogies", artifact="shop", plus=["SKU-3", "SKU-4"]).at.header
    ]
    assert headings[0].startswith("Chair 3 + Chair 4") and "Near Chair 3" in headings
    screen = visit("Home", artifact="shop", item="SKU-3")
    (card,) = screen.components("item_card")
    assert (card["title"], card["key"], [part["label"] for part in card["attributes"]]) == (
        "Chair 3",
        "SKU-3",
        ["Price"],
    )
    assert {spot["title"] for spot in screen.components("place_map")[0]["spots"]} <= set(items["title"])
