"""Layouts of known clusters and of noise."""

import re

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from explorer import BadRequest
from explorer.maps import projection, tsne
from explorer.maps.layout_parameters import layout_key
from explorer.maps.projection import _pca, project
from explorer.maps.trustworthiness import map_trust

CLUSTERS, SIZE = 6, 40


@pytest.fixture(scope="module")
def clusters() -> np.ndarray:
    """Six clusters of 40 points, each in a plane of its own."""
    rng = np.random.default_rng(0)
    centres = 6 * np.linalg.qr(rng.normal(size=(16, 16)))[0][:CLUSTERS]
    sheets = [rng.uniform(-1, 1, (SIZE, 2)) @ np.linalg.qr(rng.normal(size=(16, 2)))[0].T for _ in centres]
    return np.concatenate([c + s for c, s in zip(centres, sheets, strict=True)]).astype(np.float32)


def same_cluster(xy: np.ndarray, k: int = 10) -> float:
    """Share of the k nearest points in a layout that belong to the same cluster."""
    near = NearestNeighbors(n_neighbors=k).fit(xy).kneighbors(return_distance=False)
    return float((near // SIZE == np.arange(len(xy))[:, None] // SIZE).mean())


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_clusters_stay_together_and_the_seed_determines_the_layout(clusters, method):
    steps = []
    xy, metadata = project(clusters, method, seed=3, progress=lambda *step: steps.append(step))
    assert xy.shape == (len(clusters), 2)
    assert xy.dtype == np.float32
    assert same_cluster(xy) > 0.99
    assert metadata["trustworthiness"] > 0.95
    assert (metadata["method"], metadata["metric"], metadata["seed"]) == (method, "cosine", 3)
    assert steps[-1][0] == steps[-1][1]
    assert [step for step, _, _ in steps] == sorted(step for step, _, _ in steps)
    np.testing.assert_array_equal(project(clusters, method, seed=3)[0], xy)
    other = project(clusters, method, seed=4)[0]
    assert same_cluster(other) > 0.99
    assert np.abs(other - xy).max() > 0.01  # scaled to unit root mean square distance from the center


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_invalid_seed_is_refused(clusters, seed):
    for ask in (lambda: project(clusters, seed=seed), lambda: layout_key("", "tsne", seed)):
        with pytest.raises(BadRequest, match="must be between 0 and 4,294,967,295"):
            ask()


def test_largest_seed_has_a_successor(clusters):
    assert 0 < project(clusters[:100], "umap", 2**32 - 1, steady=True)[1]["recall_other_seed"] <= 1


@pytest.mark.parametrize("dimensions", [2, 3])  # by the Fourier transform and by the tree of Barnes-Hut
def test_layout_is_the_same_on_one_core_and_on_many(clusters, monkeypatch, dimensions):
    asked = {"n_iter": 10, "early_exaggeration_iter": 10, "annealing_iter": 10, "dimensions": dimensions}
    one = project(clusters, **asked)[0]
    monkeypatch.setattr(tsne, "ALONE", 100)
    np.testing.assert_array_equal(project(clusters, **asked)[0], one)
    assert same_cluster(one) > 0.9


@pytest.mark.parametrize("method", ["pca", "tsne", "umap"])
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_clusters_stay_together_in_three_dimensions(clusters, method, metric):
    xyz, metadata = project(clusters, method, metric=metric, dimensions=3)
    assert xyz.shape == (len(clusters), 3)
    assert same_cluster(xyz) > (0.7 if method == "pca" else 0.98)
    assert (metadata["dimensions"], metadata["metric"]) == (3, metric)


def test_cosine_layout_ignores_vector_length(clusters):
    longer = clusters * np.linspace(1, 9, len(clusters), dtype=np.float32)[:, None]
    for method, params in (("pca", {}), ("tsne", {"n_iter": 100})):
        metadata = project(longer, method, metric="cosine", **params)[1]
        assert metadata["trustworthiness"] == pytest.approx(
            project(clusters, method, metric="cosine", **params)[1]["trustworthiness"], abs=0.02
        )


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_exact_neighbors_equal_scikit_learn(metric):
    vectors = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
    points = projection._directions(vectors) if metric == "cosine" else vectors
    near, apart = tsne.exact_neighbors(points, metric, 12)
    expected = NearestNeighbors(n_neighbors=12, metric=metric).fit(vectors).kneighbors()
    np.testing.assert_array_equal(near, expected[1])
    np.testing.assert_allclose(apart, expected[0], atol=1e-5)


def test_tsne_reports_every_phase_and_decreasing_divergence(clusters):
    steps = []
    asked = {"n_iter": 100, "early_exaggeration_iter": 50, "annealing_iter": 30}
    project(clusters, **asked, progress=lambda *step: steps.append(step))
    assert [step for step, _, _ in steps] == list(range(10, 190, 10))
    assert steps[-1][2] < steps[0][2]


def test_layout_progress_can_be_shown_and_stopped(clusters):
    seen: list[np.ndarray] = []
    xy, _ = project(clusters, n_iter=100, early_exaggeration_iter=50, annealing_iter=0, snapshot=seen.append)
    assert len(seen) == 15
    for now in seen:
        assert now.shape == xy.shape
        assert (now**2).sum(axis=1).mean() == pytest.approx(1, rel=1e-4)
    np.testing.assert_allclose(seen[-1], xy, atol=0.02)  # shown before the last step
    assert np.abs(seen[0] - xy).mean() > np.abs(seen[-2] - xy).mean()

    def stop(step: int, steps: int, divergence: float | None) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        project(clusters, progress=stop)


def test_pca_layout_is_the_plane_of_largest_variance(clusters):
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(50, 2)) * [5, 1]
    rotation = np.linalg.qr(rng.normal(size=(7, 7)))[0][:2]
    xy, metadata = project(flat @ rotation, "pca")
    assert metadata["trustworthiness"] == pytest.approx(1)
    assert metadata["metric"] == "euclidean"
    assert abs(np.corrcoef(xy[:, 0], flat[:, 0])[0, 1]) > 0.99


@pytest.mark.parametrize("far", [0, 100])
def test_pca_of_many_points_equals_scikit_learn(far, monkeypatch):
    monkeypatch.setattr("explorer.maps.projection.CHUNK", 1_000)
    points = np.random.default_rng(0).normal(size=(800, 6)).astype(np.float32) * np.arange(1, 7, dtype=np.float32) + far
    expected = PCA(3).fit_transform(points.astype(float))
    assert _pca(points, 3, 0) == pytest.approx(expected, abs=1e-3)


def test_layouts_are_scaled_and_oriented_alike(clusters):
    pca = project(1000 * clusters + 7, "pca")[0]
    tsne = project(clusters, n_iter=100)[0]
    for xy in (pca, tsne):
        np.testing.assert_allclose(xy.mean(axis=0), 0, atol=1e-5)
        assert (xy**2).sum(axis=1).mean() == pytest.approx(1, rel=1e-4)
    assert np.trace(pca.T @ tsne) > 0


def test_trustworthiness_of_noise_is_low(clusters):
    noise = np.random.default_rng(2).normal(size=clusters.shape)
    assert project(noise, "pca")[1]["trustworthiness"] < 0.75 < project(clusters, n_iter=250)[1]["trustworthiness"]


def test_layout_metadata_are_the_diagnostics(clusters):
    xy, metadata = project(clusters, n_iter=100)
    overall = map_trust(clusters, xy, 15).overall
    assert {name: metadata[name] for name in overall} == pytest.approx(overall, abs=1e-6)
    assert metadata["trustworthiness_points"] == metadata["points"] == CLUSTERS * SIZE


def test_stability_across_seeds_is_high_for_clusters_and_low_for_noise(clusters):
    apart = np.repeat(np.eye(10, 16, dtype=np.float32), 16, axis=0) + clusters[:160] / 100  # ten groups of 16
    noise = np.random.default_rng(0).normal(size=(160, 16))
    steps = []
    found, chance = (
        project(points, "tsne", 0, lambda *step: steps.append(step), steady=True, perplexity=12)[1]["recall_other_seed"]
        for points in (apart, noise)
    )
    one = [step for step, _, _ in steps[: len(steps) // 2]]  # progress counts both runs
    assert one == sorted(one)
    assert steps[-1][:2] == (850, 850)
    assert found > 0.95  # the 15 nearest of a point are the rest of its group, for any seed
    assert chance < 2 / 3  # a Jaccard index of one half
    assert project(apart, "pca", steady=True)[1]["recall_other_seed"] == 1


def test_layout_is_identified_by_its_parameters():
    key = layout_key("abc", "tsne", 1)
    assert re.fullmatch("[0-9a-f]{16}", key)
    assert key == layout_key("abc", "tsne", 1, metric="cosine", perplexity=15, n_neighbors=20)
    other_keys = [
        layout_key("abd", "tsne", 1),
        layout_key("abc", "umap", 1),
        layout_key("abc", "tsne", 2),
        layout_key("abc", "tsne", 1, metric="euclidean"),
        layout_key("abc", "tsne", 1, dimensions=3),
        layout_key("abc", "tsne", 1, perplexity=10),
        layout_key("abc", "tsne", 1, perplexity=10, n_neighbors=20),
        layout_key("abc", "tsne", 1, n_neighbors=30),
    ]
    assert len({key, *other_keys}) == 9
    assert layout_key("abc", "tsne", 1, perplexity=10) == layout_key("abc", "tsne", 1, perplexity=10, n_neighbors=14)
    with pytest.raises(BadRequest, match="no parameter 'min_dist'"):
        layout_key("abc", "tsne", min_dist=1)


def test_defaults_fit_few_points():
    xy, metadata = project(np.random.default_rng(0).normal(size=(7, 3)))
    assert np.isfinite(xy).all()
    assert metadata["params"]["perplexity"] == 2
    assert metadata["params"]["n_neighbors"] == 3


@pytest.mark.parametrize(
    ("points", "method", "params", "message"),
    [
        (10, "tse", {}, "no layout method 'tse'; choose one of pca, tsne, umap"),
        (2, "pca", {}, "needs 3 points"),
        (10, "tsne", {"perplexity": 4}, "perplexity 4 is too large for 10 points; at most 3 fits"),
        (10, "tsne", {"n_neighbors": 10}, "n_neighbors 10 is too large for 10 points; at most 9 fits"),
        (50, "tsne", {"n_neighbors": 15}, "perplexity 15 is too large for 15 neighbors; it must be less"),
        (10, "umap", {"n_neighbors": 10}, "n_neighbors 10 is too large for 10 points; at most 9 fits"),
        (10, "umap", {"n_neighbors": 1}, "too small"),
        (10, "tsne", {"perplexity": float("nan")}, "too small"),
        (10, "tsne", {"dof": 0}, "dof 0 is too small"),
        (10, "pca", {"perplexity": 3}, "pca has no parameter 'perplexity'"),
        (10, "pca", {"dimensions": 4}, "2 or 3 dimensions, not 4"),
        (3, "pca", {"dimensions": 3}, "needs 4 points of 3 dimensions"),
        (10, "pca", {"metric": "dot"}, "no metric 'dot' for layouts; choose cosine"),
    ],
)
def test_parameters_out_of_range_are_refused(points, method, params, message):
    with pytest.raises(BadRequest, match=message):
        project(np.random.default_rng(0).normal(size=(points, 4)), method, **params)


def test_identical_points_are_refused():
    with pytest.raises(BadRequest, match="not all identical"):
        project(np.ones((20, 4)))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nonfinite_vectors_are_refused(bad):
    vectors = np.random.default_rng(0).normal(size=(20, 4))
    vectors[7, 2] = bad
    with pytest.raises(BadRequest, match="row 7"):
        project(vectors)
