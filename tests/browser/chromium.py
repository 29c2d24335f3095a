"""Find a Chromium for the tests, or install one.

    python -m tests.browser.chromium

prints its path.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Path from CHROMIUM, else the first on PATH, else Playwright's own; None if there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    on_path = filter(None, map(shutil.which, NAMES))
    return next(on_path, None) or _playwrights_own()


def install() -> str | None:
    """Install Playwright's Chromium with its libraries, or Debian's. Returns its path, None if neither works."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with_libraries = ["--with-deps"] if root and shutil.which("apt-get") else []
    if _run(sys.executable, "-m", "playwright", "install", *with_libraries, "chromium") and _starts(_playwrights_own()):
        return _playwrights_own()
    if root and shutil.which("apt-get"):
        _run("apt-get", "update", "-q")
        _run("apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium")
    return find()


def main() -> int:
    path = find() or (None if os.environ.get("CHROMIUM") else install())
    if path is None:
        sys.stderr.write(
            "No Chromium was found or could be installed. Install one (Debian: apt-get install chromium; elsewhere: "
            f"{sys.executable} -m playwright install chromium) or name one in CHROMIUM.\n"
        )
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def _starts(path: str | None) -> bool:
    return path is not None and _run(path, "--version")


def _run(*command: str) -> bool:
    try:
        # its output goes to stderr: stdout is for the path only
        return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
