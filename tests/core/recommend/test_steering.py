"""Recommendations with steering, rejected items, explanations, and items to rate first."""

import numpy as np
import pytest

from explorer import BadRequest, Embedding, UnknownItem, artifacts
from explorer.core import recommend
from explorer.core.recommend import Steer
from tests.conftest import colour_items, colour_vectors
from tests.core.user_models.test_likely import colours  # noqa: F401

RATED = {"Red 0": 5.0, "Red 3": 4.5, "Green 0": 4.0, "Blue 2": 3.5}
ORDERS = ["likely", "near", "stars"]


@pytest.fixture
def user(colours):  # noqa: F811
    return recommend.fold_in(colours, RATED.items())


def _genres(colours, user, steer, order):  # noqa: F811
    found = recommend.recommend(colours, user, 6, order=order, steer=steer)
    return [genre for genres in found["genres"] for genre in genres]


@pytest.mark.parametrize("order", ORDERS)
def test_steering_by_a_label_changes_its_share(colours, user, order):  # noqa: F811
    counts = [
        _genres(colours, user, [Steer("genres", amount, "Blue")] if amount else (), order).count("Blue")
        for amount in (-4, 0, 4)
    ]
    assert counts[0] <= counts[1] < counts[2] == 6
    assert counts[0] == 0


@pytest.mark.parametrize("order", ORDERS)
def test_steering_by_a_number_raises_its_mean(colours, user, order):  # noqa: F811
    early, late = (
        recommend.recommend(colours, user, 6, order=order, steer=[Steer("year", amount)])["year"].mean()
        for amount in (-4, 4)
    )
    assert early < late


@pytest.mark.parametrize("order", ORDERS)
def test_contributions_of_steering_and_rejections_sum_to_the_score(colours, user, order):  # noqa: F811
    steer = [Steer("genres", 1, "Even"), Steer("year", -0.5)]
    user = recommend.reject(colours, user, ["Red 1", "Green 1"])
    found = recommend.recommend(colours, user, 5, order=order, steer=steer)
    for key, score in zip(found["key"], found["score"], strict=True):
        parts = recommend.contributions(colours, user, key, order, steer=steer)
        assert parts["contribution"].sum() == pytest.approx(score, abs=1e-4)
        assert list(parts["key"][:3]) == ["(anyone)", "(more genres Even)", "(less year)"]
        assert {"Red 1", "Green 1", *RATED} == set(parts["key"][3:])


@pytest.mark.parametrize("order", ORDERS)
def test_rejected_item_is_not_recommended(colours, user, order):  # noqa: F811
    first = recommend.recommend(colours, user, 1, order=order)["key"][0]
    assert first not in set(recommend.recommend(colours, recommend.reject(colours, user, [first]), 24)["key"])


@pytest.mark.parametrize("order", ["likely", "near"])
def test_items_similar_to_a_rejected_one_score_lower(colours, user, order):  # noqa: F811
    score = recommend.ORDERS[order].score
    greens = colours.items["key"].str.startswith("Green").to_numpy()
    before, after = score(colours, user, 1), score(colours, recommend.reject(colours, user, ["Green 1"]), 1)
    change = np.delete(after - before, colours.index("Green 1"))
    assert change[np.delete(greens, colours.index("Green 1"))].max() < change[~np.delete(greens, 9)].min()


def test_rating_weighs_more_than_a_rejection(colours, user):  # noqa: F811
    assert not len(recommend.reject(colours, user, ["Red 0"]).rejected)
    with pytest.raises(UnknownItem):
        recommend.reject(colours, user, ["Rod 0"])


@pytest.mark.parametrize(
    ("steer", "message"),
    [
        (lambda: Steer("genres", 1, "Bleu"), "Genres has no value 'Bleu'; choose one of Blue"),
        (lambda: Steer("genres", 1), "Genres has no value None"),
        (lambda: Steer("year", 1, "1990"), "graded as a whole"),
        (lambda: Steer("title", 1), "there is no more or less of it"),
        (lambda: Steer("colour", 1), "colour"),
        (lambda: Steer("year", float("nan")), "from -5 to 5"),
        (lambda: Steer("year", 6), "from -5 to 5"),
    ],
)
def test_invalid_steering_is_refused(colours, user, steer, message):  # noqa: F811
    with pytest.raises(BadRequest, match=message):
        recommend.recommend(colours, user, steer=[steer()])


def test_ratings_of_a_dataset_user_are_listed_with_predictions():
    items = colour_items().assign(bias=0.0)
    users = np.array([[1, -1, -1, 0, 0.5]], np.float32)
    known = Embedding(colour_vectors(), items, {"name": "c", "mean": 3.0, "scale": [0.5, 5]}, users=users)
    user = recommend.trained_user(known, 0, RATED.items())
    table = recommend.rated_table(known, user)
    assert list(table["key"][:1]) == ["Green 0"]  # rated 4, predicted 3 + .5 - 1
    assert table["error"].tolist() == pytest.approx([1.5, 1, 0.5, 0], abs=0.02)
    assert table["delta"].to_numpy() == pytest.approx((table["predicted"] - table["mean_rating"]).to_numpy())
    assert not set(recommend.recommend(known, user, 24)["key"]) & set(RATED)
    assert recommend.orders_for(known, user)[0] == "near"


def test_suggested_items_are_popular_and_dissimilar(colours):  # noqa: F811
    first = recommend.suggestions(colours, 3)
    assert {key.split()[0] for key in first["key"]} == {"Red", "Green", "Blue"}
    assert (first["n_ratings"] >= 900).all()


def test_suggestions_exclude_rated_and_unknown_items(colours):  # noqa: F811
    known = colours.index(["Red 0", "Red 1", "Red 2", "Green 0", "Green 1", "Green 2"])
    after = recommend.suggestions(colours, 24, known=known, skip=colours.index("Blue 0"))
    assert after["key"][0] == "Blue 1"
    assert not {"Red 0", "Green 2", "Blue 0"} & set(after["key"])
    blue = colours.items["key"].str.startswith("Blue").to_numpy()
    assert recommend.suggestions(colours, 24, mask=~blue)["key"].str.startswith(("Red", "Green")).all()


def test_steer_and_reject_options(answer, colours, tmp_path):  # noqa: F811
    path = artifacts.save(tmp_path / "c", colours.vectors, colours.items, colours.manifest, model=colours.model)
    asked = ["recommend", path, "--rate", "Red 0=5", "Green 0=4", "--k", 3]
    plain, more, less = (answer(*asked, *words) for words in ([], ["--more", "genres=Blue"] * 4, ["--reject", "Red 1"]))
    assert not any("Blue" in one["genres"] for one in plain["results"])
    assert all("Blue" in one["genres"] for one in more["results"])
    assert "Red 1" not in {one["key"] for one in less["results"]}
