"""Text tables: delimiter, quotes, decimal sign, header, encoding, exact values."""

import numpy as np
import pytest

from explorer.errors import BadData
from explorer.formats import Limits, read
from explorer.formats.tables import delimited
from explorer.formats.tables.dialect import sniff

BIG, HUGE = 2**53 + 1, 2**64 - 1


@pytest.mark.parametrize(
    ("text", "delimiter", "header", "first"),
    [
        ("a,b\n1,x\n2,y\n", ",", "sure", {"a": 1, "b": "x"}),
        ("titel;jahr;v\nA;1990;0,5\nB;1991;0,25\n", ";", "sure", {"titel": "A", "jahr": 1990, "v": 0.5}),
        ("0,5;0,25;0,1\n0,3;0,2;0,7\n", ";", "none", {"0": 0.5, "1": 0.25, "2": 0.1}),
        ("a|b\n1|2\n3|4\n", "|", "sure", {"a": 1, "b": 2}),
        ("title,genres\nA,Drama|War\nB,War|Action\n", ",", "sure", {"title": "A", "genres": "Drama|War"}),
        ("title\tby\nA\tTolkien, J. R. R.\nB\tWolf, V.\n", "\t", "sure", {"title": "A", "by": "Tolkien, J. R. R."}),
        ('a\tb\n"x\ty"\t1\n"z"\t2\n', "\t", "sure", {"a": "x\ty", "b": 1}),
        ('a\tb\n5" disk\t1\n"q"\t2\n', "\t", "sure", {"a": '5" disk', "b": 1}),
        ('a,b\n"x, ""y""",1\n"multi\nline",2\n', ",", "sure", {"a": 'x, "y"', "b": 1}),
        (",0,1\nwa,0.5,0.2\nwb,1,2\n", ",", "sure", {"key": "wa", "0": 0.5, "1": 0.2}),
        (",a,b\n0,x,2\n1,y,3\n", ",", "sure", {"index": 0, "a": "x", "b": 2}),
        ('"a" "b"\n"dog" 2 3\n"cat" 4 5\n', " ", "sure", {"key": "dog", "a": 2, "b": 3}),
        ("2017\t0.1\t0.2\n3\t0.4\t0.5\n9\t0.1\t0.1\n", "\t", "none", {"key": "2017", "0": 0.1, "1": 0.2}),
        ("Name\tGenre\nA\tRock\t\nB\tPop\t\nC\tPop\n", "\t", "sure", {"Name": "A", "Genre": "Rock"}),
        ("1\t2\t\n3\t4\t\n", "\t", "none", {"0": 1, "1": 2}),
    ],
)  # fmt: skip
def test_dialect_is_detected_from_the_rows(tmp_path, text, delimiter, header, first):
    (tmp_path / "t.csv").write_text(text)
    table, dialect = delimited.read(tmp_path / "t.csv", None, Limits(), [])
    assert (dialect.delimiter, dialect.header) == (delimiter, header)
    assert table.to_pylist()[0] == first


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "2"], [1, 2]),
        (["007", "12"], ["007", "12"]),
        (["+49", "1"], ["+49", "1"]),
        ([str(BIG), ""], [BIG, None]),
        ([str(HUGE), "1"], [HUGE, 1]),
        ([str(10**20), "1"], [str(10**20), "1"]),
        (["-750.0", "800.0"], [-750.0, 800.0]),
        (["12.50", "3"], [12.5, 3.0]),
        (["1", "NA"], [1, None]),
        (["true", "", "False"], [True, None, False]),
        (["NA", "FR"], ["NA", "FR"]),
        (["NA", "null"], ["NA", "null"]),
        (["x", "\\N"], ["x", None]),
        (["5", "\\N"], [5, None]),
        (["2020-01-01", "2020-01-02"], ["2020-01-01", "2020-01-02"]),
        (["12:30", "13:45"], ["12:30", "13:45"]),
    ],
)
def test_values_are_exact_or_stay_text(tmp_path, cells, values):
    (tmp_path / "t.csv").write_text("name,x\n" + "".join(f"n{n},{cell}\n" for n, cell in enumerate(cells)))
    table, _ = delimited.read(tmp_path / "t.csv", None, Limits(), [])
    assert table["x"].to_pylist() == values


def test_leading_zero_in_a_late_row_keeps_the_column_text(tmp_path):
    rows = "".join(f"{n},{n}\n" for n in range(5000))
    (tmp_path / "t.csv").write_text(f"zip,n\n{rows}00501,1\n")
    table, _ = delimited.read(tmp_path / "t.csv", None, Limits(), [])
    assert table["zip"].to_pylist()[-2:] == ["4999", "00501"] and table["n"].to_pylist()[-1] == 1


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Amélie"), ("utf-8-sig", "Amélie"), ("utf-16", "Amélie"), ("utf-16-le", "Amélie, très bien"),
        ("cp1252", "Amélie – Léon"), ("cp1251", "Привет мир как дела"),
        ("shift_jis", "こんにちは世界、日本語のテキスト"),
    ],
)  # fmt: skip
def test_encoding_is_detected_and_noted(tmp_path, encoding, text):
    (tmp_path / "t.csv").write_bytes(f'key,title\n1,"{text}"\n2,"{text} 2"\n'.encode(encoding))
    found = read(tmp_path / "t.csv")
    assert found.items["title"].tolist() == [text, f"{text} 2"]
    assert bool(found.notes) == (encoding not in ("utf-8", "utf-8-sig"))


def test_damaged_byte_leaves_the_rest_unchanged(tmp_path):
    good = "1,Amélie ž ü ö ä é à è ê î ô ù\n".encode()
    (tmp_path / "t.csv").write_bytes(b"key,title\n" + 3 * good + b"2,\xff\n")
    found = read(tmp_path / "t.csv")
    assert found.items["title"].tolist()[0].startswith("Amélie") and found.items["title"].tolist()[3] == "ÿ"
    assert "line 5" in found.notes[0]


def test_row_of_another_width_is_named(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3\n4,5,6\n")
    with pytest.raises(BadData, match="line 3: 1 cells, expected 2"):
        read(tmp_path / "t.csv")


def test_header_can_be_set(tmp_path):
    (tmp_path / "t.csv").write_text("cat,pet\ndog,pet\n")
    assert len(read(tmp_path / "t.csv")) == 1
    assert read(tmp_path / "t.csv", header=False).items.iloc[0].tolist() == ["cat", "pet"]
    assert sniff("1,2\n3,4\n", header=True).header == "sure"


def test_headerless_numbers_as_written_by_numpy(tmp_path):
    matrix = np.random.default_rng(0).standard_normal((9, 4))
    for delimiter in (" ", ",", "\t", ";"):
        np.savetxt(tmp_path / "m.txt", matrix, delimiter=delimiter)
        np.testing.assert_allclose(read(tmp_path / "m.txt").vectors, matrix, rtol=1e-6)
