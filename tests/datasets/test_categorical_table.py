"""Categorical tables: formats, column types, targets, invalid tables."""

import gzip

import numpy as np
import pandas as pd
import pytest

from explorer.datasets import categorical_table
from explorer.datasets.categorical_table import MISSING, CategoricalTable, Column
from explorer.datasets.movielens import categories
from explorer.errors import BadData, BadRequest

ROWS = "shop,zip,tags,price,sales\nnorth,02460,a|b,1.5,10\nsouth,02460,,2.5,20\nnorth,9,b,0.5,60\n"


def cells(column: Column) -> list[list[str]]:
    return [[column.values[code] for code in row if code >= 0] for row in column.codes]


def table_of(tmp_path, text: str, name: str = "t.csv", **options) -> CategoricalTable:
    (tmp_path / name).write_text(text)
    return categorical_table.read_table(tmp_path / name, **options)


@pytest.mark.parametrize("dress", ["csv", "tsv", "gz", "parquet"])
def test_every_file_format_gives_the_same_table(tmp_path, dress):
    file = tmp_path / f"t.{dress}"
    if dress == "parquet":
        frame = pd.DataFrame({"shop": ["north", "south", "north"], "zip": ["02460", "02460", "9"]})
        frame.assign(tags=["a|b", None, "b"], price=[1.5, 2.5, 0.5], sales=[10, 20, 60]).to_parquet(file)
    else:
        text = ROWS.replace(",", "\t") if dress == "tsv" else ROWS
        file.write_bytes(gzip.compress(text.encode()) if dress == "gz" else text.encode())
    table = categorical_table.read_table(file)
    assert [column.name for column in table.columns] == ["shop", "zip", "tags"]
    assert cells(table.columns[0]) == [["north"], ["south"], ["north"]]
    assert cells(table.columns[1]) == [["02460"], ["02460"], ["9"]]  # a zip code stays text
    assert [sorted(cell) for cell in cells(table.columns[2])] == [["a", "b"], [MISSING], ["b"]]
    assert table.target.tolist() == [10, 20, 60]
    assert (table.target_name, table.classes, table.left_out) == ("sales", None, ("price",))


def test_list_cells_in_parquet(tmp_path):
    genres = [["x", "y"], [], ["y", "y"], None, ["z", None]]
    pd.DataFrame({"genres": genres, "stars": [1, 2, 3, 4, 5]}).to_parquet(tmp_path / "t.parquet")
    (column,) = categorical_table.read_table(tmp_path / "t.parquet").columns
    assert [sorted(cell) for cell in cells(column)] == [["x", "y"], [MISSING], ["y"], [MISSING], [MISSING, "z"]]


