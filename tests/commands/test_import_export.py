"""Exported files can be imported again and match the formats of other programs."""

import io
import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from gensim.models import KeyedVectors
from hypothesis import assume, given
from hypothesis import strategies as st

from explorer import Embedding, formats, from_arrays, load
from explorer.cli import main
from explorer.core.vectors.validation import LARGEST
from explorer.errors import BadRequest
from explorer.formats.several import read_files
from explorer.importing.build import build

BACK = {
    "word2vec": "v.txt", "word2vec-binary": "v.bin", "projector": "folder", "parquet": "v.parquet", "csv": "v.csv",
    "npy": "folder",
}  # fmt: skip
READ = {"projector": "projector_config.json", "npy": "vectors.npy"}

sizes = st.floats(-LARGEST, LARGEST, width=32)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
nasty = st.sampled_from([
    "a b", "a\tb", "a\nb", "a\r\nb", " a", "a ", "\u00a0", "\ufeffx", "%20", "a%20 b", '"', "a,b", "1", "01", "1.0",
    "nan", "null", "NA", "true", "2020-01-01", "#", "\x00", "\x85", "\u2028", "\u202e", "key", "🎬", "[1, 2]", "a|b",
    "<script>alert(1)</script>", "1 2", "3 4 5", "=1+1", "'", "\\", "\\t", "😀 b",
])  # fmt: skip


@st.composite
def embeddings(draw) -> Embedding:
    keys = draw(st.lists(nasty | texts, min_size=1, max_size=6, unique=True))
    dims = draw(st.integers(1, 4))
    rows = [draw(st.lists(sizes, min_size=dims, max_size=dims)) for _ in keys]
    assume(not 0 < np.abs(rows).max() < 1 / LARGEST)
    items = pd.DataFrame({"key": keys})
    if draw(st.booleans()):
        items["title"] = [draw(nasty | texts) for _ in keys]
        items["genres"] = pd.Series(
            [draw(st.lists(st.sampled_from(["A", "B c"]), unique=True)) for _ in keys], dtype=object
        )
    return Embedding(np.array(rows, np.float32), items, {"name": "made up"})


def back(embedding: Embedding, format: str, folder: Path) -> Embedding:
    path = folder / BACK[format]
    formats.write(embedding, format, path)
    metadata = formats.read(path / "metadata.csv") if format == "npy" else None
    read = formats.read(path / READ[format] if format in READ else path)
    return build(read, metadata)


@pytest.mark.parametrize("format", BACK)
@given(embedding=embeddings())
def test_exported_vectors_are_imported_unchanged(format, embedding):
    with tempfile.TemporaryDirectory() as folder:
        found = back(embedding, format, Path(folder))
    assert found.items["key"].tolist() == embedding.items["key"].tolist()
    np.testing.assert_array_equal(found.vectors, embedding.vectors)


@pytest.mark.parametrize("format", [*BACK, "gensim"])
def test_item_columns_are_exported_and_imported(tmp_path, colours, format):
    if format in ("word2vec", "word2vec-binary", "gensim"):
        path = tmp_path / "v"
        formats.write(colours, format, path)
        found = (
            KeyedVectors.load(str(path))
            if format == "gensim"
            else KeyedVectors.load_word2vec_format(path, binary=format.endswith("binary"))
        )
        names = colours.items["key"].tolist()
        assert found.index_to_key == (names if format == "gensim" else [name.replace(" ", "%20") for name in names])
        np.testing.assert_array_equal(found.vectors, colours.vectors)
        return
    found = back(colours, format, tmp_path).items
    assert found["genres"].tolist() == colours.items["genres"].tolist()
    for name in ("title", "year", "n_ratings", "item_id"):
        assert found[name].tolist() == colours.items[name].tolist()


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_layout_is_exported_and_imported(tmp_path, colours, format):
    np.testing.assert_array_equal(back(colours, format, tmp_path).layout("xy"), colours.layout("pca"))


def test_parquet_has_the_columns_of_embedding_atlas(tmp_path, colours):
    [path] = formats.write(colours, "parquet", tmp_path / "v.parquet")
    table = pq.read_table(path).to_pandas()
    assert {"x", "y", "vector", "neighbors"} <= set(table)
    near = table["neighbors"].iloc[0]
    expected = colours.neighbors("Red 0", k=15)
    assert [colours.items["key"][row] for row in near["ids"][:3]] == expected["key"].tolist()[:3]
    np.testing.assert_allclose(near["distances"], 1 - expected["score"], atol=1e-6)


