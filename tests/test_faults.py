"""What may go wrong around the library: a full disk, a clock that jumps, two who write one name, a file replaced."""

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
from tests import ROOT


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    return tmp_path / "artifacts"


def ended(job: Job) -> Job:
    deadline = time.monotonic() + 120
    while job.running:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return job


@pytest.fixture
def small_disk(place) -> Path:
    """The artifacts on a disk of half a megabyte; gives their folder."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(disk: Path) -> None:
    """Leave no byte."""
    with (disk / "filler").open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def test_a_training_on_a_full_disk_says_so_and_leaves_the_old_artifact(small_disk, ratings):
    artifacts.save(small_disk / "a", np.eye(3), pd.DataFrame({"key": ["x", "y", "z"]}), {"model": "old"})
    (small_disk / "filler").write_bytes(b"x" * 380_000)  # room for the job, none for what it makes
    noise = np.random.default_rng(0)  # titles that no packing makes smaller
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


def test_interactions_on_a_full_disk_are_told_and_leave_nothing_half_written(small_disk):
    plays, _ = write_world("interactions", small_disk.parent)
    (small_disk / "filler").write_bytes(b"x" * 390_000)
    options = {"model": "item2vec", "size": 400, "epochs": 1}
    job = ended(launcher.start(TrainRequest("interactions", str(plays), str(small_disk / "a"), 0, (), options)))
    assert job.state == "failed"
    assert "no space left on the disk" in job.message
    assert not (small_disk / "a").exists()
    assert not list(small_disk.glob(".a.new-*"))


def test_where_not_even_a_job_fits_none_is_begun_and_those_there_were_are_still_listed(small_disk, ratings):
    request = TrainRatingsRequest(str(ratings), str(small_disk / "a"), "item-mean")
    first = ended(launcher.start(request))
    assert first.state == "done", first.message
    fill(small_disk)
    with pytest.raises(BadRequest, match="No space left on device"):
        launcher.start(request)
    assert artifacts.check("a")["model"] == "item-mean"
    assert [job.state for job in list_jobs()] == ["done"]


def test_a_clock_that_is_put_back_does_not_make_the_newest_job_an_old_one(place, ratings, monkeypatch):
    started = []
    for year in (2031, 2024, 1999):
        monkeypatch.setattr(time, "time", lambda year=year: (year - 1970) * 31_557_600.0)
        monkeypatch.setattr(time, "strftime", lambda *_, year=year: f"{year}0101-000000-")
        started.append(launcher.start(TrainRatingsRequest(str(ratings), str(place / f"y{year}"), "item-mean")))
    assert [job.name for job in list_jobs()] == ["y1999", "y2024", "y2031"]
    for job in started:
        assert ended(job).state == "done", job.message


@pytest.mark.parametrize("days", [-4000, 4000])
def test_an_artifact_written_under_a_wrong_clock_is_as_good_as_any(place, ratings, tmp_path, monkeypatch, days):
    artifacts.save(place / "a", np.eye(3), pd.DataFrame({"key": ["x", "y", "z"]}), {"model": "old"})
    before = artifacts.digest("a")
    for file in (place / "a").rglob("*"):
        os.utime(file, (time.time() + 86_400 * days,) * 2)
    job = ended(launcher.start(TrainRatingsRequest(str(ratings), str(place / "a"), "item-mean")))
    assert job.state == "done", job.message
    assert artifacts.digest("a") != before  # what has changed is known by what is in the files, not by their times
    assert artifacts.check("a")["model"] == "item-mean"


def test_of_two_trainings_to_one_name_at_once_one_is_there_whole(place, ratings):
    command = [sys.executable, "-m", "explorer", "train", "movielens", "--data", str(ratings), "--min-ratings", "1"]
    command += ["--out", str(place / "a"), "--model"]
    both = [subprocess.Popen([*command, model], cwd=ROOT, stdout=subprocess.DEVNULL) for model in ("item-mean", "bias")]
    assert [one.wait(120) for one in both] == [0, 0]
    assert artifacts.check("a")["model"] in ("item-mean", "bias")
    assert [folder.name for folder in place.iterdir()] == ["a"]


def test_an_artifact_replaced_while_it_is_read_answers_as_before_to_who_has_it_open(place, colours):
    artifacts.save(place / "a", colours.vectors, colours.items, {"model": "old"})
    opened = load("a")
    expected = colours.neighbors("Red 0")
    artifacts.save(place / "a", -colours.vectors[:6], colours.items[:6], {"model": "new"})
    pd.testing.assert_frame_equal(opened.neighbors("Red 0")[["key", "score"]], expected[["key", "score"]])
    assert len(load("a")) == 6


def test_a_page_that_is_open_shows_the_new_artifact_at_its_next_run(place, colours):
    artifacts.save(place / "a", colours.vectors, colours.items, {"model": "old"})
    page = AppTest.from_file(str(ROOT / "pages" / "1_Neighbors.py"), default_timeout=30).run()
    assert any("24 items" in caption.value for caption in page.caption)
    artifacts.save(place / "a", colours.vectors[:6], colours.items[:6], {"model": "new"})
    page.run()
    assert not page.exception
    assert any("6 items" in caption.value for caption in page.caption)


def test_an_artifact_taken_away_while_a_page_is_open_is_told(place, colours):
    for name in ("a", "b"):
        artifacts.save(place / name, colours.vectors, colours.items, {"model": "old"})
    page = AppTest.from_file(str(ROOT / "pages" / "1_Neighbors.py"), default_timeout=30).run()
    for name in ("a", "b"):
        (place / name).rename(place.parent / name)
    page.run()
    assert not page.exception
    assert "There is no artifact in" in page.error[0].value


def test_a_layout_worker_that_finds_its_artifact_gone_says_so(place, colours):
    artifacts.save(place / "a", colours.vectors, colours.items, {})
    job = launcher.start(LayoutRequest(str(place / "a"), "tsne", params={"perplexity": 5, "n_iter": 500}))
    (place / "a").rename(place.parent / "moved")
    assert ended(job).state == "failed"
    assert "a" in job.message
    assert "Traceback" not in (job.folder / "log.txt").read_text()
