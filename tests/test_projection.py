"""Layouts of clusters that are known beforehand, and of noise."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from explorer import BadRequest
from explorer.projection import _unit, project, trustworthiness

CLUSTERS, SIZE = 6, 40


@pytest.fixture(scope="module")
def clusters() -> np.ndarray:
    """Six clusters of 40 points, each a flat sheet in directions of its own."""
    rng = np.random.default_rng(0)
    centres = 6 * np.linalg.qr(rng.normal(size=(16, 16)))[0][:CLUSTERS]
    sheets = [rng.uniform(-1, 1, (SIZE, 2)) @ np.linalg.qr(rng.normal(size=(16, 2)))[0].T for _ in centres]
    return np.concatenate([c + s for c, s in zip(centres, sheets, strict=True)]).astype(np.float32)


def same_cluster(xy: np.ndarray, k: int = 10) -> float:
    """Share of the k nearest points in a layout that are of the same cluster."""
    near = NearestNeighbors(n_neighbors=k).fit(xy).kneighbors(return_distance=False)
    return float((near // SIZE == np.arange(len(xy))[:, None] // SIZE).mean())


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_clusters_stay_together_and_the_seed_decides(clusters, method):
    steps = []
    xy, facts = project(clusters, method, seed=3, progress=lambda *step: steps.append(step))
    assert xy.shape == (len(clusters), 2)
    assert xy.dtype == np.float32
    assert same_cluster(xy) > 0.99
    assert facts["trustworthiness"] > 0.95
    assert (facts["method"], facts["metric"], facts["seed"]) == (method, "cosine", 3)
    assert steps[-1][0] == steps[-1][1]
    assert [step for step, _, _ in steps] == sorted(step for step, _, _ in steps)
    np.testing.assert_array_equal(project(clusters, method, seed=3)[0], xy)


def test_tsne_reports_every_phase_and_a_falling_divergence(clusters):
    steps = []
    project(clusters, n_iter=100, early_exaggeration_iter=50, progress=lambda *step: steps.append(step))
    assert [step for step, _, _ in steps] == list(range(10, 160, 10))
    assert steps[-1][2] < steps[0][2]


def test_pca_is_the_plane_of_most_variance(clusters):
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(50, 2)) * [5, 1]
    rotation = np.linalg.qr(rng.normal(size=(7, 7)))[0][:2]
    xy, facts = project(flat @ rotation, "pca")
    assert facts["trustworthiness"] == pytest.approx(1)
    assert facts["metric"] == "euclidean"
    assert abs(np.corrcoef(xy[:, 0], flat[:, 0])[0, 1]) > 0.99


def test_layouts_have_one_extent_and_lie_alike(clusters):
    pca = project(1000 * clusters + 7, "pca")[0]
    tsne = project(clusters, n_iter=100)[0]
    for xy in (pca, tsne):
        np.testing.assert_allclose(xy.mean(axis=0), 0, atol=1e-5)
        assert (xy**2).sum(axis=1).mean() == pytest.approx(1, rel=1e-4)
    assert np.trace(pca.T @ tsne) > 0


def test_a_random_layout_is_not_to_be_trusted(clusters):
    strewn = _unit(np.random.default_rng(1).normal(size=(len(clusters), 2)))
    assert trustworthiness(clusters, strewn) == pytest.approx(0.5, abs=0.05)


def test_noise_cannot_be_laid_out_truly(clusters):
    noise = np.random.default_rng(2).normal(size=clusters.shape)
    assert project(noise, "pca")[1]["trustworthiness"] < 0.75 < project(clusters, n_iter=250)[1]["trustworthiness"]


def test_more_points_than_fit_in_memory_are_judged_by_a_sample(clusters, monkeypatch):
    monkeypatch.setattr("explorer.projection.JUDGED", 100)
    facts = project(clusters, "pca")[1]
    assert (facts["points"], facts["trustworthiness_points"]) == (CLUSTERS * SIZE, 100)


def test_defaults_fit_few_points():
    xy, facts = project(np.random.default_rng(0).normal(size=(7, 3)))
    assert np.isfinite(xy).all()
    assert facts["params"]["perplexity"] == 2


@pytest.mark.parametrize(
    ("points", "method", "params", "message"),
    [
        (10, "tse", {}, "no layout method 'tse'; choose one of pca, tsne, umap"),
        (2, "pca", {}, "needs 3 points"),
        (10, "tsne", {"perplexity": 4}, "perplexity 4 is too large for 10 points; at most 3 fits"),
        (10, "umap", {"n_neighbors": 10}, "n_neighbors 10 is too large for 10 points; at most 9 fits"),
        (10, "umap", {"n_neighbors": 1}, "too small"),
        (10, "tsne", {"perplexity": float("nan")}, "too small"),
        (10, "pca", {"perplexity": 3}, "pca has no parameter 'perplexity'"),
    ],
)
def test_what_does_not_fit_is_refused(points, method, params, message):
    with pytest.raises(BadRequest, match=message):
        project(np.random.default_rng(0).normal(size=(points, 4)), method, **params)


def test_points_that_are_all_alike_are_refused():
    with pytest.raises(BadRequest, match="not all alike"):
        project(np.ones((20, 4)))
