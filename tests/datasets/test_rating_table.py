"""Rating tables: formats, guessed and named columns, exact ids, errors."""

import gzip
import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.datasets.event_columns import choose_columns
from explorer.datasets.events import ids_from_texts
from explorer.datasets.interactions import InteractionSource, load_interactions
from explorer.datasets.rating_table import RatingSource, load_ratings
from explorer.datasets.table_detection import open_table
from explorer.errors import BadData, BadRequest

ROWS = [
    ("ann", "007", 5.0, 30),
    ("bob", "007", 1.0, 20),
    ("ann", "a, b", 2.5, 10),
    ("ann", "007", 3.0, 40),  # ann rates the item twice
    ("9223372036854775809", 'Émile "Z"', 4.0, 50),
]
NAMES = ("userId", "product_id", "rating", "timestamp")


def frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=NAMES)


def write_csv(folder):
    frame().to_csv(folder / "r.csv", index=False)
    return folder / "r.csv"


def write_semicolons(folder):
    frame().to_csv(folder / "r.txt", index=False, sep=";")
    return folder / "r.txt"


def write_tsv_gz(folder):
    (folder / "r.tsv.gz").write_bytes(gzip.compress(frame().to_csv(index=False, sep="\t").encode()))
    return folder / "r.tsv.gz"


def write_utf16(folder):
    (folder / "r.csv").write_text(frame().to_csv(index=False), encoding="utf-16")
    return folder / "r.csv"


def write_latin1(folder):
    (folder / "r.csv").write_text(frame().to_csv(index=False), encoding="latin-1")
    return folder / "r.csv"


def write_jsonl(folder):
    lines = [json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) for row in ROWS]
    (folder / "r.jsonl").write_text("\n".join(lines) + "\n")
    return folder / "r.jsonl"


def write_jsonl_gz(folder):
    (folder / "r.ndjson.gz").write_bytes(gzip.compress(write_jsonl(folder).read_bytes()))
    (folder / "r.jsonl").unlink()
    return folder / "r.ndjson.gz"


def write_parquet(folder):
    frame().to_parquet(folder / "r.parquet", index=False)
    return folder / "r.parquet"


def write_parquet_parts(folder):
    place = folder / "parts [1]*"
    place.mkdir()
    for number, part in enumerate((frame()[:2], frame()[2:])):
        part.to_parquet(place / f"part-{number}.parquet", index=False)
    (place / "_SUCCESS").write_text("")
    return place


def write_csv_parts(folder):
    place = folder / "parts"
    place.mkdir()
    for number, part in enumerate((frame()[:2], frame()[2:])):
        part.to_csv(place / f"part-{number}.csv", index=False)
    return place


def write_dates(folder):
    when = [datetime.fromtimestamp(row[3], UTC).isoformat() for row in ROWS]
    frame().assign(timestamp=when).to_csv(folder / "r.csv", index=False)
    return folder / "r.csv"


def write_parquet_dates(folder):
    when = pd.to_datetime(frame()["timestamp"], unit="s")
    frame().assign(timestamp=when).to_parquet(folder / "r.parquet")
    return folder / "r.parquet"


def write_milliseconds(folder):
    late = frame()["timestamp"] * 1000 + 1_600_000_000_000
    frame().assign(timestamp=late).to_csv(folder / "r.csv", index=False)
    return folder / "r.csv"


WRITERS = [
    write_csv, write_semicolons, write_tsv_gz, write_utf16, write_latin1, write_jsonl, write_jsonl_gz, write_parquet,
    write_parquet_parts, write_csv_parts, write_dates, write_parquet_dates, write_milliseconds,
]  # fmt: skip


@pytest.mark.parametrize("write", WRITERS)
def test_each_format_gives_the_same_ratings(tmp_path, write):
    ratings = load_ratings(write(tmp_path))
    assert ratings.user_ids.tolist() == ["9223372036854775809", "ann", "bob"]
    assert ratings.items["item_id"].tolist() == ["007", "a, b", 'Émile "Z"']
    assert ratings.items["title"].tolist() == ["007", "a, b", 'Émile "Z"']
    found = {
        (ratings.user_ids[u], ratings.items["key"][i]): r
        for u, i, r in zip(ratings.user, ratings.item, ratings.rating.tolist(), strict=True)
    }
    assert found == {
        ("ann", "007"): 3.0,
        ("bob", "007"): 1.0,
        ("ann", "a, b"): 2.5,
        ("9223372036854775809", 'Émile "Z"'): 4.0,
    }
    offset = 1_600_000_000 if write is write_milliseconds else 0
    assert sorted(ratings.timestamp - offset) == [10, 20, 40, 50]
    assert (ratings.duplicates, ratings.scale, ratings.kind) == (1, (1.0, 5.0), "ratings")


