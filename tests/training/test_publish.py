"""Saving a training: contents of the artifact, and predictions equal to the model's."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest, Embedding, artifacts, load
from explorer.core import recommend
from explorer.core.user_models.network import Network
from explorer.datasets.ratings import Ratings, build
from explorer.training import RatingModel
from explorer.training.publish import save_artifact

USERS, FILMS, SIZE = 12, 7, 3
LAYERS = [{"name": "item vectors", "shape": [FILMS, SIZE], "parameters": FILMS * SIZE}]


@pytest.fixture
def ratings() -> Ratings:
    """12 users, 7 films; film f was rated by 12 - f of them."""
    pairs = [(user, film) for user in range(USERS) for film in range(FILMS) if user >= film]
    user, film = np.array(pairs).T
    titles = [f"Film {number}" for number in range(FILMS)]
    items = pd.DataFrame({"item_id": np.arange(FILMS), "title": titles, "year": 1990, "genres": [["War"]] * FILMS})
    stars = np.linspace(1, 5, len(pairs)).astype(np.float32)
    return build(user, film, stars, np.arange(len(pairs)), items, scale=(0.5, 5.0), name="made up")


@pytest.fixture
def trained() -> RatingModel:
    rng = np.random.default_rng(0)
    errors = {"rmse": 0.9, "mae": 0.7}
    return RatingModel(
        model="mf",
        item_vectors=rng.normal(size=(FILMS, SIZE)).astype(np.float32),
        item_bias=rng.normal(size=FILMS).astype(np.float32),
        user_vectors=rng.normal(size=(USERS, SIZE)).astype(np.float32),
        user_bias=rng.normal(size=USERS).astype(np.float32),
        mean=3.25,
        scale=(0.5, 5.0),
        params={"model": "mf", "seed": 4, "l2": 0.02},
        metrics={**errors, "n_test": 5, "baselines": {"bias": errors}},
        curve=[{"epoch": 1, "loss": 1.0}],
        layers=LAYERS,
    )


def test_artifact_predicts_as_the_model(ratings, trained, tmp_path):
    films = load(save_artifact(tmp_path / "a", ratings, trained, min_ratings=8))
    assert films.items["key"].tolist() == [f"Film {film}" for film in range(5)]
    for number in range(USERS):
        table = recommend.predicted(films, recommend.trained_user(films, number), np.arange(5))
        np.testing.assert_allclose(table["predicted"], trained.predict(np.full(5, number), np.arange(5)), atol=1e-5)


def test_manifest_has_layers_curve_and_metrics(ratings, trained, tmp_path):
    manifest = artifacts.check(save_artifact(tmp_path / "a", ratings, trained, min_ratings=1))
    assert manifest["layers"] == LAYERS
    assert manifest["curve"] == trained.curve
    assert manifest["metrics"] == trained.metrics
    assert (manifest["seed"], manifest["params"]["l2"], manifest["mean"]) == (4, 0.02, 3.25)


def test_network_predicts_from_the_artifact_as_the_model(ratings, trained, tmp_path):
    rng = np.random.default_rng(1)
    shapes = [(2 * SIZE, 5), (5,), (5, 1), (1,)]
    layers = Network(tuple(rng.normal(size=shape).astype(np.float32) for shape in shapes), 0.01)
    network = replace(trained, model="deep", network=layers)
    films = load(save_artifact(tmp_path / "a", ratings, network, min_ratings=8))
    assert "network" in (tmp_path / "a" / "DATA_CARD.md").read_text()
    for number in range(USERS):
        table = recommend.predicted(films, recommend.trained_user(films, number), np.arange(5))
        np.testing.assert_allclose(table["predicted"], network.predict(np.full(5, number), np.arange(5)), atol=1e-5)
    broken = Embedding(films.vectors, films.items, films.manifest, users=films.users)
    with pytest.raises(BadRequest, match=r"model/network_1_kernel\.npy is missing"):
        recommend.predicted(broken, recommend.trained_user(films, 0), np.arange(5))


def test_network_of_an_older_version_says_to_train_again(ratings, trained, tmp_path):
    films = load(save_artifact(tmp_path / "a", ratings, trained, min_ratings=1))
    manifest = {name: fact for name, fact in films.manifest.items() if name != "mean"} | {"model": "deep"}
    with pytest.raises(BadRequest, match="without its network, by an older version"):
        recommend.fold_in(Embedding(films.vectors, films.items, manifest), [("Film 0", 4.0)])


def test_diverged_training_is_not_saved(ratings, trained, tmp_path):
    nothing = replace(trained, item_vectors=np.full((FILMS, SIZE), np.nan, np.float32))
    with pytest.raises(BadRequest, match=r"diverged.*Lower --rate"):
        save_artifact(tmp_path / "a", ratings, nothing, min_ratings=1)
    assert not list(tmp_path.iterdir())