def test_projector_files_follow_its_documentation(tmp_path, colours):
    formats.write(colours, "projector", tmp_path)
    config = json.loads((tmp_path / "projector_config.json").read_text())
    assert config["embeddings"][0]["tensorShape"] == [24, 4]
    tensors = np.loadtxt(tmp_path / "tensors.tsv", delimiter="\t", dtype=np.float32)
    np.testing.assert_array_equal(tensors, colours.vectors)
    header, first, *rest = (tmp_path / "metadata.tsv").read_text().splitlines()
    assert header.split("\t")[0] == "key" and len(rest) == 23
    assert "Red|Even" in first.split("\t")
    formats.write(from_arrays(np.eye(2), ["a", "b"]), "projector", tmp_path)
    assert (tmp_path / "metadata.tsv").read_text() == "a\nb\n"  # a single metadata column has no header


def test_offline_map_is_self_contained_and_escapes_titles(tmp_path, colours):
    evil = "</script><script>alert(1)</script>"
    items = colours.items.assign(title=[evil] * 24, key=[f"{evil} {n}" for n in range(24)])
    embedding = Embedding(colours.vectors, items, {"name": "evil"}, layouts=colours.layouts)
    [path] = formats.write(embedding, "html", tmp_path / "map.html")
    text = path.read_text()
    assert "<canvas" in text and "</script><script>alert(1)" not in text
    with pytest.raises(BadRequest, match="has no map"):
        formats.write(from_arrays(np.eye(3)), "html", tmp_path / "no.html")


def test_unwritable_target_and_unknown_format_are_refused(tmp_path, colours):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadRequest, match="folder"):
        formats.write(colours, "csv", tmp_path)
    with pytest.raises(BadRequest, match="file"):
        formats.write(colours, "npy", tmp_path / "file")
    with pytest.raises(BadRequest, match="cannot be written"):
        formats.write(colours, "csv", tmp_path / "file" / "v.csv")
    with pytest.raises(BadRequest, match="'xls'"):
        formats.write(colours, "xls", tmp_path / "v.xls")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_unneeded_escape_option_is_removed(tmp_path):
    formats.write(from_arrays(np.eye(2), ["a b", "c"]), "word2vec", tmp_path / "v.txt")
    formats.write(from_arrays(np.eye(2), ["a%20b", "c"]), "word2vec", tmp_path / "v.txt")
    assert formats.read(tmp_path / "v.txt").items["key"].tolist() == ["a%20b", "c"]


@pytest.fixture
def ask(capsys):
    """Run a command. Returns exit status, JSON document or None, and stderr."""

    def run(*argv: object) -> tuple[int, dict | None, str]:
        try:
            status = main([*map(str, argv), "--json"])
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capsys.readouterr()
        return status, json.loads(out) if out else None, err

    return run


def test_import_neighbors_and_export(ask, tmp_path, colours):
    np.save(tmp_path / "v.npy", colours.vectors)
    colours.items.assign(genres=colours.items["genres"].map(";".join)).to_csv(tmp_path / "m.csv", index=False)
    status, document, _ = ask("import", tmp_path / "v.npy", tmp_path / "m.csv", "--out", tmp_path / "mine")
    assert (status, document["items"], document["layouts"], document["found"]) == (0, 24, ["pca"], [])
    assert document["columns"]["genres"] == "labels"
    assert ask("check", tmp_path / "mine")[0] == 0
    found = ask("neighbors", tmp_path / "mine", "Red 0", "--k", 1)[1]["results"]
    assert (found[0]["key"], found[0]["genres"]) == ("Red 1", ["Red"])
    status, document, _ = ask("export", tmp_path / "mine", "--format", "word2vec", "--out", tmp_path / "o" / "v.txt")
    assert (status, document["items"], len(document["files"])) == (0, 24, 2)
    assert ask("import", tmp_path / "o" / "v.txt", "--out", tmp_path / "again", "--layouts")[0] == 0
    assert load(tmp_path / "again").items["key"].tolist() == colours.items["key"].tolist()


def test_layout_without_vectors_reports_no_neighbors(tmp_path, capsys):
    (tmp_path / "m.csv").write_text("name,x,y\na,0,1\nb,1,0\nc,1,1\n")
    assert main(["import", str(tmp_path / "m.csv"), "--out", str(tmp_path / "mine")]) == 0
    output = " ".join(capsys.readouterr().out.split())  # wrapped at the width of the terminal
    assert "3 items in a map without vectors" in output and "explorer neighbors" not in output