def test_categories_dates_booleans_and_bytes_in_parquet(tmp_path):
    frame = pd.DataFrame(
        {"a": pd.Categorical(["x", None, "x"]), "day": pd.to_datetime(["2020-01-01"] * 2 + ["2021-02-03"])}
    )
    frame.assign(flag=[True, False, True], kind=pd.Categorical(["u", "v", "u"])).to_parquet(tmp_path / "t.parquet")
    table = categorical_table.read_table(tmp_path / "t.parquet")
    assert [column.values for column in table.columns][::2] == [["x", MISSING], ["true", "false"]]
    assert [value[:10] for value in table.columns[1].values] == ["2020-01-01", "2021-02-03"]
    assert (table.classes, table.target.tolist()) == (["u", "v"], [0, 1, 0])
    pd.DataFrame({"a": [b"\xff", b"x"], "t": [1, 2]}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(BadData, match="column 'a', binary, cannot be read as categories"):
        categorical_table.read_table(tmp_path / "b.parquet")


def test_byte_order_mark_and_latin_1(tmp_path):
    (tmp_path / "t.csv").write_text("\ufeff" + ROWS, encoding="utf-8")
    assert categorical_table.read_table(tmp_path / "t.csv").columns[0].name == "shop"
    (tmp_path / "t.csv").write_bytes("a,t\ncafé,1\ntea,2\n".encode("latin-1"))
    assert categorical_table.read_table(tmp_path / "t.csv").columns[0].values == ["café", "tea"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "shop;t\na;1\nb;2\na;3\n"),
        ("t.tsv", "shop\tt\na\t1\nb\t2\na\t3\n"),
        ("t.csv", "shop|t\na|1\nb|2\na|3\n"),
        ("t.jsonl", '{"shop": "a", "t": 1}\n{"shop": "b", "t": 2}\n{"shop": "a", "t": 3}\n'),
    ],
)
def test_other_csv_dialects_are_read(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    found = categorical_table.read_table(tmp_path / name)
    assert (found.columns[0].values, found.columns[0].codes[:, 0].tolist()) == (["a", "b"], [0, 1, 0])
    assert found.target.tolist() == [1, 2, 3]


def test_counts_and_target_means_of_values(tmp_path):
    column = table_of(tmp_path, ROWS).columns[2]
    by_value = dict(zip(column.values, zip(column.counts(), column.means([10, 20, 60]), strict=True), strict=True))
    assert by_value == {"a": (1, 10.0), "b": (2, 35.0), MISSING: (1, 20.0)}


def test_fixed_width_columns_and_target_option(tmp_path):
    table = table_of(tmp_path, ROWS, target="shop", columns=["tags", "price"], separator="")
    assert table.columns[0].values == ["a|b", MISSING, "b"]
    assert table.columns[1].values == ["1.5", "2.5", "0.5"]  # chosen explicitly, so it is categorical
    assert (table.classes, table.target.tolist()) == (["north", "south"], [0, 1, 0])


@pytest.mark.parametrize(
    ("values", "classes"),
    [(["0", "1", "1"], ["0", "1"]), (["x", "y", "z"], ["x", "y", "z"]), (["1", "2", "3"], None)],
)
def test_target_is_numeric_or_has_classes(tmp_path, values, classes):
    text = "a,t\n" + "".join(f"{row % 2},{value}\n" for row, value in enumerate(values))
    assert table_of(tmp_path, text).classes == classes


@pytest.mark.parametrize(
    ("text", "options", "error", "message"),
    [
        ("a,t\nx,1\nx,2\nx,3\n", {}, BadData, "column 'a' has one value, 'x', in all rows"),
        ("a,t\nx,1\ny,2\n", {"target": "stars"}, BadRequest, "no column 'stars'; there are a, t"),
        ("a,t\nx,1\ny,2\n", {"columns": ["b"]}, BadRequest, "no column 'b'; there are a, t"),
        ("a,t\nx,1\ny,2\n", {"columns": ["t"]}, BadRequest, "'t' is the target"),
        ("a,t\nx,1\ny,\nz,3\n", {}, BadData, "target 't' is nothing in row 2"),
        ("a,t\nx,1\ny,nan\nz,3\n", {}, BadData, "target 't' is 'nan' in row 2"),
        ("a,t\nx,1\ny,inf\nz,3\n", {}, BadData, "target 't' is 'inf' in row 2"),
        ("a,t\nx,1\ny,1\n", {}, BadData, "target 't' is '1' in all rows"),
        ("a,t\nx,1\ny\n", {}, BadData, "line 3: 2 fields expected, 1 found"),
        ("1,2\n3,4\n", {}, BadData, "no column names"),
        ("a\nx\n", {}, BadData, "a target and another column"),
        ("a,t\n", {}, BadData, "no rows below"),
        ("", {}, BadData, "is empty"),
        ("a,t\n0.5,1\n0.7,2\n", {}, BadData, "no categorical column besides 't'"),
    ],
)
def test_invalid_table_is_refused(tmp_path, text, options, error, message):
    with pytest.raises(error, match=message) as caught:
        table_of(tmp_path, text, **options)
    assert "t.csv" in str(caught.value) or "target" in message


def test_invalid_target_value_is_named(tmp_path):
    text = "a,t\n" + "".join(f"{row % 3},{row}\n" for row in range(1500)) + "1,many\n"
    with pytest.raises(BadData, match="row 1,501 below the header has 'many'"):
        table_of(tmp_path, text)


def test_unreadable_files_are_refused(tmp_path):
    with pytest.raises(BadData, match="no such file"):
        categorical_table.read_table(tmp_path / "nowhere.csv")
    with pytest.raises(BadData, match="no table in the folder"):
        categorical_table.read_table(tmp_path)
    (tmp_path / "t.parquet").write_text("a,t\n")
    with pytest.raises(BadData, match="not an intact parquet"):
        categorical_table.read_table(tmp_path / "t.parquet")


USERS = "1::F::1::10::48067\n2::M::56::16::70072-1234\n3::M::25::15::V5K\n"


@pytest.fixture
def ml_1m(tmp_path):
    folder = tmp_path / "ml-1m"
    folder.mkdir()
    (folder / "users.dat").write_text(USERS)
    (folder / "movies.dat").write_text("1::A (1999)::Drama|War\n2::B (1998)::Comedy\n")
    (folder / "ratings.dat").write_text("1::1::5::9\n1::2::1::9\n2::1::3::9\n3::2::4::9\n")
    return folder


def test_ml_1m_becomes_a_table(ml_1m):
    table = categories.ml_1m(ml_1m, digits=1)
    by_name = {column.name: cells(column) for column in table.columns}
    assert by_name["gender"] == [["women"], ["women"], ["men"], ["men"]]
    assert by_name["age"] == [["under 18"], ["under 18"], ["56 and over"], ["25-34"]]
    assert by_name["occupation"][2:] == [["self-employed"], ["scientist"]]
    assert by_name["region"] == [["4: IN KY MI OH"]] * 2 + [["7: AR LA OK TX"], ["elsewhere"]]
    assert [sorted(cell) for cell in by_name["genres"]] == [["Drama", "War"], ["Comedy"], ["Drama", "War"], ["Comedy"]]
    assert table.target.tolist() == [5, 1, 3, 4]
    assert {cell[0][:3] for cell in cells(categories.ml_1m(ml_1m, 3).columns[3])} == {"480", "700", "els"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1::F::1::48067\n", "line 1: 5 fields"),
        ("1::F::2::3::0\n", "line 1: .* is not a user"),
        ("", "user 1 has rated"),
    ],
)
def test_invalid_users_file_names_its_line(ml_1m, line, message):
    (ml_1m / "users.dat").write_text(line + "2::M::56::16::70072\n3::M::25::15::55117\n")
    with pytest.raises(BadData, match=message):
        categories.ml_1m(ml_1m)


def test_release_without_users_is_refused(ml_1m):
    (ml_1m / "users.dat").unlink()
    with pytest.raises(BadData, match="only the MovieLens release 1M has it"):
        categories.ml_1m(ml_1m)


def test_padded_cells_are_stripped_and_never_empty():
    wide, values = categorical_table.padded(np.array([0, 1, 1, 1]), np.array([2, 0, 2]), ["x", "y"])
    assert values == ["x", "y", MISSING]
    assert [sorted(row[row >= 0]) for row in wide] == [[0, 1], [2], [1]]
