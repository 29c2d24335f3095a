"""Analogies page: results beside the neighbors of each added film, and items between two films."""

import io

import numpy as np
import pandas as pd


def test_result_is_shown_beside_the_neighbors_of_each_added_film(world, visit):
    screen = visit("Analogies", plus=["Red 2", "Green 7"], minus="Green 0", k="5")
    assert screen.lists == [
        world.analogy(["Red 2", "Green 7"], "Green 0", 5)["key"].tolist(),
        world.neighbors("Red 2", 5)["key"].tolist(),
        world.neighbors("Green 7", 5)["key"].tolist(),
    ]
    assert "Red 2 + Green 7 − Green 0" in screen.notes


def test_results_that_are_no_neighbor_of_an_added_film_are_marked(world, visit):
    screen = visit("Analogies", plus="Red 0", minus="Red 1", k="5")
    rows = screen.components("item_list")[0]["rows"]
    alone = set(world.neighbors("Red 0", 5)["key"])
    assert [bool(row["marked"]) for row in rows] == [row["key"] not in alone for row in rows]
    assert any(row["marked"] for row in rows)


def test_changed_equation_changes_the_url(world, visit):
    screen = visit("Analogies").set("plus", ["Red 1", "Blue 1"]).set("minus", ["Green 1"])
    assert screen.url == {"plus": ["Red 1", "Blue 1"], "minus": "Green 1"}
    assert screen.lists[0] == world.analogy(["Red 1", "Blue 1"], ["Green 1"])["key"].tolist()


def test_film_on_both_sides_is_reported_and_can_be_corrected(world, visit):
    screen = visit("Analogies", plus="Red 1", minus="Red 1")
    (error,) = screen.errors
    assert "'Red 1' is both added and subtracted" in error
    assert not screen.set("minus", ["Red 2"]).errors


def test_empty_equation_shows_an_example(world, visit):
    screen = visit("Analogies")
    assert screen.lists  # the two most popular items, because none of the examples exists here
    screen.at.multiselect[0].set_value([]).run()
    assert not screen.lists
    assert screen.at.info


def test_preset_is_offered_if_its_films_exist_and_fills_in_the_equation(world, root, visit):
    from explorer import artifacts

    items = world.items.copy()
    items.loc[[0, 9], ["key", "title"]] = [["Scream", "Scream"], ["Psycho (1960)", "Psycho"]]
    artifacts.save(root / "movielens", world.vectors, items, {})
    screen = visit("Analogies", plus="Red 3")
    screen.at.button_group(key="ready").set_value("Scream − Psycho")
    screen.run()
    assert (screen.control("plus").value, screen.control("minus").value) == (["Scream"], ["Psycho (1960)"])
    assert screen.lists[0] == artifacts.load("movielens").analogy("Scream", "Psycho (1960)")["key"].tolist()


def test_between_two_films_shows_the_cosine_to_each_end(world, visit):
    screen = visit("Analogies", mode="between", **{"from": "Red 7", "to": "Green 7", "at": "20", "k": "5"})
    table = world.between("Red 7", "Green 7", 5, at=0.2, balanced=True)
    assert screen.lists[0] == table["key"].tolist()
    marks = [row["marked"] for row in screen.components("item_list")[0]["rows"]]
    expected = [(round(row.to_a, 2), round(row.to_b, 2)) for row in table.itertuples()]
    assert np.allclose([tuple(map(float, mark.split("|"))) for mark in marks], expected, atol=0.011)


def test_between_is_kept_in_the_url(world, visit):
    screen = visit("Analogies").set("mode", "between").set("to", "Blue 1").set("at", 80)
    assert screen.url["mode"] == "between"
    again = visit("Analogies", **screen.at.query_params)
    assert (again.control("to").value, again.control("at").value) == ("Blue 1", 80)
    assert again.lists == screen.lists


def test_between_a_film_and_itself_is_empty(world, visit):
    (error,) = visit("Analogies", mode="between", **{"from": "Red 1", "to": "Red 1"}).errors
    assert "nothing" in error


def test_filters_apply_to_the_results(world, visit):
    screen = visit("Analogies", plus="Red 0", genres="Blue")
    assert all(key.startswith("Blue") for keys in screen.lists for key in keys)
    screen = visit("Analogies", plus="Red 0", genres=["Red", "Blue"], genre_mode="all")
    assert screen.lists == []
    assert any("filter" in info.value for info in screen.at.info)


def test_results_can_be_downloaded(world, visit, files):
    visit("Analogies", plus="Red 0", minus="Blue 7", k="5")
    tables = [pd.read_csv(io.StringIO(text)) for text in files.values()]
    assert world.analogy("Red 0", "Blue 7", 5)["key"].tolist() in [table["key"].tolist() for table in tables]
