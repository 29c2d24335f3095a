"""Jobs: real workers on a tiny data set, watched, cancelled, killed, and outliving whoever started them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer import BadArtifact, BadRequest, artifacts, load
from explorer.datasets.made_up import write_world
from explorer.jobs import job as job_module
from explorer.jobs import launcher, layout_job, warm_worker
from explorer.jobs.item_mask import encode_mask
from explorer.jobs.job import Job, list_jobs, reap
from explorer.jobs.layout_job import LayoutRequest
from explorer.jobs.training_job import TrainRatingsRequest, TrainRequest
from explorer.maps.projection import layout_key, project
from explorer.maps.trustworthiness import map_trust
from tests import ROOT

# Python runs this at the start of every worker: it stops before the manifest, when half of the artifact is written
HOOK = """
import os, signal, sys, time

def hold(event, args):
    if event == "open" and ".new-" in str(args[0]) and str(args[0]).endswith("manifest.json"):
        order = open({hold!r}).read() if os.path.exists({hold!r}) else ""
        if order == "deaf":
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        if order == "bug":
            raise RuntimeError("a bug of ours")
        while os.path.exists({hold!r}):
            time.sleep(0.02)

sys.addaudithook(hold)
"""


@pytest.fixture
def request_a(ratings, tmp_path, monkeypatch) -> TrainRatingsRequest:
    """A training without TensorFlow of the artifact `a`, which is there already as `old`."""
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    place = tmp_path / "artifacts" / "a"
    artifacts.save(place, np.eye(3), pd.DataFrame({"key": ["x", "y", "z"]}), {"model": "old"})
    return TrainRatingsRequest(str(ratings), str(place), "item-mean")


@pytest.fixture
def held(tmp_path, monkeypatch) -> Path:
    """While this file is there, workers stop with half of the artifact written."""
    hold = tmp_path / "hold"
    hold.write_text("")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(HOOK.format(hold=str(hold)))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), str(ROOT)]))
    return hold


@pytest.fixture(autouse=True)
def no_worker_outlives_its_test(request_a):
    yield
    for job in [*list_jobs(), *list_jobs(LayoutRequest)]:
        if job.running:
            os.killpg(int((job.folder / "pid").read_text()), signal.SIGKILL)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def half_written(request: TrainRatingsRequest) -> list[Path]:
    place = Path(request.out)
    return [file for folder in place.parent.glob(f".{place.name}.new-*") for file in folder.glob("vectors.npy")]


def assert_old(request: TrainRatingsRequest) -> None:
    assert artifacts.check(request.out)["model"] == "old"
    assert load(request.out).items["key"].tolist() == ["x", "y", "z"]


def test_two_jobs_at_once_run_to_the_end_and_do_not_mix(request_a):
    place = Path(request_a.out).with_name("b")
    options = {"size": 2, "epochs": 3, "rate": None}
    request_b = replace(request_a, out=str(place), model="mf", seed=5, layouts=("pca",), options=options)
    a, b = launcher.start(request_a), launcher.start(request_b)
    assert {job.folder for job in list_jobs()} == {a.folder, b.folder}
    until(lambda: not a.running and not b.running)
    for job, request in ((a, request_a), (b, request_b)):
        assert job.state == "done", job.message
        assert job.request == request
        assert job.name == Path(request.out).name
        assert job.read == {"name": "ml-made-up", "duplicates": 0, "ratings": 180, "users": 30, "items": 6}
        manifest = artifacts.check(request.out)
        assert (manifest["model"], manifest["seed"], manifest["name"]) == (request.model, request.seed, job.name)
        assert len(load(request.out)) == 6
    assert a.curve == []
    assert [point["epoch"] for point in b.curve] == [point["epoch"] for point in artifacts.manifest(place)["curve"]]
    assert {"loss", "rmse", "val_rmse"} <= b.curve[0].keys()
    assert b.progress["phase"] in ("training", "likely", "pca")


def test_a_job_outlives_whoever_started_it(request_a, held, tmp_path):
    names = "from explorer.jobs import launcher; from explorer.jobs.training_job import TrainRatingsRequest"
    script = f"{names}; launcher.start({request_a!r})"
    script = script.replace(repr(request_a.data), "'ml-made-up'")  # a relative path: the worker has another folder
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    (job,) = list_jobs()
    until(lambda: half_written(request_a))
    assert job.state == "running"
    held.unlink()
    until(lambda: not job.running)
    assert job.state == "done", job.message
    assert artifacts.check(request_a.out)["model"] == "item-mean"


@pytest.mark.parametrize("order", ["", "deaf"])
def test_cancel_ends_the_process_and_leaves_nothing_half_written(request_a, held, monkeypatch, order):
    held.write_text(order)
    monkeypatch.setattr(job_module, "PATIENCE", 1.0 if order == "deaf" else 60.0)
    job = launcher.start(request_a)
    until(lambda: half_written(request_a))
    job.cancel()
    assert job.state == "cancelled"
    until(lambda: gone(job))
    assert [file.name for file in Path(request_a.out).parent.iterdir() if file.name != ".jobs"] == ["a"]
    assert_old(request_a)
    job.cancel()
    assert job.state == "cancelled"


def test_cancel_ends_a_training_on_interactions_and_leaves_nothing_half_written(request_a, held, tmp_path):
    plays, _ = write_world("interactions", tmp_path)
    options = {"model": "item2vec", "size": 4, "epochs": 1}
    request = TrainRequest("interactions", str(plays), request_a.out, 0, (), options)
    job = launcher.start(request)
    with pytest.raises(BadRequest, match="a is being trained already"):
        launcher.start(request_a)  # the same name by another kind of training
    until(lambda: half_written(request_a))
    job.cancel()
    assert (job.state, job.request) == ("cancelled", request)
    until(lambda: gone(job))
    assert not half_written(request_a)
    assert_old(request_a)


def test_jobs_written_before_there_were_several_kinds_are_still_read(tmp_path):
    for kind, rest, expected in (
        ("training", {"data": "d", "out": "o"}, TrainRatingsRequest("d", "o")),
        ("layout", {"artifact": "a"}, LayoutRequest("a")),
    ):
        (tmp_path / "request.json").write_text(json.dumps({"kind": kind, **rest}))
        assert Job(tmp_path).request == expected


def gone(job: Job) -> bool:
    """Whether no process of the worker's group is left."""
    reap()
    try:
        os.killpg(int((job.folder / "pid").read_text()), 0)
    except ProcessLookupError:
        return True
    return False