def test_import_follows_its_options(ask, tmp_path):
    np.savez(tmp_path / "v.npz", a=np.eye(4), b=np.arange(8.0).reshape(4, 2))
    (tmp_path / "m.csv").write_text("no,name,tags,seen\n1,A,x;y,5\n2,B,x,6\n3,C,,7\n4,D,y,8\n")
    assert ask("import", tmp_path / "v.npz", "--choice", "?", "--out", "-")[1]["choices"] == ["a", "b"]
    status, _, err = ask(
        "import", tmp_path / "v.npz", "--choice", "b", "--metadata", tmp_path / "m.csv", "--out", tmp_path / "mine",
        "--key", "no", "--title", "name", "--popularity", "seen", "--column", "tags=labels:;", "--join", "position",
        "--layouts", "--on-zero", "drop",
    )  # fmt: skip
    assert status == 0, err
    items = load(tmp_path / "mine").items
    assert items["key"].tolist() == ["1", "2", "3", "4"]
    assert items["tags"].map(list).tolist() == [["x", "y"], ["x"], [], ["y"]]
    assert items["seen"].tolist() == [5, 6, 7, 8]
    assert load(tmp_path / "mine").schema.by_role("popularity").name == "seen"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--key", "none"], "no column 'none'"),
        (["--format", "xls"], "no format 'xls'"),
        (["--choice", "c"], "no array 'c'"),
        (["--on-nan", "ignore"], "choose stop, drop, fix"),
        (["--on-nan", "drop", "--layouts", "cubist"], "cubist"),
        (["--max-rows", "0"], "at least one row"),
        (["--max-dims", "1"], "at most 1"),
        ([], "the first: 'row 1'. Choose --on-nan drop or --on-nan fix"),
        (["--metadata", "nowhere.csv"], "no such file"),
    ],
)
def test_invalid_files_are_refused_in_one_line(ask, tmp_path, words, message):
    np.savez(tmp_path / "v.npz", v=np.array([[1, np.nan], [2, 3], [4, 5]]))
    status, document, err = ask("import", tmp_path / "v.npz", *words, "--out", tmp_path / "mine")
    assert (status, document, err.count("\n")) == (2, None, 1)
    assert message in err
    assert not (tmp_path / "mine").exists()


def test_choice_is_refused_if_there_is_none(ask, tmp_path):
    np.save(tmp_path / "v.npy", np.eye(3))
    status, _, err = ask("import", tmp_path / "v.npy", "--choice", "emb", "--out", tmp_path / "mine")
    assert status == 2 and "leave out --choice 'emb'" in err


def test_standard_input_is_imported(ask, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a 1 2\nb 3 4\nc 5 6\n")))
    status, document, err = ask("import", "-", "--out", tmp_path / "mine")
    assert status == 0, err
    assert (document["items"], load(tmp_path / "mine").items["key"].tolist()) == (3, ["a", "b", "c"])


def test_pipe_is_not_replaced_and_link_target_is(tmp_path, colours):
    pipe, link, file = tmp_path / "pipe.csv", tmp_path / "link.csv", tmp_path / "file.csv"
    os.mkfifo(pipe)
    with pytest.raises(BadRequest, match="not a regular file"):
        formats.write(colours, "csv", pipe)
    assert pipe.is_fifo()
    file.write_text("old")
    link.symlink_to(file)
    assert formats.write(colours, "csv", link) == [file]
    assert link.is_symlink() and file.read_text(encoding="utf-8").startswith('"key"')
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "link.txt").symlink_to(tmp_path / "vectors.txt")
    made = formats.write(colours, "word2vec", elsewhere / "link.txt")  # with a note, as the keys contain spaces
    assert sorted(made) == [tmp_path / "vectors.txt", tmp_path / "vectors.txt.escaping.json"]
    assert [one.name for one in elsewhere.iterdir()] == ["link.txt"]
    folder = tmp_path / "folder"
    folder.mkdir()
    os.mkfifo(folder / "vectors.npy")
    with pytest.raises(BadRequest, match="not a regular file"):
        formats.write(colours, "npy", folder)
    assert [path.name for path in folder.iterdir()] == ["vectors.npy"]


@pytest.mark.parametrize("name, format", [("v.vec", "word2vec"), ("v.bin", "word2vec-binary"), ("V.CSV", "csv")])
def test_export_format_is_that_of_the_ending(name, format):
    assert formats.export_format(name) == format
    with pytest.raises(BadRequest, match="--format: word2vec"):
        formats.export_format("v.xlsx")


def test_export_of_no_item_is_refused(tmp_path, capsys):
    assert main(["export", "movielens", "--out", str(tmp_path / "v.csv"), "--where", "year > 3000"]) == 2
    assert "No item meets 'year > 3000'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_first_rows_of_vectors_get_the_first_rows_of_a_list_with_a_header(tmp_path):
    np.save(tmp_path / "v.npy", np.eye(8, dtype=np.float32))
    (tmp_path / "m.csv").write_text("name\n" + "\n".join("abcdefgh") + "\n")
    read, metadata = read_files([tmp_path / "v.npy", tmp_path / "m.csv"], limit=formats.Limits(first=3))
    assert build(read, metadata).items["key"].tolist() == ["a", "b", "c"]
