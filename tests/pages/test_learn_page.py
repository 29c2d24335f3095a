"""Learn page: rows of the embedding, worked examples, URL state."""

import numpy as np
import pytest

from explorer import artifacts
from explorer.webapp.views import learn


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(learn, "COUNTS", (10, 100))


def facts(screen, number):
    return screen.components("value_list")[number]["rows"]


def test_chosen_rows_are_shown_and_equal_the_one_hot_product(world, visit):
    screen = visit("Learn", items=["Green 2", "Red 1"])
    heat = next(trace for figure in screen.figures for trace in figure["data"] if trace["type"] == "heatmap")
    assert np.array_equal(heat["z"], world.vectors[world.index(["Green 2", "Red 1"])])
    assert "exactly the same 8 numbers" in screen.notes


def test_examples_are_shown_by_default(world, visit):
    assert "the same 12 numbers" in visit("Learn").notes
    assert "the same 12 numbers" in visit("Learn", items="").notes


def test_parameter_counts_follow_the_sizes(world, visit):
    screen = visit("Learn")
    assert [row["value"] for row in facts(screen, 0)] == ["21,150,593", "5,287,584"]
    screen = screen.set("size", 8)
    assert [row["value"] for row in facts(screen, 0)] == ["21,150,593", "1,321,896"]
    assert screen.url["size"] == "8"


@pytest.mark.parametrize(("film", "stars"), [("Twister", "2.43 stars"), ("Titanic", "4.83 stars")])
def test_worked_example_of_stanley(world, visit, film, stars):
    screen = visit("Learn", film=film)
    assert screen.at.metric[0].value.replace("\\", "") == stars


def test_longer_vector_changes_the_nearest_by_distance_only(world, visit):
    assert "by cosine: B. By Euclidean distance, the dotted lines: C" in visit("Learn", length="4.0").notes
    assert "by cosine: B. By Euclidean distance, the dotted lines: B" in visit("Learn", length="1.3").notes


def test_three_items_are_compared(world, visit):
    screen = visit("Learn", three=["Red 0", "Red 7", "Green 0"])
    told = [(row["name"], row["value"]) for row in facts(screen, 2)]
    assert told == [
        ("Red 0 and Red 7", "cosine 0.93 · distance 0.36"),
        ("Red 0 and Green 0", "cosine 0.00 · distance 1.41"),
    ]
    assert "All vectors of this embedding have the same length" in screen.notes
    assert "Choose two or three" in visit("Learn", three="Red 0").notes


def test_direction_and_distance_differ_in_the_example(world, visit):
    longer = world.vectors.copy()
    longer[world.index("Red 1")] *= 5  # still the direction nearest to Red 0
    artifacts.save(artifacts.root() / "movielens", longer, world.items, {"kind": "movielens"})
    screen = visit("Learn")
    assert screen.control("three").value == ["Red 0", "Red 1", "Red 2"]
    assert "Nearer by cosine: Red 1. By distance: Red 2. Their lengths: 1.00, 5.00, 1.00." in screen.notes
