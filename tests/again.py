"""A pytest plugin that reruns failed browser and cluster tests once, alone, at the end of the run.

    python -m pytest -p tests.again

These tests start servers and wait for them, so they can fail on a busy machine. If only such tests failed and they pass
when rerun, the run is green and lists them; any other failure counts.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

MARKS = {"browser", "cluster", "spark"}
MOST = 10  # rerun at most so many failures


class Again:
    """Failures of this run and the result of their rerun."""

    def __init__(self) -> None:
        self.failed: dict[str, bool] = {}  # node id: whether it may be rerun
        self.passed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed[report.nodeid] = bool(MARKS & report.keywords.keys())

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        again = [name for name, may in self.failed.items() if may]
        if not 0 < len(again) <= MOST or session.exitstatus != pytest.ExitCode.TESTS_FAILED:
            return
        for name in again:
            command = [sys.executable, "-m", "pytest", "-p", "no:xdist", name]
            if subprocess.run(command, cwd=session.config.rootpath, check=False).returncode == 0:
                self.passed.append(name)
        if set(self.passed) == self.failed.keys():
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.passed:
            terminalreporter.section("failed among the others, passed alone", yellow=True)
            for name in self.passed:
                terminalreporter.line(name)
            if set(self.passed) == self.failed.keys():
                terminalreporter.line("Nothing else failed: the run is green.")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # not in an xdist worker
        config.pluginmanager.register(Again(), "again")
