"""Job queue and resource limits."""

import json
import sys
import time

import numpy as np
import pytest

from explorer import BadRequest, artifacts, from_arrays
from explorer.artifacts.locks import lock_file
from explorer.artifacts.quota import check_artifacts, check_uploads
from explorer.importing.build import publish_import
from explorer.jobs import launcher, limits
from explorer.jobs.job import Job, jobs_folder
from explorer.jobs.training_job import TrainRatingsRequest
from explorer.rights import Actor, acting_as
from explorer.webapp.wording import waiting_text
from tests import PATIENCE


@pytest.fixture
def line(tmp_path, monkeypatch):
    """Make jobs that run, wait or have ended: (number, owner, state) -> Job."""
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path))
    held = []

    def make(number, owner="", state="waiting"):
        folder = jobs_folder() / f"{number:08d}-madeup__"
        folder.mkdir(parents=True)
        (folder / "request.json").write_text(json.dumps({"job": "layout", "artifact": "made-up"}))
        (folder / "owner.json").write_text(json.dumps(owner))
        lock = (folder / "lock").open("wb")
        if state == "ended":
            (folder / "end.json").write_text('{"state": "done"}')
        if state != "killed":
            lock_file(lock)
            held.append(lock)
        if state != "waiting":
            (folder / limits.STARTED).touch()
        return Job(folder)

    yield make
    for lock in held:
        lock.close()


def test_jobs_run_in_order_of_arrival(line, monkeypatch):
    monkeypatch.setenv(limits.JOBS, "2")
    line(1, state="ended"), line(2, state="killed"), line(3, state="running")
    waiting = [line(number) for number in (4, 5, 6)]
    assert [limits.place_in_line(job) for job in waiting] == [0, 2, 3]


def test_one_user_cannot_occupy_all_slots(line, monkeypatch):
    monkeypatch.setenv(limits.JOBS, "3")
    monkeypatch.setenv(limits.JOBS_PER_PERSON, "1")
    line(1, "ada", "running")
    ada, bob, nobody, late = line(2, "ada"), line(3, "bob"), line(4), line(5)
    assert limits.place_in_line(ada) == 1
    assert limits.place_in_line(bob) == 0 and limits.place_in_line(nobody) == 0
    assert limits.place_in_line(late) == 4


def test_waiting_job_reports_its_position():
    assert waiting_text({"phase": "waiting", "place": 1}).endswith("next in line")
    assert "place 3" in waiting_text({"phase": "waiting", "place": 3})
    assert waiting_text({"phase": "training"}) == waiting_text({}) == ""


def until(true, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_job_waits_until_another_has_ended(line, ratings, tmp_path, monkeypatch):
    monkeypatch.setenv(limits.JOBS, "1")
    other = line(1, state="running")
    with acting_as(Actor(person="ada")):
        job = launcher.start(TrainRatingsRequest(str(ratings), str(tmp_path / "a"), "mf", options={"size": 2}))
    until(lambda: job.progress.get("phase") == "waiting")
    assert job.progress["place"] == 1 and job.owner == "ada" and job.running
    (other.folder / "end.json").write_text('{"state": "done"}')
    until(lambda: job.state != "running")
    assert job.state == "done", job.message


def test_job_over_its_memory_limit_ends_with_the_reason(line, ratings, tmp_path, monkeypatch):
    monkeypatch.setenv(limits.MEMORY, "1")
    options = {"size": 2, "epochs": 1}
    job = launcher.start(TrainRatingsRequest(str(ratings), str(tmp_path / "a"), "dot", options=options))
    until(lambda: job.state != "running")
    assert job.state == "failed" and "MB of memory; a job may have 1 MB" in job.message
    assert not (tmp_path / "a").exists() and not list(tmp_path.glob(".a.new-*"))


def test_job_over_its_time_limit_ends_with_the_reason(line, monkeypatch):
    ended = []
    monkeypatch.setattr(limits.time, "sleep", lambda _: None)
    monkeypatch.setattr(limits.time, "monotonic", iter([0.0, 59.0, 61.0]).__next__)
    monkeypatch.setattr(limits.os, "kill", lambda *_: ended.append("asked"))
    monkeypatch.setattr(limits.os, "killpg", lambda *_: ended.append("killed") or sys.exit())
    job = line(1, state="killed")
    with pytest.raises(SystemExit):
        limits._watch(job.folder, 1, 10**9)
    assert ended == ["asked", "killed"]
    assert job.state == "failed" and "longer than 1 minute" in job.message


def test_disk_use_of_artifacts_is_limited(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path))
    monkeypatch.setenv("EXPLORER_MAX_ARTIFACTS", "1")
    large = np.random.default_rng(0).normal(size=(4000, 80)).astype(np.float32)
    publish_import(tmp_path / "large", from_arrays(large))
    with pytest.raises(BadRequest, match=r"The artifacts take 1 MB of the 1 MB .*Delete some first"):
        publish_import(tmp_path / "another", from_arrays(large[:9]))
    assert artifacts.list_artifacts() == ["large"]
    monkeypatch.setenv("EXPLORER_MAX_ARTIFACTS", "2")
    check_artifacts(tmp_path)


def test_uploads_are_limited(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_MAX_UPLOADS", "1")
    (tmp_path / "in-1").mkdir()
    (tmp_path / "in-1" / "file").write_bytes(bytes(600_000))
    check_uploads(tmp_path, 400_000)
    with pytest.raises(BadRequest, match="EXPLORER_MAX_UPLOADS"):
        check_uploads(tmp_path, 400_001)


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "٣"])
def test_limit_must_be_a_whole_number(line, monkeypatch, value):
    monkeypatch.setenv(limits.JOBS, value)
    with pytest.raises(BadRequest, match=f"{limits.JOBS} is"):
        limits.place_in_line(line(1))


def test_memory_use_grows_with_allocations():
    before = limits.memory_in_use()
    kept = np.ones(30_000_000)
    assert limits.memory_in_use() - before > 200e6 or sys.platform != "linux"
    del kept
