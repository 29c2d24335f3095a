"""What all rating models have in common, and what each of them is known for."""

import numpy as np
import pytest

from explorer.training import MODELS, fit
from explorer.training.ratings.model import shuffled
from explorer.training.ratings.train import family, train

FAST = {"rate": 0.05, "batch": 200, "epochs": 30, "refit": False}
LEARNED = ("deep", "dot", "mf", "svdpp", "hybrid")


def parameters(model, n_users, n_items, size):
    return sum(int(np.prod(shape)) for shape in family(model).shapes(n_users, n_items, size).values())


@pytest.mark.parametrize(
    ("model", "size", "count"),
    [
        ("deep", 8, 1_322_585),
        ("dot", 8, 1_321_904),
        ("mf", 32, (138_494 + 26_744) * 33),
        ("svdpp", 32, (138_494 + 26_744) * 33 + 26_744 * 32),
        ("hybrid", 64, (138_494 + 26_744) * 65),
    ],
)
def test_parameter_counts(model, size, count):
    assert parameters(model, 138_494, 26_744, size) == count


@pytest.mark.parametrize("model", ["deep", "dot", "svdpp"])
def test_structure_is_learned(checkerboard, model):
    slower = {"rate": 0.01, "batch": 100, "epochs": 60, "patience": 60} if model == "deep" else {}
    trained = train(checkerboard, model, **{**FAST, **slower})
    assert trained.metrics["rmse"] < 0.6
    assert trained.metrics["baselines"]["item-mean"]["rmse"] > 1.9
    assert trained.parameters == parameters(model, 80, 40, trained.params["size"])
    assert trained.item_vectors.shape == (40, trained.params["size"])
    assert trained.user_vectors.shape == (80, trained.params["size"])
    assert {"epoch", "loss", "rmse", "val_rmse", "seconds"} <= set(trained.curve[0])


@pytest.mark.parametrize("model", ["deep", "svdpp"])
def test_the_same_seed_gives_the_same_predictions(checkerboard, model):
    every = np.divmod(np.arange(80 * 40), 40)
    options = {**FAST, "epochs": 2}
    first, again = (fit(checkerboard, model, **options).predict(*every) for _ in range(2))
    assert np.array_equal(first, again)


def test_svdpp_knows_a_user_by_what_they_chose(make_world):
    """Users of either colour choose items of their colour; all but one of their ratings say nothing."""
    rng = np.random.default_rng(0)
    user, item = np.divmod(np.arange(200 * 20), 20)
    own = (user % 2 == item % 2) & (rng.random(user.size) < 0.7) & (item > 1)
    test = item == 0
    ratings = make_world(
        np.r_[user[own], user[test][:150]],
        np.r_[item[own], item[test][:150]],
        np.r_[np.full(own.sum(), 3.0), np.where(user[test][:150] % 2 == 0, 5.0, 1.0)],
        n_users=200,
        n_items=20,
    )
    newcomers = np.arange(150, 200)  # item 0 is the only one that tells, and they have not rated it
    truth = np.where(newcomers % 2 == 0, 5.0, 1.0)
    error = {
        model: np.abs(fit(ratings, model, **FAST).predict(newcomers, np.zeros(50, int)) - truth).mean()
        for model in ("mf", "svdpp")
    }
    assert error["svdpp"] < 1.0 < error["mf"]


def test_every_model_is_described_and_every_family_offered():
    assert set(LEARNED) < set(MODELS)
    assert all(MODELS.values())


def test_an_epoch_meets_every_rating_in_chunks_of_one_shape():
    chunks = list(shuffled(np.random.default_rng(0), 1_000_003, 5000))
    assert len({chunk.shape for chunk in chunks}) == 1
    counts = np.bincount(np.concatenate(chunks).ravel())
    assert counts.min() == 1
    assert counts.sum() < 1_000_003 + len(chunks) * 5000
