"""Formats are detected by content; unsupported ones are named."""

import bz2
import gzip
import json
import lzma
import pickle
import sqlite3
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest

from explorer.errors import BadData
from explorer.formats import choices, detect, read

VECTORS = np.round(np.random.default_rng(0).standard_normal((6, 4)), 4).astype(np.float32)
KEYS = ["cat", "dog", "owl", "straße", "ox", "cow"]


def sqlite(path):
    with sqlite3.connect(path) as connection:
        connection.execute("create table t(a)")


def tar(path):
    with tarfile.open(path, "w") as archive:
        archive.add(__file__, "a.txt")


def xlsx(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")


FOREIGN = {
    "book.xlsx": (xlsx, "Excel.*read_excel"),
    "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "Excel.*CSV"),
    "w.magnitude": (sqlite, "SQLite.*sqlite3"),
    "model.bin": (b"\xba\x16\x4f\x2f" + bytes(99), "fastText.*get_word_vector"),
    "i.index": (b"IxF2" + bytes(99), "FAISS.*reconstruct_n"),
    "h.index": (b"IHNf" + bytes(99), "FAISS.*reconstruct_n"),
    "v.pkl": (pickle.dumps({"a": 1}), "pickle.*never loaded"),
    "old.pkl": (pickle.dumps(["a"] * 3, protocol=0), "pickle.*never loaded"),
    "vec.txt": (b"version https://git-lfs.github.com/spec/v1\noid sha256:a\nsize 5\n", "Git LFS.*git lfs pull"),
    "v.txt.bz2": (bz2.compress(b"a 1 2\n"), "bzip2.*bunzip2"),
    "v.txt.xz": (lzma.compress(b"a 1 2\n"), "xz.*unxz"),
    "v.tar": (tar, "tar.*tar xf"),
    "v.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(9), "7-Zip.*7z x"),
    "v.zst": (b"\x28\xb5\x2f\xfd" + bytes(9), "Zstandard.*unzstd"),
    "v.mat": (b"MATLAB 5.0 MAT-file" + bytes(200), "MATLAB.*loadmat"),
    "v.rds": (gzip.compress(b"X\n\0\0\0\3" + bytes(99)), "R object.*readRDS"),
    "page.csv": (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "web page.*Download"),
    "feed.csv": (b"<?xml version='1.0'?><a/>", "XML.*CSV"),
    "raw.dat": (np.arange(99, dtype=np.float32).tobytes(), "binary data of unknown format.*fromfile"),
    "cut.bin": (b"2 4\na " + bytes(16) + b"b \x01\x02", "begins like word2vec binary"),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + bytes(99), "PNG image"),
    "v.parquet": (b"a,b\n1,2\n", "text, but a .parquet file is binary"),
    "empty.csv": (b"", "empty"),
    "blank.txt": (b" \n \n", "white space"),
    "prose.md": (b"# Title\n\nSome prose, and more.\n", "neither a table nor vectors"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_unsupported_format_is_named_with_a_way_to_convert_it(tmp_path, name):
    content, message = FOREIGN[name]
    if callable(content):
        content(tmp_path / name)
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadData, match=message) as caught:
        read(tmp_path / name)
    assert str(caught.value).startswith(name) and "\n" not in str(caught.value)


def lines(sep=" ", end="\n", number="{:.4f}"):
    return [key + sep + sep.join(number.format(x) for x in row) + end for key, row in zip(KEYS, VECTORS, strict=True)]


def quoted():
    return ['"' + line.replace(" ", '" ', 1) for line in lines()]


TEXTS = {
    "word2vec": ("6 4\n" + "".join(lines()), "word2vec"),
    "word2vec, spaces at the ends": ("6 4\n" + "".join(lines(end=" \n")), "word2vec"),
    "word2vec, Windows": ("6 4\r\n" + "".join(lines(end=" \r\n")), "word2vec"),
    "word2vec, byte order mark": ("\ufeff6 4\n" + "".join(lines()), "word2vec"),
    "word2vec, tabs": ("6 4\n" + "".join(lines("\t")), "word2vec"),
    "word2vec, one dimension too many": ("6 5\n" + "".join(lines()), "word2vec"),
    "word2vec, one dimension too few": ("6 3\n" + "".join(lines()), "word2vec"),
    "word2vec, counts swapped": ("4 6\n" + "".join(lines()), "word2vec"),
    "glove": ("".join(lines()), "glove"),
    "glove, two spaces": ("".join(lines("  ")), "glove"),
    "glove, blank lines": ("\n\n".join(lines(end="")) + "\n\n", "glove"),
    "glove, no end": ("".join(lines())[:-1], "glove"),
    "glove, upper-case E": ("".join(lines(number="{:.6E}")), "glove"),
    "tab behind the key": ("".join(line.replace(" ", "\t", 1) for line in lines()), "glove"),
    "tabs alone": ("".join(lines("\t")), "tsv"),
    "commas": ("".join(lines(",")), "csv"),
    "semicolons, decimal commas": ("".join(lines(";")).replace(".", ","), "csv"),
    "R, row names": ("".join(quoted()), "csv"),
    "R, row and column names": ('"V1" "V2" "V3" "V4"\n' + "".join(quoted()), "csv"),
    "a line of names": ("word a b c d\n" + "".join(lines()), "glove"),
    "JSON object": (json.dumps(dict(zip(KEYS, VECTORS.tolist(), strict=True))), "json"),
}


@pytest.mark.parametrize("suffix", [".txt", ".vec", ".emb", ""])
@pytest.mark.parametrize("case", TEXTS)
def test_text_formats_are_detected_and_read(tmp_path, case, suffix):
    text, format = TEXTS[case]
    path = tmp_path / f"v{suffix}"
    path.write_text(text, encoding="utf-8", newline="")
    assert detect(path) == format
    found = read(path)
    assert found.items["key"].tolist() == KEYS
    if case != "word2vec, one dimension too few":
        np.testing.assert_allclose(found.vectors, VECTORS, atol=1e-4)


@pytest.mark.parametrize("name", ["v.txt", "v.emb", "v.bin"])
def test_text_is_never_read_as_raw_floats(tmp_path, name):
    for text in ("6 4\ncat 0.1 0.2\n" + "".join(lines())[4:], "1 1\na 0.5\n", "2 1\na 1.25\nb 2.50\n"):
        (tmp_path / name).write_text(text)
        assert detect(tmp_path / name) != "word2vec-binary"


def test_decimal_commas_separated_by_spaces_are_refused(tmp_path):
    (tmp_path / "v.txt").write_text("".join(lines()).replace(".", ","))
    with pytest.raises(BadData, match=r"v\.txt: the number '-?\d,\d+' is written with a decimal comma.*sed"):
        read(tmp_path / "v.txt")


ROWS = [
    {"id": n, "text": key, "embedding": row} for n, (key, row) in enumerate(zip(KEYS, VECTORS.tolist(), strict=True))
]
POINTS = [{"id": row["id"], "vector": row["embedding"], "payload": {"text": row["text"]}} for row in ROWS]
COLUMNS = {"ids": KEYS, "embeddings": VECTORS.tolist(), "documents": KEYS}
DOCUMENTS = {
    "objects": ROWS,
    "indented": json.dumps(ROWS, indent=1),
    "nested": [{"id": row["id"], "embedding": row["embedding"], "metadata": {"text": row["text"]}} for row in ROWS],
    "OpenAI": {"object": "list", "data": ROWS, "model": "m"},
    "Qdrant": {"result": {"points": POINTS}},
    "Chroma": COLUMNS,
    "Chroma, a query": {name: [column] for name, column in COLUMNS.items()},
    "by key": {row["text"]: {"vector": row["embedding"], "n": row["id"]} for row in ROWS},
    "pandas, columns": pd.DataFrame(ROWS).to_json(),
    "pandas, split": pd.DataFrame(ROWS).to_json(orient="split"),
    "pairs": [[row["text"], row["embedding"]] for row in ROWS],
    "matrix": VECTORS.tolist(),
}  # fmt: skip


@pytest.mark.parametrize("case", DOCUMENTS)
def test_json_documents_are_read(tmp_path, case):
    document = DOCUMENTS[case]
    (tmp_path / "v.json").write_text(document if isinstance(document, str) else json.dumps(document))
    found = read(tmp_path / "v.json")
    np.testing.assert_allclose(found.vectors, VECTORS, rtol=1e-6)
    if case != "matrix":
        assert any(found.items[name].tolist() == KEYS for name in found.items)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5, "5b", None, 2.5], ["5", "5b", None, "2.5"]),
        ([2**63, 1, None, 3], [2**63, 1, None, 3]),
        ([10**20, 1, 2, 3], [str(10**20), "1", "2", "3"]),
        ([1, 2.5, None, 3], [1.0, 2.5, None, 3.0]),
        ([True, None, False, True], [True, None, False, True]),
        (["\ud800x", "b", "c", "d"], ["?x", "b", "c", "d"]),
    ],
)
def test_json_values_are_exact(tmp_path, values, expected):
    rows = [json.dumps({"x": value, "vector": [n, 0.5]}) for n, value in enumerate(values)]
    (tmp_path / "v.jsonl").write_text("\n".join(rows))
    found = read(tmp_path / "v.jsonl").items["x"]
    assert [None if pd.isna(cell) else cell for cell in found] == expected


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("v.json", '[{"a": 1},\n {"a": }]', "line 2: not JSON"),
        ("v.jsonl", '{"a": 1}\n{"a"', "line 2: not JSON"),
        ("v.json", '{"a": {"b": 1}}', "no known shape"),
        ("v.json", "[]", "contains no rows"),
        ("v.json", "a,b\n1,2\n", "is not JSON"),
    ],
)
def test_invalid_json_is_refused(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(BadData, match=message):
        read(tmp_path / name)


@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl"])
def test_folder_of_parts_is_one_table(tmp_path, format):
    (tmp_path / "_SUCCESS").write_text("")
    table = pd.DataFrame({"title": [f"t{n}" for n in range(22)], **{f"d{n}": np.arange(22.0) + n for n in range(3)}})
    for part in range(11):
        path, rows = tmp_path / f"part-{part}.{format}", table.iloc[2 * part : 2 * part + 2]
        if format == "jsonl":
            rows.to_json(path, orient="records", lines=True)
        else:
            getattr(rows, f"to_{format}")(path, index=False)
    found = read(tmp_path)
    assert found.items["title"].tolist() == table["title"].tolist()
    assert found.vectors[:, 0].tolist() == list(range(22))
    (tmp_path / f"part-11.{format}").write_bytes((tmp_path / f"part-1.{format}").read_bytes())
    assert len(read(tmp_path)) == 24


def test_arrays_beside_a_file_of_names(tmp_path):
    for name in ("ids", "names", "vocab", "tokens", "titles"):
        np.savez(tmp_path / "v.npz", emb=VECTORS, **{name: np.array(KEYS)})
        assert read(tmp_path / "v.npz").items[name].tolist() == KEYS
    np.savez(tmp_path / "v.npz", VECTORS, np.array(KEYS), np.char.encode(KEYS, "utf-8"))
    found = read(tmp_path / "v.npz").items
    assert found["arr_1"].tolist() == KEYS and found["arr_2"].tolist() == KEYS
    np.savez(tmp_path / "v.npz", emb=VECTORS, words=np.array(KEYS, object))
    [note] = read(tmp_path / "v.npz").notes
    assert note.startswith("words: left out") and "astype(str)" in note
    np.save(tmp_path / "names.npy", np.array(KEYS))
    assert read(tmp_path / "names.npy").items["key"].tolist() == KEYS


def test_projector_config_as_text_protobuf(tmp_path):
    np.savetxt(tmp_path / "t.tsv", VECTORS, delimiter="\t")
    (tmp_path / "m.tsv").write_text("\n".join(KEYS), encoding="utf-8")
    parts = ('tensor_name: "%s"', 'tensor_path: "t.tsv"', 'metadata_path: "m.tsv"', 'sprite { image_path: "s" }')
    entry = "embeddings {\n  " + "\n  ".join(parts) + "\n}\n"
    (tmp_path / "projector_config.pbtxt").write_text("# made by hand\n" + entry % "one" + entry % "two")
    assert choices(tmp_path / "projector_config.pbtxt") == ["one", "two"]
    found = read(tmp_path / "projector_config.pbtxt")
    assert found.items["key"].tolist() == KEYS and found.vectors.shape == (6, 4)
