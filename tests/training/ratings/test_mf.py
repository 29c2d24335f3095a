"""Matrix factorization on worlds whose answer is known."""

import numpy as np
import pytest

from explorer.training import Cancelled, fit, split
from explorer.training.optim.loop import compiled, finish
from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.ratings.mf import MatrixFactorization
from explorer.training.ratings.train import train

SMALL = {"size": 8, "rate": 0.05, "batch": 200, "epochs": 30}


@pytest.fixture(scope="module")
def learned(checkerboard):
    return train(checkerboard, "mf", seed=1, **SMALL)


def test_checkerboard_is_learned(learned):
    metrics = learned.metrics
    assert metrics["baselines"]["item-mean"]["rmse"] > 1.9  # half of each item's ratings are 1, half 5
    assert metrics["rmse"] < 0.4


def test_nearest_items_of_the_checkerboard_have_the_same_colour(learned):
    vectors = learned.item_vectors
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = unit @ unit.T
    same = np.equal.outer(np.arange(40) % 2, np.arange(40) % 2)
    assert cosine[same].min() > 0.5
    assert cosine[~same].max() < -0.5


def test_noise_is_not_learned(noise):
    metrics = train(noise, "mf", holdout=0.3, refit=False, **SMALL).metrics
    assert metrics["rmse"] > metrics["baselines"]["item-mean"]["rmse"] - 0.05


def test_same_seed_same_vectors_other_seed_other_vectors(checkerboard, learned):
    again = train(checkerboard, "mf", seed=1, **SMALL)
    assert np.array_equal(learned.item_vectors, again.item_vectors)
    assert np.array_equal(learned.user_vectors, again.user_vectors)
    assert learned.metrics == again.metrics
    other = train(checkerboard, "mf", seed=2, refit=False, **SMALL)
    assert not np.array_equal(learned.item_vectors, other.item_vectors)


def test_a_step_changes_the_rows_of_its_batch_and_no_others(make_world):
    ratings = make_world([0, 3, 3], [1, 1, 4], [5.0, 1.0, 3.0], n_users=9, n_items=9)
    model = MatrixFactorization(ratings, Hyperparameters(size=4), seed=0)
    before = [table.state.numpy().copy() for table in model.tables]
    compiled(model)(0.01, ratings.user[None], ratings.item[None], ratings.y[None])
    for table, old, touched in zip(model.tables, before, ([0, 3], [1, 4]), strict=True):
        moved = (table.state.numpy() != old).any(axis=1)
        assert np.flatnonzero(moved).tolist() == touched


def test_a_row_that_stands_twice_moves_by_the_sum_of_its_gradients(make_world):
    twice = make_world([0, 0], [0, 0], [5.0, 1.0], n_users=2, n_items=2)
    model = MatrixFactorization(twice, Hyperparameters(size=2, l2=0.0), seed=0)
    before = model.tables[1].numpy()[0, -1]
    once = 2 * (finish(model).predict([0], [0])[0] - 3.0)  # d/db of (b + ... - y)^2, up to rounding of the clip
    compiled(model)(0.01, twice.user[None], twice.item[None], twice.y[None])
    sum_of_both = model.tables[1].state.numpy()[0, 2 * 3 - 1] / 0.1  # values and momentum of 3 columns
    assert before == 0
    assert sum_of_both == pytest.approx(2 * once, abs=1e-4)


def test_early_stopping_puts_the_best_epoch_back(noise):
    rest, stopping = split(noise, 0.05, seed=1)  # what fit cuts off for seed 0
    trained = fit(noise, "mf", refit=False, **SMALL, patience=3)
    values = [point["val_rmse"] for point in trained.curve]
    assert trained.params["epochs_kept"] == 1 + int(np.argmin(values))
    assert len(values) == min(trained.params["epochs_kept"] + 3, 30)
    again = np.sqrt(np.mean((trained.predict(stopping.user, stopping.item) - stopping.rating) ** 2.0))
    assert again == pytest.approx(min(values), abs=1e-6)
    assert rest.n_ratings + stopping.n_ratings == noise.n_ratings


def test_progress_names_epoch_loss_and_rmse(checkerboard):
    states = []
    train(checkerboard, "mf", **{**SMALL, "epochs": 2}, refit=False, progress=states.append)
    done = [state for state in states if state["fraction"] == 1.0]
    assert [state["epoch"] for state in done] == [1, 2]
    assert {"epochs", "loss", "rmse", "val_rmse", "seconds"} <= set(done[0])


def test_a_callback_that_returns_false_cancels(checkerboard):
    with pytest.raises(Cancelled):
        train(checkerboard, "mf", progress=lambda state: state["epoch"] < 2, **SMALL)


def test_predictions_stay_on_the_scale(learned):
    predicted = learned.predict(*np.divmod(np.arange(80 * 40), 40))
    assert 1.0 <= predicted.min() <= predicted.max() <= 5.0
