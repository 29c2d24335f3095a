"""New layout form on the Map page: a job computes it, the page shows progress and switches to it."""

import time

import numpy as np
import pytest

from explorer import artifacts
from explorer.jobs.job import list_jobs
from explorer.jobs.layout_job import LayoutRequest
from explorer.maps.projection import project, quality
from tests import PATIENCE


@pytest.fixture
def worker_that(tmp_path, monkeypatch):
    """Run this code in every worker before its job."""

    def does(script):
        (tmp_path / "sitecustomize.py").write_text(script)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return does


def control(screen, kind, label):
    return next(one for one in screen.at.get(kind) if one.label == label)


def ask(screen, method="pca", **given):
    """Fill in the form and submit it; given: label of a control -> its value."""
    control(screen, "selectbox", "Method").set_value(method)
    screen.run()
    for label, value in given.items():
        kind = "selectbox" if label == "Metric" else "number_input"
        control(screen, kind, label).set_value(value)
    control(screen, "button", "Create").click()
    return screen.run()


def finished():
    (job,) = list_jobs(LayoutRequest)
    deadline = time.monotonic() + PATIENCE
    while job.running and time.monotonic() < deadline:
        time.sleep(0.1)
    return job


def test_new_layout_is_computed_by_a_worker_and_shown(world, visit):
    screen = ask(visit("Map"), "tsne", Perplexity=4, Seed=2)
    job = finished()
    assert job.state == "done", job.message
    screen.run()
    name = job.request.name(artifacts.load("movielens"))
    assert screen.url == {"method": name}
    assert screen.control("method").value == name
    assert "t-SNE, perplexity 4, seed 2" in screen.control("method").options
    xy, _ = project(world.vectors, "tsne", 2, perplexity=4)
    drawn = [trace for trace in screen.figures[0]["data"] if len(trace.get("customdata", ()))]
    assert drawn
    for trace in drawn:
        rows = [int(row[0]) for row in trace["customdata"]]
        assert np.asarray(trace["x"]) == pytest.approx(xy[rows, 0])
    assert not ask(screen.set("method", "pca"), "tsne", Perplexity=4, Seed=2).errors
    assert len(list_jobs(LayoutRequest)) == 1
    assert screen.url == {"method": name}


def test_stored_layout_is_shown_without_a_job(world, root, visit):
    xy, facts = project(world.vectors, "pca", metric="cosine")
    artifacts.add_layout(root / "movielens", "mine", -xy, facts)
    screen = ask(visit("Map"), Metric="cosine")
    assert screen.url == {"method": "mine"}
    assert list_jobs(LayoutRequest) == []
    assert "PCA, cosine" in screen.control("method").options


def test_layout_is_shown_before_its_quality_is_measured(world, root, visit):
    xy, facts = project(world.vectors, "pca", 1, judge=False)
    artifacts.add_layout(root / "movielens", "early", xy, facts)
    assert not visit("Home").errors
    screen = visit("Map", method="early", item="Red 0")
    assert screen.figures and not screen.errors
    figures = "PCA, seed 1: trustworthiness"
    assert figures not in _captions(screen)
    artifacts.add_layout(root / "movielens", "early", xy, facts | quality(world.vectors, xy, facts))
    assert figures in _captions(visit("Map", method="early", item="Red 0"))


def test_page_switches_to_a_layout_once_while_its_quality_is_measured(world, root, visit, worker_that):
    worker_that("import time; time.sleep(600)")
    screen = ask(visit("Map"), Metric="cosine")
    (job,) = list_jobs(LayoutRequest)
    try:
        xy, facts = project(world.vectors, "pca", metric="cosine", judge=False)
        artifacts.add_layout(root / "movielens", "early", xy, facts)
        (job.folder / "progress.jsonl").write_text('{"phase": "measuring", "done": 1, "total": 1, "layout": "early"}\n')
        screen.run()
        assert (
            screen.url == {"method": "early", "making": job.folder.name} and screen.control("method").value == "early"
        )
        assert "Measuring the quality" in [bar.proto.text for bar in screen.at.get("progress")]
        screen.set("method", "pca").run()
        assert screen.control("method").value == "pca"
    finally:
        job.cancel()


def _captions(screen):
    return " ".join(caption.value for caption in screen.at.caption).replace("\\", "")


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        ("tsne", {"Perplexity": 8}, "perplexity 8 is too large for 24 points"),
        ("umap", {"Neighbors": 24}, "n_neighbors 24 is too large for 24 points"),
    ],
)
def test_invalid_settings_are_reported_and_the_map_stays(world, visit, method, given, said):
    screen = ask(visit("Map"), method, **given)
    (error,) = screen.errors
    assert said in error
    assert screen.figures
    assert list_jobs(LayoutRequest) == []


def test_first_layout_of_an_artifact_can_be_made(root, colours, visit):
    artifacts.save(root / "movielens", colours.vectors, colours.items, {})
    screen = ask(visit("Map"))
    assert finished().state == "done"
    assert not screen.run().errors
    assert screen.figures


def test_running_layout_shows_progress_and_can_be_cancelled(world, visit, worker_that):
    worker_that("import time; time.sleep(600)")
    digest = artifacts.digest("movielens")
    screen = ask(visit("Map"))
    (job,) = list_jobs(LayoutRequest)
    try:
        assert screen.url == {"making": job.folder.name}
        assert "Starting" in [bar.proto.text for bar in screen.at.get("progress")]
        (job.folder / "progress.jsonl").write_text('{"phase": "tsne", "done": 0, "total": 1}\n')
        early = visit("Map", making=job.folder.name)
        assert "t\\-SNE, searching for neighbors" in [bar.proto.text for bar in early.at.get("progress")]
        np.save(job.folder / "snapshot.npy", world.layout("pca"))
        (job.folder / "progress.jsonl").write_text('{"phase": "tsne", "done": 90, "total": 360}\n')
        again = visit("Map", making=job.folder.name)  # from a URL, or after a reload
        assert "t\\-SNE, step 90 of 360" in [bar.proto.text for bar in again.at.get("progress")]
        assert len(again.components("place_map")) == 1
    finally:
        control(screen, "button", "Cancel").click()
        screen.run()
    assert job.state == "cancelled"
    assert screen.url == {}
    assert control(screen.run(), "button", "Create")  # opened again
    assert artifacts.digest("movielens") == digest


def test_failed_layout_says_why(world, visit, worker_that):
    worker_that("import os; os._exit(1)")
    screen = ask(visit("Map"))
    finished()
    (error,) = screen.run().errors
    assert "was killed" in error
    assert screen.figures
    assert control(screen, "button", "Create")
