"""Spark reads the same ratings as datasets.movielens from every layout of a release."""

import pandas as pd
import pytest

from explorer import BadData
from explorer.datasets import movielens
from explorer.training.spark.filesystem import Store
from explorer.training.spark.request import Request

pytestmark = pytest.mark.spark
ROWS = [(1, 10, 4.0, 60), (1, 20, 2.0, 61), (2, 10, 5.0, 62), (2, 30, 1.0, 63), (1, 10, 3.0, 99)]  # the last is newer
FILMS = [(10, "Toy Story (1995)", "Comedy"), (20, "Heat (1995)", "Drama"), (30, "Heat (1986)", "Drama")]


@pytest.fixture
def read(spark, tmp_path):
    from explorer.training.spark import ratings, source

    store = Store(spark, tmp_path.as_uri())
    return lambda path: ratings.read_ratings(source.find(spark, store, Request(str(path), ""), tmp_path / "small"))


def lines(path, separator, rows, header=None):
    path.write_text("\n".join([*([header] if header else []), *(separator.join(map(str, row)) for row in rows)]) + "\n")


def old(folder):
    lines(folder / "ratings.dat", "::", [(u, i, int(r), t) for u, i, r, t in ROWS])
    lines(folder / "movies.dat", "::", FILMS)
    (folder / "users.dat").touch()


def oldest(folder):
    lines(folder / "u.data", "\t", [(u, i, int(r), t) for u, i, r, t in ROWS])
    lines(folder / "u.genre", "|", [("Comedy", 0), ("Drama", 1)])
    lines(
        folder / "u.item", "|", [(n, title, "", "", "", int(g == "Comedy"), int(g == "Drama")) for n, title, g in FILMS]
    )


def recent(folder):
    lines(folder / "ratings.csv", ",", ROWS, "userId,movieId,rating,timestamp")
    lines(folder / "movies.csv", ",", FILMS, "movieId,title,genres")
    lines(
        folder / "links.csv", ",", [(10, 114709, 862), (20, 113277, 949), (30, 91191, 11454)], "movieId,imdbId,tmdbId"
    )


def dated(folder):
    lines(folder / "rating.csv", ",", [(u, i, r, f"1970-01-01 00:0{t // 60}:{t % 60:02}") for u, i, r, t in ROWS],
          "userId,movieId,rating,timestamp")  # fmt: skip
    lines(folder / "movie.csv", ",", FILMS, "movieId,title,genres")


def packed(folder):
    pd.DataFrame(ROWS, columns=["userId", "movieId", "rating", "timestamp"]).to_parquet(folder / "ratings.parquet")
    pd.DataFrame(FILMS, columns=["movieId", "title", "genres"]).to_parquet(folder / "movies.parquet")


@pytest.mark.parametrize("layout", [old, oldest, recent, dated, packed])
def test_release_is_read_as_on_one_machine(read, tmp_path, layout):
    folder = tmp_path / "ml"
    folder.mkdir()
    layout(folder)
    ours, theirs = read(folder), movielens.load(folder)
    assert (ours.n_ratings, ours.n_users, ours.duplicates, ours.scale) == (4, 2, 1, theirs.scale)
    pd.testing.assert_frame_equal(ours.items[theirs.items.columns], theirs.items, check_dtype=False)
    rows = {(row["user"], row["item"]): (row["rating"], row["timestamp"]) for row in ours.frame.toArrow().to_pylist()}
    ids = theirs.items["item_id"].to_numpy()[theirs.item]
    assert rows == {
        (int(theirs.user_ids[u]), int(i)): (float(r), int(t))
        for u, i, r, t in zip(theirs.user, ids, theirs.rating, theirs.timestamp, strict=True)
    }
    assert rows[1, 10] == (3.0, 99)


def test_invalid_data_are_named(read, tmp_path):
    with pytest.raises(BadData, match=r"nowhere cannot be read: .*does not exist"):
        read(tmp_path / "nowhere")
    (tmp_path / "small").rmdir()
    with pytest.raises(BadData, match=r"Spark cannot read a \.zip; unpack it"):
        read(tmp_path / "ml.zip")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("dear")
    (tmp_path / "small").rmdir()
    with pytest.raises(
        BadData, match=r"not a folder of a MovieLens release; found a\.txt.*train ratings --engine spark"
    ):
        read(tmp_path / "notes")


def test_ratings_off_the_scale_are_reported(read, tmp_path):
    (tmp_path / "ml").mkdir()
    recent(tmp_path / "ml")
    lines(tmp_path / "ml" / "ratings.csv", ",", [(1, 10, 7.0, 1)], "userId,movieId,rating,timestamp")
    with pytest.raises(BadData, match=r"ratings\.csv: rating 7 is outside the scale 0\.5\.\.5"):
        read(tmp_path / "ml")
