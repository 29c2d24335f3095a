"""The plugin that reruns failed browser and cluster tests."""

import os
import subprocess
import sys

import pytest

from tests import ROOT

SUITE = """
import os, pytest
from pathlib import Path
MARK = Path(__file__).with_name("ran")

@pytest.mark.{mark}
def test_that_fails_at_first():
    once = MARK.exists()
    MARK.touch()
    assert once

@pytest.mark.browser
def test_of_a_browser():
    assert {browser}

def test_that_stands_alone():
    assert {plain}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("workers", "mark", "browser", "plain", "status", "listed"),
    [
        (["-p", "xdist.plugin", "-n", "2"], "browser", True, True, 0, True),
        ([], "cluster", True, True, 0, True),
        ([], "slow", True, True, 1, False),  # only browser and cluster tests are rerun
        ([], "browser", False, True, 1, True),  # fails in the rerun too
        ([], "browser", True, False, 1, True),  # another test failed
    ],
)
def test_run_is_green_if_every_failure_passes_when_rerun(tmp_path, workers, mark, browser, plain, status, listed):
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser\n cluster\n slow\n")
    (tmp_path / "test_suite.py").write_text(SUITE.format(mark=mark, browser=browser, plain=plain))
    command = [sys.executable, "-m", "pytest", "-p", "tests.again", *workers, str(tmp_path), "--rootdir", str(tmp_path)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # outcome of a rerun
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == status, done.stdout
    section = done.stdout.partition("failed among the others, passed alone")[2]
    names = [line.partition("::")[2] for line in section.splitlines() if line.startswith("test_suite.py::")]
    assert names == (["test_that_fails_at_first"] if listed else [])
    assert ("the run is green" in section) == (status == 0)
