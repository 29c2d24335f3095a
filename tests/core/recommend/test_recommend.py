"""Fold-in of known users, contributions, validation of ratings."""

import numpy as np
import pytest

from explorer import BadRequest, Embedding, UnknownItem
from explorer.core import recommend
from tests.conftest import colour_items, colour_vectors

LOVES_RED = {"Red 0": 5.0, "Red 3": 5.0, "Green 0": 1.0, "Blue 2": 1.0}


@pytest.fixture
def rated() -> Embedding:
    """The colors artifact as a rating model: mean 3, no item biases."""
    users = np.array([[1, -1, -1, 0, 0.5]], np.float32)
    manifest = {"name": "colours", "mean": 3.0, "scale": [0.5, 5], "params": {"l2": 0.05}}
    return Embedding(colour_vectors(), colour_items().assign(bias=0.0), manifest, users=users)


def test_fold_in_recovers_a_user_of_the_model(rated):
    truth = recommend.trained_user(rated, 0)
    stars = recommend.predictions(rated, truth)
    inside = np.flatnonzero((stars > 0.5) & (stars < 5))
    again = recommend.fold_in(rated, [(rated.items.key[row], stars[row]) for row in inside], l2=1e-9)
    assert np.allclose(recommend.predictions(rated, again), stars, atol=1e-3)


def test_fold_in_equals_scikit_learn_ridge(rated):
    from sklearn.linear_model import Ridge

    user = recommend.fold_in(rated, LOVES_RED.items())
    rows = rated.index(LOVES_RED)
    design = np.column_stack([rated.vectors[rows], np.ones(4)])
    peer = Ridge(alpha=0.05 * 4, fit_intercept=False).fit(design, np.array(list(LOVES_RED.values())) - 3.0)
    assert np.allclose([*user.vector, user.bias], peer.coef_, atol=1e-5)


def test_recommendations_are_similar_to_high_ratings_and_exclude_rated_items(rated):
    user = recommend.fold_in(rated, LOVES_RED.items())
    found = recommend.recommend(rated, user, k=6)
    assert {key.split()[0] for key in found.key} == {"Red"}
    assert not set(found.key) & set(LOVES_RED)
    assert found.score.is_monotonic_decreasing
    assert np.allclose(found.delta, found.predicted - found.mean_rating, atol=1e-6)
    assert recommend.nearest_to_user(rated, user, 3).key.str.startswith("Red").all()


@pytest.mark.parametrize("order", ["near", "stars"])
@pytest.mark.parametrize("popularity", [0.0, 1.0, 2.0])
def test_contributions_sum_to_the_ranking_score(rated, order, popularity):
    user = recommend.fold_in(rated, LOVES_RED.items())
    table = recommend.recommend(rated, user, 20, popularity=popularity, order=order)
    for key, score in zip(table.key, table.score, strict=True):
        parts = recommend.contributions(rated, user, key, order, popularity)
        assert parts.contribution.sum() == pytest.approx(score, abs=1e-5)
        assert sorted(parts.key[1:]) == sorted(LOVES_RED)


@pytest.mark.parametrize("order", ["near", "stars"])
def test_contributions_of_several_items_equal_those_of_each(rated, order):
    user = recommend.reject(rated, recommend.fold_in(rated, LOVES_RED.items()), ["Blue 1"])
    keys = ["Red 1", "Green 2", "Blue 7"]
    found = recommend.score_parts(rated, user, keys, order)
    assert found.shares.shape == (3, 1 + len(LOVES_RED) + 1)
    for i, key in enumerate(keys):
        one = recommend.contributions(rated, user, key, order).set_index("key").contribution
        assert one[found.names].to_numpy() == pytest.approx(found.shares[i], abs=1e-6)


def test_highest_rated_item_contributes_most(rated):
    user = recommend.fold_in(rated, LOVES_RED.items())
    assert recommend.contributions(rated, user, "Red 1").key[1] in ("Red 0", "Red 3")


def test_popularity_scales_the_item_bias(rated):
    items = colour_items().assign(bias=np.where(colour_items().key == "Blue 7", 3.0, 0.0))
    biased = Embedding(rated.vectors, items, rated.manifest)
    user = recommend.fold_in(biased, LOVES_RED.items())
    assert recommend.recommend(biased, user, 1, popularity=0).key[0].startswith("Red")
    assert recommend.recommend(biased, user, 1, popularity=2).key[0] == "Blue 7"