def test_a_job_cancelled_before_it_has_begun_is_cancelled(request_a, held):
    job = launcher.start(request_a)
    job.cancel()
    assert job.state == "cancelled"
    assert_old(request_a)


def test_a_worker_killed_from_outside_has_failed_and_the_next_one_tidies_up(request_a, held):
    job = launcher.start(request_a)
    until(lambda: half_written(request_a))
    os.kill(int((job.folder / "pid").read_text()), signal.SIGKILL)
    until(lambda: not job.running)
    assert job.state == "failed"
    assert "was killed" in job.message
    assert_old(request_a)
    held.unlink()
    again = launcher.start(request_a)
    until(lambda: not again.running)
    assert (again.state, job.state) == ("done", "failed")
    assert not half_written(request_a)


def test_one_name_is_trained_once_at_a_time(request_a, held, monkeypatch, tmp_path):
    first = launcher.start(request_a)
    monkeypatch.chdir(tmp_path)
    for out in (request_a.out, "artifacts/a"):
        with pytest.raises(BadRequest, match="a is being trained already"):
            launcher.start(replace(request_a, out=out))
    first.cancel()
    held.unlink()
    second = launcher.start(request_a)
    until(lambda: not second.running)
    assert second.state == "done", second.message


def test_a_failed_job_says_what_was_wrong(request_a):
    ratings = Path(request_a.data) / "ratings.csv"
    ratings.write_text(ratings.read_text() + "7,3,eleven,0\n")
    job = launcher.start(request_a)
    until(lambda: not job.running)
    assert job.state == "failed"
    assert "ratings.csv, line 182" in job.message
    assert "'eleven'" in job.message
    assert_old(request_a)


