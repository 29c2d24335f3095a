"""Every query of a mutated artifact folder gives a result or an ExplorerError."""

from __future__ import annotations

import shutil

import pytest

from explorer.errors import ExplorerError
from tests.artifacts.mutations import mutated, specimens
from tests.artifacts.questions import ask_commands, ask_library, ask_pages

CASES, COMMANDS, PAGES = 300, 30, 2  # benchmarks/fuzz_folders.py tries thousands of each


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return specimens(tmp_path_factory.mktemp("specimens"))


@pytest.fixture
def place(kept, tmp_path, monkeypatch):
    """A root with an intact artifact, to which mutated ones are added."""
    shutil.copytree(kept[0], tmp_path / "sound")
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path))
    return tmp_path / "hostile"


@pytest.mark.filterwarnings("ignore")
def test_library_queries_give_a_result_or_an_explorer_error(kept, place):
    refused = 0
    for number in range(CASES):
        case = mutated(kept[number % 2], place, number)
        try:
            ask_library(place)
        except ExplorerError:
            refused += 1
        except Exception as error:
            error.add_note(case)
            raise
    assert 0 < refused < CASES


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("ask", "cases"), [(ask_commands, COMMANDS), (ask_pages, PAGES)])
def test_commands_and_pages_give_a_result_or_an_explorer_error(kept, place, ask, cases):
    for number in range(1000, 1000 + cases):
        mutated(kept[number % 2], place, number)
        ask(place)
