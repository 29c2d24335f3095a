"""Tables of ratings and interactions are read by Spark as they are on one machine, and refused for the same reasons."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from explorer.datasets.interactions import InteractionSource, load_interactions
from explorer.datasets.rating_table import RatingSource, load_ratings
from explorer.errors import BadData, BadRequest
from explorer.training.spark.filesystem import Store
from explorer.training.spark.request import Request
from tests.formats.field.training import rated

pytestmark = pytest.mark.spark


@pytest.fixture
def read(spark, tmp_path):
    from explorer.training.spark import ratings, source

    def read(path, columns, min_count=1):
        request = Request(str(path), "", source=columns)
        found = source.find(spark, Store(spark, tmp_path.as_uri()), request, tmp_path / "small")
        return ratings.read_ratings(found, min_count)

    return read


def events(**columns):
    """Fifty events with repeated pairs, whose ids are texts with spaces around them and zeros before them."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"customer_id": [f" u{n:02} " for n in rng.integers(0, 8, 50)],
                          "sku": [f"{n:03}" for n in rng.integers(0, 6, 50)],
                          "stars": rng.integers(1, 11, 50) / 2})  # fmt: skip
    return table.assign(**columns)


def csv(table, path):
    table.to_csv(path, index=False)


def tsv(table, path):
    table.to_csv(path, index=False, sep="\t")


def semicolons(table, path):
    table.to_csv(path, index=False, sep=";", encoding="latin-1")


def packed(table, path):
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(table.to_csv(index=False).encode()))


def utf_16(table, path):
    table.to_csv(path, index=False, encoding="utf-16")


def json_lines(table, path):
    path.write_text("\n".join(json.dumps(row) for row in table.to_dict("records")) + "\n\n")


def parquet(table, path):
    table.to_parquet(path)


def colons(table, path):
    path.write_text("".join("::".join(map(str, row)) + "\n" for row in table.itertuples(index=False)))


def same(ours, theirs, names):
    """Equal pairs, values, items and numbers; ours from Spark, theirs from one machine."""
    pd.testing.assert_frame_equal(
        ours.items[names].reset_index(drop=True), theirs.items[names], check_dtype=False, check_column_type=False
    )
    rows = ours.frame.toArrow().to_pandas().sort_values(["user", "item"])
    numbers = ours.items["item"].to_numpy()
    users = np.unique(rows["user"])
    assert len(users) == theirs.n_users == ours.n_users
    order = np.lexsort((theirs.item, theirs.user))
    np.testing.assert_array_equal(np.searchsorted(users, rows["user"]), theirs.user[order])
    np.testing.assert_array_equal(np.searchsorted(numbers, rows["item"]), theirs.item[order])
    return rows, order


WRITERS = [(csv, "r.csv"), (tsv, "r.tsv"), (semicolons, "r.txt"), (packed, "r.csv"), (utf_16, "r.csv"),
           (json_lines, "r.jsonl"), (parquet, "r.parquet"), (colons, "r.dat")]  # fmt: skip