def test_a_bug_of_ours_is_told_and_kept_in_the_log(request_a, held):
    held.write_text("bug")
    job = launcher.start(request_a)
    until(lambda: not job.running)
    assert (job.state, job.message) == ("failed", "RuntimeError('a bug of ours')")
    assert "Traceback" in (job.folder / "log.txt").read_text()
    assert not half_written(request_a)
    assert_old(request_a)


def test_what_would_fail_later_starts_no_worker(request_a):
    for wrong in ({"model": "magic"}, {"model": "mf", "options": {"size": 0}}, {"out": __file__}):
        with pytest.raises(BadRequest):
            launcher.start(replace(request_a, **wrong))
    assert list_jobs() == []


def test_a_place_that_cannot_be_written_to_is_told(request_a, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "file"))
    with pytest.raises(BadRequest, match="No job can be started"):
        launcher.start(request_a)


def test_a_half_written_report_is_not_read(tmp_path):
    job = Job(tmp_path)
    assert (job.progress, job.curve, job.read) == ({}, [], {})
    point = '{"phase": "measuring", "epoch": 1, "fraction": 1.0}\n'
    (tmp_path / "progress.jsonl").write_text('{"read": {"name": "x"}}\n' + point + '{"phase": "meas')
    assert job.read == {"name": "x"}
    assert job.progress["epoch"] == 1
    assert len(job.curve) == 1
    (tmp_path / "progress.jsonl").write_text('{"phase": "meas')
    assert job.progress == {}


@pytest.fixture
def cloud(request_a) -> Path:
    """An artifact of 40 random points, with a layout that somebody made by hand."""
    vectors = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    place = Path(request_a.out).with_name("cloud")
    items = pd.DataFrame({"key": [str(n) for n in range(40)]})
    return artifacts.save(place, vectors, items, {}, layouts={"pca": vectors[:, :2]})


TSNE = {"perplexity": 5, "n_iter": 50}


@pytest.mark.parametrize(("method", "metric", "params"), [("pca", "cosine", {}), ("tsne", None, TSNE)])
def test_a_layout_is_stored_as_project_makes_it(cloud, method, metric, params):
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


def test_a_layout_made_before_under_another_name_answers_too(cloud):
    xy, facts = project(load(cloud).vectors, "pca")
    artifacts.add_layout(cloud, "mine", xy, facts)
    assert LayoutRequest(str(cloud), "pca").stored(load(cloud)) == "mine"
    assert LayoutRequest(str(cloud), "pca", metric="euclidean").stored(load(cloud)) == "mine"
    for other in ({"seed": 1}, {"metric": "cosine"}, {"method": "tsne"}):
        assert replace(LayoutRequest(str(cloud), "pca"), **other).stored(load(cloud)) is None


def test_two_layouts_at_once_are_both_stored_and_the_same_one_is_made_once(cloud, held):
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


def test_a_layout_that_is_cancelled_leaves_the_artifact_as_it_was(cloud, held):
    digest = artifacts.digest(cloud)
    job = launcher.start(LayoutRequest(str(cloud), "pca", 1))
    until(lambda: list(cloud.parent.glob(".cloud.new-*/layouts/pca-*.npy")))
    job.cancel()
    assert job.state == "cancelled"
    assert not list(cloud.parent.glob(".cloud.new-*"))
    assert artifacts.digest(cloud) == digest
    artifacts.check(cloud)


def test_a_layout_of_vectors_that_were_trained_again_meanwhile_is_not_stored(cloud, monkeypatch):
    def retrain(now: dict) -> None:
        if now["phase"] == "storing":
            artifacts.save(cloud, np.eye(40), load(cloud).items, {})

    with pytest.raises(BadRequest, match="cloud was retrained in the meantime"):
        layout_job.make_layout(LayoutRequest(str(cloud), "pca", 1), retrain)
    assert load(cloud).layouts == {}


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
def test_a_layout_that_cannot_be_made_starts_no_worker(cloud, wrong, said):
    with pytest.raises(BadRequest, match=said):
        launcher.start(replace(LayoutRequest(str(cloud)), **wrong))
    assert list_jobs(LayoutRequest) == []


