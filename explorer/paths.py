"""Folders and child processes of the package, the same in a checkout and when it is installed from a wheel.

In a checkout app.py, pages/ and artifacts/ are beside the package, and new artifacts go to artifacts/. A wheel holds
them in explorer/_app; its artifacts are samples that are only read, and new ones go to the user's data folder.
"""

from __future__ import annotations

import os
import sys
from importlib.resources import files
from pathlib import Path

ARTIFACTS = "EXPLORER_ARTIFACTS"
CACHE = "EXPLORER_CACHE"
PACKAGE = Path(str(files("explorer")))
FRONTEND = PACKAGE / "webapp" / "frontend"
_IN_WHEEL = PACKAGE / "_app"


def installed() -> bool:
    """True when the package runs from a wheel, False in a checkout."""
    return _IN_WHEEL.is_dir()


def app_folder() -> Path:
    """The folder that holds app.py, pages/ and the artifacts that come with the package."""
    return _IN_WHEEL if installed() else PACKAGE.parent


def page_files() -> dict[str, Path]:
    """The file of each page but Home, by the page's name; in the order of their numbers, as Streamlit sorts them."""
    files = (app_folder() / "pages").glob("[0-9]*_*.py")
    numbered = sorted((int(number), name, file) for file in files for number, name in [file.stem.split("_", 1)])
    return {name: file for _, name, file in numbered}


def samples_folder() -> Path | None:
    """The folder of the read-only artifacts; None in a checkout, and when EXPLORER_ARTIFACTS names a place."""
    return _IN_WHEEL / "artifacts" if installed() and not os.environ.get(ARTIFACTS) else None


def artifacts_folder() -> Path:
    """The folder new artifacts are written to: EXPLORER_ARTIFACTS, else artifacts/ of the checkout or the user's data.

    The user's data folder is the platform's: ~/.local/share/embedding-explorer on Linux.
    """
    if os.environ.get(ARTIFACTS):
        return Path(os.environ[ARTIFACTS])
    if not installed():
        return PACKAGE.parent / "artifacts"
    from platformdirs import user_data_path

    return user_data_path("embedding-explorer", appauthor=False) / "artifacts"


def cache_folder() -> Path:
    """The folder of files that can be fetched again: EXPLORER_CACHE, else the platform's cache of the user."""
    if os.environ.get(CACHE):
        return Path(os.environ[CACHE])
    from platformdirs import user_cache_path

    return user_cache_path("embedding-explorer", appauthor=False)


def module_command(module: str, *words: str) -> list[str]:
    """The command line that runs a module in a child process; `-P` keeps the current folder off its import path."""
    return [sys.executable, "-P", "-m", module, *words]


def module_environment(**more: str) -> dict[str, str]:
    """The environment of such a process: this one's, with the checkout on the import path, and `more`."""
    environment = {**os.environ, **more}
    if not installed():
        existing = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join([str(PACKAGE.parent), *([existing] if existing else [])])
    return environment


def why_no_file(path: Path) -> str:
    """Why a path is no regular file: "no such file", "a folder", or, for a pipe or a device, "neither ... nor ..."."""
    if path.is_dir():
        return "a folder"
    return "neither a file nor a folder" if path.exists() else "no such file"
