"""Ratings: dense indices, unique keys, duplicates, validation."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.datasets import movielens
from explorer.datasets.ratings import Ratings, build, dense, item_keys
from explorer.errors import BadData

Written = Callable[[str], Path]

triples = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 5), st.integers(0, 3)), min_size=1)


def table(n: int, **columns: object) -> pd.DataFrame:
    items = pd.DataFrame({"item_id": range(n), "title": [f"Film {i}" for i in range(n)], "genres": [[]] * n})
    return items.assign(year=pd.array([pd.NA] * n, dtype="Int32"), **columns)


@given(triples)
def test_newest_duplicate_is_kept(rows: list[tuple[int, int, int, int]]) -> None:
    user, item, rating, when = (np.array(column) for column in zip(*rows, strict=True))
    ratings = build(user, item, rating, when, table(5), scale=(1, 5), name="made up")
    newest: dict[tuple[int, int], tuple[int, int]] = {}
    for u, i, r, t in rows:
        if t >= newest.get((u, i), (0, -1))[1]:
            newest[u, i] = r, t
    item_ids = ratings.items["item_id"].to_numpy()
    pairs = zip(ratings.user_ids[ratings.user].tolist(), item_ids[ratings.item].tolist(), strict=True)
    found = dict(zip(pairs, zip(ratings.rating.tolist(), ratings.timestamp.tolist(), strict=True), strict=True))
    assert found == newest
    assert ratings.duplicates == len(rows) - len(newest)
    assert ratings.items["n_ratings"].sum() == len(ratings)


@given(st.lists(st.integers(-(2**62), 2**62) | st.integers(0, 50) | st.integers(2**31 - 2, 2**31 + 2), min_size=1))
def test_dense_indices_map_back_to_the_ids(ids: list[int]) -> None:
    index, distinct = dense(np.array(ids))
    assert distinct[index].tolist() == ids
    assert distinct.tolist() == sorted(set(ids))
    assert index.dtype == np.int32


def test_ids_larger_than_32_bits(written: Written) -> None:
    folder = written("csv")
    text = (folder / "ratings.csv").read_text()
    (folder / "ratings.csv").write_text(text.replace("\n20,", "\n6000000000,"))
    assert movielens.load(folder).user_ids.tolist() == [1, 7, 6_000_000_000]


def test_duplicates_in_a_file_are_counted(written: Written) -> None:
    folder = written("csv")
    with (folder / "ratings.csv").open("a") as file:
        file.write("1,1,0.5,999999999\n7,3,5.0,5\n")
    ratings = movielens.load(folder)
    assert (ratings.n_ratings, ratings.duplicates) == (9, 2)
    assert ratings.items["mean_rating"].tolist()[0] == pytest.approx((0.5 + 4 + 3) / 3)
    assert ratings.rating[(ratings.user == 1) & (ratings.item == 2)].tolist() == [1]  # the older row came last


@given(st.lists(st.tuples(st.sampled_from(["A", "B", "A (1990)", "A #1"]), st.sampled_from([1990, 1991, None]))))
def test_keys_are_unique_and_equal_to_titles_where_possible(films: list[tuple[str, int | None]]) -> None:
    titles, years = [title for title, _ in films], [year for _, year in films]
    items = pd.DataFrame({"item_id": range(len(films)), "title": pd.Series(titles, dtype=str)})
    keys = item_keys(items.assign(year=pd.array(years, dtype="Int32")))
    assert len(set(keys)) == len(keys)
    for key, title in zip(keys, titles, strict=True):
        assert key.startswith(title)
        assert key == title or titles.count(title) > 1 or title in ("A (1990)", "A #1")


def test_equal_titles_get_distinct_keys() -> None:
    items = table(5, title=["Psycho", "Psycho", "Heat", "Heat", "Up"])
    items["year"] = pd.array([1960, 1998, 1995, 1995, 2009], dtype="Int32")
    assert item_keys(items) == ["Psycho (1960)", "Psycho (1998)", "Heat (1995) #2", "Heat (1995) #3", "Up"]


def test_take_keeps_users_and_items(written: Written) -> None:
    ratings = movielens.load(written("csv"))
    for index in (np.array([0, 8]), np.isin(np.arange(9), [0, 8]), slice(0, 9, 8)):
        part = ratings.take(index)
        assert (part.n_ratings, part.n_users, part.n_items, part.mean) == (2, 3, 4, 3.0)
        assert part.y.tolist() == [2, -2]
        assert part.items is ratings.items


def test_ratings_are_read_only_and_validated(written: Written) -> None:
    ratings = movielens.load(written("csv"))
    with pytest.raises(ValueError, match="read-only"):
        ratings.rating[0] = 1
    with pytest.raises(BadData, match="no ratings left"):
        ratings.take(slice(0, 0))

    def made(**changed: object) -> Ratings:
        fields = {name: getattr(ratings, name) for name in Ratings.__dataclass_fields__}
        return Ratings(**(fields | changed))

    with pytest.raises(BadData, match=r"`item` has shape \(8,\), expected \(9,\)"):
        made(item=ratings.item[1:])
    with pytest.raises(BadData, match=r"`user` runs 1\.\.3, expected 0\.\.2"):
        made(user=ratings.user + 1)
    with pytest.raises(BadData, match=r"rating 6 is outside the scale 0\.5\.\.5"):
        made(rating=np.where(np.arange(9) == 4, 6, ratings.rating))
    with pytest.raises(BadData, match="rating nan is outside"):
        made(rating=np.where(np.arange(9) == 4, np.nan, ratings.rating))
    with pytest.raises(BadData, match=r"scale 5\.\.5 is empty"):
        made(scale=(5, 5))
    with pytest.raises(BadData, match="key 'x' is repeated"):
        made(items=ratings.items.assign(key="x"))
    with pytest.raises(BadData, match="no column title"):
        made(items=ratings.items.drop(columns="title"))
    with pytest.raises(BadData, match="item 9 is rated but missing"):
        build(np.array([1]), np.array([9]), np.array([3]), np.array([0]), table(5), scale=(1, 5), name="made up")
