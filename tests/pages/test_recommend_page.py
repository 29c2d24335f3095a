"""Recommend: what a visitor rated is in the link, the list follows from it, and the reasons add up."""

import numpy as np
import pytest

from explorer import artifacts
from explorer.core import recommend
from tests.conftest import colour_items, colour_vectors

RATED = ["Red 0=5", "Red 3=5", "Green 0=1", "Blue 2=1"]


@pytest.fixture
def rated(root):
    """The colours as if learned from ratings, with two users."""
    manifest = {"kind": "movielens", "mean": 3.0, "scale": [0.5, 5], "params": {"l2": 0.05}}
    users = np.array([[1, -1, -1, 0, 0.5], [-1, 1, 0, 0, 0]], np.float32)
    items, layout = colour_items().assign(bias=0.0), {"pca": colour_vectors()[:, :2]}
    artifacts.save(root / "movielens", colour_vectors(), items, manifest, users=users, layouts=layout)
    return artifacts.load("movielens")


def visitor(embedding):
    pairs = [(key, float(stars)) for key, _, stars in (text.rpartition("=") for text in RATED)]
    return recommend.fold_in(embedding, pairs)


def test_nothing_rated_says_what_to_do(rated, visit):
    screen = visit("Recommend")
    assert screen.lists == []
    assert any("Rate one or two films" in info.value for info in screen.at.info)


def test_the_link_brings_the_ratings_and_what_follows(rated, visit):
    screen = visit("Recommend", rated=RATED, min_ratings="0", order="stars")
    expected = recommend.recommend(rated, visitor(rated), 12)
    assert screen.lists[0] == expected["key"].tolist()
    cells = screen.components("item_list")[0]["rows"][0]["cells"]
    assert cells[2:] == [f"{expected.predicted[0]:.1f}", f"{expected.delta[0]:+.1f}"]
    assert screen.url["rated"] == RATED


def test_the_order_and_the_popularity_can_be_changed(rated, visit):
    screen = visit("Recommend", rated=RATED, min_ratings="0")
    assert screen.lists[0] == recommend.recommend(rated, visitor(rated), 12, order="near")["key"].tolist()
    screen.set("popularity", 0.0)
    expected = recommend.recommend(rated, visitor(rated), 12, popularity=0.0, order="near")
    assert screen.lists[0] == expected["key"].tolist()


def test_the_reasons_add_up_to_the_prediction(rated, visit):
    screen = visit("Recommend", rated=RATED, min_ratings="0", why="Red 1", order="stars")
    parts = recommend.contributions(rated, visitor(rated), "Red 1")
    (reasons,) = screen.components("fact_list")
    assert [row["name"] for row in reasons["rows"]] == parts["key"].iloc[1:].tolist()
    assert f"{parts['contribution'].sum():.2f} in all" in screen.notes


def test_the_reasons_explain_the_order_shown(rated, visit):
    screen = visit("Recommend", rated=RATED, min_ratings="0", why="Red 1", popularity="2")
    parts = recommend.contributions(rated, visitor(rated), "Red 1", "near", 2.0)
    assert f"{parts['contribution'].sum():.2f} in all" in screen.notes
    assert f"{parts['contribution'].iloc[0]:.2f} for popularity" in screen.notes


def test_who_liked_nothing_is_told_so_and_gets_predictions(rated, visit):
    disliked = ["Red 0=0.5", "Red 3=1"]
    screen = visit("Recommend", rated=disliked, min_ratings="0")
    assert any("You rated nothing 4 stars or more" in info.value for info in screen.at.info)
    user = recommend.fold_in(rated, [("Red 0", 0.5), ("Red 3", 1.0)])
    assert screen.lists[0] == recommend.recommend(rated, user, 12, order="stars")["key"].tolist()
    assert not any(key.startswith("Red") for key in screen.lists[0])


def test_a_rating_nobody_could_give_is_left_out_and_named(rated, visit):
    screen = visit("Recommend", rated=["Red 0=5", "Red 1=9", "No Such Film=3", "nonsense"], min_ratings="0")
    assert screen.lists and screen.url["rated"] == "Red 0=5"
    warned = " ".join(warning.value for warning in screen.at.warning).replace("\\", "")
    assert all(text in warned for text in ("Red 1=9", "No Such Film=3", "nonsense"))


def test_somebody_of_the_data_is_predicted_and_their_nearest_named(rated, visit):
    screen = visit("Recommend", who="somebody", user="1", min_ratings="0")
    user = recommend.trained_user(rated, 1)
    assert screen.lists[0] == recommend.recommend(rated, user, 12)["key"].tolist()
    assert screen.lists[1] == recommend.nearest_to_user(rated, user, 12)["key"].tolist()


def test_films_of_a_title_pattern_are_sorted_by_how_far_they_differ(rated, visit):
    screen = visit("Recommend", who="somebody", user="0", min_ratings="0", title="[12]$")
    rows = screen.components("item_list")[0]["rows"]
    deltas = [float(row["cells"][3]) for row in rows]
    assert len(rows) == 6 and deltas == sorted(deltas, reverse=True)


def test_an_embedding_that_predicts_nothing_says_so(world, visit):
    items = world.items.drop(columns="bias")
    artifacts.save(artifacts.root() / "movielens", world.vectors, items, {"kind": "movielens"})
    screen = visit("Recommend", rated=["Red 0=5"])
    assert not screen.errors
    assert "predicts none" in screen.notes
