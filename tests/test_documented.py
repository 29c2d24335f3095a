"""Public functions, command line options and environment variables are documented; docstring examples run."""

import argparse
import doctest
import importlib
import inspect
import pkgutil
import re
import runpy
import sys
from collections.abc import Iterator

import pytest

import explorer
from explorer.artifacts import load
from explorer.cli import parser
from explorer.core import embedding
from explorer.importing import from_python
from tests import ROOT

REFERENCE = (ROOT / "docs" / "environment.md").read_text(encoding="utf-8")
OPTIONAL = ("explorer.training.spark.", "explorer.__main__")  # need pyspark, or run when imported


def modules() -> Iterator:
    for found in pkgutil.walk_packages(explorer.__path__, "explorer."):
        if not found.name.startswith(OPTIONAL):
            yield importlib.import_module(found.name)


def undocumented(module) -> Iterator[str]:
    """Public functions, classes, methods and properties of a module without a docstring of their own or inherited."""
    if not module.__doc__:
        yield module.__name__
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if not (inspect.isfunction(thing) or inspect.isclass(thing)):
            continue
        if not inspect.getdoc(thing):
            yield f"{module.__name__}.{name}"
        for member, value in vars(thing).items() if inspect.isclass(thing) else ():
            method = inspect.isfunction(value) or isinstance(value, property | classmethod | staticmethod)
            if method and not member.startswith("_") and not inspect.getdoc(getattr(thing, member)):
                yield f"{module.__name__}.{name}.{member}"


def test_every_public_function_has_a_docstring():
    every = list(modules())
    assert len(every) > 150
    assert sorted(name for module in every for name in undocumented(module)) == []


def options(command: argparse.ArgumentParser, words: str) -> Iterator[tuple[str, argparse.Action]]:
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help for choice in action._choices_actions}
            for name, inner in action.choices.items():
                assert helps[name], f"{words} {name}"
                yield from options(inner, f"{words} {name}")
        else:
            yield f"{words} {'/'.join(action.option_strings) or action.dest}", action


def test_every_command_line_option_has_a_help_text():
    every = list(options(parser(), "explorer"))
    assert len(every) > 100
    assert [words for words, action in every if not action.help] == []


def test_every_environment_variable_is_documented():
    files = [*(ROOT / "explorer").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"]
    used = {name for file in files for name in re.findall(r'"(EXPLORER_\w+)"', file.read_text(encoding="utf-8"))}
    documented = set(re.findall(r"^\| `(EXPLORER_\w+)` \|", REFERENCE, re.MULTILINE))
    assert {"EXPLORER_ARTIFACTS", "EXPLORER_DATA"} <= used
    assert used == documented


@pytest.mark.parametrize(
    ("thing", "module", "least"),
    [
        (explorer.Embedding, embedding, 5),
        (explorer.from_arrays, from_python, 3),
        (load, sys.modules[load.__module__], 3),
    ],
    ids=["Embedding", "from_arrays", "load"],
)
def test_docstring_examples_are_correct(thing, module, least):
    finder = doctest.DocTestFinder(recurse=False)
    (example,) = finder.find(thing, thing.__name__, module=module)
    assert len(example.examples) >= least
    assert doctest.DocTestRunner().run(example).failed == 0


@pytest.mark.slow
def test_api_reference_can_be_built(tmp_path):
    runpy.run_path(str(ROOT / "docs" / "reference.py"))["main"](tmp_path)
    for name in explorer.__all__:
        assert f'id="{name}"' in (tmp_path / "explorer.html").read_text(encoding="utf-8"), name
    assert 'id="LayoutRequest.name"' in (tmp_path / "explorer" / "jobs" / "layout_job.html").read_text(encoding="utf-8")


def test_every_guarantee_in_security_md_names_an_existing_test():
    rows = re.findall(r"^\| .* \| (`tests/.*) \|$", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(tests/[\w/.]+)`", row)]
    assert len(rows) >= 6
    assert [name for name in named if not (ROOT / name).is_file()] == []
