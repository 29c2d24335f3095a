"""Sequence files, and sequences of liked items."""

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.datasets import sequences
from explorer.datasets.ratings import Ratings, build
from explorer.datasets.sequences import Sequences, grouped
from explorer.errors import BadData


def rated(user: list[int], item: list[int], rating: list[float], timestamp: list[int] | None = None) -> Ratings:
    columns = map(np.array, (user, item, rating, timestamp or [0] * len(user)))
    names = pd.DataFrame({"item_id": [0, 1, 2], "title": list("abc"), "year": 2000, "genres": [[]] * 3})
    return build(*columns, names, scale=(0.5, 5.0), name="made-up")


def spelled(found: Sequences, names: list[str]) -> list[list[str]]:
    return [
        [names[token] for token in found.tokens[a:b]] for a, b in zip(found.starts[:-1], found.starts[1:], strict=True)
    ]


def test_words_separated_by_spaces(tmp_path):
    (tmp_path / "s.txt").write_text("a b  a\n\n  \nc b\r\n")
    assert spelled(*sequences.read_sequences(tmp_path / "s.txt")) == [["a", "b", "a"], ["c", "b"]]


def test_titles_separated_by_tabs_in_gzip(tmp_path):
    (tmp_path / "s.gz").write_bytes(gzip.compress("Toy Story\tHeat\t\nMisérables, Les\n".encode()))
    assert spelled(*sequences.read_sequences(tmp_path / "s.gz")) == [["Toy Story", "Heat"], ["Misérables, Les"]]


@given(st.lists(st.lists(st.sampled_from(["x", "the y", "ž", "-"]), min_size=2, max_size=5), min_size=1, max_size=8))
def test_tab_separated_sequences_round_trip(tmp_path_factory, lists):
    file = tmp_path_factory.mktemp("s") / "s"
    file.write_text("\n".join("\t".join(names) for names in lists), encoding="utf-8")
    assert spelled(*sequences.read_sequences(file)) == lists


def test_empty_file_is_refused(tmp_path):
    (tmp_path / "empty").write_text("\n \n")
    with pytest.raises(BadData, match="empty: no sequences in the file"):
        sequences.read_sequences(tmp_path / "empty")


def test_likes_are_ordered_by_time_and_ties_by_item():
    ratings = rated([0, 0, 0, 1, 1, 2], [2, 0, 1, 1, 0, 0], [5, 4, 1, 4, 5, 3], timestamp=[3, 9, 1, 0, 0, 0])
    found = sequences.liked(ratings, 4.0)
    assert [found.tokens[a:b].tolist() for a, b in zip(found.starts, found.starts[1:], strict=False)] == [
        [2, 0],
        [0, 1],
    ]
    assert (found.owner == [0, 0, 1, 1]).all()


def test_likes_relative_to_the_mean_of_each_user():
    ratings = rated([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [5, 4, 3, 3, 1])
    assert spelled(sequences.liked(ratings, None), list("abc")) == [["a", "b"], ["a"]]
    assert spelled(sequences.liked(ratings, 4.0), list("abc")) == [["a", "b"]]
    # equal ratings all count as likes, also when their mean is not exact in floating point
    same = rated([0, 0, 0], [0, 1, 2], [3.3, 3.3, 3.3])
    assert spelled(sequences.liked(same, None), list("abc")) == [["a", "b", "c"]]


def test_no_likes_are_refused():
    found = sequences.liked(rated([0, 1], [0, 1], [1, 1]), 4.0)
    assert len(found) == 0
    assert len(found.without_alone()) == 0


def test_sequences_of_length_one_are_counted_and_dropped():
    found = grouped(np.array([5, 6, 7, 8]), np.array([0, 1, 1, 4])).without_alone()
    assert found.tokens.tolist() == [6, 7]
    assert (len(found), found.alone) == (1, 2)


def test_shuffle_stays_within_each_sequence():
    found = grouped(np.arange(300), np.repeat([0, 1, 2], 100))
    mixed = found.shuffled(np.random.default_rng(0))
    for part in range(3):
        inside = mixed.tokens[100 * part : 100 * part + 100]
        assert sorted(inside) == list(range(100 * part, 100 * part + 100))
        assert inside.tolist() != sorted(inside)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("citrus fruit,soap\nmilk\nmilk,rye bread\n", [["citrus fruit", "soap"], ["milk"], ["milk", "rye bread"]]),
        ("whole milk, rye bread\neggs, whole milk\n", [["whole milk", "rye bread"], ["eggs", "whole milk"]]),
        ('"Hobbit, The",Emma\nEmma,Dune\n', [["Hobbit, The", "Emma"], ["Emma", "Dune"]]),
        ("a b;c\nc;d e\n", [["a b", "c"], ["c", "d e"]]),
        ('["a b", "c"]\n["c", 7]\n', [["a b", "c"], ["c", "7"]]),
        ("we like it very much, yes\nit is\n", [["we", "like", "it", "very", "much,", "yes"], ["it", "is"]]),
    ],
)  # fmt: skip
def test_items_are_separated_by_tabs_or_spaces(tmp_path, text, items):
    (tmp_path / "s.txt").write_text(text)
    assert spelled(*sequences.read_sequences(tmp_path / "s.txt")) == items


def test_invalid_json_line_is_named(tmp_path):
    (tmp_path / "s.txt").write_text('["a"]\n' * 150 + '["a", {"b": 1}]\n')
    with pytest.raises(BadData, match="line 151"):
        sequences.read_sequences(tmp_path / "s.txt")
