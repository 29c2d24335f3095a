"""Import rules between modules, and lazy imports of heavy libraries."""

import json
import os
import subprocess
import sys

from importlinter.cli import EXIT_STATUS_SUCCESS

from tests import ROOT

HEAVY = ("tensorflow", "keras", "umap", "numba", "sklearn", "openTSNE", "streamlit", "plotly", "gensim", "scipy")


def test_import_contracts_of_pyproject_hold():
    # In a child process: with TensorFlow loaded, subprocesses of the linter would capture our streams. no_cache: the
    # cache may describe older files.
    script = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == EXIT_STATUS_SUCCESS, done.stdout


def loaded(script: str) -> list[str]:
    """Heavy libraries that a fresh process has loaded after a script."""
    script += f"\nimport json, sys; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, env=os.environ
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_queries_load_no_heavy_library(colours_path):
    script = f"import explorer; explorer.load({str(colours_path)!r}).neighbors('Red 0')"
    assert loaded(script) == []
    script = f"from explorer.cli import main; assert main(['neighbors', {str(colours_path)!r}, 'Red 0', '--json']) == 0"
    assert loaded(script) == []


def test_library_modules_import_heavy_libraries_only_when_used():
    modules = """
from explorer import commands, training
from explorer.core.directions import factors
from explorer.core.text import title_pattern
from explorer.datasets import movielens
from explorer.maps import projection
from explorer.training import publish
"""
    assert loaded(modules) == []


def test_factors_do_not_import_sklearn_manifold(colours_path):
    script = f"""
import sys, explorer
from explorer.core.directions.factors import factors
factors(explorer.load({str(colours_path)!r})).goes_with(1)
assert "sklearn.manifold" not in sys.modules
"""
    assert not {"tensorflow", "umap", "openTSNE", "numba", "streamlit"} & set(loaded(script))


def test_no_two_test_files_have_the_same_name():
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) > 100
    assert sorted({name for name in names if names.count(name) > 1}) == []  # pytest would import one for the other


def test_browser_tests_have_the_browser_marker():
    files = sorted((ROOT / "tests" / "browser").glob("test_*.py"))
    assert len(files) > 5
    unmarked = [file.name for file in files if "pytest.mark.browser" not in file.read_text(encoding="utf-8")]
    assert unmarked == []  # otherwise `make check` runs it, and `make test` does not rerun it alone
