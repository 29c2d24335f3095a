"""The wheel, installed into a fresh environment and used from an empty folder.

The environment contains only the wheel; its dependencies come from the test environment through a .pth file, because
installing TensorFlow takes most of a minute.
"""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from contextlib import closing
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from tests import ROOT
from tests.browser.conftest import Tab
from tests.deployed import served

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def in_git(*words: str) -> list[str]:
    return subprocess.check_output(["git", "ls-files", *words], cwd=ROOT, text=True).splitlines()


SHIPPED = sorted(name.split("/")[1] for name in in_git("artifacts/*/DATA_CARD.md"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Run `explorer` of the installed wheel in an empty folder. Returns stdout."""
    folder = tmp_path_factory.mktemp("installed")
    python = folder / "venv" / "bin" / "python"
    for words in (
        ["venv", str(python.parents[1])],
        ["pip", "install", "--no-deps", "--python", str(python), str(wheel)],
    ):
        subprocess.run([sys.executable, "-m", "uv", *words, "--offline", "--quiet"], check=True)
    site = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    (Path(site.strip()) / "needed.pth").write_text(sysconfig.get_path("purelib"))
    (folder / "empty").mkdir()
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("EXPLORER_", "PYTHON"))}
    environment["XDG_DATA_HOME"] = str(folder / "share")

    def run(*words: str) -> str:
        done = subprocess.run(
            [python.parent / "explorer", *words], cwd=folder / "empty", env=environment, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    run.folder, run.environment, run.command = folder, environment, [str(python.parent / "explorer")]
    return run


def test_wheel_contains_the_files_of_the_checkout(wheel):
    code = in_git("--cached", "--others", "--exclude-standard", "explorer")
    beside = in_git("--cached", "--others", "--exclude-standard", "app.py", "pages") + in_git("artifacts")
    expected = {*code, *(f"explorer/_app/{name}" for name in beside), "explorer/webapp/.streamlit/config.toml"}
    names = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert len(SHIPPED) >= 5
    assert names == expected


@pytest.mark.slow
def test_samples_are_listed_and_can_be_queried(installed):
    listed = json.loads(installed("list", "--json"))["artifacts"]
    assert [one["name"] for one in listed] == SHIPPED
    assert not any("error" in one for one in listed)
    found = json.loads(installed("neighbors", "movielens", "Toy Story", "--k", "1", "--json"))
    assert found["results"][0]["key"] == "Toy Story 2"
    assert list((installed.folder / "empty").iterdir()) == []


@pytest.mark.slow
def test_layout_of_a_sample_is_saved_in_the_user_folder(installed):
    def layouts(place: Path) -> set[str]:
        return set(json.loads((place / "movielens" / "manifest.json").read_text(encoding="utf-8"))["layouts"])

    (samples,) = installed.folder.glob("venv/lib/*/site-packages/explorer/_app/artifacts")
    before = layouts(samples)
    made = json.loads(installed("project", "movielens", "--method", "pca", "--seed", "7", "--json"))["layout"]
    own = installed.folder / "share" / "embedding-explorer" / "artifacts"
    assert layouts(samples) == before
    assert layouts(own) == before | {made}
    assert [one["name"] for one in json.loads(installed("list", "--json"))["artifacts"]] == SHIPPED
    installed("check", "movielens")


@pytest.mark.browser
def test_home_is_served_from_an_empty_folder(installed, browser):
    with (
        served(None, command=installed.command, cwd=installed.folder / "empty", env=installed.environment) as app,
        closing(browser.new_page()) as page,
    ):
        tab = Tab(page, f"http://localhost:{app.ports[0]}").open()
        assert "Toy Story 2" in tab.titles
        assert tab.page.get_by_role("link", name="Neighbors", exact=True).count() == 1
        assert tab.complaints == []
        tab.open("Map")
        assert "Traceback" not in app.log()


def plain(name: str) -> str:
    """Normalized distribution name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_imported_package_is_declared():
    declared = {plain(Requirement(text).name) for text in [*PROJECT["dependencies"], *chain(*EXTRAS.values())]}
    files = [*(ROOT / "explorer").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    imported = set(re.findall(r"^\s*(?:from|import) ([A-Za-z]\w*)(?:[\w.]*) ?(?:import|$|as)", text, re.MULTILINE))
    others = imported - sys.stdlib_module_names - {"explorer"}
    assert {"numpy", "streamlit", "PIL", "pymilvus"} <= others
    providers = packages_distributions()
    missing = [name for name in others if not set(map(plain, providers.get(name, [name]))) & declared]
    assert missing == []


def test_locked_versions_are_allowed_by_the_package():
    pinned = {}
    for name in ("requirements.txt", "requirements-milvus.txt", "requirements-spark.txt", "requirements-dev.txt"):
        lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
        found = [Requirement(line) for line in lines if line and not line.startswith("-r")]
        pinned |= {one.name.lower(): str(one.specifier).removeprefix("==") for one in found}
    main = [Requirement(text) for text in PROJECT["dependencies"]]
    direct = {one.name.lower() for one in main if one.marker is None}
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert {line.partition("==")[0].lower() for line in lines if "==" in line} == direct
    for one in [*main, *(Requirement(text) for extra in EXTRAS.values() for text in extra)]:
        if one.name.lower() in pinned:
            assert one.specifier.contains(pinned[one.name.lower()]), one
