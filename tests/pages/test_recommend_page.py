"""Recommend page: ratings in the URL, recommendations, contributions."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from explorer import Embedding, artifacts
from explorer.core import recommend
from explorer.webapp import cache
from explorer.webapp.views.recommend import ratings, steer
from tests.conftest import colour_items, colour_vectors


def recommended(screen):
    """The rows of the recommendation list; [] if there is none."""
    lists = [data["rows"] for data in screen.components("item_list") if data["drop"] == "Not this one"]
    return lists[0] if lists else []


def keys(screen):
    return [row["key"] for row in recommended(screen)]


def to_rate(screen):
    return next(data for data in screen.components("item_list") if data["drop"] == "I do not know it")


RATED = ["Red 0=5", "Red 3=5", "Green 0=1", "Blue 2=1"]


@pytest.fixture
def rated(root):
    """The colors artifact as a rating model with two users."""
    manifest = {"kind": "movielens", "mean": 3.0, "scale": [0.5, 5], "params": {"l2": 0.05}}
    users = np.array([[1, -1, -1, 0, 0.5], [-1, 1, 0, 0, 0]], np.float32)
    items, layout = colour_items().assign(bias=0.0), {"pca": colour_vectors()[:, :2]}
    artifacts.save(root / "movielens", colour_vectors(), items, manifest, users=users, layouts=layout)
    return artifacts.load("movielens")


def visitor(embedding):
    pairs = [(key, float(stars)) for key, _, stars in (text.rpartition("=") for text in RATED)]
    return recommend.fold_in(embedding, pairs)


def test_page_without_ratings_says_what_to_do(rated, visit):
    screen = visit("Recommend")
    assert recommended(screen) == []
    assert any("Rate one or two films" in info.value for info in screen.at.info)


def test_url_restores_ratings_and_recommendations(rated, visit):
    screen = visit("Recommend", rated=RATED, min_ratings="0", order="stars")
    expected = recommend.recommend(rated, visitor(rated), 12)
    assert keys(screen) == expected["key"].tolist()
    cells = recommended(screen)[0]["cells"]
    assert cells == [f"{expected.mean_rating[0]:.1f}", f"{expected.predicted[0]:.1f}"]
    assert screen.url["rated"] == RATED


def test_order_and_popularity_can_be_changed(rated, visit):
    screen = visit("Recommend", rated=RATED, min_ratings="0")
    assert keys(screen) == recommend.recommend(rated, visitor(rated), 12, order="near")["key"].tolist()
    screen.set("popularity", 0.0)
    expected = recommend.recommend(rated, visitor(rated), 12, popularity=0.0, order="near")
    assert keys(screen) == expected["key"].tolist()


def test_contributions_sum_to_the_prediction(rated, visit):
    screen = visit("Recommend", rated=RATED, min_ratings="0", why="Red 1", order="stars")
    parts = recommend.contributions(rated, visitor(rated), "Red 1")
    (reasons,) = screen.components("value_list")
    assert [row["name"] for row in reasons["rows"]] == parts["key"].iloc[1:].tolist()
    assert f"= {parts['contribution'].sum():.2f}" in screen.notes


def test_contributions_explain_the_order_shown(rated, visit):
    screen = visit("Recommend", rated=RATED, min_ratings="0", why="Red 1", popularity="2")
    parts = recommend.contributions(rated, visitor(rated), "Red 1", "near", 2.0)
    assert f"= {parts['contribution'].sum():.2f}" in screen.notes
    assert f"popularity {parts['contribution'].iloc[0]:.2f} =" in screen.notes


def test_ratings_without_likes_are_reported_and_give_predictions(rated, visit):
    disliked = ["Red 0=0.5", "Red 3=1"]
    screen = visit("Recommend", rated=disliked, min_ratings="0")
    assert any("You rated nothing 4 stars or more" in info.value for info in screen.at.info)
    user = recommend.fold_in(rated, [("Red 0", 0.5), ("Red 3", 1.0)])
    assert keys(screen) == recommend.recommend(rated, user, 12, order="stars")["key"].tolist()
    assert not any(key.startswith("Red") for key in keys(screen))


def test_invalid_rating_in_the_url_is_dropped_and_named(rated, visit):
    screen = visit("Recommend", rated=["Red 0=5", "Red 1=9", "No Such Film=3", "nonsense"], min_ratings="0")
    assert keys(screen) and screen.url["rated"] == "Red 0=5"
    warned = " ".join(warning.value for warning in screen.at.warning).replace("\\", "")
    assert all(text in warned for text in ("Red 1=9", "No Such Film=3", "nonsense"))


def test_suggested_films_are_popular_dissimilar_and_unrated(rated, visit):
    screen = visit("Recommend", min_ratings="0")
    suggested = [row["key"] for row in to_rate(screen)["rows"]]
    assert suggested == recommend.suggestions(rated, 6)["key"].tolist()
    assert len({key.split()[0] for key in suggested[:3]}) == 3
    again = [row["key"] for row in to_rate(visit("Recommend", rated=[f"{suggested[0]}=5"]))["rows"]]
    assert suggested[0] not in again


def test_rating_steps_follow_the_scale(rated, visit):
    rating = to_rate(visit("Recommend"))["rating"]
    assert rating == {"values": [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5], "halves": True}


@pytest.mark.parametrize(
    ("scale", "values", "halves"),
    [([1, 5], [1, 2, 3, 4, 5], False), ([1, 10], list(range(1, 11)), True), ([0, 100], list(range(10, 101, 10)), True)],
)
def test_every_scale_has_at_most_ten_steps(rated, scale, values, halves):
    manifest = {**rated.manifest, "scale": scale}
    assert ratings.rating_values(Embedding(rated.vectors, rated.items, manifest)) == (values, halves)


def test_click_rates_rejects_or_removes(monkeypatch):
    state = {"Recommend:rated": ["Red 0=5"], "Recommend:not": ["Red 2"]}
    monkeypatch.setattr(ratings.st, "session_state", state)

    def click(key, stars, drop):
        state["list"] = SimpleNamespace(act=json.dumps({"key": key, "rated": stars}))
        ratings._act("list", "Recommend", drop)
        return state["Recommend:rated"], state["Recommend:not"]

    assert click("Red 1", 3.5, "reject") == (["Red 0=5", "Red 1=3.5"], ["Red 2"])
    assert click("Red 1", None, "reject") == (["Red 0=5"], ["Red 2", "Red 1"])
    assert click("Red 2", 4, "remove") == (["Red 0=5", "Red 2=4"], ["Red 1"])
    assert click("Red 1", None, "remove") == (["Red 0=5", "Red 2=4"], [])
    assert click("Red 3", None, "unknown") == (["Red 0=5", "Red 2=4"], [])
    assert click(["Red 3"], 4, "reject") == (["Red 0=5", "Red 2=4"], [])
    assert state[ratings.CHANGES] == [
        [1, "Red 1", 3.5], [2, "Red 1", "no"], [3, "Red 2", 4], [4, "Red 1", None],
    ]  # fmt: skip


def test_rejected_item_is_removed_and_similar_items_rank_lower(rated, visit):
    screen = visit("Recommend", rated=RATED, **{"not": "Red 1"}, min_ratings="0")
    user = recommend.reject(rated, visitor(rated), ["Red 1"])
    assert keys(screen) == recommend.recommend(rated, user, 12, order="near")["key"].tolist()
    assert "Red 1" not in keys(screen)
    (reasons,) = screen.components("value_list")
    assert "not this one" in next(row["value"] for row in reasons["rows"] if row["name"] == "Red 1")
    own = next(data for data in screen.components("item_list") if data["drop"] == "Remove")
    assert [row["key"] for row in own["rows"]] == ["Blue 2", "Green 0", "Red 3", "Red 0", "Red 1"]


def test_list_can_be_steered_by_any_column(rated, visit):
    screen = visit("Recommend", rated=RATED, min_ratings="0", more="genres=Blue", less="year")
    steers = [recommend.Steer("genres", steer.STRENGTH, "Blue"), recommend.Steer("year", -steer.STRENGTH)]
    expected = recommend.recommend(rated, visitor(rated), 12, order="near", steer=steers)
    assert keys(screen) == expected["key"].tolist()
    parts = recommend.contributions(rated, visitor(rated), keys(screen)[0], "near", steer=steers)
    (reasons,) = screen.components("value_list")
    bars = parts["contribution"].iloc[1:]
    assert [row["bar"][0] for row in reasons["rows"]] == pytest.approx((bars / bars.abs().max()).tolist(), abs=1e-3)
    assert "more genres Blue, less year" in screen.notes
    assert "Steered" not in visit("Recommend", rated=RATED, more="nothing=such").notes


def test_each_recommendation_names_its_reasons(rated, visit):
    row = recommended(visit("Recommend", rated=RATED, min_ratings="0"))[0]
    parts = recommend.contributions(rated, visitor(rated), row["key"], "near").iloc[1:].nlargest(2, "contribution")
    assert row["why"].startswith("because of ")
    assert all(f"{part.key} {part.contribution:+.2f}" in row["why"] for part in parts.itertuples())


def test_ratings_are_saved_in_the_browser_and_requested_on_a_page_without_parameters(rated, visit):
    (bare,), (linked,) = (visit("Recommend", **query).components("kept_ratings") for query in ({}, {"rated": RATED}))
    assert (bare["bare"], linked["bare"]) == (True, False)
    assert (
        bare["artifact"] == "movielens" and bare["changes"] == linked["changes"] == []
    )  # those from a URL are not saved


def test_forget_all_clears_the_browser_too(rated, visit):
    screen = visit("Recommend", rated=RATED, **{"not": "Red 1"})
    next(button for button in screen.at.button if button.label == "Delete all ratings").click()
    screen.run()
    assert "rated" not in screen.url and "not" not in screen.url
    (kept,) = screen.components("kept_ratings")
    assert kept["changes"] == [[1, None, None]]


def test_dataset_user_has_predictions_and_nearest_films(rated, visit):
    screen = visit("Recommend", who="somebody", user="1", min_ratings="0")
    user = recommend.trained_user(rated, 1)
    assert screen.lists[0] == recommend.recommend(rated, user, 12)["key"].tolist()
    assert screen.lists[1] == recommend.nearest_to_user(rated, user, 12)["key"].tolist()


def test_ratings_of_a_dataset_user_are_shown_with_predictions(rated, visit, monkeypatch):
    own = pd.DataFrame({"key": ["Red 0", "Blue 1"], "score": [4.0, 4.5]})
    monkeypatch.setattr(cache, "ratings_of", lambda embedding, number: own)
    screen = visit("Recommend", who="somebody", user="0", min_ratings="0")
    table = next(data for data in screen.components("item_list") if "rated" in data["columns"])
    assert table["columns"] == ["ratings", "mean rating", "rated", "predicted", "delta"]
    user = recommend.trained_user(rated, 0, zip(own["key"], own["score"], strict=True))
    expected = recommend.rated_table(rated, user)
    assert [row["key"] for row in table["rows"]] == expected["key"].tolist()
    assert table["rows"][0]["cells"][3] == f"{expected.predicted[0]:.1f}"
    assert not any({"Red 0", "Blue 1"} & set(keys) for keys in screen.lists[1:])


@pytest.mark.parametrize("name", ["../elsewhere", "/ABSOLUTE", ".."])
def test_ratings_are_read_below_the_data_folder_only(rated, tmp_path, monkeypatch, name):
    """The name of the data set is in the manifest, which anybody may have written."""
    (tmp_path / "data" / "movielens").mkdir(parents=True)
    (tmp_path / "data" / "elsewhere").mkdir()
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(cache, "_ratings", lambda path: pytest.fail(f"{path} was read"))
    facts = {**rated.manifest, "dataset": {"name": name.replace("/ABSOLUTE", str(tmp_path)), "ratings": 1, "users": 1}}
    assert cache.ratings_of(Embedding(rated.vectors, rated.items, facts), 0) is None


def test_users_of_implicit_als_get_the_items_of_largest_dot_product(rated, visit, monkeypatch):
    items, users = rated.items.drop(columns="bias"), np.asarray(rated.users)
    facts = {"kind": "interactions", "model": "als-implicit", "metrics": {}}
    artifacts.save(artifacts.root() / "movielens", rated.vectors, items, facts, users=users)
    embedding = artifacts.load("movielens")
    screen = visit("Recommend", who="somebody", user="1")
    best = items["key"].to_numpy()[np.argsort(-(embedding.vectors @ users[1, :-1]), kind="stable")][:12]
    assert screen.lists[0] == best.tolist()
    assert (
        screen.lists[1]
        == recommend.nearest_to_user(embedding, recommend.trained_user(embedding, 1), 12)["key"].tolist()
    )
    own = pd.DataFrame({"key": best[:2], "score": [4.0, 4.5]})
    monkeypatch.setattr(cache, "ratings_of", lambda embedding, number: own)
    screen = visit("Recommend", who="somebody", user="1")
    assert screen.lists[0] == best[:2].tolist()
    assert screen.lists[1][:10] == best[2:].tolist()


def test_films_of_a_title_pattern_are_sorted_by_difference(rated, visit):
    screen = visit("Recommend", who="somebody", user="0", min_ratings="0", title="[12]$")
    rows = screen.components("item_list")[0]["rows"]
    deltas = [float(row["cells"][3]) for row in rows]
    assert len(rows) == 6 and deltas == sorted(deltas, reverse=True)


def test_embedding_without_a_rating_model_recommends_by_similarity(world, visit):
    items = world.items.drop(columns="bias")
    artifacts.save(artifacts.root() / "movielens", world.vectors, items, {"kind": "movielens"})
    assert "does not predict ratings" in visit("Recommend").notes
    screen = visit("Recommend", rated=["Red 0=5"])
    assert not screen.errors
    assert {key.split()[0] for key in keys(screen)[:5]} == {"Red"}
    assert to_rate(screen)["rating"] == {"values": [5], "halves": False}
    assert "predicted" not in screen.components("item_list")[-1]["columns"]
    assert "You liked 1" in [box.label for box in screen.at.expander]
    disliked = visit("Recommend", rated=["Red 0=1"])
    assert not keys(disliked)
    assert "You rated 1" in [box.label for box in disliked.at.expander]


def test_order_that_needs_likes_falls_back_without_them(world, visit):
    screen = visit("Recommend", rated="Red 0=5")
    assert not screen.set("order", "near").errors
    screen.at.query_params = {"rated": ["Red 0=2.5"]}  # no likes
    assert not screen.run().errors
    assert screen.control("order").value == "stars"
