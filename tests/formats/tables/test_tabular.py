"""Tables with vectors in list cells or one column per dimension, item tables, and layouts without vectors."""

import gzip

import numpy as np
import pandas as pd
import pytest

from explorer.errors import BadData, BadRequest
from explorer.formats import Limits, choices, detect, read
from explorer.importing.build import build

KEYS = ["007", "straße", "a b", "naïve\u202e", "<b>", "🎬"]
VECTORS = np.random.default_rng(0).standard_normal((6, 3)).astype(np.float32)


def wide(prefix: str = "d", first: int = 0) -> pd.DataFrame:
    table = pd.DataFrame(VECTORS, columns=[f"{prefix}{first + n}" for n in range(3)])
    table.insert(0, "key", KEYS)
    table["tags"] = ["A|B", "B", "", "A", "B|A", "C"]
    return table


def write(table: pd.DataFrame, path) -> None:
    kind = path.name.split(".")[1]
    if kind in ("csv", "tsv"):
        table.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    elif kind == "jsonl":
        table.to_json(path, orient="records", lines=True, double_precision=15)
    else:
        getattr(table, f"to_{kind}")(path)


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.csv.gz", "t.jsonl", "t.parquet", "t.feather"])
@pytest.mark.parametrize("first", [0, 1])
def test_one_column_per_dimension(tmp_path, name, first):
    write(wide("d", first), tmp_path / name)
    found = read(tmp_path / name)
    assert choices(tmp_path / name) == [f"d{first} ... d{first + 2}"]
    np.testing.assert_allclose(found.vectors, VECTORS, rtol=1e-6)
    assert found.vectors.dtype == np.float32
    assert found.items["key"].tolist() == KEYS
    assert list(found.items) == ["key", "tags"]


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet", "t.feather"])
def test_column_of_lists_holds_the_vectors(tmp_path, name):
    table = pd.DataFrame({"title": KEYS, "ids": [[1]] * 6, "embedding": [row.tolist() for row in VECTORS]})
    write(table, tmp_path / name)
    found = read(tmp_path / name)
    assert choices(tmp_path / name)[0] == "embedding"
    np.testing.assert_allclose(found.vectors, VECTORS, rtol=1e-6)
    assert found.items["title"].tolist() == KEYS


def test_vectors_printed_by_numpy(tmp_path):
    pd.DataFrame({"key": KEYS, "vec": [str(row) for row in VECTORS]}).to_csv(tmp_path / "t.csv", index=False)
    np.testing.assert_allclose(read(tmp_path / "t.csv").vectors, VECTORS, rtol=1e-5)


def test_longest_group_of_columns_is_used_and_another_can_be_chosen(tmp_path):
    table = wide().assign(v1=VECTORS[:, 0], v2=VECTORS[:, 1])
    write(table, tmp_path / "t.csv")
    assert choices(tmp_path / "t.csv") == ["d0 ... d2", "v1 ... v2"]
    assert read(tmp_path / "t.csv", choice="v1 ... v2").vectors.shape == (6, 2)
    with pytest.raises(BadData, match=r"'nothing'.*'d0 ... d2'"):
        read(tmp_path / "t.csv", choice="nothing")


def test_item_table_has_no_vectors(tmp_path):
    (tmp_path / "m.csv").write_text("id,title,year\n1,One,1990\n2,Two,1991\n")
    found = read(tmp_path / "m.csv")
    assert found.vectors is None and list(found.items) == ["id", "title", "year"]
    assert read(tmp_path / "m.csv", choice="all columns of numbers").vectors.shape == (2, 2)


@pytest.mark.parametrize("names", [("x", "y"), ("projection_x", "projection_y"), ("X", "Y")])
def test_columns_x_and_y_are_a_layout(tmp_path, names):
    pd.DataFrame(VECTORS[:, :2], columns=list(names)).assign(title=KEYS).to_csv(tmp_path / "m.csv", index=False)
    found = read(tmp_path / "m.csv")
    assert found.vectors is None and list(found.items) == ["title"]
    np.testing.assert_allclose(found.xy, VECTORS[:, :2], rtol=1e-6)


def test_table_without_a_header(tmp_path):
    pd.DataFrame({0: KEYS, 1: VECTORS[:, 0], 2: VECTORS[:, 1]}).to_csv(tmp_path / "t.csv", index=False, header=False)
    found = read(tmp_path / "t.csv")
    np.testing.assert_allclose(found.vectors, VECTORS[:, :2], rtol=1e-6)
    assert found.items["key"].tolist() == KEYS
    assert "no header" in found.notes[0]


