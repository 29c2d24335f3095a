"""Transition probabilities of DeepWalk and node2vec walks."""

import numpy as np
import pytest
from scipy.stats import chisquare

from explorer.datasets.graph_edges import Graph, build
from explorer.training import random_walks as walks
from explorer.training.random_walks import Walker

# a triangle 0-1-2, a tail 2-3-4, and a node 5 attached to 2; all weights differ
EDGES = [(0, 1, 1.0), (0, 2, 2.0), (1, 2, 0.5), (2, 3, 4.0), (3, 4, 3.0), (2, 5, 0.25)]


def graph_of(edges: list[tuple[int, int, float]]) -> Graph:
    a, b, weight = (np.array(column) for column in zip(*edges, strict=True))
    return build(a, b, weight, int(max(a.max(), b.max())) + 1)


@pytest.fixture(scope="module")
def kite() -> Graph:
    return graph_of(EDGES)


def formula(t: int, v: int, p: float, q: float) -> np.ndarray:
    """Probability of each next node by the formula of the paper."""
    weight = np.zeros((6, 6))
    for a, b, w in EDGES:
        weight[a, b] = weight[b, a] = w
    factor = [1 / p if x == t else 1.0 if weight[t, x] else 1 / q for x in range(6)]
    chance = weight[v] * factor
    return chance / chance.sum()


@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.25, 4), (4, 0.25), (0.01, 1), (0.05, 0.5), (100, 100), (2, 1)])
def test_second_steps_follow_the_node2vec_formula(kite, p, q):
    walk = Walker(kite, p, q).walk(np.repeat(np.arange(6), 20_000), 4, np.random.default_rng(0))
    steps = np.concatenate([walk[:, :3], walk[:, 1:]])
    for t in range(6):
        for v in range(6):
            came = steps[(steps[:, 0] == t) & (steps[:, 1] == v)]
            expected = formula(t, v, p, q) if len(came) else np.zeros(6)
            seen = np.bincount(came[:, 2], minlength=6)
            assert not seen[expected == 0].any()
            if np.count_nonzero(expected) > 1:
                reached = expected > 0
                assert chisquare(seen[reached], len(came) * expected[reached]).pvalue > 1e-5, (t, v)


def test_first_steps_follow_the_weights(kite):
    walk = Walker(kite).walk(np.full(50_000, 2), 2, np.random.default_rng(1))
    seen = np.bincount(walk[:, 1], minlength=6)[[0, 1, 3, 5]]
    assert chisquare(seen, 50_000 * np.array([2, 0.5, 4, 0.25]) / 6.75).pvalue > 1e-4


def test_frequency_test_detects_a_wrong_p(kite):
    walk = Walker(kite, 0.5, 1).walk(np.full(20_000, 3), 3, np.random.default_rng(0))
    came = walk[walk[:, 1] == 2]
    seen, expected = np.bincount(came[:, 2], minlength=6), formula(3, 2, 1, 1)
    assert chisquare(seen[expected > 0], len(came) * expected[expected > 0]).pvalue < 1e-9


def test_long_deepwalk_walks_visit_nodes_in_proportion_to_their_weighted_degree(kite):
    walk = Walker(kite).walk(np.repeat(np.arange(6), 3000), 60, np.random.default_rng(2))
    visits = np.bincount(walk[:, 40:].ravel(), minlength=6) / walk[:, 40:].size
    degree = np.array([3.0, 1.5, 6.75, 7.0, 3.0, 0.25])
    assert visits == pytest.approx(degree / degree.sum(), abs=0.004)


def test_every_step_is_an_edge_and_the_seed_determines_the_walks():
    rng = np.random.default_rng(3)
    graph = build(*rng.integers(200, size=(2, 1000)), rng.random(1000) + 0.01, 200)
    assert (np.diff(graph.starts) > 0).all()
    walks = [Walker(graph, 0.5, 2).walk(np.arange(200), 30, np.random.default_rng(7)) for _ in range(2)]
    assert np.array_equal(*walks)
    assert walks[0].shape == (200, 30)
    assert walks[0].dtype == np.int32
    assert (walks[0][:, 0] == np.arange(200)).all()
    assert (graph.find(walks[0][:, :-1].ravel(), walks[0][:, 1:].ravel()) >= 0).all()


def test_light_and_heavy_edges_of_one_node_have_exact_probabilities(monkeypatch):
    """A thousand light edges share one slot of the index, so the binary search has to find them."""
    monkeypatch.setattr(walks, "SCANS", 2)
    light = [(0, node, 1e-3) for node in range(1, 1001)]
    graph = graph_of([*light, (0, 1001, 9.0)])
    walk = Walker(graph).walk(np.zeros(100_000, int), 2, np.random.default_rng(4))
    seen = np.bincount(walk[:, 1], minlength=1002)
    assert seen[1001] / 100_000 == pytest.approx(0.9, abs=0.005)
    assert chisquare(seen[1:1001]).pvalue > 1e-4


def test_light_edges_are_exact_beside_heavy_edges_of_other_nodes():
    far = [(0, 1, 1e12), (2, 3, 1e-12), (2, 4, 3e-12), (1, 2, 1e-30)]
    walk = Walker(graph_of(far)).walk(np.full(20_000, 2), 2, np.random.default_rng(5))
    seen = np.bincount(walk[:, 1], minlength=5)
    assert seen[4] / 20_000 == pytest.approx(0.75, abs=0.02)
    assert seen[1] == 0
