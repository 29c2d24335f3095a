"""Neural rating model evaluated in numpy: output and gradient, fold-in, contributions, storage."""

import itertools

import numpy as np
import pytest

from explorer.core.user_models.network import Network

SIZE, HIDDEN = 4, (16, 8)


@pytest.fixture(scope="module")
def network() -> Network:
    rng = np.random.default_rng(0)
    widths = [2 * SIZE, *HIDDEN, 1]
    weights = []
    for inputs, outputs in itertools.pairwise(widths):
        weights.append(rng.normal(scale=np.sqrt(2 / inputs), size=(inputs, outputs)).astype(np.float32))
        weights.append(rng.normal(scale=0.1, size=outputs).astype(np.float32))
    return Network(tuple(weights), 0.01)


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(1)
    return rng.normal(size=(200, SIZE)).astype(np.float32), rng.normal(size=(200, SIZE)).astype(np.float32)


def test_output_equals_keras(network, vectors):
    import keras

    layers = [keras.layers.Dense(width, activation="relu") for width in HIDDEN] + [keras.layers.Dense(1)]
    peer = keras.Sequential([keras.Input((2 * SIZE,)), *layers])
    peer.set_weights(list(network.weights))
    assert network(*vectors) == pytest.approx(np.asarray(peer(np.hstack(vectors)))[:, 0], abs=1e-5)


def test_gradient_equals_finite_differences(network, vectors):
    users, items = vectors
    for place in range(SIZE):
        step = np.zeros(SIZE, np.float32)
        step[place] = 1e-2
        change = (network(users + step, items) - network(users - step, items)) / 2e-2
        off = np.abs(network.gradient(users, items)[:, place] - change)
        assert np.median(off) < 1e-3  # a few pairs cross a kink of the ReLU


def test_fold_in_recovers_a_user(network, vectors):
    users, items = vectors
    truth = network.scores(users[0], items)
    vector, parts = network.user(items, truth, users[1:])
    assert np.sqrt(np.mean((network.scores(vector, items) - truth) ** 2)) < 0.3 * truth.std()
    assert parts.sum(axis=1) == pytest.approx(vector, abs=1e-6)


def test_contributions_sum_to_the_output(network, vectors):
    users, items = vectors
    vector, parts = network.user(items[:10], network.scores(users[0], items[:10]))
    for item in items[:20]:
        without, shares = network.shares(vector, parts, item)
        assert without + shares.sum() == pytest.approx(float(network.scores(vector, item[None])[0]), abs=1e-5)


def test_layers_are_stored(network):
    assert network.parameters() == {"hidden": [16, 8], "l2": 0.01}
    assert network.arrays()["network_3_kernel"].shape == (8, 1)
