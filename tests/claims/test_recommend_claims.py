"""Recommendations: lists follow the ratings, and fold-in equals training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest, Embedding, load
from explorer.core import recommend
from explorer.core.user_models.likely import Likely, Settings
from explorer.datasets.ratings import Ratings, build
from explorer.training import fit
from explorer.training.publish import save_artifact

USERS, ITEMS, D = 150, 60, 3


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    """Ratings of a biased factor model with little noise, most pairs rated."""
    rng = np.random.default_rng(0)
    user, item = np.nonzero(rng.random((USERS, ITEMS)) < 0.6)
    p, q = rng.normal(0, 0.5, (USERS, D)), rng.normal(0, 0.5, (ITEMS, D))
    bias = rng.normal(0, 0.4, USERS)[user] + rng.normal(0, 0.4, ITEMS)[item]
    stars = np.clip(3.2 + bias + (p[user] * q[item]).sum(axis=1) + rng.normal(0, 0.1, len(user)), 0.5, 5)
    items = pd.DataFrame({"item_id": np.arange(ITEMS), "title": [f"Item {n}" for n in range(ITEMS)]})
    items = items.assign(year=1990, genres=[["Drama"]] * ITEMS)
    return build(user, item, stars.astype(np.float32), np.arange(len(user)), items, scale=(0.5, 5.0), name="made up")


@pytest.mark.parametrize("model", ["mf", "dot", "hybrid", "svdpp", "bias", "item-mean", "global-mean"])
def test_fold_in_of_training_ratings_gives_the_trained_user(model, ratings, tmp_path):
    """Claim: "the user that the model would have learned". For each model, the predictions for folded-in users equal
    those for the trained users, also where the model has no biases (`dot`) or no user vector (means).
    """
    options = {} if model in ("bias", "item-mean", "global-mean") else {"epochs": 60, "batch": 500, "rate": 0.02}
    if model == "svdpp":  # converges more slowly
        options = {"epochs": 60, "batch": 2000, "rate": 0.03, "decay": 0.93, "patience": 20}
    trained = replace(fit(ratings, model, **options), metrics={"rmse": 0.0, "mae": 0.0, "n_test": 0, "baselines": {}})
    embedding = load(save_artifact(tmp_path / "a", ratings, trained, min_ratings=1))
    apart, spread = [], []
    for number in range(0, USERS, 10):
        own = ratings.user == number
        keys = embedding.items["key"].to_numpy()[
            pd.Index(embedding.items["item_id"]).get_indexer(ratings.items["item_id"].iloc[ratings.item[own]])
        ]
        known = recommend.predictions(embedding, recommend.trained_user(embedding, number))
        folded = recommend.fold_in(embedding, zip(keys, ratings.rating[own].tolist(), strict=True))
        apart.append(recommend.predictions(embedding, folded) - known)
        spread.append(known)
        if model == "dot":
            assert folded.bias == 0
        if model in ("item-mean", "global-mean"):
            assert folded.bias == 0 and not folded.vector.any()
    assert np.sqrt(np.mean(np.square(apart))) < 0.05  # stars
    assert np.std(spread) > 0.2 or model == "global-mean"


def test_model_without_fold_in_raises(colours):
    manifest = {"name": "implicit", "model": "svdpp", "mean": 3.0}
    with pytest.raises(BadRequest, match="svdpp, which cannot fold in a new user"):
        recommend.fold_in(Embedding(colours.vectors, colours.items, manifest), [("Red 0", 4.0)])


def _world(rng: np.random.Generator) -> Embedding:
    """Ten groups of ten items around random directions; no biases, equal popularity."""
    centers = rng.normal(size=(10, 16))
    vectors = np.repeat(centers, 10, axis=0) + rng.normal(0, 0.5, (100, 16))
    items = pd.DataFrame({"key": [f"{n // 10}:{n % 10}" for n in range(100)], "bias": 0.0, "n_ratings": 100})
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    table = unit @ unit.T - np.eye(100, dtype=np.float32)
    columns = np.argsort(-np.abs(table), axis=1)[:, :20]
    values = np.take_along_axis(table, columns, axis=1)
    likely = Likely(unit, columns, values, np.zeros(100, np.float32), Settings(mean=3.0, liked=4.0))
    manifest = {"name": "world", "mean": 3.0, "scale": [0.5, 5], "likely": likely.parameters()}
    return Embedding(vectors.astype(np.float32), items, manifest, model=likely.arrays())


@pytest.mark.parametrize("order", list(recommend.ORDERS))
@pytest.mark.parametrize("others_liked", [False, True])
def test_disliked_items_do_not_attract(order, others_liked):
    """Claim: "Near what you liked" and "Highest predicted ratings". Null: group 0 is rated .5 stars; its other items
    are listed no more often than by chance (1 of 10), with or without likes. Alternative: rated 5 stars, they fill the
    list.
    """
    shares = {0.5: [], 5.0: []}
    for seed in range(100):
        embedding = _world(np.random.default_rng(seed))
        for stars, found in shares.items():
            rated = [(f"0:{n}", stars) for n in range(4)] + [(f"5:{n}", 5.0) for n in range(4) if others_liked]
            user = recommend.fold_in(embedding, rated)
            if order in recommend.orders_for(embedding, user):
                table = recommend.recommend(embedding, user, 10, order=order)
                found.append(table["key"].str.startswith("0:").mean())
    assert np.mean(shares[5.0]) > 0.3
    if order != "stars" and not others_liked:
        assert not shares[0.5]  # without a like, `near` has no result
    else:
        assert np.mean(shares[0.5]) < 0.1


@pytest.mark.parametrize("order", list(recommend.ORDERS))
def test_because_names_the_ratings_with_the_largest_contribution(order):
    """Claim: "because you rated". Removing the named rating lowers the ranking score more than removing the one that
    contributes least; an explanation of another number would be right half of the time.
    """
    right = []
    for seed in range(50):
        rng = np.random.default_rng(seed)
        embedding = _world(rng)
        keys = rng.choice(embedding.items["key"].to_numpy(), 8, replace=False)
        rated = dict(zip(keys, rng.choice([4.0, 4.5, 5.0], 8), strict=True))
        user = recommend.fold_in(embedding, rated.items())
        best = recommend.recommend(embedding, user, 1, order=order)["key"][0]
        parts = recommend.contributions(embedding, user, best, order).iloc[1:].sort_values("contribution")
        left = []
        for gone in (parts["key"].iloc[-1], parts["key"].iloc[0]):
            without = recommend.fold_in(embedding, [(key, stars) for key, stars in rated.items() if key != gone])
            score = recommend.ORDERS[order].score(embedding, without, 1.0)
            left.append(score[embedding.index(best)[0]])
        right.append(left[0] < left[1])
    assert np.mean(right) > 0.8
