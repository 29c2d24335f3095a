"""Layout jobs: stored as by `project`, made once, or refused."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer import BadArtifact, BadRequest, artifacts, load
from explorer.jobs import launcher, layout_job, warm_worker
from explorer.jobs.item_mask import encode_mask
from explorer.jobs.job import list_jobs
from explorer.jobs.layout_job import LayoutRequest
from explorer.maps.layout_parameters import layout_key
from explorer.maps.projection import project
from explorer.maps.trustworthiness import map_trust
from tests.jobs.conftest import until

pytestmark = pytest.mark.usefixtures("no_worker_outlives_its_test")

TSNE = {"perplexity": 5, "n_iter": 50}


@pytest.fixture
def cloud(request_a) -> Path:
    """An artifact of 40 random points with a layout of unknown origin."""
    vectors = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    place = Path(request_a.out).with_name("cloud")
    items = pd.DataFrame({"key": [str(n) for n in range(40)]})
    return artifacts.save(place, vectors, items, {}, layouts={"pca": vectors[:, :2]})


@pytest.mark.parametrize(("method", "metric", "params"), [("pca", "cosine", {}), ("tsne", None, TSNE)])
def test_layout_equals_that_of_project(cloud, method, metric, params):
    before = load(cloud)
    request = LayoutRequest(str(cloud), method, 3, metric, params=params)
    assert request.stored(before) is None
    job = launcher.start(request)
    until(lambda: not job.running)
    assert (job.state, job.name, job.request) == ("done", "cloud", request), job.message
    after = load(cloud)
    digest = artifacts.manifest(cloud)["files"]["vectors.npy"]["sha256"]
    name = f"{method}-{layout_key(digest, method, 3, metric, **params)[:8]}"
    assert request.stored(after) == name
    xy, facts = project(before.vectors, method, 3, metric=metric, **params)
    assert np.array_equal(after.layout(name), xy)
    stored = artifacts.check(cloud)["layouts"][name]
    assert {**stored, "seconds": 0} == {**facts, "seconds": 0}
    assert np.array_equal(after.layout("pca"), before.layout("pca"))
    if method == "tsne":
        assert job.snapshot.shape == (40, 2)


def test_equal_layout_under_another_name_is_reused(cloud):
    xy, facts = project(load(cloud).vectors, "pca")
    artifacts.add_layout(cloud, "mine", xy, facts)
    assert LayoutRequest(str(cloud), "pca").stored(load(cloud)) == "mine"
    assert LayoutRequest(str(cloud), "pca", metric="euclidean").stored(load(cloud)) == "mine"
    for other in ({"seed": 1}, {"metric": "cosine"}, {"method": "tsne"}):
        assert replace(LayoutRequest(str(cloud), "pca"), **other).stored(load(cloud)) is None


def test_two_layouts_at_once_are_both_stored_and_a_duplicate_is_made_once(cloud, held):
    requests = [LayoutRequest(str(cloud), "pca", seed) for seed in (1, 2)]
    started = [launcher.start(request) for request in requests]
    assert launcher.start(requests[0]) == started[0]
    assert {job.folder for job in list_jobs(LayoutRequest)} == {job.folder for job in started}
    assert list_jobs() == []
    held.unlink()
    until(lambda: not any(job.running for job in started))
    assert [job.state for job in started] == ["done", "done"]
    assert {request.name(load(cloud)) for request in requests} | {"pca"} == set(load(cloud).layouts)
    artifacts.check(cloud)


def test_cancelled_layout_leaves_the_artifact_unchanged(cloud, held):
    digest = artifacts.digest(cloud)
    job = launcher.start(LayoutRequest(str(cloud), "pca", 1))
    until(lambda: list(cloud.parent.glob(".cloud.new-*/layouts/pca-*.npy")))
    job.cancel()
    assert job.state == "cancelled"
    assert not list(cloud.parent.glob(".cloud.new-*"))
    assert artifacts.digest(cloud) == digest
    artifacts.check(cloud)


@pytest.mark.parametrize("phase", ["storing", "measuring"])
def test_layout_of_replaced_vectors_is_not_stored(cloud, phase):
    def retrain(now: dict) -> None:
        if now["phase"] == phase:
            artifacts.save(cloud, np.eye(40), load(cloud).items, {})

    with pytest.raises(BadRequest, match="cloud was retrained in the meantime"):
        layout_job.make_layout(LayoutRequest(str(cloud), "pca", 1), retrain)
    assert load(cloud).layouts == {}


def test_layout_is_stored_before_its_quality_is_measured_and_kept_when_that_is_interrupted(cloud):
    phases = []

    def interrupt(now: dict) -> None:
        phases.append(now["phase"])
        if now["phase"] == "measuring":
            raise KeyboardInterrupt

    request = LayoutRequest(str(cloud), "pca", 1)
    with pytest.raises(KeyboardInterrupt):
        layout_job.make_layout(request, interrupt)
    assert phases[-2:] == ["storing", "measuring"]
    name = request.stored(load(cloud))
    expected, facts = project(load(cloud).vectors, "pca", 1, judge=False)
    assert np.array_equal(load(cloud).layout(name), expected)
    assert {**artifacts.check(cloud)["layouts"][name], "seconds": 0} == {**facts, "seconds": 0}
    layout_job.make_layout(request)  # measured when made again
    assert (
        artifacts.check(cloud)["layouts"][name]["trustworthiness"]
        == project(load(cloud).vectors, "pca", 1)[1]["trustworthiness"]
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"method": "mds"}, "no layout method 'mds'"),
        ({"metric": "taxicab"}, "no metric 'taxicab'"),
        ({"seed": -1}, "seed is -1"),
        ({"params": {"perplexity": 14}}, "perplexity 14 is too large for 40 points; at most 13 fits"),
        ({"params": {"wings": 2}}, "no parameter 'wings'"),
        ({"method": "umap", "params": {"n_neighbors": 40}}, "n_neighbors 40 is too large for 40 points"),
        ({"method": "umap", "params": {"min_dist": 1.5}}, "min_dist 1.5 is too large"),
    ],
)
def test_invalid_layout_starts_no_worker(cloud, wrong, said):
    with pytest.raises(BadRequest, match=said):
        launcher.start(replace(LayoutRequest(str(cloud)), **wrong))
    assert list_jobs(LayoutRequest) == []


def test_layout_of_a_missing_or_read_only_artifact_starts_no_worker(cloud, monkeypatch):
    with pytest.raises(BadArtifact, match="no artifact 'nowhere'"):
        launcher.start(LayoutRequest("nowhere"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(BadRequest, match="Nothing can be written to"):
        launcher.start(LayoutRequest(str(cloud), "pca"))
    assert list_jobs(LayoutRequest) == []


@pytest.mark.parametrize(("method", "params"), [("pca", {}), ("tsne", {"perplexity": 3})])
def test_layout_in_three_dimensions_and_layout_fitted_to_some_items(cloud, method, params):
    embedding = load(cloud)
    some = np.arange(40) % 2 == 0
    asked = LayoutRequest(str(cloud), method, dimensions=3, chosen=encode_mask(some), params=params)
    layout_job.make_layout(asked)
    after = load(cloud)
    made = after.layout(asked.name(embedding))
    expected, _ = project(embedding.vectors[some], method, dimensions=3, **params)
    assert np.array_equal(made[some], expected)
    assert np.isfinite(made).all()
    facts = after.manifest["layouts"][asked.name(embedding)]
    assert (facts["learned_from"], facts["points"], facts["dimensions"]) == (20, 40, 3)
    trust = map_trust(embedding.vectors, made, 15, facts["metric"]).overall
    assert {name: facts[name] for name in trust} == pytest.approx(trust)  # of all items drawn
    assert asked.stored(after) == asked.name(embedding)
    assert replace(asked, chosen="").stored(after) is None
    assert replace(asked, dimensions=2).stored(after) is None
    artifacts.check(cloud)


def test_second_seed_measures_the_stability_of_a_layout(cloud):
    layout_job.make_layout(LayoutRequest(str(cloud), "tsne", steady=True, params={"perplexity": 3}))
    (facts,) = (facts for facts in load(cloud).manifest["layouts"].values() if facts.get("method") == "tsne")
    assert (
        facts["recall_other_seed"]
        == project(load(cloud).vectors, "tsne", steady=True, perplexity=3)[1]["recall_other_seed"]
    )


def test_item_mask_of_other_items_is_refused(cloud):
    with pytest.raises(BadRequest, match="Select them again"):
        launcher.start(LayoutRequest(str(cloud), "pca", chosen=encode_mask(np.arange(80) < 60)))
    with pytest.raises(BadRequest, match="not an encoded selection"):
        launcher.start(LayoutRequest(str(cloud), "pca", chosen="everything"))
    with pytest.raises(BadRequest, match="needs 3 points"):
        launcher.start(LayoutRequest(str(cloud), "pca", chosen=encode_mask(np.arange(40) < 2)))


def test_warm_worker_takes_one_layout_by_its_method(cloud):
    warm_worker.prewarm("tsne")
    waiting = warm_worker._waiting["tsne"][0].pid
    warm_worker.prewarm("tsne")
    assert warm_worker._waiting["tsne"][0].pid == waiting  # one is enough
    asked = [("pca", 1, {}), ("tsne", 1, TSNE), ("tsne", 2, TSNE)]
    jobs = [launcher.start(LayoutRequest(str(cloud), method, seed, params=params)) for method, seed, params in asked]
    pids = [int((job.folder / "pid").read_text()) for job in jobs]
    assert [pid == waiting for pid in pids] == [False, True, False]
    until(lambda: not any(job.running for job in jobs))
    assert [job.state for job in jobs] == ["done"] * 3, jobs[1].message
    assert {job.request.name(load(cloud)) for job in jobs} <= set(load(cloud).layouts)
