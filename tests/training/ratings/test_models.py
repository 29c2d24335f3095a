"""The same checks of every rating model, and model-specific ones."""

import re
from pathlib import Path

import numpy as np
import pytest

from explorer import BadRequest, artifacts
from explorer.core import recommend
from explorer.training import MODELS, Cancelled, architecture, fit, rmse_mae
from explorer.training.publish import save_artifact
from explorer.training.ratings.gradient_model import GradientModel, shuffled
from explorer.training.ratings.registry import TRAINED, hyperparameters, model_class, unread
from explorer.training.ratings.run import run
from explorer.training.ratings.train import train

FAST = {"rate": 0.05, "batch": 200, "epochs": 30}
SLOW = {"rate": 0.01, "batch": 100, "epochs": 60, "patience": 60}  # a network needs more steps


def options(model, **more):
    """Options that train a model on small data in a second or two."""
    if not issubclass(model_class(model), GradientModel):
        return more
    return {**(SLOW if model == "deep" else FAST), **more}


def parameters(model, n_users, n_items, size):
    return sum(int(np.prod(shape)) for shape in model_class(model).shapes(n_users, n_items, size).values())


@pytest.fixture(scope="module")
def learned(checkerboard):
    """Every model trained on the checkerboard, on first use."""
    known = {}

    def of(model):
        if model not in known:
            known[model] = train(checkerboard, model, **options(model, refit=False))
        return known[model]

    return of


@pytest.fixture(scope="module")
def briefly(checkerboard):
    """Every model after two epochs on the checkerboard, with its progress reports, on first use."""
    known = {}

    def of(model):
        if model not in known:
            states = []
            kept = options(model, refit=False, epochs=2)
            known[model] = train(checkerboard, model, progress=states.append, **kept), states
        return known[model]

    return of


@pytest.mark.parametrize(
    ("model", "size", "count"),
    [
        ("deep", 8, 1_322_585),
        ("dot", 8, 1_321_904),
        ("mf", 32, (138_494 + 26_744) * 33),
        ("svdpp", 32, (138_494 + 26_744) * 33 + 26_744 * 32),
        ("hybrid", 64, (138_494 + 26_744) * 65),
        ("bayes", 64, (138_494 + 26_744) * 65),
    ],
)
def test_parameter_counts_equal_the_sum_over_layers(model, size, count):
    assert parameters(model, 138_494, 26_744, size) == count
    assert sum(layer["parameters"] for layer in architecture(model, 138_494, 26_744)) == count


@pytest.mark.parametrize("model", TRAINED)
def test_structure_is_learned(learned, model):
    trained = learned(model)
    assert trained.metrics["rmse"] < 0.6
    assert trained.metrics["baselines"]["item-mean"]["rmse"] > 1.9  # half of each item's ratings are 1, half 5
    assert trained.parameters == parameters(model, 80, 40, trained.params["size"])
    assert trained.item_vectors.shape == (40, trained.params["size"])
    assert trained.user_vectors.shape == (80, trained.params["size"])
    assert {"epoch", "loss", "rmse", "val_rmse", "seconds"} <= set(trained.curve[0])


@pytest.mark.parametrize("model", [name for name in TRAINED if name != "deep"])
def test_items_of_one_color_are_near_each_other(learned, model):
    vectors = learned(model).item_vectors
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = unit @ unit.T
    same = np.equal.outer(np.arange(40) % 2, np.arange(40) % 2)
    assert cosine[same].mean() > 0.3
    assert cosine[~same].mean() < -0.3


@pytest.mark.parametrize("model", TRAINED)
def test_noise_is_not_learned(noise, model):
    metrics = train(noise, model, holdout=0.3, refit=False, **options(model)).metrics
    assert metrics["rmse"] > metrics["baselines"]["item-mean"]["rmse"] - 0.05


@pytest.mark.parametrize("model", TRAINED)
def test_seed_determines_the_predictions(checkerboard, briefly, model):
    every = np.divmod(np.arange(80 * 40), 40)
    first, _ = briefly(model)
    again, other = (train(checkerboard, model, seed=seed, **options(model, refit=False, epochs=2)) for seed in (0, 1))
    assert np.array_equal(first.predict(*every), again.predict(*every))
    assert np.array_equal(first.item_vectors, again.item_vectors)
    assert not np.array_equal(first.item_vectors, other.item_vectors)


@pytest.mark.parametrize("model", TRAINED)
def test_predictions_are_clipped_to_the_rating_scale(learned, model):
    predicted = learned(model).predict(*np.divmod(np.arange(80 * 40), 40))
    assert predicted.min() >= 1.0
    assert predicted.max() <= 5.0


@pytest.mark.parametrize("model", TRAINED)
def test_progress_is_reported_and_can_cancel_the_training(checkerboard, briefly, model):
    _, states = briefly(model)
    done = [state for state in states if state.get("fraction") == 1.0]
    assert [state["epoch"] for state in done] == [1, 2]
    assert all(state["epochs"] == 2 for state in states if "epoch" in state)
    assert {"loss", "rmse", "val_rmse", "seconds"} <= set(done[0])
    with pytest.raises(Cancelled):
        train(checkerboard, model, progress=lambda state: state.get("epoch", 0) < 2, **options(model))


