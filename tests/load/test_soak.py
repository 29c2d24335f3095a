"""One minute of `make soak`: faults with visitors present are reported to them and leave nothing behind."""

import os
import subprocess
import sys

import pytest

from tests import ROOT

pytestmark = pytest.mark.slow
MINUTES = os.environ.get("SOAK_MINUTES", "0.5")


def test_faults_are_reported_and_leave_nothing_behind():
    command = [sys.executable, "benchmarks/soak.py", "--minutes", MINUTES, "--visitors", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
