"""The hybrid model learns from choices where ratings carry no signal, and still predicts ratings."""

import numpy as np
import pytest

from explorer.training import fit
from explorer.training.ratings.item_similarity import item_neighbors
from explorer.training.ratings.train import train

SMALL = {"size": 8, "rate": 0.02, "batch": 200, "epochs": 15, "refit": False}
CIRCLES = np.arange(48) // 12


@pytest.fixture(scope="module")
def circles(make_world):
    """200 users choose mostly among the 12 items of one of four groups; every rating is 4."""
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


def test_item_neighbors_are_of_the_same_group(circles):
    items, nearest = item_neighbors(circles, 6)
    assert items.tolist() == list(range(48))
    assert (CIRCLES[nearest] == CIRCLES[:, None]).all()


def test_item_neighbors_with_fewer_items_than_requested(make_world):
    items, nearest = item_neighbors(make_world([0, 0, 1, 1, 1], [0, 1, 0, 1, 2], [5.0, 4, 3, 2, 1]), 12)
    assert items.tolist() == [0, 1, 2]
    assert [sorted(row) for row in nearest.tolist()] == [[1, 2], [0, 2], [0, 1]]


def test_popular_items_are_not_the_neighbors_of_every_niche_item(make_world):
    """24 hits chosen by half of all users, and six niches of 8 items with a tenth of their ratings.

    By chance 10% of an item's neighbors are of its niche and 34% are hits; the plain score gave 23% and 76%.
    """
    rng = np.random.default_rng(1)
    niche = np.r_[np.full(24, -1), np.arange(48) // 8]
    chance = np.where(niche == -1, 0.5, np.where(np.arange(600)[:, None] % 6 == niche, 0.32, 0.024))
    chance *= rng.uniform(0.3, 1.7, (600, 1))  # some choose many items of every kind
    user, item = np.nonzero(rng.random(chance.shape) < chance)
    taste, quality = rng.normal(size=(600, 2)), rng.normal(size=(72, 2)) * np.where(niche == -1, 1, 0.5)[:, None]
    stars = 3.3 + 0.4 * (taste[user] * quality[item]).sum(axis=1) + rng.normal(0, 0.5, user.size)
    items, nearest = item_neighbors(make_world(user, item, np.clip(np.round(stars), 1, 5)), 5)
    rare = niche[items] >= 0
    assert (niche[nearest[rare]] == niche[items[rare]][:, None]).mean() > 0.4
    assert (niche[nearest[rare]] == -1).mean() < 0.5


def test_choices_shape_the_vectors_of_hybrid_and_not_of_mf(circles):
    assert share_of_own_circle(fit(circles, "hybrid", **SMALL).item_vectors) > 0.9
    assert share_of_own_circle(fit(circles, "mf", **SMALL).item_vectors) < 0.6


def test_ratings_are_predicted(checkerboard):
    metrics = train(checkerboard, "hybrid", **{**SMALL, "rate": 0.05, "epochs": 30}).metrics
    assert metrics["rmse"] < 0.5 < metrics["baselines"]["item-mean"]["rmse"]


def test_seed_determines_the_vectors(circles):
    options = {**SMALL, "epochs": 2}
    first, again = (fit(circles, "hybrid", **options).item_vectors for _ in range(2))
    assert np.array_equal(first, again)