@pytest.mark.parametrize("model", TRAINED)
def test_two_ratings_are_trained_or_refused(make_world, model):
    world = make_world([0, 1], [0, 1], [5.0, 3.0])
    if model == "hybrid":  # one rating is held out for early stopping; the remaining item has no neighbors
        with pytest.raises(BadRequest, match="hybrid needs ratings of at least 2 items"):
            fit(world, model, **options(model, epochs=2))
        return
    trained = fit(world, model, **options(model, epochs=2))
    assert np.isfinite(trained.predict([0, 1], [0, 1])).all()


@pytest.mark.parametrize("model", ["dot", "mf", "bayes"])  # the others overshoot at the learning rate of FAST
def test_equal_ratings_are_predicted(make_world, model):
    user, item = np.divmod(np.arange(30 * 20), 20)
    trained = fit(make_world(user, item, np.full(600, 4.0)), model, **options(model))
    assert np.abs(trained.predict(user, item) - 4.0).mean() < 0.1


@pytest.mark.parametrize("model", TRAINED)
def test_fold_in_predicts_unrated_items_of_a_new_user(checkerboard, learned, model, tmp_path):
    """The first users are folded in from their own ratings; predictions of unrated items are close to the truth."""
    path = save_artifact(tmp_path / model, checkerboard, learned(model), min_ratings=1, layouts=[])
    embedding = artifacts.load(path)
    every = np.arange(40)
    for number in range(4):
        rows = checkerboard.user == number
        rated = zip(embedding.items["key"].iloc[checkerboard.item[rows]], checkerboard.rating[rows], strict=True)
        folded = recommend.fold_in(embedding, [(key, float(stars)) for key, stars in rated])
        unseen = np.setdiff1d(every, checkerboard.item[rows])
        truth = np.where(unseen % 2 == number % 2, 5.0, 1.0)
        predicted = np.clip(recommend.predictions(embedding, folded)[unseen], 1, 5)
        assert rmse_mae(predicted, truth)["mae"] < 0.5
        parts = recommend.contributions(embedding, folded, embedding.items["key"].iloc[unseen[0]])
        assert parts["contribution"].sum() == pytest.approx(
            recommend.predictions(embedding, folded)[unseen[0]], abs=1e-4
        )


@pytest.mark.parametrize("model", TRAINED)
def test_invalid_options_are_refused(model):
    with pytest.raises(BadRequest, match="unknown option sizes; there are size, epochs"):
        hyperparameters(model, {"sizes": 8})
    with pytest.raises(BadRequest, match="size is 0; it must be between 1 and 512"):
        hyperparameters(model, {"size": 0})


def test_gradient_options_are_refused_by_models_without_gradient_steps(checkerboard):
    assert unread("mf", {"rate": 0.1, "batch": None, "size": 8}) == ["rate"]
    assert unread("dot", {"rate": 0.1, "size": 8}) == []
    assert unread("bias", {"size": 8}) == ["size"]
    assert "rate" not in fit(checkerboard, "mf", rate=0.1, epochs=1).params


def test_svdpp_uses_implicit_choices(make_world):
    """Users of each color choose items of their color; all but one of their ratings carry no signal."""
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
    newcomers = np.arange(150, 200)  # item 0 is the only informative one, and they have not rated it
    truth = np.where(newcomers % 2 == 0, 5.0, 1.0)
    error = {
        model: np.abs(
            fit(ratings, model, **options(model, refit=False)).predict(newcomers, np.zeros(50, int)) - truth
        ).mean()
        for model in ("mf", "svdpp", "bayes")
    }
    assert error["svdpp"] < 1.0 < error["mf"]
    assert error["bayes"] < 1.0


def test_every_model_is_described():
    assert set(TRAINED) < set(MODELS)
    assert all(MODELS.values())


def test_epoch_contains_every_rating_in_chunks_of_one_shape():
    chunks = list(shuffled(np.random.default_rng(0), 1_000_003, 5000))
    assert len({chunk.shape for chunk in chunks}) == 1
    counts = np.bincount(np.concatenate(chunks).ravel())
    assert counts.min() == 1
    assert counts.sum() < 1_000_003 + len(chunks) * 5000


def test_example_model_of_contributing_md_works(checkerboard):
    text = (Path(__file__).parents[3] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(code.splitlines()) <= 60
    made: dict = {}
    exec(code, made)
    kind = made["TruncatedSvd"]
    curve, trained = run(kind(checkerboard, kind.defaults, 0), None, 1, None)
    assert curve[0]["rmse"] < 1.5 < rmse_mae(np.full(checkerboard.n_ratings, 3.0), checkerboard.rating)["rmse"]
    assert trained.item_vectors.shape == (40, 8)
