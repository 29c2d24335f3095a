"""Commands and Python code in the README run, and its links and pictures exist."""

import doctest
import json
import re
import shlex

import pytest

import explorer
from explorer.cli import main, parser
from tests import ROOT
from tests.browser.pictures import MOST

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
SHELL = [line for language, block in BLOCKS if language != "python" for line in block.splitlines()]
TYPED = [line.split("#")[0].strip() for line in SHELL]
COMMANDS = [line.removeprefix("explorer ") for line in TYPED if line.startswith("explorer ")]
ASKS = ("list", "neighbors", "analogy", "between", "factors", "recommend", "compare", "diagnose", "check")


def test_linked_pictures_and_pages_exist():
    linked = re.findall(r"\]\(((?!http)[^)]+)\)|src=\"([^\"]+)\"", README)
    names = {one or other for one, other in linked}
    assert any(name.endswith(".png") for name in names)
    assert sorted(name for name in names if not (ROOT / name).is_file()) == []


def test_pictures_are_small():
    for name in set(re.findall(r"docs/[\w-]+\.png", README)):
        assert (ROOT / name).stat().st_size <= MOST, name


def test_make_targets_exist():
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(r"\bmake ([\w-]+)", "\n".join([*TYPED, *re.findall(r"`([^`\n]+)`", README)]))
    assert named
    assert set(named) <= set(targets)


def test_readme_shows_commands():
    assert len(COMMANDS) > 15


@pytest.mark.parametrize("command", COMMANDS)
def test_command_line_is_valid(command):
    parser().parse_args(shlex.split(command))


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.split()[0] in ASKS])
def test_query_of_the_shipped_embedding_succeeds(command, capsys):
    assert main([*shlex.split(command), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)


def test_python_example_runs():
    for language, block in BLOCKS:
        if language == "python":
            exec(block, {})


def test_package_docstring_example_is_correct():
    done = doctest.testmod(explorer)
    assert done.attempted == 3
    assert done.failed == 0


def test_counts_are_those_of_the_shipped_embedding():
    films = explorer.load("movielens")
    data = films.manifest["dataset"]
    assert (
        f"{len(films):,} films, trained on {data['ratings']:,} MovieLens ratings by {data['users']:,} users" in README
    )
