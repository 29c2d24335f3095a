"""Search finds the items that contain all words, the same in one block as in many."""

import numpy as np
import pandas as pd
import pytest

from explorer import Embedding
from explorer.core.text import item_search, title_pattern

TITLES = ["Red Fish", "Blue fish", "red", "REDFISH", None, "Fish", "Old red fish", "Grün"]


@pytest.fixture(params=[3, 100])
def world(request, monkeypatch):
    """24 items, searched in blocks of 3, and all at once."""
    for module in (item_search, title_pattern):
        monkeypatch.setattr(module, "BLOCK", request.param)
    n = 24
    items = {"key": [f"key {row}" for row in range(n)], "title": TITLES * 3}
    items |= {"n_ratings": [100 - row for row in range(n)], "ean": [f"400{row:05d}" for row in range(n)]}
    return Embedding(np.eye(n, 4) + 1, pd.DataFrame(items))


def found(world: Embedding, text: str, most: int = 10) -> list[int]:
    return [match.row for match in item_search.find_items(world, text, most)]


def test_equal_values_come_first_then_beginnings_then_the_popular(world):
    assert found(world, "red") == [2, 10, 18, 0, 3, 8, 11, 16, 19, 6]
    assert found(world, "RED fish") == [0, 8, 16, 3, 6, 11, 14, 19, 22]
    assert found(world, "fish", 2) == [5, 13]


def test_keys_and_ids_are_searched(world):
    (match,) = item_search.find_items(world, "40000017")
    assert (match.row, match.column, match.value) == (17, "ean", "40000017")
    assert found(world, "key 23") == [23]
    assert found(world, "grün") == [7, 15, 23]


def test_misspelled_titles_are_found(world):
    assert found(world, "blu fihs", 3) == [1, 9, 17]
    assert found(world, "zzzz") == found(world, " ") == []


def test_titles_match_a_pattern_in_any_block(world):
    assert np.flatnonzero(title_pattern.matches_title(world.items, "^red|grün")).tolist() == [
        0,
        2,
        3,
        7,
        8,
        10,
        11,
        15,
        16,
        18,
        19,
        23,
    ]
    assert not title_pattern.matches_title(world.items.iloc[:0], "x").size
