"""Files written by other tools, and the expected result of each."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer import formats
from explorer.errors import BadData
from explorer.formats.several import read_files
from explorer.importing.build import build
from explorer.importing.plan import guess

N, D = 12, 4
VECTORS = np.round(np.random.default_rng(0).standard_normal((N, D)), 4).astype(np.float32)
WORDS = [f"w{n}" for n in range(N)]
LISTS = VECTORS.tolist()


def row(vector, sign):
    return sign.join(f"{number:.4f}" for number in vector)


def rows(sign, keys=WORDS):
    return "".join(f"{key}{sign}{row(vector, sign)}\n" for key, vector in zip(keys, VECTORS, strict=True))


def embedding(path, *more):
    read, metadata = read_files([path, *more])
    return build(read, metadata, guess(read, metadata))


TEXTS = {
    "Excel's first line": ("x.csv", "sep=;\nid;a1;a2;a3;a4\n" + rows(";")),
    "comments": ("x.csv", "# made by a tool\n# 2024\nid,a1,a2,a3,a4\n" + rows(",")),
    "numbers at the end of keys": ("x.txt", f"{N} {D}\n" + rows(" ", [f"route {n}" for n in range(N)])),
    "vectors without a header": ("x.tsv", "".join(f"{w}\t{{{row(v, ',')}}}\t\\N\n" for w, v in zip(WORDS, VECTORS))),  # noqa: B905
}


@pytest.mark.parametrize("case", TEXTS)
def test_text_files_have_the_known_keys_and_vectors(tmp_path, case):
    name, text = TEXTS[case]
    (tmp_path / name).write_text(text)
    imported = embedding(tmp_path / name)
    keys = [f"route {n}" for n in range(N)] if "route" in text else WORDS
    assert imported.items["key"].tolist() == keys
    np.testing.assert_allclose(imported.vectors, VECTORS, atol=1e-6)


DOCUMENTS = {
    "chroma": {"ids": WORDS, "embeddings": LISTS, "metadatas": [{"page": n} for n in range(N)], "included": ["a"]},
    "pandas by index": {str(n): {"word": w, "vector": v} for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))},
    "pandas by column": {f"d{d}": {w: v[d] for w, v in zip(WORDS, LISTS, strict=True)} for d in range(D)},
    "pandas split": {"columns": [f"d{d}" for d in range(D)], "index": WORDS, "data": LISTS},
    "a batch": [{"id": w, "response": {"data": [{"embedding": v}]}} for w, v in zip(WORDS, LISTS, strict=True)],
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_json_documents_have_the_known_keys_and_vectors(tmp_path, case):
    (tmp_path / "x.json").write_text(json.dumps(DOCUMENTS[case]))
    imported = embedding(tmp_path / "x.json")
    assert imported.items["key"].tolist() == WORDS and np.array_equal(imported.vectors, VECTORS)
    assert case != "chroma" or imported.items["page"].tolist() == list(range(N))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vocab.json", json.dumps({word: n for n, word in reversed(list(enumerate(WORDS)))})),
        ("vocab.json", json.dumps(dict(enumerate(WORDS)))),
        ("names.json", json.dumps(WORDS)),
        ("entity2id.txt", f"{N}\n" + "".join(f"{word}\t{n}\n" for n, word in reversed(list(enumerate(WORDS))))),
    ],
)
def test_id_map_names_the_rows(tmp_path, name, content):
    np.save(tmp_path / "v.npy", VECTORS)
    (tmp_path / name).write_text(content)
    assert embedding(tmp_path / "v.npy", tmp_path / name).items["key"].tolist() == WORDS


@pytest.mark.parametrize("write", [lambda n: f"{n:04d}", lambda n: f"Item_{n}"], ids=["zeros", "case"])
def test_keys_of_different_spelling_are_joined_with_a_note(tmp_path, write):
    table = pa.table({"id": [write(n) for n in range(N)], "embedding": pa.array(LISTS, pa.list_(pa.float32()))})
    pq.write_table(table, tmp_path / "v.parquet")
    lines = [f"{write(n).lower().replace('_', ' ').lstrip('0') or 0},{n}\n" for n in reversed(range(N))]
    (tmp_path / "f.csv").write_text("id,size\n" + "".join(lines))
    imported = embedding(tmp_path / "v.parquet", tmp_path / "f.csv")
    assert imported.items["size"].tolist() == list(range(N))
    assert any(f"{N} of {N} vectors matched, " in note for note in imported.manifest["source"]["notes"])


CELLS = {
    "thousands": (["1,234,567", "2,000", "999"], [1234567, 2000, 999], "number"),
    "unknown": (["1.5", "Unknown", "#DIV/0!"], [1.5, None, None], "number"),
    "phone": (["+4930", "+4931", "+4932"], ["+4930", "+4931", "+4932"], "category"),
    "numpy's list": (["['Drama' 'War']", "['War']", "['Drama']"], [["Drama", "War"], ["War"], ["Drama"]], "labels"),
    "PostgreSQL's list": (['{Drama,"Sci Fi"}', "{War}", "{War}"], [["Drama", "Sci Fi"], ["War"], ["War"]], "labels"),
    "words of a date": (["30 Nov 1987", "6 Jan 1988", "1 Feb 1989"], ["1987-11-30", "1988-01-06"], "date"),
    "long date": (["November 30, 1987", "January 6, 1988", "May 1, 1990"], ["1987-11-30", "1988-01-06"], "date"),
    "year first": (["1987/11/30", "1988/01/06", "1989/01/01"], ["1987-11-30", "1988-01-06"], "date"),
}


@pytest.mark.parametrize("case", CELLS)
def test_kind_of_a_column_beside_vectors_is_guessed(tmp_path, case):
    cells, values, kind = CELLS[case]
    table = pd.DataFrame({"title": WORDS, "fact": cells * (N // 3), "embedding": list(map(str, LISTS))})
    table.to_csv(tmp_path / "x.csv", index=False)
    imported = embedding(tmp_path / "x.csv")
    found = imported.items["fact"].tolist()[: len(values)]
    assert imported.schema["fact"].kind == kind
    if kind == "date":
        found = [str(day)[:10] for day in found]
    assert [None if not isinstance(one, list) and pd.isna(one) else one for one in found] == values


def test_lists_of_decimals_and_nested_lists(tmp_path):
    from decimal import Decimal

    numbers = [[Decimal(f"{number:.4f}") for number in vector] for vector in LISTS]
    for cells in (pa.array(numbers, pa.list_(pa.decimal128(8, 4))), pa.array([[vector] for vector in LISTS])):
        pq.write_table(pa.table({"id": WORDS, "emb": cells}), tmp_path / "x.parquet")
        np.testing.assert_allclose(embedding(tmp_path / "x.parquet").vectors, VECTORS, atol=1e-6)


def test_partitions_are_one_table_with_their_folders_as_a_column(tmp_path):
    table = pa.table({"id": WORDS, "emb": LISTS})
    for n in range(2):
        (tmp_path / "t" / f"year=200{n}").mkdir(parents=True)
        pq.write_table(table.slice(6 * n, 6), tmp_path / "t" / f"year=200{n}" / "part-0.parquet")
    imported = embedding(tmp_path / "t")
    assert imported.items["key"].tolist() == WORDS and imported.items["year"].tolist() == [2000] * 6 + [2001] * 6


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", "id,v0,v1\n", "contains no rows"),
        ("x.sql", "-- MySQL dump 10\n\nCREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\n", "is an SQL dump"),
        ("x.csv", 'id,embedding\na,"[0.1 0.2 ... 0.3]"\nb,"[0.1 0.2 ... 0.3]"\n', "abbreviated"),
    ],
)
def test_unsupported_files_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(BadData, match=message):
        formats.read(tmp_path / name)
