"""Sparse gradient steps and early stopping."""

import numpy as np
import pytest

from explorer.training import Hyperparameters, fit, split
from explorer.training.ratings.models.svdpp import SvdPlusPlus


def test_step_changes_only_the_rows_of_its_batch(make_world):
    ratings = make_world([0, 3, 3], [1, 1, 4], [5.0, 1.0, 3.0], n_users=9, n_items=9)
    model = SvdPlusPlus(ratings, Hyperparameters(size=4), seed=0)
    before = [table.state.numpy().copy() for table in model.tables]
    for batches in model.chunks(np.random.default_rng(0)):
        model.step(0.01, *batches)
    for table, old, touched in zip(model.tables, before, ([0, 3], [1, 4], [1, 4]), strict=True):
        moved = (table.state.numpy() != old).any(axis=1)
        assert np.flatnonzero(moved).tolist() == touched


def test_repeated_row_gets_the_sum_of_its_gradients(make_world):
    from explorer.training.ratings.models.hybrid import Hybrid

    user, item = np.divmod(np.arange(4), 2)
    twice = make_world(user, item, [5.0, 1.0, 3.0, 3.0])
    model = Hybrid(twice, Hyperparameters(size=2, l2=0.0), seed=0)
    (p, q), before = (table.numpy() for table in model.tables), model.tables[0].state.numpy().copy()
    once = [2 * (p[0, :-1] @ q[row, :-1] - twice.y[row]) for row in (0, 1)]  # d/db of (p q + b + ... - y)^2
    pairs = np.zeros((1, 512), np.int32)
    model.step(0.01, twice.user[None, :2], twice.item[None, :2], twice.y[None, :2], pairs, pairs)
    momentum = model.tables[0].state.numpy()[0, 2 * 3 - 1] / 0.1  # values and momentum of 3 columns
    assert before[0, 2] == 0
    assert momentum == pytest.approx(sum(once), abs=1e-4)


def test_early_stopping_returns_the_best_epoch(noise):
    rest, stopping = split(noise, 0.05, seed=1)  # the held-out part of fit for seed 0
    trained = fit(noise, "dot", refit=False, size=8, rate=0.05, batch=200, epochs=30, patience=3)
    values = [point["val_rmse"] for point in trained.curve]
    assert trained.params["epochs_kept"] == 1 + int(np.argmin(values))
    assert len(values) == min(trained.params["epochs_kept"] + 3, 30)
    again = np.sqrt(np.mean((trained.predict(stopping.user, stopping.item) - stopping.rating) ** 2.0))
    assert again == pytest.approx(min(values), abs=1e-6)
    assert rest.n_ratings + stopping.n_ratings == noise.n_ratings
