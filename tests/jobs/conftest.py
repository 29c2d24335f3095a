"""A training request, and workers that pause half way and are stopped after each test."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer import artifacts
from explorer.jobs.job import list_jobs
from explorer.jobs.layout_job import LayoutRequest
from explorer.jobs.training_job import TrainRatingsRequest
from tests import PATIENCE, ROOT

# Run at the start of every worker: pauses it before the manifest is written.
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
    """A training without TensorFlow of the artifact `a`, which already exists as `old`."""
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    place = tmp_path / "artifacts" / "a"
    artifacts.save(place, np.eye(3), pd.DataFrame({"key": ["x", "y", "z"]}), {"model": "old"})
    return TrainRatingsRequest(str(ratings), str(place), "item-mean")


@pytest.fixture
def held(tmp_path, monkeypatch) -> Path:
    """While this file exists, workers pause with half of the artifact written."""
    hold = tmp_path / "hold"
    hold.write_text("")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(HOOK.format(hold=str(hold)))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), str(ROOT)]))
    return hold


@pytest.fixture
def no_worker_outlives_its_test(request_a):
    yield
    for job in [*list_jobs(), *list_jobs(LayoutRequest)]:
        if job.running:
            os.killpg(int((job.folder / "pid").read_text()), signal.SIGKILL)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
