"""Trustworthiness and continuity compared with scikit-learn, with known errors, and with chance."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from sklearn.manifold import trustworthiness

from explorer import BadRequest
from explorer.maps.trustworthiness import chance, map_trust, point_trust, stability


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("k", [1, 5, 15, 149])
def test_trustworthiness_equals_scikit_learn(rng, metric, k):
    vectors = rng.normal(size=(300, 8)) + 1
    xy = vectors[:, :2] + 0.3 * rng.normal(size=(300, 2))
    trust = map_trust(vectors, xy, k, metric)
    assert trust.overall["trustworthiness"] == pytest.approx(
        trustworthiness(vectors, xy, n_neighbors=k, metric=metric), abs=1e-6
    )
    # Continuity is trustworthiness with the two spaces exchanged.
    true = cdist(vectors, vectors, metric)
    on_map = cdist(xy, xy)
    assert trust.overall["continuity"] == pytest.approx(swapped(on_map, true, k), abs=1e-6)
    assert trust.overall["trustworthiness"] == pytest.approx(swapped(true, on_map, k), abs=1e-6)


def swapped(true: np.ndarray, shown: np.ndarray, k: int) -> float:
    """The formulas of Venna & Kaski 2001, from two distance matrices."""
    n = len(true)
    far = np.where(np.eye(n, dtype=bool), np.inf, true)
    ranks = far.argsort(axis=1).argsort(axis=1) + 1
    near = np.where(np.eye(n, dtype=bool), np.inf, shown).argsort(axis=1)[:, :k]
    lost = sum(max(ranks[i, j] - k, 0) for i in range(n) for j in near[i])
    return 1 - 2 * lost / (n * k * (2 * n - 3 * k - 1))


def test_dot_product_makes_long_vectors_near_to_all(rng):
    vectors = rng.normal(size=(40, 3))
    vectors[7] = [100, 100, 100]
    vectors = np.abs(vectors)
    trust = map_trust(vectors, rng.normal(size=(40, 2)), 3, "dot")
    assert (trust.true_neighbors(0)["row"].iloc[0], trust.overall["recall"] < 0.5) == (7, True)


def test_per_point_values_average_to_the_total(rng):
    trust = map_trust(rng.normal(size=(200, 5)), rng.normal(size=(200, 2)), 10)
    for name, points in zip(
        ("recall", "trustworthiness", "continuity"),
        (trust.kept, trust.trustworthiness, trust.continuity),
        strict=True,
    ):
        assert points.shape == (200,)
        assert points.mean() == pytest.approx(trust.overall[name], abs=1e-6)
    assert len(trust.rows) == 200


def test_identical_layout_is_perfect_even_with_coincident_points(rng):
    xy = rng.normal(size=(120, 2))
    xy[40:80] = xy[40]
    trust = map_trust(xy, 5 * xy @ np.array([[0, 1], [-1, 0]]), 7, "euclidean")
    assert trust.overall == {"recall": 1, "trustworthiness": 1, "continuity": 1}
    assert trust.true_neighbors(50)["kept"].all()
    assert trust.false_neighbors(50).empty


def test_shuffled_and_collapsed_layouts_are_at_chance(rng):
    vectors, place = rng.normal(size=(600, 2)), np.zeros((600, 2))
    shuffled = [map_trust(vectors, rng.permutation(vectors), 10, "euclidean").overall]
    # With all points in one place, the tie order makes the same ten points everybody's neighbors.
    together = [map_trust(rng.permutation(vectors), place, 10, "euclidean").overall for _ in range(40)]
    for found in map(pd.DataFrame, (shuffled, together)):
        assert found["recall"].mean() == pytest.approx(10 / 599, abs=0.01)
        assert found["trustworthiness"].mean() == pytest.approx(0.5, abs=0.03)
        assert found["continuity"].mean() == pytest.approx(0.5, abs=0.03)


def test_two_swapped_points_have_the_lowest_values():
    line = np.stack([np.arange(100.0) ** 1.01, np.zeros(100)], axis=1)
    xy = line.copy()
    xy[[10, 80]] = xy[[80, 10]]
    trust = map_trust(line, xy, 4, "euclidean")
    assert set(np.flatnonzero(trust.kept == 0)) == {10, 80}
    assert set(np.argsort(trust.trustworthiness)[:2]) == {10, 80}
    assert (trust.kept[40:60] == 1).all()
    torn, false = trust.true_neighbors(10), trust.false_neighbors(10)
    assert torn["row"].tolist() == [9, 11, 8, 12]
    assert torn["rank"].tolist() == [1, 2, 3, 4]
    assert (torn["map_rank"] > 60).all()
    assert not torn["kept"].any()
    assert false["row"].tolist() == [79, 81, 78, 82]
    assert false["map_rank"].tolist() == [1, 2, 3, 4]
    assert (false["rank"] > 60).all()


def test_lists_agree_with_the_shares(rng):
    trust = map_trust(rng.normal(size=(150, 3)), rng.normal(size=(150, 2)), 20)
    for row in range(0, 150, 10):
        near, false = trust.true_neighbors(row), trust.false_neighbors(row)
        assert near["kept"].mean() == pytest.approx(trust.kept[row])
        assert len(false) == 20 - near["kept"].sum()
        assert not set(near["row"]) & set(false["row"])
        assert row not in {*near["row"], *false["row"]}


def test_sample_gives_the_same_values_and_is_reported(rng):
    vectors, xy = rng.normal(size=(400, 6)), rng.normal(size=(400, 2))
    whole, part = map_trust(vectors, xy), map_trust(vectors, xy, sample=90, seed=1)
    assert len(part.rows) == 90
    np.testing.assert_array_equal(np.flatnonzero(~np.isnan(part.kept)), part.rows)
    np.testing.assert_array_equal(part.trustworthiness[part.rows], whole.trustworthiness[part.rows])
    assert part.overall["trustworthiness"] == pytest.approx(whole.overall["trustworthiness"], abs=0.05)


def test_many_points_are_sampled_automatically(rng, monkeypatch):
    monkeypatch.setattr("explorer.maps.trustworthiness.PAIRS", 100**2)
    monkeypatch.setattr("explorer.maps.trustworthiness.FEWEST", 20)
    assert len(map_trust(rng.normal(size=(200, 3)), rng.normal(size=(200, 2))).rows) == 50
    assert len(map_trust(rng.normal(size=(2000, 3)), rng.normal(size=(2000, 2))).rows) == 20


def test_stability_is_1_for_a_rotated_layout_and_low_for_another(rng):
    xy = rng.normal(size=(500, 2))
    turn = np.linalg.qr(rng.normal(size=(2, 2)))[0]
    other = rng.normal(size=(500, 2))
    assert stability([xy, 3 * xy @ turn + 9], 10) == 1
    assert stability([xy, other], 10) == pytest.approx(chance(500, 10), abs=0.005)
    # Of three pairs one is equal.
    assert stability([xy, xy, other], 10) == pytest.approx((1 + 2 * stability([xy, other], 10)) / 3)
    assert stability([np.zeros((30, 2))] * 2, 4) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 10}, "10 neighbors of 20 points"),
        ({"k": 0}, "0 neighbors"),
        ({"metric": "manhattan"}, "no metric 'manhattan'; choose one of cosine"),
        ({"xy": np.zeros((19, 2))}, "does not belong to vectors of shape"),
        ({"vectors": np.where(np.arange(20)[:, None] == 4, np.nan, np.ones((20, 3)))}, "finite; row 4"),
        ({"sample": 0}, "sample"),
    ],
)
def test_invalid_parameters_are_refused(change, message):
    asked = {"vectors": np.ones((20, 3)), "xy": np.zeros((20, 2)), "k": 5} | change
    with pytest.raises(BadRequest, match=message):
        map_trust(**asked)


def test_missing_points_and_layouts_are_refused(rng):
    trust = map_trust(rng.normal(size=(20, 3)), rng.normal(size=(20, 2)), 3)
    with pytest.raises(BadRequest, match="no point 20"):
        trust.true_neighbors(20)
    for layouts in ([np.zeros((20, 2))], [np.zeros((20, 2)), np.zeros((19, 2))], [np.zeros((3, 2))] * 2):
        with pytest.raises(BadRequest, match="two layouts"):
            stability(layouts, 3)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_single_point_has_the_same_value_as_among_all(metric):
    rng = np.random.default_rng(3)
    vectors, xy = rng.normal(size=(200, 8)), rng.normal(size=(200, 2))
    every = map_trust(vectors, xy, 7, metric)
    for row in (0, 99, 199):
        alone = point_trust(vectors, xy, row, 7, metric)
        assert alone["recall"] == pytest.approx(every.kept[row])
        assert alone["trustworthiness"] == pytest.approx(every.trustworthiness[row])
        assert alone["continuity"] == pytest.approx(every.continuity[row])
