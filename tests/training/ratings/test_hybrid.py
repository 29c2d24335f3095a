"""The hybrid finds who chose what even where ratings say nothing, and keeps what ratings say."""

import numpy as np
import pytest

from explorer.training import fit
from explorer.training.ratings.item_similarity import item_neighbors
from explorer.training.ratings.train import train

SMALL = {"size": 8, "rate": 0.02, "batch": 200, "epochs": 15, "refit": False}
CIRCLES = np.arange(48) // 12


@pytest.fixture(scope="module")
def circles(make_world):
    """200 users choose mostly among the 12 items of one of four circles; all they rate gets a 4."""
    rng = np.random.default_rng(0)
    chance = np.where(np.arange(200)[:, None] % 4 == CIRCLES, 0.8, 0.1)
    user, item = np.nonzero(rng.random(chance.shape) < chance)
    return make_world(user, item, np.full(user.size, 4.0))


def share_of_own_circle(vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    nearest = np.argsort(-cosine, axis=1)[:, :6]
    return (CIRCLES[nearest] == CIRCLES[:, None]).mean()


def test_company_is_the_own_circle(circles):
    items, nearest = item_neighbors(circles, 6)
    assert items.tolist() == list(range(48))
    assert (CIRCLES[nearest] == CIRCLES[:, None]).all()


def test_company_copes_with_fewer_items_than_asked_for(make_world):
    items, nearest = item_neighbors(make_world([0, 0, 1, 1, 1], [0, 1, 0, 1, 2], [5.0, 4, 3, 2, 1]), 12)
    assert items.tolist() == [0, 1, 2]
    assert [sorted(row) for row in nearest.tolist()] == [[1, 2], [0, 2], [0, 1]]


def test_choices_show_in_the_vectors_of_the_hybrid_and_not_of_mf(circles):
    assert share_of_own_circle(fit(circles, "hybrid", **SMALL).item_vectors) > 0.9
    assert share_of_own_circle(fit(circles, "mf", **SMALL).item_vectors) < 0.6


def test_ratings_are_predicted_too(checkerboard):
    metrics = train(checkerboard, "hybrid", **{**SMALL, "rate": 0.05, "epochs": 30}).metrics
    assert metrics["rmse"] < 0.5 < metrics["baselines"]["item-mean"]["rmse"]


def test_the_same_seed_gives_the_same_vectors(circles):
    options = {**SMALL, "epochs": 2}
    first, again = (fit(circles, "hybrid", **options).item_vectors for _ in range(2))
    assert np.array_equal(first, again)