def test_columns_numbered_by_pandas(tmp_path):
    pd.DataFrame(VECTORS).to_csv(tmp_path / "t.csv")
    np.testing.assert_allclose(read(tmp_path / "t.csv").vectors, VECTORS, rtol=1e-6)


def test_label_lists_and_an_unclosed_quotation_mark(tmp_path):
    (tmp_path / "labels.tsv").write_text('"one\ntwo\nthree 3\n')
    assert read(tmp_path / "labels.tsv").items["key"].tolist() == ['"one', "two", "three 3"]


def test_latin_1_is_read_and_noted(tmp_path):
    (tmp_path / "t.csv").write_bytes("key,title\n1,Amélie\n".encode("latin-1"))
    found = read(tmp_path / "t.csv")
    assert found.items["title"].tolist() == ["Amélie"]
    assert "not UTF-8" in found.notes[0]


def test_byte_order_mark_and_repeated_names(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfkey,a,a,\n1,2,3,4\n")
    assert list(read(tmp_path / "t.csv").items) == ["key", "a", "a (2)", "column"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "a,b\n1,2\n1,2,3\n", "3"),
        ("t.csv", "", "empty"),
        ("t.jsonl", '{"a": 1}\n[1]\n', "line 2"),
        ("t.jsonl", '{"a": 1}\n{"a": \n', "line 2"),
        ("t.parquet", "PAR1 and no more", "parquet"),
    ],
)
def test_damage_is_named(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(BadData, match=message) as caught:
        read(tmp_path / name)
    assert str(caught.value).startswith(name)


def test_larger_tables_than_the_limits_are_refused(tmp_path):
    write(wide(), tmp_path / "t.csv")
    write(wide(), tmp_path / "t.parquet")
    (tmp_path / "big.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 100_000))
    for name in ("t.csv", "t.parquet"):
        with pytest.raises(BadData, match="at most 5"):
            read(tmp_path / name, limit=Limits(rows=5))
        with pytest.raises(BadData, match="3 dimensions; at most 2"):
            read(tmp_path / name, limit=Limits(dims=2))
    with pytest.raises(BadData, match="more than 1,000 bytes"):
        read(tmp_path / "big.csv.gz", limit=Limits(bytes=1000))


def test_missing_file_and_column(tmp_path):
    with pytest.raises(BadData, match="no such file"):
        read(tmp_path / "no.csv")
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(BadRequest, match="no format 'xls'"):
        read(tmp_path / "t.csv", "xls")
    (tmp_path / "t.csv").unlink()
    with pytest.raises(BadData, match="an empty folder"):
        detect(tmp_path)


@pytest.mark.parametrize("name", [None, "word"])
def test_pandas_index_names_the_rows(tmp_path, name):
    pd.DataFrame({"vector": list(VECTORS)}, index=pd.Index(KEYS, name=name)).to_parquet(tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet").items[name or "key"].tolist() == KEYS


@pytest.mark.parametrize("format", ["parquet", "feather"])
def test_integer_codes_named_categories_are_labels(tmp_path, format):
    table = pd.DataFrame({"key": KEYS, "code": pd.Categorical([3, 1, 3, 2, 1, None]), "vector": list(VECTORS)})
    getattr(table, f"to_{format}")(tmp_path / f"t.{format}")
    found = read(tmp_path / f"t.{format}").items["code"]
    assert isinstance(found.dtype, pd.CategoricalDtype)
    assert found.astype(object).fillna("").tolist() == ["3", "1", "3", "2", "1", ""]


RAW = [([b"\0" * 12] * 6, "bytes.*frombuffer"), (["AAAA" * 8] * 6, "base64.*b64decode")]


@pytest.mark.parametrize(("cells", "message"), RAW)
def test_vectors_as_raw_bytes_are_refused_with_a_way_to_convert_them(tmp_path, cells, message):
    pd.DataFrame({"title": KEYS, "embedding": cells}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(BadData, match=f"'embedding' contains {message}"):
        build(read(tmp_path / "t.parquet"))


def test_unquoted_line_break_is_named(tmp_path):
    (tmp_path / "t.tsv").write_text("title\tn\na\nb\t1\n")
    with pytest.raises(BadData, match=r"line 2: 1 cells, expected 2: 'a'.*quotes"):
        read(tmp_path / "t.tsv")
