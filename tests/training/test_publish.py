"""Publishing: what of a training goes into the artifact, and that its predictions are the model's."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest, artifacts, load
from explorer.core import recommend
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


def test_the_artifact_predicts_what_the_model_does(ratings, trained, tmp_path):
    films = load(save_artifact(tmp_path / "a", ratings, trained, min_ratings=8))
    assert films.items["key"].tolist() == [f"Film {film}" for film in range(5)]
    for number in range(USERS):
        table = recommend.predicted(films, recommend.trained_user(films, number), np.arange(5))
        np.testing.assert_allclose(table["predicted"], trained.predict(np.full(5, number), np.arange(5)), atol=1e-5)


def test_the_manifest_keeps_layers_curve_and_metrics(ratings, trained, tmp_path):
    manifest = artifacts.check(save_artifact(tmp_path / "a", ratings, trained, min_ratings=1))
    assert manifest["layers"] == LAYERS
    assert manifest["curve"] == trained.curve
    assert manifest["metrics"] == trained.metrics
    assert (manifest["seed"], manifest["params"]["l2"], manifest["mean"]) == (4, 0.02, 3.25)


def test_a_network_keeps_vectors_alone_and_predicts_nothing(ratings, trained, tmp_path):
    network = replace(trained, model="deep", predictor=lambda user, _: np.zeros(len(user)))
    films = load(save_artifact(tmp_path / "a", ratings, network, min_ratings=1))
    np.testing.assert_array_equal(films.vectors, trained.item_vectors)
    assert "mean" not in films.manifest
    assert "bias" not in films.items
    assert films.users is None
    assert "network" in films.manifest["predictions"]
    assert "network" in (tmp_path / "a" / "DATA_CARD.md").read_text()
    with pytest.raises(BadRequest, match="predicts no ratings"):
        recommend.fold_in(films, [("Film 0", 4.0)])
    with pytest.raises(BadRequest, match="predicts no ratings"):
        recommend.trained_user(films, 0)
    assert len(films.neighbors("Film 0", 3)) == 3


def test_a_training_that_came_to_nothing_is_not_written(ratings, trained, tmp_path):
    nothing = replace(trained, item_vectors=np.full((FILMS, SIZE), np.nan, np.float32))
    with pytest.raises(BadRequest, match=r"came to nothing.*Lower --rate"):
        save_artifact(tmp_path / "a", ratings, nothing, min_ratings=1)
    assert not list(tmp_path.iterdir())
