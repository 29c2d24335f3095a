"""Joins of item tables to vectors, for typical pairs of files."""

import numpy as np
import pandas as pd
import pytest

from explorer.errors import BadData
from explorer.formats.parsed_file import ParsedFile
from explorer.importing.build import build
from explorer.importing.join import find_join, join
from explorer.importing.plan import guess

NAMES = ["uk", "usa", "egypt", "brazil", "china", "cuba", "india", "ussr"]
N = len(NAMES)


def vectors(n=N, **columns):
    return ParsedFile(np.eye(n, 3, dtype=np.float32) + 1, pd.DataFrame(columns, pd.RangeIndex(n)), "vectors", "npy")


def table(**columns):
    return ParsedFile(None, pd.DataFrame(columns), "metadata", "csv", header="sure")


SHUFFLED = [3, 1, 0, 2, 7, 6, 5, 4]
ASINS = [f"B{n:03d}" for n in range(N)]
CASES = {
    # vectors, item table, its key column, expected titles in the order of the vectors
    "id map from 0": (vectors(), table(id=SHUFFLED, label=[NAMES[n] for n in SHUFFLED]), "id", NAMES),
    "id map from 1": (vectors(), table(id=[n + 1 for n in SHUFFLED], label=[NAMES[n] for n in SHUFFLED]), "id", NAMES),
    "ids in order": (vectors(), table(id=list(range(N)), label=NAMES), None, NAMES),
    "a rank is no id": (vectors(), table(rank=SHUFFLED, label=NAMES), None, NAMES),
    "words in another column": (
        vectors(key=NAMES), table(country=NAMES[::-1], label=NAMES[::-1]), "country", NAMES,
    ),
    "ids of any name": (
        vectors(asin=ASINS), table(product=[*ASINS[::-1], "B999"], label=[*NAMES[::-1], "x"]), "product", NAMES,
    ),
    "64-bit ids": (
        vectors(id=[2**60 + n for n in range(N)]),
        table(id=[2**60 + n for n in SHUFFLED], label=[NAMES[n] for n in SHUFFLED]), "id", NAMES,
    ),
    "numbers and texts": (vectors(key=[str(n) for n in range(100, 100 + N)]),
                          table(no=[100 + n for n in SHUFFLED], label=[NAMES[n] for n in SHUFFLED]), "no", NAMES),
    "spaces at the ends": (
        vectors(key=NAMES), table(word=[f"{name} " for name in NAMES[::-1]], label=NAMES[::-1]), "word", NAMES,
    ),
    "nothing in common": (vectors(key=ASINS), table(label=NAMES), None, NAMES),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_item_table_is_joined(case):
    read, metadata, on, expected = CASES[case]
    assert find_join(read, metadata) == (("position", None) if on is None else ("key", on))
    joined = join(read, metadata, *find_join(read, metadata))
    assert joined.items["label"].tolist() == expected and not joined.unmatched.any()
    told = f"{N} rows for {N} vectors" if on is None else f"by {on!r}"
    assert any(told in note for note in joined.notes)


def test_number_of_matches_is_reported():
    few = table(word=["usa", "uk", "mars"], label=["U", "K", "M"])
    joined = join(vectors(key=NAMES), few, *find_join(vectors(key=NAMES), few))
    assert "2 of 8 vectors matched" in joined.notes[0] and joined.unused == ["mars"]
    assert joined.unmatched.tolist() == [False, False] + [True] * 6


def test_partly_matching_column_is_refused():
    about = table(word=["usa", "uk", *[f"x{n}" for n in range(N - 2)]], n=range(N))
    with pytest.raises(BadData, match=r"'word' contains 2 of the 8 keys.*'uk', but not 'egypt'.*--join position"):
        guess(vectors(key=NAMES), about)


@pytest.mark.parametrize("more", [1, -1, 4])
def test_different_row_counts_are_refused(more):
    about = table(film=[f"Film {n}" for n in range(N + more)], year=range(1990, 1990 + N + more))
    with pytest.raises(BadData, match=f"metadata has {N + more} rows and vectors 8 vectors.*--join COLUMN"):
        build(vectors(), about)


def test_coordinates_in_the_item_table_become_a_layout():
    xy = np.arange(2 * N, dtype=np.float32).reshape(N, 2)
    about = ParsedFile(None, pd.DataFrame({"label": NAMES}), "metadata", "csv", xy)
    np.testing.assert_array_equal(build(vectors(), about).layout("xy"), xy)


def test_transposed_matrix_is_reported():
    with pytest.raises(BadData, match=r"5 x 8: if its columns are the vectors, save array\.T"):
        guess(ParsedFile(np.zeros((5, N), np.float32), pd.DataFrame(index=range(5)), "v", "npy"), table(label=NAMES))
