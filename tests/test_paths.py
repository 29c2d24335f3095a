"""Locations of package files in a checkout and in a wheel, and the start of child processes."""

import subprocess
from pathlib import Path

import pytest
from streamlit.source_util import page_sort_key

from explorer import paths
from tests import ROOT


def test_checkout_has_artifacts_and_pages_beside_the_package(monkeypatch):
    monkeypatch.delenv("EXPLORER_ARTIFACTS", raising=False)
    assert (paths.installed(), paths.app_folder(), paths.samples_folder()) == (False, ROOT, None)
    assert paths.artifacts_folder() == ROOT / "artifacts"


def test_page_files_sort_in_the_order_of_the_sidebar():
    files = list(paths.page_files().values())
    assert files == sorted((ROOT / "pages").glob("*.py"), key=page_sort_key)
    assert [int(file.stem.split("_")[0]) for file in files] == list(range(1, 11))  # numbers are unique
    assert [*paths.page_files()][-1] == "Learn"  # the tenth comes after the ninth


@pytest.fixture
def wheel(monkeypatch, tmp_path):
    """An installed package without files."""
    (tmp_path / "_app" / "artifacts").mkdir(parents=True)
    monkeypatch.setattr(paths, "_IN_WHEEL", tmp_path / "_app")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.delenv("EXPLORER_ARTIFACTS", raising=False)
    return tmp_path / "_app"


def test_installed_samples_and_user_artifacts_are_separate(wheel, tmp_path):
    assert (paths.app_folder(), paths.samples_folder()) == (wheel, wheel / "artifacts")
    assert paths.artifacts_folder() == tmp_path / "share" / "embedding-explorer" / "artifacts"


def test_explicit_artifacts_folder_has_no_samples(wheel, monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "mine"))
    assert (paths.samples_folder(), paths.artifacts_folder()) == (None, tmp_path / "mine")


def test_child_process_imports_the_package_and_nothing_from_the_current_folder(monkeypatch, tmp_path):
    (tmp_path / "numpy.py").write_text("raise SystemExit('the wrong numpy')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    done = subprocess.run(
        paths.module_command("explorer", "--version"), env=paths.module_environment(), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("explorer ")


def test_no_module_counts_parent_folders_or_looks_beside_the_checkout():
    modules = [file for file in (ROOT / "explorer").rglob("*.py") if file.name != "paths.py"]
    assert len(modules) > 100
    found = [file for file in modules if "__file__" in file.read_text(encoding="utf-8")]
    assert [str(Path(file).relative_to(ROOT)) for file in found] == []
