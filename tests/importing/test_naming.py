"""The key and title columns of an item table, and lookup by both."""

import numpy as np
import pandas as pd
import pytest

from explorer import from_arrays
from explorer.errors import BadRequest, UnknownItem
from explorer.importing.naming import find_names
from explorer.importing.plan import guess_kind

N = 12
IDS = [f"B{n:02d}XY" for n in range(N)]
NAMES = [f"Film {n}" for n in range(N)]
LONG = [f"Document {n}: " + "lorem ipsum " * 250 for n in range(N)]
GAPS = [100 * n + 7 for n in range(N)]
CASES = {
    # columns, key, title
    "id": ({"id": IDS, "price": np.arange(N) / 2}, "id", None),
    "asin and title": ({"title": NAMES, "asin": IDS}, "asin", "title"),
    "numbers with gaps": ({"node_id": GAPS, "name": NAMES}, "node_id", "name"),
    "numbers that count the rows": ({"book_id": range(1, N + 1), "title": NAMES}, "title", "title"),
    "numbers that count, without titles": ({"id": range(N), "price": np.arange(N) / 2}, "id", None),
    "a label that repeats": ({"text": NAMES, "label": ["pos", "neg"] * 6}, "text", "text"),
    "a label that is a number": ({"text": NAMES, "label": [0, 1] * 6}, "text", "text"),
    "a label that names": ({"label": NAMES, "n": range(N)}, "label", "label"),
    "a document": ({"id": IDS, "text": LONG}, "id", "text"),
    "a document alone": ({"text": LONG}, None, "text"),
    "a path": ({"path": [f"/data/{n}.png" for n in range(N)], "label": ["a", "b"] * 6}, "path", None),
    "another language": ({"titel": NAMES, "jahr": range(1990, 1990 + N)}, "titel", "titel"),
    "words of no known name": ({"kanji": NAMES, "strokes": [3, 4] * 6}, "kanji", "kanji"),
    "titles that repeat": ({"sku": IDS, "title": [*NAMES[:-1], NAMES[0]]}, "sku", "title"),
    "a rank": ({"rank": range(N), "group": ["a", "b"] * 6}, None, None),
    "ids with a gap": ({"id": [*IDS[:-1], None], "title": NAMES}, "title", "title"),
    "titles with a gap": ({"id": IDS, "title": [*NAMES[:-1], None]}, "id", "title"),
}


@pytest.mark.parametrize("case", CASES)
def test_key_and_title_columns(case):
    columns, key, title = CASES[case]
    table = pd.DataFrame(columns)
    assert find_names(table, {name: guess_kind(table[name])[0] for name in table}) == (key, title)


def made(**columns):
    vectors = np.random.default_rng(0).standard_normal((N, 4)).astype(np.float32)
    return from_arrays(vectors, pd.DataFrame(columns))


def test_item_is_found_by_key_and_by_title():
    embedding = made(id=IDS, title=NAMES)
    assert embedding.index("B07XY") == embedding.index("Film 7") == [7]
    assert embedding.neighbors("Film 7", 3)["key"].tolist() == embedding.neighbors("B07XY", 3)["key"].tolist()
    with pytest.raises(UnknownItem, match=r"'Film 77' among the 12.*Did you mean: 'Film 7'"):
        embedding.index("Film 77")
    twice = made(id=IDS, title=[*NAMES[:-1], NAMES[0]])
    with pytest.raises(BadRequest, match="2 items have the title 'Film 0'; name one by its key: 'B00XY', 'B11XY'"):
        twice.index("Film 0")


def test_long_title_is_shortened_and_its_column_kept():
    items = made(id=IDS, text=LONG).items
    assert items["title"].str.len().max() <= 120 and items["title"][3].startswith("Document 3: lorem")
    assert items["text"].tolist() == LONG
    assert made(text=LONG).items["key"].str.len().max() <= 120


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["b/n1_1.jpeg", "c/n2_2.jpeg"] * 60, "image"),
        (["/a/b/n1_1.jpeg", "/a/c/n2_2.jpeg"] * 60, "category"),  # not part of the artifact, so never shown
        (["/a/b/c", "/a/c/d"] * 60, "category"),
        (["12/03/2020", "28/11/2021"] * 60, "date"),
        (["1/2", "3/4", "5/6"] * 40, "category"),
        (["Tolkien, J. R. R.", "Wolf, V."] * 60, "category"),
        (["['A', 'B']", "[]"] * 60, "labels"),
        ([[1, 2], [3]] * 60, "skip"),
        (pd.Series([0, 1, 2] * 40, dtype="category"), "category"),
        (pd.array([True, None, False] * 40, dtype="boolean"), "boolean"),
        ([float(n) for n in range(120)], "number"),
    ],
)
def test_kind_is_guessed_from_the_values(values, kind):
    assert guess_kind(pd.Series(values, name="column"))[0] == kind


def test_votes_for_a_candidate_are_no_year():
    items = made(title=NAMES, candidate_votes=[1500 + n for n in range(N)])
    assert items.schema["candidate_votes"].role != "year"
