"""The web process is killed while pages are open and a worker runs; both recover."""

from __future__ import annotations

import os
import shutil
import signal

import numpy as np
import pandas as pd
import pytest

from explorer import artifacts
from explorer.jobs.job import jobs_folder, list_jobs
from explorer.jobs.layout_job import LayoutRequest
from tests import PATIENCE
from tests.browser.conftest import Tab, free_port, start
from tests.conftest import colour_items, colour_vectors

pytestmark = pytest.mark.browser
POINTS = 2_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that can be killed and restarted, and its folder of artifacts."""
    folder, port = tmp_path_factory.mktemp("artifacts"), free_port()
    artifacts.save(folder / "colours", colour_vectors(), colour_items(), {})
    running = [start(folder, port)]

    def again() -> None:
        running[-1].send_signal(signal.SIGKILL)
        running[-1].wait(PATIENCE)
        running.append(start(folder, port))

    again.address, again.folder = f"http://localhost:{port}", folder
    yield again
    running[-1].kill()
    running[-1].wait(PATIENCE)


@pytest.fixture(autouse=True)
def cloud(server, monkeypatch):
    """An artifact that is large enough that its layout takes a while, with one layout and no jobs."""
    vectors = np.random.default_rng(0).normal(size=(POINTS, 20)).astype(np.float32)
    items = pd.DataFrame({"key": [f"Point {n}" for n in range(POINTS)]})
    artifacts.save(server.folder / "cloud", vectors, items, {}, layouts={"pca": vectors[:, :2]})
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(server.folder))
    yield
    for job in list_jobs(LayoutRequest):
        job.cancel()
    shutil.rmtree(jobs_folder(), ignore_errors=True)


@pytest.fixture
def visit(browser, server) -> Tab:
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    yield Tab(context.new_page(), server.address)
    context.close()


def test_page_reconnects_with_its_state(server, visit):
    visit.open("Neighbors", artifact="colours", items="Red 3", metric="euclidean")
    before, url = visit.titles, visit.page.url
    server()
    visit.page.locator("button:enabled", has_text="cosine").wait_for()
    assert (visit.settle().titles, visit.page.url) == (before, url)
    visit.page.locator("button", has_text="dot").click()
    visit.until(lambda: visit.url.get("metric") == ["dot"])
    assert len(visit.settle().titles) == len(before)


def test_requested_layout_is_finished_and_shown(server, visit):
    visit.open("Map", artifact="cloud")
    visit.page.get_by_text("New layout").click()
    visit.page.get_by_role("button", name="Create").click()
    visit.until(lambda: "making" in visit.url)
    (job,) = list_jobs(LayoutRequest)
    assert job.running
    server()
    visit.until(lambda: not job.running)
    assert job.state == "done", job.message
    artifacts.check("cloud")
    name = job.request.name(artifacts.load("cloud"))
    visit.until(lambda: visit.url.get("method") == [name])
    visit.settle()


def test_killed_layout_worker_is_reported_and_can_be_restarted(server, visit):
    before = artifacts.digest("cloud")
    visit.open("Map", artifact="cloud")
    visit.page.get_by_text("New layout").click()
    visit.settle().page.get_by_role("button", name="Create").click()
    visit.until(lambda: list_jobs(LayoutRequest) and list_jobs(LayoutRequest)[0].progress)
    (job,) = list_jobs(LayoutRequest)
    os.killpg(int((job.folder / "pid").read_text()), signal.SIGKILL)
    visit.page.get_by_text("its process was killed").wait_for(timeout=1000 * PATIENCE)
    assert artifacts.digest("cloud") == before
    visit.settle().page.get_by_role("button", name="Create").click()
    visit.until(lambda: len(list_jobs(LayoutRequest)) == 2)
    visit.until(lambda: not list_jobs(LayoutRequest)[0].running)
    assert [job.state for job in list_jobs(LayoutRequest)] == ["done", "failed"]
    assert (
        "tsne"
        in artifacts.check("cloud")["layouts"][list_jobs(LayoutRequest)[0].request.name(artifacts.load("cloud"))][
            "method"
        ]
    )
