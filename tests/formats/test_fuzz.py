"""Files that somebody damaged, by chance or on purpose: an embedding that passes the check, or an error that is told.

Real files of each format are cut off, bytes in them are changed, doubled and taken out, and counts in them raised. Each
result is built as the import builds it; anything but an ExplorerError is a failure.
"""

import gzip
import json
import resource
import time
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer import Embedding, artifacts, formats
from explorer.errors import ExplorerError
from explorer.formats import Limits
from explorer.importing import Plan, build, guess, inspect, publish_import

INPUTS = 120  # of each kind of file; together more than 2,000
SECONDS = 10
DECISIONS = {"nan": "drop", "zero": "drop", "duplicate": "fix"}
LIMIT = Limits(bytes=1 << 24, rows=100_000, dims=5_000)
KEYS = ["the", "straße", "a b", "🎬", "x,y", '"q"', "007", "nan"]
VECTORS = np.random.default_rng(0).standard_normal((8, 5)).astype(np.float32)
SEEN: Counter[str] = Counter()


def files(folder: Path) -> dict[str, Path]:
    """A small real file of each format."""
    items = pd.DataFrame({"key": KEYS, "title": KEYS, "year": range(1990, 1998), "genres": [["A", "B"], ["C"]] * 4})
    embedding = Embedding(VECTORS, items, {"name": "fuzz"}, layouts={"pca": VECTORS[:, :2]})
    for format, name in (
        ("word2vec", "v.txt"),
        ("word2vec-binary", "v.bin"),
        ("csv", "v.csv"),
        ("parquet", "v.parquet"),
    ):
        formats.write(embedding, format, folder / name)
        (folder / f"{name}.escaping.json").unlink(missing_ok=True)
    formats.write(embedding, "projector", folder / "projector")
    np.save(folder / "v.npy", VECTORS)
    np.savez(folder / "v.npz", v=VECTORS, words=np.array(KEYS))
    np.savez_compressed(folder / "c.npz", v=VECTORS)
    lines = (folder / "v.txt").read_bytes()
    (folder / "glove.txt").write_bytes(lines.partition(b"\n")[2])
    (folder / "v.txt.gz").write_bytes(gzip.compress(lines))
    table = items.assign(vector=[row.tolist() for row in VECTORS])
    table.to_json(folder / "v.jsonl", orient="records", lines=True)
    table.to_feather(folder / "v.feather")
    table.drop(columns="genres").to_csv(folder / "lists.csv", index=False)
    (folder / "m.tsv").write_text("word\tcount\n" + "".join(f"{key}\t{n}\n" for n, key in enumerate(KEYS)))
    header = json.dumps({"emb": {"dtype": "F32", "shape": [8, 5], "data_offsets": [0, 160]}}).encode()
    (folder / "v.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + VECTORS.tobytes())
    with h5py.File(folder / "v.h5", "w") as file:
        file["model_weights/words/words/embeddings:0"] = VECTORS
        file.create_dataset("model_weights/b/b/kernel:0", data=VECTORS, compression="gzip")
    with zipfile.ZipFile(folder / "v.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "v.npy", "v.npy")
        archive.write(folder / "m.tsv", "m.tsv")
    with zipfile.ZipFile(folder / "m.keras", "w") as archive:
        archive.write(folder / "v.h5", "model.weights.h5")
        archive.writestr("config.json", "{}")
    every = {path.name: path for path in folder.iterdir() if path.is_file()}
    return every | {
        path.name: path for path in (folder / "projector").iterdir() if not path.name.endswith("g.json.json")
    }


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    return files(tmp_path_factory.mktemp("real"))


NAMES = [
    "v.txt", "v.bin", "glove.txt", "v.txt.gz", "v.csv", "lists.csv", "m.tsv", "v.jsonl", "v.parquet", "v.feather",
    "v.npy", "v.npz", "c.npz", "v.safetensors", "v.h5", "m.keras", "v.zip", "tensors.tsv", "projector_config.json",
]  # fmt: skip

TEXTS = [b"\n", b"\t", b" ", b'"', b",", b"\0", b"\xff\xfe", b"nan", b"1e999", b"{", b"["]

place = st.integers(0, 10**6)
change = st.one_of(
    st.tuples(st.just("cut"), place, st.just(0)),
    st.tuples(st.just("flip"), place, st.integers(1, 255)),
    st.tuples(st.just("flip"), st.integers(0, 200), st.integers(1, 255)),  # in the header
    st.tuples(st.just("drop"), place, st.integers(1, 40)),
    st.tuples(st.just("twice"), place, st.integers(1, 40)),
    st.tuples(st.just("number"), place, st.sampled_from([0, 1, 7, 9, 10**6, 10**9, 2**31, 2**62, 10**30, -1])),
    st.tuples(st.just("raw"), place, st.sampled_from([0, 2**31 - 1, 2**63 - 1, 2**64 - 1])),
    st.tuples(st.just("text"), place, st.sampled_from(TEXTS)),
)  # fmt: skip


def changed(raw: bytes, what: str, at: int, by: int | bytes) -> bytes:
    """A file with one change."""
    at %= max(len(raw), 1)
    if what == "cut":
        return raw[:at]
    if what == "flip":
        return raw[:at] + bytes([raw[at] ^ by]) + raw[at + 1 :] if raw else raw
    if what == "drop":
        return raw[:at] + raw[at + by :]
    if what == "twice":
        return raw[: at + by] + raw[at:]
    if what == "raw":
        return raw[:at] + by.to_bytes(8, "little") + raw[at + 8 :]
    if what == "text":
        return raw[:at] + by + raw[at:]
    digits = [n for n in range(at, min(len(raw), at + 500)) if raw[n : n + 1].isdigit()]
    return raw[: digits[0]] + str(by).encode() + raw[digits[0] + 1 :] if digits else raw


def outcome(path: Path) -> str:
    """What becomes of a file: the class of the error, facts, or an embedding. Any other error goes through."""
    start = time.monotonic()
    try:
        formats.choices(path, limit=LIMIT)
        read = formats.read(path, limit=LIMIT)
        assert len(read.items) == len(read)
        if read.vectors is None and read.xy is None:
            return "facts"
        assert read.vectors is None or (read.vectors.dtype == np.float32 and len(read.vectors) == len(read.items))
        plan = replace(guess(read), decisions=DECISIONS, layouts=())
        inspect(read, None, plan)
        made = build(read, None, plan)
        assert np.isfinite(made.vectors).all() and made.items["key"].is_unique
        return "embedding"
    except ExplorerError as error:
        assert str(error) and "\n" not in str(error).strip()
        return type(error).__name__
    finally:
        assert time.monotonic() - start < SECONDS


@pytest.mark.parametrize("name", NAMES)
def test_damaged_files(real, tmp_path_factory, name):
    """Of each file INPUTS versions with one to three changes."""
    raw, folder = real[name].read_bytes(), tmp_path_factory.mktemp("damaged")
    (folder / "tensors.tsv").write_bytes(real["tensors.tsv"].read_bytes())
    (folder / "metadata.tsv").write_bytes(real["metadata.tsv"].read_bytes())
    count = 0

    @settings(max_examples=INPUTS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(change, min_size=1, max_size=3))
    def run(changes):
        nonlocal count
        made = raw
        for one in changes:
            made = changed(made, *one)
        (folder / name).write_bytes(made)
        SEEN[outcome(folder / name)] += 1
        count += 1

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run()
    assert count >= INPUTS * 0.9
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


@settings(max_examples=150, deadline=None, database=None)
@given(st.binary(max_size=300), st.sampled_from(["x.csv", "x.tsv", "x.txt", "x.vec", "x.bin", "x.jsonl", "x"]))
def test_any_bytes_by_any_name(tmp_path_factory, content, name):
    path = tmp_path_factory.mktemp("any", numbered=True) / name
    path.write_bytes(content)
    SEEN[outcome(path)] += 1


def test_what_is_left_passes_the_check(real, tmp_path):
    """Undamaged, every file becomes an artifact; damaged ones become both: what is refused and what is built."""
    for name in NAMES:
        read = formats.read(real[name])
        metadata = None
        if name == "m.tsv":
            continue
        made = build(read, metadata)
        publish_import(tmp_path / name.replace(".", "-"), made, Plan(layouts=()))
        assert artifacts.check(tmp_path / name.replace(".", "-"))["items"] == len(KEYS)
    if SEEN.total() > 100:
        assert SEEN["embedding"] > SEEN.total() / 20 and SEEN["BadData"] > SEEN.total() / 20
