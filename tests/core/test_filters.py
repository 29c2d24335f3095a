"""Filters on a table small enough to see the answer."""

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest
from explorer.core import filters


@pytest.fixture
def films() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "key": ["Amélie", "Psycho (1960)", "Psycho (1998)", "Ça commence", "東京物語", "$9.99"],
            "year": pd.array([2001, 1960, 1998, None, 1953, 2008], dtype="Int16"),
            "genres": [["Comedy", "Romance"], ["Horror"], ["Horror", "Thriller"], [], ["Drama"], ["Comedy"]],
            "n_ratings": [300, 200, 50, 10, 80, 20],
        }
    )


def keys(films: pd.DataFrame, mask: np.ndarray) -> list[str]:
    assert mask.dtype == bool
    assert mask.shape == (len(films),)
    return films.key[mask].tolist()


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("psycho", ["Psycho (1960)", "Psycho (1998)"]),
        (r"^psycho \(199", ["Psycho (1998)"]),
        ("AMÉLIE", ["Amélie"]),
        ("^ça", ["Ça commence"]),
        ("東京", ["東京物語"]),
        (r"\$9", ["$9.99"]),
        ("am.lie|commence", ["Amélie", "Ça commence"]),
        ("no such film", []),
    ],
)
def test_title_patterns(films, pattern, found):
    assert keys(films, filters.title(films, pattern)) == found


def test_an_empty_pattern_matches_all(films):
    assert filters.title(films, "").all()


def test_a_pattern_that_hangs_other_engines_is_answered(films):
    long = films.assign(key=[f"{'a' * 50_000}{row}!" for row in range(len(films))])
    assert not filters.title(long, "(a+)+$").any()


@pytest.mark.parametrize("pattern", ["(", "[", "*a", "a{2,1}", r"(?=a)", r"(a)\1", "\\"])
def test_an_invalid_pattern_is_refused(films, pattern):
    with pytest.raises(BadRequest, match="is not a title pattern"):
        filters.title(films, pattern)


@pytest.mark.parametrize(
    ("wanted", "mode", "found"),
    [
        (["Comedy", "Horror"], "any", ["Amélie", "Psycho (1960)", "Psycho (1998)", "$9.99"]),
        (["Horror", "Thriller"], "all", ["Psycho (1998)"]),
        (["Horror"], "only", ["Psycho (1960)"]),
        (["Western"], "any", []),
        (["Western"], "all", []),
    ],
)
def test_genres(films, wanted, mode, found):
    assert keys(films, filters.genres(films, wanted, mode)) == found


def test_no_genre_wanted_matches_all_and_a_mode_there_is_not_is_refused(films):
    assert filters.genres(films, []).all()
    with pytest.raises(BadRequest, match="no genre mode 'some'; choose one of any, all, only"):
        filters.genres(films, ["Comedy"], "some")


def test_years_are_both_included_and_unknown_ones_left_out(films):
    assert keys(films, filters.years(films, 1960, 1998)) == ["Psycho (1960)", "Psycho (1998)"]
    assert not filters.years(films, 0, 9999)[3]


def test_popularity(films):
    assert keys(films, filters.popularity(films, 80)) == ["Amélie", "Psycho (1960)", "東京物語"]
    assert filters.popularity(films, 0).all()
    assert filters.popularity(films[["key"]], 80).all()


def test_all_genres_come_by_frequency(films):
    assert set(filters.all_genres(films)[:2]) == {"Comedy", "Horror"}
    assert set(filters.all_genres(films)) == {"Comedy", "Romance", "Horror", "Thriller", "Drama"}
    assert filters.all_genres(films[["key"]]) == []


def test_what_begins_with_the_text_comes_first_then_the_best_known():
    items = pd.DataFrame({"key": ["The Alien", "Alien", "Aliens", "Fargo"], "n_ratings": [900, 10, 50, 1]})
    assert items["key"].iloc[filters.find_by_text(items, "aLIEN")].tolist() == ["Aliens", "Alien", "The Alien"]
    assert items["key"].iloc[filters.find_by_text(items, "(", 5)].tolist() == []
    assert len(filters.find_by_text(items[["key"]], "a", 2)) == 2


def test_the_table_of_genres_is_what_the_lists_say(films):
    table = filters.genre_table(films)
    for row, genres in enumerate(films["genres"]):
        assert {name for name, has in zip(table.names, table.have[row], strict=True) if has} == set(genres)
    assert filters.genre_table(films[["key"]]).names == []