@pytest.mark.parametrize("write", WRITERS)
def test_weights_of_the_same_user_and_item_are_summed(tmp_path, write):
    found = load_interactions(write(tmp_path), InteractionSource(weight="rating"))
    pairs = zip(found.user_ids[found.user], found.items["item_id"].to_numpy()[found.item], found.weight, strict=True)
    assert list(pairs) == [("9223372036854775809", 'Émile "Z"', 4.0), ("ann", "a, b", 2.5), ("ann", "007", 8.0), ("bob", "007", 1.0)]  # fmt: skip  # noqa: E501
    assert found.items["count"].tolist() == [2, 1, 1]
    assert found.rows == 5


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), min_size=1).filter(
                lambda text: text.strip()
            ),
            st.integers(0, 10**18),
            st.sampled_from([1.0, 2.5, 5.0]),
        ),
        min_size=2,
        max_size=20,
        unique_by=lambda row: (row[0].strip(), row[1]),
    )
)
def test_ids_are_kept_exactly(tmp_path_factory, rows):
    file = tmp_path_factory.mktemp("ids") / "r.jsonl"
    lines = [json.dumps({"user": u, "item": i, "rating": r}, ensure_ascii=False) for u, i, r in rows]
    file.write_text("\n".join(lines))
    users = {u.strip(" ") for u, _, _ in rows}
    if len(users) < 2 or len({i for _, i, _ in rows}) < 2 or len({r for *_, r in rows}) < 2:
        return
    ratings = load_ratings(file)
    found = zip(map(str, ratings.user_ids[ratings.user]), ratings.items["item_id"].to_numpy()[ratings.item].tolist(), strict=True)  # fmt: skip  # noqa: E501
    assert sorted(found) == sorted((u.strip(" "), i) for u, i, _ in rows)


@pytest.mark.parametrize("texts", [["007", "8"], ["+1"], ["1.0"], ["1_0"], ["9223372036854775808"], ["١"], [""]])
def test_ids_with_leading_zeros_or_signs_stay_text(texts):
    assert ids_from_texts(texts).tolist() == texts
    assert ids_from_texts(["8", "-3"]).tolist() == [8, -3]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("user_id,item_id,rating,timestamp", ("user_id", "item_id", "rating", "timestamp")),
        ("Customer ID,SKU,Stars,Date", ("Customer ID", "SKU", "Stars", "Date")),
        ("reviewerID,asin,overall,unixReviewTime", ("reviewerID", "asin", "overall", "unixReviewTime")),
        ("rating,isbn,reader", ("reader", "isbn", "rating", None)),
        (
            "purchasing_customer,bought_product,star_rating",
            ("purchasing_customer", "bought_product", "star_rating", None),
        ),
    ],
)
def test_columns_are_guessed_by_name(tmp_path, header, expected):
    (tmp_path / "r.csv").write_text(f"{header}\n" + "a,b,3,4"[: 2 * header.count(",") + 1] + "\n")
    found = choose_columns(open_table(tmp_path / "r.csv"), "rating")
    assert (found.user, found.item, found.value, found.time) == expected


def test_columns_without_a_header_have_the_usual_order(tmp_path):
    (tmp_path / "u.data").write_text("1\t10\t3\t100\n2\t20\t4\t200\n")
    ratings = load_ratings(tmp_path / "u.data")
    assert (ratings.user_ids.tolist(), ratings.items["item_id"].tolist()) == ([1, 2], [10, 20])
    swapped = load_ratings(tmp_path / "u.data", RatingSource(user="2", item="1"))
    assert swapped.user_ids.tolist() == [10, 20]


def test_item_table_becomes_typed_columns_and_titles(tmp_path):
    items_file = (
        "sku,name,price,zip,tags\n007,Chair,12.5,00123,wood|red\nunsold,Table,1,00001,wood\na,Lamp,,99999,red|new\n"
    )
    (tmp_path / "facts.csv").write_text(items_file)
    (tmp_path / "r.csv").write_text("user,sku,rating\n1,007,5\n2,a,1\n3,zzz,2\n")
    items = load_ratings(tmp_path / "r.csv", RatingSource(items=str(tmp_path / "facts.csv"))).items
    assert items["title"].tolist() == ["Chair", "Lamp", "zzz"]
    assert items["item_id"].tolist() == ["007", "a", "zzz"]
    assert items["price"].tolist()[:1] == [12.5]
    assert np.isnan(items["price"].tolist()[1:]).all()
    assert items["zip"].tolist()[:2] == ["00123", "99999"]
    assert [list(tags) for tags in items["tags"]] == [["wood", "red"], ["red", "new"], []]


def message(load, *args) -> str:
    with pytest.raises((BadData, BadRequest)) as caught:
        load(*args)
    return str(caught.value)


GOOD = "user,item,rating,timestamp\n1,a,5,10\n2,b,3,20\n"