@pytest.mark.parametrize(("write", "name"), WRITERS, ids=lambda one: getattr(one, "__name__", one))
def test_ratings_of_every_format_equal_those_without_spark(read, tmp_path, write, name):
    table = events(when=1_000_000_000 + np.arange(50) // 10)  # ties: the last row wins
    folder = tmp_path / "parts"
    folder.mkdir()
    write(table[:30], folder / f"b 1+é%20 {name}")  # after the other, though it is longer
    write(table[30:], folder / f"a {name}")
    source = RatingSource("1", "2", "3", "4") if write is colons else RatingSource()
    ours, theirs = read(folder, source), load_ratings(folder, source)
    rows, order = same(ours, theirs, ["item_id", "key", "title", "n_ratings", "mean_rating"])
    np.testing.assert_array_equal(rows["rating"], theirs.rating[order])
    np.testing.assert_array_equal(rows["timestamp"], theirs.timestamp[order])
    assert (ours.duplicates, ours.scale) == (theirs.duplicates, theirs.scale)
    assert ours.read == theirs.counts()


@pytest.mark.parametrize(
    "ids", [[7, 3, -5], [2**40, 3, 10], ["10", "9", "09"], [1.0, 2.0, 3.5], ["b", "a", "Ä"], [10**25, 1, 2]]
)
@pytest.mark.parametrize("write", [csv, parquet], ids=["csv", "parquet"])
def test_ids_of_any_type_are_numbered_as_without_spark(read, tmp_path, write, ids):
    table = pd.DataFrame({"user": np.repeat(ids, 2), "item": [*ids, *ids], "rating": [1, 2, 3, 4, 5, 1]})
    if write is parquet and isinstance(ids[0], int) and max(ids) > 2**63:
        table = table.astype({"user": str, "item": str})
    write(table, tmp_path / f"r.{write.__name__}")
    ours, theirs = (
        read(tmp_path / f"r.{write.__name__}", None or RatingSource()),
        load_ratings(tmp_path / f"r.{write.__name__}"),
    )
    same(ours, theirs, ["item_id", "key"])


def test_many_ids_are_numbered_across_partitions(read, tmp_path):
    names = [f"x{n:04}" for n in np.random.default_rng(0).permutation(500)]
    table = pd.DataFrame({"user": np.repeat(names, 2), "item": np.tile([2**40, 7], 500), "rating": [1, 2] * 500})
    (tmp_path / "r").mkdir()
    table[:400].to_parquet(tmp_path / "r" / "a.parquet")
    table[400:].to_parquet(tmp_path / "r" / "b.parquet")
    same(read(tmp_path / "r", RatingSource()), load_ratings(tmp_path / "r"), ["item_id", "key"])


def test_times_are_seconds_milliseconds_or_dates(read, tmp_path):
    texts = ["5", "1e3", "1112486027000", "2005-04-02 23:53:47", "2005-04-02", "2005-04-02T23:53:47Z",
             "2005-04-02T23:53:47+02:00", "", " 7 ", "-3.5"]  # fmt: skip
    table = pd.DataFrame({"user": range(10), "item": list("ababababab"), "rating": [1, 2] * 5, "date": texts})
    csv(table, tmp_path / "r.csv")
    ours, theirs = read(tmp_path / "r.csv", RatingSource()), load_ratings(tmp_path / "r.csv")
    rows = ours.frame.toArrow().to_pandas().sort_values("user")
    assert rows["timestamp"].tolist() == theirs.timestamp.tolist()


def test_named_columns_scale_and_facts(read, tmp_path):
    table = events().rename(columns={"customer_id": "a.b", "sku": "User", "stars": "user"})
    csv(table, tmp_path / "r.csv")
    facts = pd.DataFrame({"code": [f"{n:03}" for n in range(6)], "name": list("abcdef"), "price": ["1.5"] * 5 + [""],
                          "tags": ["x|y", "x", "y", "x|y", "y", "x"]})  # fmt: skip
    csv(facts, tmp_path / "facts.csv")
    source = RatingSource("a.b", "User", "user (2)", None, str(tmp_path / "facts.csv"), "code", "0..5")
    ours, theirs = read(tmp_path / "r.csv", source), load_ratings(tmp_path / "r.csv", source)
    same(ours, theirs, ["item_id", "key", "title", "price", "tags", "n_ratings"])
    assert ours.scale == (0.0, 5.0)
    assert ours.items["tags"].tolist()[0] == ["x", "y"]


FIELD = (
    "Book-Crossing: zeros are no ratings", "anime: -1 for seen and not rated", "German with decimal commas",
    "Chinese in GB 18030", "French, date before the rating",
)  # fmt: skip


@pytest.mark.parametrize("name", FIELD)
def test_files_from_the_field_are_read_as_without_spark(read, tmp_path, name):
    (file, content), *_ = rated.CASES[name].files.items()
    (tmp_path / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    ours, theirs = read(tmp_path / file, RatingSource()), load_ratings(tmp_path / file)
    rows, order = same(ours, theirs, ["item_id", "key", "n_ratings", "mean_rating"])
    np.testing.assert_array_equal(rows["rating"], theirs.rating[order])
    np.testing.assert_array_equal(rows["timestamp"], theirs.timestamp[order])
    assert (ours.scale, ours.notes) == (theirs.scale, theirs.notes)


def test_row_with_line_breaks_is_read(read, tmp_path):
    csv(events(review=['two\nlines, "quoted"'] * 50), tmp_path / "r.csv")
    same(read(tmp_path / "r.csv", RatingSource()), load_ratings(tmp_path / "r.csv"), ["item_id", "n_ratings"])


@pytest.mark.parametrize("weighted", [True, False])
def test_weights_of_a_pair_are_summed(read, tmp_path, weighted):
    table = events(plays=np.arange(50) % 5, day=["2020-01-01"] * 50).drop(columns="stars")
    csv(table if weighted else table.drop(columns="plays"), tmp_path / "r.csv")
    ours, theirs = (
        read(tmp_path / "r.csv", InteractionSource()),
        load_interactions(tmp_path / "r.csv", InteractionSource()),
    )
    rows, order = same(ours, theirs, ["item_id", "key"])
    np.testing.assert_allclose(rows["rating"], np.log2(1 + theirs.weight[order]), rtol=1e-6)
    np.testing.assert_array_equal(rows["timestamp"], theirs.time[order])
    assert ours.read == {"name": "r", "interactions": len(theirs), "users": 8, "items": 6}


def test_items_of_few_users_and_users_of_one_item_are_left_out(read, tmp_path):
    pairs = [("a", "x"), ("b", "x"), ("c", "x"), ("a", "y"), ("b", "y"), ("c", "z"), ("d", "z"), ("d", "w")]
    csv(pd.DataFrame(pairs, columns=["user", "item"]), tmp_path / "r.csv")
    ours = read(tmp_path / "r.csv", InteractionSource(), 2)
    assert ours.items["item_id"].tolist() == ["x", "y", "z"]
    assert (ours.n_users, ours.n_ratings) == (3, 6)
    (tmp_path / "small").rename(tmp_path / "old")
    with pytest.raises(
        BadRequest, match=r"No user chose two items that 9 users chose; the most popular.* by 3\. Lower"
    ):
        read(tmp_path / "r.csv", InteractionSource(), 9)


GOOD = "u,i,5\nv,i,4\nu,j,3\n"
RATED, CHOSEN = RatingSource(), InteractionSource()


@pytest.mark.parametrize(
    ("source", "text", "said"),
    [
        (RATED, f"user,item,rating\n{GOOD}u,k,good\n", "rating 'good' is not a number"),
        (RATED, f"user,item,rating\n{GOOD}u,k,1d\n", "rating '1d' is not a number"),
        (RATED, f"user,item,rating\n{GOOD}u,k,1e39\n", "rating '1e39' is too large; numbers go up to 3.4e+38"),
        (RATED, f"user,item,rating\n{GOOD}u,k,nan\n", "rating 'nan' is not a number"),
        (RATED, f"user,item,rating\n{GOOD},k,1\n", "no user; every row needs one"),
        (RATED, f"user,item,rating\n{GOOD}u,k,\n", "no rating; every row needs one"),
        (RATED, f"user,item,rating\n{GOOD}u,k\n", "3 fields expected, 2 found in ['u', 'k']"),
        (RATED, f"user,item,rating\n{GOOD}u,k,1,2\n", "3 fields expected, 4 found in ['u', 'k', '1', '2']"),
        (RATED, "user,item,rating,time\nu,i,5,noon\nv,j,4,1\n", "time 'noon' is neither a number of seconds"),
        (RatingSource(scale="1..4"), f"user,item,rating\n{GOOD}", "rating 5 is outside the scale 1..4"),
        (RATED, "user,item,rating\nu,i,5\nv,j,5\n", "all 2 ratings are 5; there is nothing to predict"),
        (RATED, "user,item,rating\nu,i,5\nu,j,4\n", "only one user, 'u'; at least two are needed"),
        (RATED, "user,item,rating\nu,7,5\nv,7,4\n", "only one item, '7'; at least two are needed"),
        (RATED, "user,item,rating\n", "no rows below the header"),
        (RATED, "", "the file is empty"),
        (RATED, '{"user": 1, "item": 2, "rating": 3}\n{"user": 1, "item"\n', "not JSON"),
        (CHOSEN, f"user,item,clicks\n{GOOD}u,k,-1\n", "clicks -1 is negative; weights count events"),
        (CHOSEN, "user,item,clicks\nu,i,0\nv,j,0\n", "all weights are 0; there is nothing to learn from"),
        (RatingSource(rating="stars"), f"user,item,rating\n{GOOD}", "there is no column 'stars'"),
        (RATED, f"user,item,what\n{GOOD}", "the rating column was not recognized. Give --rating NAME"),
    ],
)
def test_invalid_data_are_refused_as_without_spark(read, tmp_path, source, text, said):
    (tmp_path / "r.csv").write_text(text)
    load = load_interactions if source is CHOSEN else load_ratings
    for attempt in (lambda: load(tmp_path / "r.csv", source), lambda: read(tmp_path / "r.csv", source)):
        with pytest.raises((BadData, BadRequest)) as told:
            attempt()
        assert said in str(told.value)
        assert str(tmp_path / "r.csv") in str(told.value)


@pytest.mark.parametrize("write", [csv, packed, json_lines, parquet], ids=lambda one: one.__name__)
def test_remote_files_are_recognized_by_their_first_bytes(spark, tmp_path, monkeypatch, write):
    from explorer.training.spark import ratings, source, table

    (tmp_path / "r").mkdir()
    write(events()[:30], tmp_path / "r" / "a.csv")
    write(events()[30:], tmp_path / "r" / "b.csv")
    (tmp_path / "r" / "_SUCCESS").touch()
    monkeypatch.setattr(table, "local_path", lambda path: None)
    monkeypatch.setattr(table, "SAMPLE_BYTES", 200)
    request = Request(f"file://{tmp_path}/r", "", source=RatingSource())
    found = source.find(spark, Store(spark, tmp_path.as_uri()), request, tmp_path / "small")
    same(ratings.read_ratings(found), load_ratings(tmp_path / "r"), ["item_id", "n_ratings"])


def test_remote_file_is_named_by_its_address(spark, tmp_path, monkeypatch):
    from explorer.training.spark import source, table

    (tmp_path / "r.csv").write_text("one,two\n1,2\n")
    monkeypatch.setattr(table, "local_path", lambda path: None)
    for address, said in ((f"file://{tmp_path}/r.csv", "the user column"), (f"file://{tmp_path}/nowhere", "cannot be")):
        request = Request(address, "", source=RatingSource())
        with pytest.raises((BadData, BadRequest), match=said) as told:
            source.find(spark, Store(spark, tmp_path.as_uri()), request, tmp_path / f"small {said}")
        assert str(told.value).startswith(address)


def test_compressed_file_without_suffix_is_reported(read, tmp_path):
    (tmp_path / "r.csv").write_bytes(gzip.compress(b"user,item,rating\na,b,1\nb,a,2\n"))
    with pytest.raises(BadData, match=r"Spark knows compressed files by their names\. Name it \.gz"):
        read(tmp_path / "r.csv", RatingSource())