def test_predictions_are_clipped_to_the_rating_scale(rated):
    user = recommend.User(np.full(4, 100, np.float32), 0.0, np.empty(0, int), np.empty(0), np.empty((5, 0)))
    assert recommend.recommend(rated, user).predicted.max() == 5


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        ([], "Nothing is rated"),
        ([("Red 0", 6.0)], "'Red 0' is rated 6; ratings here go from 0.5 to 5"),
        ([("Red 0", float("nan"))], "is rated nan"),
        ([("Red 0", 4.0), ("Red 0", 2.0)], "'Red 0' is rated twice, 4 and 2"),
    ],
)
def test_invalid_ratings_are_refused(rated, ratings, message):
    with pytest.raises(BadRequest, match=message):
        recommend.fold_in(rated, ratings)


def test_unknown_item_error_names_the_closest_keys(rated):
    with pytest.raises(UnknownItem, match="'Red 0'"):
        recommend.fold_in(rated, [("Red 00", 4.0)])


def test_embedding_without_a_rating_model_is_refused(colours):
    plain = Embedding(colours.vectors, colours.items.drop(columns="bias"), {"name": "shapes"})
    with pytest.raises(BadRequest, match="shapes predicts no ratings"):
        recommend.fold_in(plain, [("Red 0", 4.0)])


def test_unknown_users_are_refused(rated, colours):
    with pytest.raises(BadRequest, match="has users 0 to 0"):
        recommend.trained_user(rated, 1)
    with pytest.raises(BadRequest, match="no user vectors"):
        recommend.trained_user(colours, 0)


def test_near_is_the_cosine_to_liked_items(rated):
    user = recommend.fold_in(rated, LOVES_RED.items())
    found = recommend.recommend(rated, user, 6, order="near", popularity=0)
    assert {key.split()[0] for key in found.key} == {"Red"}
    assert found.score.is_monotonic_decreasing
    liked = rated.vectors[rated.index(["Red 0", "Red 3"])].sum(axis=0)  # dislikes do not count
    assert found.score[0] == pytest.approx(rated.vector(found.key[0]) @ liked / np.linalg.norm(liked), abs=1e-5)


def test_neutral_rating_counts_a_third_in_near(rated):
    user = recommend.fold_in(rated, [("Red 0", 5.0), ("Green 0", 3.0), ("Blue 0", 2.0)])
    middle = rated.vector("Red 0") + rated.vector("Green 0") / 3
    expected = rated.vectors @ middle / np.linalg.norm(middle)
    assert recommend.near(rated, user, popularity=0) == pytest.approx(expected, abs=1e-5)


def test_popularity_weight_of_near_prefers_popular_items(rated):
    user = recommend.fold_in(rated, [("Red 2", 5.0)])
    for popularity in (0.0, 2.0):
        score = recommend.near(rated, user, popularity)
        more = 0.07 * popularity * np.log(rated.items.n_ratings)
        assert score == pytest.approx(rated.vectors @ rated.vector("Red 2") + more, abs=1e-5)


def test_near_needs_a_like_and_an_order_must_be_known(rated):
    with pytest.raises(BadRequest, match="need the user's ratings"):
        recommend.near(rated, recommend.trained_user(rated, 0))
    with pytest.raises(BadRequest, match="No item is rated 4 or more"):
        recommend.near(rated, recommend.fold_in(rated, [("Red 0", 3.5)]))
    with pytest.raises(BadRequest, match="There is no order 'fame'"):
        recommend.recommend(rated, recommend.fold_in(rated, LOVES_RED.items()), order="fame")


def test_item_columns_may_have_the_names_of_result_columns(colours):
    named = dict.fromkeys(recommend.ADDED, 7.0)
    embedding = Embedding(colours.vectors, colours.items.assign(**named), colours.manifest)
    user = recommend.fold_in(embedding, [("Red 0", 5.0)])
    assert recommend.recommend(embedding, user, 3)["score"].max() < 7
    assert recommend.rated_table(embedding, user)["rating"].tolist() == [5.0]
