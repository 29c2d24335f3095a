"""Faults outside the library: a full disk, a clock set back, two writers of one name, a replaced artifact."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from explorer import BadRequest, artifacts, load
from explorer.datasets.made_up import write_world
from explorer.jobs import launcher
from explorer.jobs.job import Job, list_jobs
from explorer.jobs.layout_job import LayoutRequest
from explorer.jobs.training_job import TrainRatingsRequest, TrainRequest
from tests import PATIENCE, ROOT


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    return tmp_path / "artifacts"


def ended(job: Job) -> Job:
    deadline = time.monotonic() + PATIENCE
    while job.running:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return job


@pytest.fixture
def small_disk(place) -> Path:
    """An artifacts folder on a file system of half a megabyte."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(disk: Path) -> None:
    """Fill the file system completely."""
    with (disk / "filler").open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def test_training_on_a_full_disk_reports_it_and_keeps_the_old_artifact(small_disk, ratings):
    artifacts.save(small_disk / "a", np.eye(3), pd.DataFrame({"key": ["x", "y", "z"]}), {"model": "old"})
    (small_disk / "filler").write_bytes(b"x" * 380_000)  # enough space for the job, not for its artifact
    noise = np.random.default_rng(0)  # incompressible titles
    films = [f"{film},Film {film} {noise.bytes(100).hex()} (1990),Drama" for film in range(400)]
    stars = [f"{user},{film},{1 + (user * film) % 5},{user}" for user in range(30) for film in range(400)]
    (ratings / "movies.csv").write_text("\n".join(["movieId,title,genres", *films]) + "\n")
    (ratings / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *stars]) + "\n")
    request = TrainRatingsRequest(str(ratings), str(small_disk / "a"), "item-mean", min_ratings=1)
    job = ended(launcher.start(request))
    assert job.state == "failed"
    assert "no space left on the disk" in job.message
    assert artifacts.check("a")["model"] == "old"
    assert not list(small_disk.glob(".a.new-*"))
    (small_disk / "filler").unlink()
    again = ended(launcher.start(request))
    assert again.state == "done", again.message
    assert artifacts.check("a")["model"] == "item-mean"


def test_interactions_on_a_full_disk_report_it_and_leave_no_partial_files(small_disk):
    plays, _ = write_world("interactions", small_disk.parent)
    (small_disk / "filler").write_bytes(b"x" * 390_000)
    options = {"model": "item2vec", "size": 400, "epochs": 1}
    job = ended(launcher.start(TrainRequest("interactions", str(plays), str(small_disk / "a"), 0, (), options)))
    assert job.state == "failed"
    assert "no space left on the disk" in job.message
    assert not (small_disk / "a").exists()
    assert not list(small_disk.glob(".a.new-*"))


def test_job_is_not_started_on_a_full_disk_and_earlier_jobs_are_listed(small_disk, ratings):
    request = TrainRatingsRequest(str(ratings), str(small_disk / "a"), "item-mean")
    first = ended(launcher.start(request))
    assert first.state == "done", first.message
    fill(small_disk)
    with pytest.raises(BadRequest, match="No space left on device"):
        launcher.start(request)
    assert artifacts.check("a")["model"] == "item-mean"
    assert [job.state for job in list_jobs()] == ["done"]


def test_newest_job_is_listed_first_after_the_clock_is_set_back(place, ratings, monkeypatch):
    started = []
    for year in (2031, 2024, 1999):
        monkeypatch.setattr(time, "time", lambda year=year: (year - 1970) * 31_557_600.0)
        monkeypatch.setattr(time, "strftime", lambda *_, year=year: f"{year}0101-000000-")
        started.append(launcher.start(TrainRatingsRequest(str(ratings), str(place / f"y{year}"), "item-mean")))
    assert [job.name for job in list_jobs()] == ["y1999", "y2024", "y2031"]
    for job in started:
        assert ended(job).state == "done", job.message


@pytest.mark.parametrize("days", [-4000, 4000])
def test_artifact_with_a_wrong_file_time_is_valid(place, ratings, tmp_path, monkeypatch, days):
    artifacts.save(place / "a", np.eye(3), pd.DataFrame({"key": ["x", "y", "z"]}), {"model": "old"})
    before = artifacts.digest("a")
    for file in (place / "a").rglob("*"):
        os.utime(file, (time.time() + 86_400 * days,) * 2)
    job = ended(launcher.start(TrainRatingsRequest(str(ratings), str(place / "a"), "item-mean")))
    assert job.state == "done", job.message
    assert artifacts.digest("a") != before  # changes are detected by content, not by file times
    assert artifacts.check("a")["model"] == "item-mean"


def test_two_trainings_of_one_name_leave_one_complete_artifact(place, ratings):
    command = [sys.executable, "-m", "explorer", "train", "movielens", "--data", str(ratings), "--min-ratings", "1"]
    command += ["--out", str(place / "a"), "--model"]
    both = [subprocess.Popen([*command, model], cwd=ROOT, stdout=subprocess.DEVNULL) for model in ("item-mean", "bias")]
    assert [one.wait(PATIENCE) for one in both] == [0, 0]
    assert artifacts.check("a")["model"] in ("item-mean", "bias")
    assert [folder.name for folder in place.iterdir()] == ["a"]


def test_loaded_embedding_is_unchanged_when_its_artifact_is_replaced(place, colours):
    artifacts.save(place / "a", colours.vectors, colours.items, {"model": "old"})
    opened = load("a")
    expected = colours.neighbors("Red 0")
    artifacts.save(place / "a", -colours.vectors[:6], colours.items[:6], {"model": "new"})
    pd.testing.assert_frame_equal(opened.neighbors("Red 0")[["key", "score"]], expected[["key", "score"]])
    assert len(load("a")) == 6


def test_open_page_shows_a_replaced_artifact_on_its_next_run(place, colours):
    artifacts.save(place / "a", colours.vectors, colours.items, {"model": "old"})
    page = AppTest.from_file(str(ROOT / "pages" / "1_Neighbors.py"), default_timeout=PATIENCE).run()
    assert any("24 items" in caption.value for caption in page.caption)
    artifacts.save(place / "a", colours.vectors[:6], colours.items[:6], {"model": "new"})
    page.run()
    assert not page.exception
    assert any("6 items" in caption.value for caption in page.caption)


def test_page_reports_that_its_artifact_was_deleted(place, colours):
    for name in ("a", "b"):
        artifacts.save(place / name, colours.vectors, colours.items, {"model": "old"})
    page = AppTest.from_file(str(ROOT / "pages" / "1_Neighbors.py"), default_timeout=PATIENCE).run()
    for name in ("a", "b"):
        (place / name).rename(place.parent / name)
    page.run()
    assert not page.exception
    assert "There is no artifact in" in page.error[0].value


def test_layout_job_reports_that_its_artifact_was_deleted(place, colours):
    artifacts.save(place / "a", colours.vectors, colours.items, {})
    job = launcher.start(LayoutRequest(str(place / "a"), "tsne", params={"perplexity": 5, "n_iter": 500}))
    (place / "a").rename(place.parent / "moved")
    assert ended(job).state == "failed"
    assert "a" in job.message
    assert "Traceback" not in (job.folder / "log.txt").read_text()
