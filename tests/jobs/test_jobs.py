"""Jobs in real worker processes on a tiny data set: progress, cancel, kill, parent exit."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from explorer import BadRequest, artifacts, load
from explorer.datasets.made_up import write_world
from explorer.jobs import job as job_module
from explorer.jobs import launcher
from explorer.jobs.job import Job, list_jobs, reap
from explorer.jobs.layout_job import LayoutRequest
from explorer.jobs.training_job import TrainRatingsRequest, TrainRequest
from tests.jobs.conftest import until

pytestmark = pytest.mark.usefixtures("no_worker_outlives_its_test")


def half_written(request: TrainRatingsRequest) -> list[Path]:
    place = Path(request.out)
    return [file for folder in place.parent.glob(f".{place.name}.new-*") for file in folder.glob("vectors.npy")]


def assert_old(request: TrainRatingsRequest) -> None:
    assert artifacts.check(request.out)["model"] == "old"
    assert load(request.out).items["key"].tolist() == ["x", "y", "z"]


def test_two_concurrent_jobs_finish_independently(request_a):
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


def test_job_outlives_its_parent_process(request_a, held, tmp_path):
    names = "from explorer.jobs import launcher; from explorer.jobs.training_job import TrainRatingsRequest"
    script = f"{names}; launcher.start({request_a!r})"
    script = script.replace(repr(request_a.data), "'ml-made-up'")  # a relative path: the worker runs in another folder
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    (job,) = list_jobs()
    until(lambda: half_written(request_a))
    assert job.state == "running"
    held.unlink()
    until(lambda: not job.running)
    assert job.state == "done", job.message
    assert artifacts.check(request_a.out)["model"] == "item-mean"


@pytest.mark.parametrize("order", ["", "deaf"])
def test_cancel_ends_the_process_and_leaves_no_partial_files(request_a, held, monkeypatch, order):
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


def test_cancel_ends_a_training_on_interactions_and_leaves_no_partial_files(request_a, held, tmp_path):
    plays, _ = write_world("interactions", tmp_path)
    options = {"model": "item2vec", "size": 4, "epochs": 1}
    request = TrainRequest("interactions", str(plays), request_a.out, 0, (), options)
    job = launcher.start(request)
    with pytest.raises(BadRequest, match="a is being made already"):
        launcher.start(request_a)  # the same name with another kind of training
    until(lambda: half_written(request_a))
    job.cancel()
    assert (job.state, job.request) == ("cancelled", request)
    until(lambda: gone(job))
    assert not half_written(request_a)
    assert_old(request_a)


def test_job_files_of_older_versions_can_be_read(tmp_path):
    for kind, rest, expected in (
        ("training", {"data": "d", "out": "o"}, TrainRatingsRequest("d", "o")),
        ("layout", {"artifact": "a"}, LayoutRequest("a")),
    ):
        (tmp_path / "request.json").write_text(json.dumps({"kind": kind, **rest}))
        assert Job(tmp_path).request == expected


def gone(job: Job) -> bool:
    """True if no process of the worker's group is left."""
    reap()
    try:
        os.killpg(int((job.folder / "pid").read_text()), 0)
    except ProcessLookupError:
        return True
    return False


def test_job_cancelled_before_it_starts_is_cancelled(request_a, held):
    job = launcher.start(request_a)
    job.cancel()
    assert job.state == "cancelled"
    assert_old(request_a)


def test_killed_worker_has_failed_and_the_next_one_cleans_up(request_a, held):
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


def test_artifact_is_trained_by_one_job_at_a_time(request_a, held, monkeypatch, tmp_path):
    first = launcher.start(request_a)
    monkeypatch.chdir(tmp_path)
    for out in (request_a.out, "artifacts/a"):
        with pytest.raises(BadRequest, match="a is being made already"):
            launcher.start(replace(request_a, out=out))
    first.cancel()
    held.unlink()
    second = launcher.start(request_a)
    until(lambda: not second.running)
    assert second.state == "done", second.message


def test_failed_job_reports_its_error(request_a):
    ratings = Path(request_a.data) / "ratings.csv"
    ratings.write_text(ratings.read_text() + "7,3,eleven,0\n")
    job = launcher.start(request_a)
    until(lambda: not job.running)
    assert job.state == "failed"
    assert "ratings.csv, line 182" in job.message
    assert "'eleven'" in job.message
    assert_old(request_a)


def test_internal_error_is_reported_and_logged(request_a, held):
    held.write_text("bug")
    job = launcher.start(request_a)
    until(lambda: not job.running)
    assert (job.state, job.message) == ("failed", "RuntimeError('a bug of ours')")
    assert "Traceback" in (job.folder / "log.txt").read_text()
    assert not half_written(request_a)
    assert_old(request_a)


def test_invalid_request_starts_no_worker(request_a):
    for wrong in ({"model": "magic"}, {"model": "mf", "options": {"size": 0}}, {"out": __file__}):
        with pytest.raises(BadRequest):
            launcher.start(replace(request_a, **wrong))
    assert list_jobs() == []


def test_unwritable_folder_is_reported(request_a, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "file" / "artifacts"))
    with pytest.raises(BadRequest, match="No job can be started"):
        launcher.start(request_a)


def test_partly_written_report_is_ignored(tmp_path):
    job = Job(tmp_path)
    assert (job.progress, job.curve, job.read) == ({}, [], {})
    point = '{"phase": "measuring", "epoch": 1, "fraction": 1.0}\n'
    (tmp_path / "progress.jsonl").write_text('{"read": {"name": "x"}}\n' + point + '{"phase": "meas')
    assert job.read == {"name": "x"}
    assert job.progress["epoch"] == 1
    assert len(job.curve) == 1
    (tmp_path / "progress.jsonl").write_text('{"phase": "meas')
    assert job.progress == {}
