"""Variational alternating least squares compared with its formulas, row by row."""

import numpy as np
import pytest

from explorer.training import Hyperparameters, fit
from explorer.training.optim.least_squares import blocks, outer_products, pack, rows_of, unpack
from explorer.training.ratings.models.mf import MatrixFactorization, Side

SIZE = 4


@pytest.fixture
def small(make_world):
    rng = np.random.default_rng(0)
    user, item = np.divmod(np.arange(12 * 9), 9)
    seen = rng.random(user.size) < 0.6
    return make_world(user[seen], item[seen], rng.integers(1, 6, seen.sum()).astype(float), n_users=12, n_items=9)


@pytest.fixture
def sides(small):
    """Users and items with random rows, and random item covariances."""
    rng = np.random.default_rng(1)
    values = rows_of(small.user, small.item, small.y, (12, 9))
    users, items = Side(values, SIZE, 5.0), Side(values.T.tocsr(), SIZE, 3.0)
    items.mean = rng.standard_normal((9, SIZE)).astype(np.float32)
    roots = rng.standard_normal((9, SIZE, SIZE)).astype(np.float32) / 4
    items.covariance = pack(roots @ roots.transpose(0, 2, 1))
    users.prior_mean = rng.standard_normal(SIZE).astype(np.float32)
    return users, items


def test_packed_triangles_round_trip():
    vectors = np.random.default_rng(0).standard_normal((5, 3))
    assert np.allclose(unpack(outer_products(vectors), 3), vectors[:, :, None] * vectors[:, None, :])
    matrices = unpack(outer_products(vectors), 3)
    assert np.array_equal(unpack(pack(matrices), 3), matrices)


def test_blocks_cover_all_rows_once():
    every = np.arange(1_000_000)
    assert np.array_equal(np.concatenate([every[part] for part in blocks(1_000_000, 33)]), every)


def test_each_row_is_the_posterior_given_its_ratings(small, sides):
    """E[(q, 1)(q, 1)'] and E[(q, 1)(y - c)] summed over the ratings of each user, in double precision."""
    users, items = sides
    error = users.solve(items, 0.5)
    covariances, squared = unpack(items.covariance, SIZE).astype(float), 0.0
    for user in range(12):
        normal, target = np.linalg.inv(np.linalg.inv(users.precision.astype(float))), None
        target = normal @ users.prior_mean
        rated = np.flatnonzero(small.user == user)
        for row in rated:
            q, covariance = items.mean[small.item[row]].astype(float), covariances[small.item[row]]
            design, left = np.append(q[:-1], 1), small.y[row] - q[-1]
            uncertain = covariance.copy()
            uncertain[-1] = uncertain[:, -1] = 0
            normal = normal + (np.outer(design, design) + uncertain) / 0.5
            target = target + (design * left - np.append(covariance[:-1, -1], 0)) / 0.5
        inverse = np.linalg.inv(normal)
        assert users.mean[user] == pytest.approx(inverse @ target, abs=1e-3)
        assert unpack(users.covariance[[user]], SIZE)[0] == pytest.approx(inverse, abs=1e-3)
        squared += _expected_error(small, items, rated, inverse @ target, inverse)
    assert error == pytest.approx(squared / small.n_ratings, rel=1e-3)


def _expected_error(small, items, rated, mean, covariance):
    """E[(y - c - (q, 1) x)^2] over the posteriors of q, c and x, by definition."""
    total, of_items = 0.0, unpack(items.covariance, SIZE).astype(float)
    for row in rated:
        q, spread = items.mean[small.item[row]].astype(float), of_items[small.item[row]]
        fitted = q[:-1] @ mean[:-1] + mean[-1] + q[-1]
        weights = np.append(mean[:-1], 1)  # variance of q and c in the prediction
        design = np.append(q[:-1], 1)
        both = np.trace(spread[:-1, :-1] @ covariance[:-1, :-1])
        total += (small.y[row] - fitted) ** 2 + weights @ spread @ weights + design @ covariance @ design + both
    return total


def test_learned_prior_has_the_moments_of_the_rows(sides):
    users, items = sides
    users.solve(items, 0.5)
    users.learn_prior()
    centred = users.mean - users.mean.mean(axis=0)
    spread = centred.T @ centred + unpack(users.covariance, SIZE).sum(axis=0) + 0.05 * SIZE * np.eye(SIZE)
    assert np.linalg.inv(users.precision) == pytest.approx(spread / (12 + SIZE), rel=1e-2, abs=1e-4)


def test_low_rank_ratings_are_recovered(make_world):
    """Ratings of rank 3 with noise of .1 stars, 40% observed: the error on the others is little more than the noise."""
    rng = np.random.default_rng(0)
    users, items = rng.standard_normal((200, 3)), rng.standard_normal((120, 3))
    truth = 3 + 0.5 * users @ items.T + 0.3 * rng.standard_normal((200, 1)) + 0.3 * rng.standard_normal(120)
    user, item = np.divmod(np.arange(200 * 120), 120)
    seen = rng.random(user.size) < 0.4
    stars = truth.ravel() + 0.1 * rng.standard_normal(user.size)
    world = make_world(user[seen], item[seen], stars[seen], scale=(-10.0, 20.0))
    trained = fit(world, "mf", size=3)
    error = np.sqrt(np.mean((trained.predict(user[~seen], item[~seen]) - truth.ravel()[~seen]) ** 2))
    assert error < 0.05
    spread = np.cov(trained.user_vectors.T, bias=True)
    assert spread == pytest.approx(np.eye(3), abs=0.1)  # the basis in which user variance is isotropic


def test_change_of_basis_changes_no_prediction(checkerboard):
    model = MatrixFactorization(checkerboard, Hyperparameters(size=8), seed=0)
    for number in (1, 2, 3):
        model.epoch(number, lambda **_: None)
    user, item = model.users.mean, model.items.mean
    raw = user[:, :-1] @ item[:, :-1].T + user[:, -1:] + item[:, -1] + checkerboard.mean
    predicted = model.result().predict(*np.divmod(np.arange(80 * 40), 40)).reshape(80, 40)
    assert predicted == pytest.approx(np.clip(raw, 1, 5), abs=1e-4)


def test_items_with_few_ratings_stay_near_the_mean(checkerboard):
    once = checkerboard.take((checkerboard.item != 0) | (np.arange(checkerboard.n_ratings) == 0))
    few, many = (np.linalg.norm(fit(world, "mf", size=4).item_vectors[0]) for world in (once, checkerboard))
    assert few < many


@pytest.mark.parametrize(("n_users", "n_items", "size"), [(40, 24, 6), (60, 30, 2)])
def test_noise_stays_positive_for_ratings_fitted_exactly(make_world, n_users, n_items, size):
    """Rounding can make the squared error negative; then a prior had a negative weight or no Cholesky factor."""
    user, item = np.divmod(np.arange(n_users * n_items), n_items)
    world = make_world(user, item, np.where((user + item) % 2, 5.0, 1.0), n_users=n_users, n_items=n_items)
    parameters = fit(world, "mf", epochs=40, size=size).prior.parameters()
    assert min(parameters["vector"], parameters["bias"], parameters["per_rating"]) > 0
