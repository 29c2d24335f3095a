"""Every MovieLens layout gives the same known ratings; every error names file, line and value."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer.datasets import movielens
from explorer.datasets.ratings import Ratings
from explorer.errors import BadData, BadRequest

LAYOUTS = ("100k", "1m", "10m", "csv", "kaggle", "pool")
Written = Callable[[str], Path]


def check_known(ratings: Ratings, linked: bool) -> None:
    assert (ratings.n_ratings, ratings.n_users, ratings.n_items, ratings.duplicates) == (9, 3, 4, 0)
    assert ratings.user_ids.tolist() == [1, 7, 20]
    assert ratings.user.tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 2]
    assert ratings.item.tolist() == [0, 1, 3, 0, 2, 0, 1, 2, 3]
    assert ratings.rating.tolist() == [5, 3, 4, 4, 1, 3, 2, 5, 1]
    assert ratings.timestamp[:2].tolist() == [964982703, 964981247]
    assert (ratings.user.dtype, ratings.item.dtype) == (np.int32, np.int32)
    assert (ratings.rating.dtype, ratings.y.dtype, ratings.timestamp.dtype) == (np.float32, np.float32, np.int64)
    assert ratings.mean == pytest.approx(28 / 9)
    items = ratings.items
    assert items["item_id"].tolist() == [1, 2, 3, 30]  # movie 4 was never rated
    assert items["key"].tolist() == ["The Matrix", "A Bug's Life", "Les Misérables (1935)", "Les Misérables (1998)"]
    assert items["title"].tolist() == ["The Matrix", "A Bug's Life", "Les Misérables", "Les Misérables"]
    assert items["year"].tolist() == [1999, 1998, 1935, 1998]
    assert items["genres"].tolist() == [["Action", "Sci-Fi"], ["Animation", "Children"], ["Drama"], []]
    assert items["n_ratings"].tolist() == [3, 2, 2, 2]
    assert items["mean_rating"].tolist() == [4, 2.5, 3, 2.5]
    assert ("imdb_id" in items) == linked
    if linked:
        assert items["imdb_id"].tolist() == [133093, 120623, 26725, pd.NA]
        assert items["tmdb_id"].tolist() == [603, 9487, pd.NA, pd.NA]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_as_folder_and_zip(layout: str, written: Written, zipped: Callable[[Path], Path]) -> None:
    folder = written(layout)
    for path in (folder, str(folder), zipped(folder)):
        ratings = movielens.load(path)
        check_known(ratings, linked=layout in ("csv", "kaggle", "pool"))
        assert ratings.name == f"ml-{layout}"
        assert ratings.scale == ((1, 5) if layout in ("100k", "1m") else (0.5, 5))


def test_windows_line_ends_byte_order_mark_and_reordered_columns(written: Written) -> None:
    folder = written("csv")
    rows = [line.split(",") for line in (folder / "ratings.csv").read_text().splitlines()]
    turned = "\r\n".join(",".join([*reversed(row), "x"]) for row in rows)
    (folder / "ratings.csv").write_bytes(b"\xef\xbb\xbf" + turned.encode() + b"\r\n\r\n")
    movies = (folder / "movies.csv").read_bytes().replace(b"\n", b"\r\n")
    (folder / "movies.csv").write_bytes(b"\xef\xbb\xbf" + movies)
    check_known(movielens.load(folder), linked=True)
    (folder / "ratings.csv").write_bytes(b"\xef\xbb\xbf" + turned.replace("20,x", "no,x", 1).encode())
    with pytest.raises(BadData, match="line 7: userId 'no' is not a whole number"):
        movielens.load(folder)


def test_release_in_a_nested_folder(written: Written) -> None:
    folder = written("csv")
    check_known(movielens.load(folder.parent), linked=True)
    written("1m")
    with pytest.raises(BadData, match=r"several data sets .*ml-1m, ml-csv"):
        movielens.load(folder.parent)


def test_progress_ends_at_the_file_size(written: Written) -> None:
    for layout, name in (("csv", "ratings.csv"), ("pool", "ratings.parquet")):
        folder, seen = written(layout), []
        movielens.load(folder, progress=lambda done, total, seen=seen: seen.append((done, total)))
        size = (folder / name).stat().st_size
        assert seen[-1] == (size, size)


def test_official_split_is_read_from_its_files(written: Written) -> None:
    folder = written("100k")
    train, test = movielens.split(folder, movielens.load(folder), "u1")
    assert (train.tolist(), test.tolist()) == ([0, 1, 4, 5, 6, 7, 8], [2, 3])
    with pytest.raises(BadRequest, match="u9"):
        movielens.split(folder, movielens.load(folder), "u9")
    (folder / "u1.test").write_text("99\t1\t4\t874965758\n")
    with pytest.raises(BadData, match=r"1 rows, 0 of them in u\.data"):
        movielens.split(folder, movielens.load(folder), "u1")


# --- invalid input ---------------------------------------------------------------------------------------------------

FAULTS = [  # layout, file, line to change, its replacement, what the error names
    ("csv", "ratings.csv", 3, "1,2,5.5,964981247", "rating '5.5' is outside the scale 0.5..5"),
    ("csv", "ratings.csv", 4, "1,30,nan,964982224", "rating 'nan' is outside the scale"),
    ("csv", "ratings.csv", 4, "1,30,inf,964982224", "rating 'inf' is outside the scale"),
    ("csv", "ratings.csv", 2, "one,1,5.0,964982703", "userId 'one' is not a whole number"),
    ("csv", "ratings.csv", 2, "1,,5.0,964982703", "movieId '' is not a whole number"),
    ("csv", "ratings.csv", 2, "1,1,good,964982703", "rating 'good' is not a number"),
    ("csv", "ratings.csv", 2, "1,1,5.0,today", "timestamp 'today' is not a whole number"),
    ("csv", "ratings.csv", 10, "20,31,1.0,1094785743", "movieId '31' is missing from the movie table"),
    ("csv", "ratings.csv", 5, "7,1,4.0", "4 fields expected, 3 found"),
    ("csv", "ratings.csv", 1, "userId,movieId,stars,timestamp", "no column 'rating'; found 'userId', 'movieId'"),
    ("csv", "movies.csv", 1, "movieId,name,genres", "no column 'title'"),
    ("csv", "movies.csv", 3, "two,Heat (1995),Action", "movieId 'two' is not a whole number"),
    ("csv", "movies.csv", 3, "1,Heat (1995),Action", "movieId '1' is repeated"),
    ("csv", "movies.csv", 3, "2,Heat (1995)", "3 fields expected, 2"),
    ("csv", "links.csv", 3, "2,tt0120623,9487", "imdbId 'tt0120623' is not a whole number"),
    ("100k", "u.data", 2, "1\t2\t0\t964981247", "rating '0' is outside the scale 1..5"),
    ("100k", "u.data", 2, '1\t"2\t3\t964981247', "movieId '\"2' is not a whole number"),
    ("100k", "u.item", 2, "2|Heat (1995)|0", "11 fields expected, 3 found"),
    ("100k", "u.genre", 2, "Action", "`genre|number` expected, found 'Action'"),
    ("1m", "ratings.dat", 9, "20::30::6::1094785743", "rating '6' is outside the scale 1..5"),
    ("1m", "ratings.dat", 9, "20::30::x::1094785743", "rating 'x' is not a number"),
    ("1m", "ratings.dat", 9, "20::30:1::1094785743", "4 fields expected, 3 found"),
    ("1m", "ratings.dat", 9, "20:9:30::1::1094785743", "4 fields expected, 3 found"),
    ("10m", "movies.dat", 2, "2::Heat (1995)", "`id::title::genres` expected"),
    ("kaggle", "rating.csv", 2, '1,1,5,"yesterday"', "timestamp 'yesterday' is not a date like 2005-04-02 23:53:47"),
]


@pytest.mark.parametrize(("layout", "name", "line", "text", "message"), FAULTS)
def test_invalid_line_is_named_with_file_line_and_value(
    layout: str, name: str, line: int, text: str, message: str, written: Written, zipped: Callable[[Path], Path]
) -> None:
    folder = written(layout)
    lines = (folder / name).read_text(encoding="latin-1").splitlines()
    lines[line - 1] = text
    (folder / name).write_text("\n".join(lines) + "\n", encoding="latin-1")
    for path in (folder, zipped(folder)):
        with pytest.raises(BadData) as raised:
            movielens.load(path)
        assert f"{name}, line {line}: " in str(raised.value)
        assert message in str(raised.value)


def test_invalid_parquet_row_is_named(written: Written) -> None:
    folder = written("pool")
    table = pd.read_parquet(folder / "ratings.parquet")
    for column, value, message in [
        ("rating", 7, "row 3: rating '7' is outside the scale"),
        ("rating", None, "row 3: rating '' is not a number"),
        ("movieId", 77, "row 3: movieId '77' is missing from the movie table"),
    ]:
        table.astype({column: float}).assign(**{column: table[column].where(table.index != 2, value)}).to_parquet(
            folder / "ratings.parquet"
        )
        with pytest.raises(BadData, match=message):
            movielens.load(folder)
    table.assign(userId="one").to_parquet(folder / "ratings.parquet")
    with pytest.raises(BadData, match=r"ratings\.parquet, row 1: userId 'one' is not a whole number"):
        movielens.load(folder)
    table.drop(columns="rating").to_parquet(folder / "ratings.parquet")
    with pytest.raises(BadData, match=r"ratings\.parquet: no column 'rating'"):
        movielens.load(folder)
    table.to_parquet(folder / "ratings.parquet", compression=None)
    torn = bytearray((folder / "ratings.parquet").read_bytes())
    torn[4:24] = b"\xff" * 20
    for content in (b"not parquet at all", bytes(torn)):
        (folder / "ratings.parquet").write_bytes(content)
        with pytest.raises(BadData, match=r"ratings\.parquet: not an intact parquet file"):
            movielens.load(folder)


@pytest.mark.parametrize("text", ["", "\n", "userId,movieId,rating,timestamp\n"])
def test_file_without_ratings_is_refused(text: str, written: Written) -> None:
    folder = written("csv")
    (folder / "ratings.csv").write_text(text)
    with pytest.raises(BadData, match=r"ratings\.csv"):
        movielens.load(folder)


@pytest.mark.parametrize(
    ("layout", "name"), [("100k", "u.item"), ("100k", "u.genre"), ("1m", "movies.dat"), ("csv", "ratings.csv")]
)
def test_missing_file_is_named(layout: str, name: str, written: Written) -> None:
    folder = written(layout)
    (folder / name).unlink()
    with pytest.raises(BadData, match=f"{name} is missing"):
        movielens.load(folder)


def test_unknown_layout_names_the_known_ones_and_the_files_found(tmp_path: Path) -> None:
    (tmp_path / "songs.txt").write_text("la la la")
    with pytest.raises(BadData, match=r"ratings\.csv \+ movies\.csv.*Found: songs\.txt"):
        movielens.load(tmp_path)
    with pytest.raises(BadData, match="not a folder and not an intact"):
        movielens.load(tmp_path / "songs.txt")
    with pytest.raises(BadData, match="no such file or folder"):
        movielens.load(tmp_path / "absent")


@pytest.mark.parametrize("member", ["../evil.csv", "/etc/passwd", "a/../../evil", "..\\evil.csv", "C:\\evil.csv"])
def test_zip_member_outside_the_folder_is_refused(member: str, tmp_path: Path) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "userId,movieId,rating,timestamp\n")
    with pytest.raises(BadData, match="points outside"):
        movielens.load(path)
    assert [file.name for file in tmp_path.iterdir()] == ["evil.zip"]


def test_damaged_zip_is_refused(written: Written, zipped: Callable[[Path], Path]) -> None:
    path = zipped(written("csv"))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadData, match="not an intact"):
        movielens.load(path)
    for name in ("ratings.csv", "movies.csv"):
        with zipfile.ZipFile(path.with_name("again.zip"), "w", zipfile.ZIP_STORED) as archive:
            for file in path.with_suffix("").iterdir():
                archive.write(file, file.name)
            start = archive.getinfo(name).header_offset + 30 + len(name)
        broken = bytearray(path.with_name("again.zip").read_bytes())
        broken[start + 40] ^= 0x01
        path.with_name("again.zip").write_bytes(broken)
        with pytest.raises(BadData, match=r"damaged .*Bad CRC"):
            movielens.load(path.with_name("again.zip"))


# --- real releases ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "ratings", "users", "items"),
    [
        ("ml-100k", 100_000, 943, 1_682),
        ("ml-1m", 1_000_209, 6_040, 3_706),
        ("ml-latest-small", 100_836, 610, 9_724),
        ("pool", 701_242, 5_375, 19_369),
    ],
)
def test_real_releases_have_their_published_counts(name: str, ratings: int, users: int, items: int) -> None:
    root = movielens.data_root()
    if root is None or not (root / "movielens" / name).is_dir():
        pytest.skip(f"{name} is not here: set EXPLORER_DATA to a folder with movielens/{name}")
    loaded = movielens.load(root / "movielens" / name)
    assert (loaded.n_ratings, loaded.n_users, loaded.n_items, loaded.duplicates) == (ratings, users, items, 0)
    toy_story = loaded.items.set_index("key").loc["Toy Story"]
    assert (toy_story["item_id"], toy_story["year"]) == (1, 1995)
    assert {"Animation", "Children", "Comedy"} <= set(toy_story["genres"])


def test_data_root_follows_the_environment_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    assert movielens.data_root() == tmp_path
    monkeypatch.delenv("EXPLORER_DATA")
    monkeypatch.chdir(tmp_path)
    assert movielens.data_root() is None
    (tmp_path / "data").mkdir()
    assert movielens.data_root() == Path("data")
