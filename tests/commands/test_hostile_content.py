"""Content of files that a command reads or shows: endless lines, files without a size, control characters."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer import cli

CONTROLS = "\x1b]0;owned\x07\x1b[31mred\x7f\x9b2J\u202e\u2066"
KINDS = ("ratings", "interactions", "sequences", "graph", "categories", "books")


def assert_no_controls(text):
    assert [char for char in text if char != "\n" and not char.isprintable()] == []


def test_control_characters_of_a_file_never_reach_the_terminal(ask, tmp_path):
    names = [f"{n} {CONTROLS}" for n in range(5)]
    rows = "\n".join(f"{name},{n},{n % 3},{CONTROLS}" for n, name in enumerate(names))
    (tmp_path / "a.csv").write_text(f"name,v0,v1,{CONTROLS}\n{rows}\n", newline="\n")
    out = tmp_path / f"out{CONTROLS}"
    asked = (
        ("import", tmp_path / "a.csv", "--out", out), ("neighbors", out, names[1]), ("columns", out), ("check", out),
        ("factors", out), ("neighbors", out, f"5 {CONTROLS}"), ("import", f"{CONTROLS}.csv", "--out", "a"),
        ("neighbors", out, names[1], "--json"), (CONTROLS,), ("neighbors", out, names[1], "--where", CONTROLS),
    )  # fmt: skip
    for words in asked:
        _, said, error = ask(*words)
        assert said or error
        assert_no_controls(said)
        assert_no_controls(error)
    status, said, _ = ask("neighbors", out, names[1], "--json")
    assert status == 0 and {item["key"] for item in json.loads(said)["results"]} < set(names)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("start", "size"), [("", 1 << 40), ("", 0), ("x" * (17 << 20), 17 << 20)])
def test_endless_line_and_empty_file_are_refused(ask, tmp_path, kind, start, size):
    with (tmp_path / "a.csv").open("w") as file:
        file.write(start)
        file.truncate(size)
    target = ("--target", "a") if kind == "categories" else ()
    status, _, error = ask("train", kind, "--data", tmp_path / "a.csv", "--out", tmp_path / "out", *target)
    assert status == 2 and "a.csv" in error and error.count("\n") == 1
    assert "characters" in error if start else any(word in error for word in ("not ", "empty", "no ", "bytes"))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.parametrize("words", [("import",), *(("train", kind, "--data") for kind in KINDS)])
def test_file_without_a_size_counts_as_empty(ask, tmp_path, words):
    """Files in /proc say that they have no bytes; /proc/kmsg never ends."""
    status, _, error = ask(*words, "/proc/self/environ", "--out", tmp_path / "out")
    assert status == 2 and ("empty" in error or "no " in error or "needs" in error)


@pytest.mark.parametrize("kind", ["ratings", "interactions", "categories", "sequences"])
@pytest.mark.parametrize(
    "text",
    [
        "user,item,LONG\nu,i,1\n", "user,item,rating\nu,LONG,1\nv,j,2\n", 'user,item,rating\n"u,i,1\nLONG\n',
        '{"user": DEEP', "user,item,rating,WIDE\nu,i,3\n",
    ],
)  # fmt: skip
def test_cell_or_row_of_extreme_length_or_depth_is_refused(ask, tmp_path, kind, text):
    wide, deep = ",".join(f"c{n}" for n in range(5_000)), "[" * 100_000
    text = text.replace("LONG", "x" * 200_000).replace("DEEP", deep).replace("WIDE", wide)
    (tmp_path / "a.csv").write_text(text)
    target = ("--target", "rating") if kind == "categories" else ()
    status, _, error = ask("train", kind, "--data", tmp_path / "a.csv", "--out", tmp_path / "out", *target)
    assert status == 2 and error.splitlines()[-1].startswith("explorer: ") and len(error) < 3_000


def test_parquet_of_very_many_cells_is_refused_before_it_is_read(ask, tmp_path):
    zeros = pa.array(np.zeros(200_000))
    pq.write_table(pa.table({f"c{n}": zeros for n in range(600)}), tmp_path / "a.parquet")
    status, _, error = ask("train", "categories", "--data", tmp_path / "a.parquet", "--out", tmp_path / "out")
    assert status == 2 and "120,000,000 cells; at most 100,000,000 are read" in error


@pytest.mark.parametrize(
    "command", [("neighbors", "ARTIFACT", "KEY"), ("import", "KEY", "--out", "o"), ("check", "KEY")]
)
def test_name_that_is_not_utf_8_is_named(ask, command, colours_path, tmp_path):
    named = {"ARTIFACT": colours_path, "KEY": tmp_path / "caf\udce9.csv"}
    status, out, error = ask(*[named.get(word, word) for word in command])
    assert (status, out) == (2, "") and r"caf\udce9.csv' is not UTF-8. Rename the file" in error


def test_very_long_name_is_cut_and_the_reason_stays(ask):
    status, _, error = ask("check", "x/" * 3_000)
    assert status == 2 and len(error) < 2_100 and error.endswith(": File name too long.\n")


def test_too_little_memory_is_said_in_one_line(ask, monkeypatch):
    def fail(_):
        np.empty((1 << 40, 1 << 10))

    parsed = cli.parser().parse_args(["list"])
    parsed.run = fail
    monkeypatch.setattr(cli, "parser", lambda: type("Parser", (), {"parse_args": lambda self, argv: parsed})())
    status, out, said = ask("list")
    assert (status, out) == (2, "") and said.startswith("explorer: There is not enough memory") and "Unable" in said


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("FILE", "is not a folder"), ("/dev/null", "is not a folder"), ("http://", "is not the URI of a database"),
        ("ftp://x", "is not the URI of a database"), ("milvus://x:19530", "is not the URI of a database"),
        ("milvus://user:secret@x", "contains a password"), ("http://user:secret@x", "contains a password"),
    ],
)  # fmt: skip
def test_place_of_artifacts_that_is_neither_folder_nor_database(ask, monkeypatch, tmp_path, place, message):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EXPLORER_ARTIFACTS", place.replace("FILE", str(tmp_path / "file")))
    for words in (("list",), ("neighbors", "a", "b"), ("delete", "a")):
        status, out, error = ask(*words)
        assert (status, out) == (2, "") and message in error and "secret" not in error