def test_a_layout_of_no_artifact_or_one_that_cannot_be_written_to_starts_no_worker(cloud, monkeypatch):
    with pytest.raises(BadArtifact, match="no artifact 'nowhere'"):
        launcher.start(LayoutRequest("nowhere"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(BadRequest, match="Nothing can be written to"):
        launcher.start(LayoutRequest(str(cloud), "pca"))
    assert list_jobs(LayoutRequest) == []


@pytest.mark.parametrize(("method", "params"), [("pca", {}), ("tsne", {"perplexity": 3})])
def test_in_space_and_from_some_items_only_with_the_others_among_them(cloud, method, params):
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
    assert {name: facts[name] for name in trust} == pytest.approx(trust)  # of all that are drawn
    assert asked.stored(after) == asked.name(embedding)
    assert replace(asked, chosen="").stored(after) is None
    assert replace(asked, dimensions=2).stored(after) is None
    artifacts.check(cloud)


def test_another_start_says_how_steady_a_layout_is(cloud):
    layout_job.make_layout(LayoutRequest(str(cloud), "tsne", steady=True, params={"perplexity": 3}))
    (facts,) = (facts for facts in load(cloud).manifest["layouts"].values() if facts.get("method") == "tsne")
    assert (
        facts["recall_other_seed"]
        == project(load(cloud).vectors, "tsne", steady=True, perplexity=3)[1]["recall_other_seed"]
    )


def test_items_chosen_among_others_than_these_are_refused(cloud):
    with pytest.raises(BadRequest, match="Select them again"):
        launcher.start(LayoutRequest(str(cloud), "pca", chosen=encode_mask(np.arange(80) < 60)))
    with pytest.raises(BadRequest, match="not an encoded selection"):
        launcher.start(LayoutRequest(str(cloud), "pca", chosen="everything"))
    with pytest.raises(BadRequest, match="needs 3 points"):
        launcher.start(LayoutRequest(str(cloud), "pca", chosen=encode_mask(np.arange(40) < 2)))


def test_a_spare_worker_takes_one_job_and_the_next_gets_a_worker_of_its_own(cloud, monkeypatch, tmp_path):
    (tmp_path / "site").mkdir(exist_ok=True)
    hook = "import explorer.maps.projection as p\np.warm_up = lambda: None\n"  # UMAP itself takes half a minute
    (tmp_path / "site" / "sitecustomize.py").write_text(hook)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), str(ROOT)]))
    monkeypatch.setattr(
        launcher,
        "_warm_worker",
        lambda _, job, lock, log: warm_worker.hand_over(job.folder, lock.fileno(), log.fileno()),
    )
    warm_worker.prewarm()
    waiting = warm_worker._waiting[0].pid
    warm_worker.prewarm()
    assert warm_worker._waiting[0].pid == waiting  # one is enough
    first, second = (launcher.start(LayoutRequest(str(cloud), "pca", seed)) for seed in (1, 2))
    pids = [int((job.folder / "pid").read_text()) for job in (first, second)]
    assert pids[0] == waiting != pids[1]
    until(lambda: not first.running and not second.running)
    assert [first.state, second.state] == ["done", "done"], first.message
    assert {first.request.name(load(cloud)), second.request.name(load(cloud))} <= set(load(cloud).layouts)


def test_only_umap_is_worth_a_spare_worker(cloud, monkeypatch):
    asked = []
    monkeypatch.setattr(warm_worker, "hand_over", lambda *given: asked.append(given))
    with (tmp := Path(cloud) / "manifest.json").open("rb") as file:
        for method in ("pca", "tsne", "umap"):
            launcher._warm_worker(LayoutRequest(str(cloud), method), Job(tmp.parent), file, file)
    assert len(asked) == 1
