"""Who may import whom, and what a quick question must not wait for."""

import json
import os
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS

ROOT = Path(__file__).parent.parent
HEAVY = ("tensorflow", "keras", "umap", "numba", "sklearn", "openTSNE", "streamlit", "plotly", "gensim", "scipy")


def test_the_import_rules_of_pyproject_hold():
    # A process of its own: with TensorFlow loaded, what the linter starts takes this one's streams along.
    # no_cache: what an earlier run saw says nothing of the files as they are now.
    script = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == EXIT_STATUS_SUCCESS, done.stdout


def test_the_rule_that_keeps_the_web_app_out_names_every_module_of_the_library():
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (rule,) = [rule for rule in rules if rule["forbidden_modules"] == ["explorer.webapp"]]
    modules = {f"explorer.{module.name}" for module in pkgutil.iter_modules([str(ROOT / "explorer")])}
    assert set(rule["source_modules"]) == modules - {"explorer.webapp", "explorer.__main__"}


def loaded(script: str) -> list[str]:
    """Which heavy libraries a fresh process has loaded after running a script."""
    script += f"\nimport json, sys; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, env=os.environ
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_a_question_waits_for_no_heavy_library(colours_path):
    script = f"import explorer; explorer.load({str(colours_path)!r}).neighbors('Red 0')"
    assert loaded(script) == []
    script = f"from explorer.cli import main; assert main(['neighbors', {str(colours_path)!r}, 'Red 0', '--json']) == 0"
    assert loaded(script) == []


def test_the_modules_of_the_library_import_heavy_ones_only_when_they_are_used():
    modules = "factors, projection, publish, training, commands, filters"
    assert loaded(f"from explorer import {modules}; from explorer.datasets import movielens") == []


def test_factors_leave_out_the_layouts_of_scikit_learn(colours_path):
    script = f"""
import sys, explorer
from explorer.factors import factors
factors(explorer.load({str(colours_path)!r})).goes_with(1)
assert "sklearn.manifold" not in sys.modules
"""
    assert not {"tensorflow", "umap", "openTSNE", "numba", "streamlit"} & set(loaded(script))