@pytest.mark.parametrize(
    ("text", "source", "said"),
    [
        ("1,a,eleven,0\n", {}, "r.csv, line 4: rating 'eleven' is not a number"),
        ("1,a,,0\n", {}, "r.csv, line 4: no rating"),
        ("1,a,nan,0\n", {}, "r.csv, line 4: rating 'nan' is not a number"),
        ("1,a,inf,0\n", {}, "r.csv, line 4: rating 'inf' is not a number"),
        ("1,a,1e39,0\n", {}, "r.csv, line 4: rating '1e39' is too large; numbers go up to 3.4e+38"),
        ("1,a,1_0,0\n", {}, "r.csv, line 4: rating '1_0' is not a number"),
        (",a,1,0\n", {}, "r.csv, line 4: no user"),
        ("1,  ,1,0\n", {}, "r.csv, line 4: no item"),
        ("1,a,1,yesterday\n", {}, "r.csv, line 4: timestamp 'yesterday' is neither"),
        ("1,a,1\n", {}, "r.csv, line 4: 4 fields expected, 3 found"),
        ("1,a,1,0,9\n", {}, "r.csv, line 4: 4 fields expected, 5 found"),
        ('3,"two\nlines",1,0\n1,a,x,0\n', {}, "r.csv, line 6: rating 'x' is not a number"),
        ("", {"user": "usr"}, "no column 'usr'; there are 'user', 'item', 'rating', 'timestamp'. Did you mean 'user'?"),
        ("", {"rating": "stars"}, "Did you mean 'rating'?"),
        ("", {"user": "item", "item": "item"}, "named as --user and as --item"),
        ("", {"scale": "1..4"}, "r.csv, line 2: rating 5 is outside the scale 1..4"),
        ("", {"scale": "five"}, "'five' is not a scale"),
        ("", {"items": "nowhere.csv"}, "nowhere.csv: no such file"),
    ],
)
def test_invalid_rows_and_columns_are_named(tmp_path, text, source, said):
    (tmp_path / "r.csv").write_text(GOOD + text)
    assert said in message(load_ratings, tmp_path / "r.csv", RatingSource(**source))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("user,item,rating\n1,a,5\n1,b,3\n", "only one user, '1'"),
        ("user,item,rating\n1,a,5\n2,a,3\n", "only one item, 'a'"),
        ("user,item,rating\n1,a,5\n2,b,5\n", "all 2 ratings are 5; there is nothing to predict"),
        ("user,item,rating\n", "no rows below the header"),
        ("", "is empty"),
        ("a,b,c\nx,y,z\n", "the user column was not recognized. Give --user NAME, one of 'a' (x), 'b' (y), 'c' (z)"),
        ('[{"user": 1}]', "a JSON array; write one JSON object per line"),
        ('{"user": 1, "item": 2, "rating": 3}\n{"user": \n', "line 2: not JSON"),
    ],
)
def test_tables_without_signal_are_refused(tmp_path, text, said):
    (tmp_path / "r.csv").write_text(text)
    assert said in message(load_ratings, tmp_path / "r.csv")


def test_damaged_files_are_refused(tmp_path):
    whole = gzip.compress(("user,item,rating\n" + "1,a,5\n2,b,3\n" * 5000).encode())
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    assert "cut.csv.gz" in message(load_ratings, tmp_path / "cut.csv.gz")
    write_parquet(tmp_path)
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "r.parquet").read_bytes()[:-20])
    assert "not an intact parquet file" in message(load_ratings, tmp_path / "cut.parquet")
    assert "no such file or folder" in message(load_ratings, tmp_path / "absent.csv")
    (tmp_path / "mixed").mkdir()
    write_csv(tmp_path / "mixed")
    write_parquet(tmp_path / "mixed")
    assert "several formats" in message(load_ratings, tmp_path / "mixed")


def test_invalid_values_in_parquet_and_json_are_named(tmp_path):
    frame().assign(rating=[1, 2, None, 4, 5]).to_parquet(tmp_path / "r.parquet")
    assert "r.parquet, row 3: no rating" in message(load_ratings, tmp_path / "r.parquet")
    write_jsonl(tmp_path)
    text = (tmp_path / "r.jsonl").read_text().replace("2.5", '"many"')
    (tmp_path / "r.jsonl").write_text(text)
    assert "r.jsonl, line 3: rating 'many' is not a number" in message(load_ratings, tmp_path / "r.jsonl")


def test_negative_and_all_zero_weights_are_refused(tmp_path):
    (tmp_path / "c.csv").write_text("user,item,clicks\n1,a,1\n2,b,-2\n")
    assert "line 3: clicks -2 is negative" in message(load_interactions, tmp_path / "c.csv")
    (tmp_path / "c.csv").write_text("user,item,clicks\n1,a,0\n2,b,0\n")
    assert "all weights are 0" in message(load_interactions, tmp_path / "c.csv")


@pytest.mark.parametrize(
    ("items_file", "key", "said"),
    [
        ("sku,name\na,x\na,y\n", None, "line 3: sku 'a' is repeated"),
        ("sku,name\nq,x\n", None, "none of its sku is an item of the data, such as 'a'"),
        ("sku,name\na,x\n", "skuu", "no column 'skuu'; there are 'sku', 'name'. Did you mean 'sku'?"),
        ("p,q\na,x\n", None, "the column with item ids was not recognized"),
    ],
)
def test_item_table_that_matches_no_item_is_refused(tmp_path, items_file, key, said):
    (tmp_path / "facts.csv").write_text(items_file)
    (tmp_path / "r.csv").write_text("user,sku,rating\n1,a,5\n2,b,1\n")
    source = RatingSource(items=str(tmp_path / "facts.csv"), item_key=key)
    assert said in message(load_ratings, tmp_path / "r.csv", source)
