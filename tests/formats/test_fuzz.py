"""Damaged files give a valid artifact or an ExplorerError.

Real files of each format are truncated, bytes are changed, duplicated and removed, and counts raised. Each result is
imported as the command does.
"""

import gzip
import json
import resource
import shutil
import zipfile
from collections import Counter
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import Embedding, artifacts, formats
from explorer.importing.build import build, publish_import
from explorer.importing.plan import Plan
from tests.formats.damage import damaged, outcome

KEYS = ["the", "straße", "a b", "🎬", "x,y", '"q"', "007", "nan"]
VECTORS = np.random.default_rng(0).standard_normal((8, 5)).astype(np.float32)
SEEN: Counter[str] = Counter()


def files(folder: Path) -> None:
    """A small real file of each format; the four Embedding Projector files are in one folder."""
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
    formats.write(embedding, "projector", folder)
    VECTORS.tofile(folder / "v.bytes")
    [entry] = json.loads((folder / "projector_config.json").read_text())["embeddings"]
    both = {"embeddings": [entry, {**entry, "tensorName": "raw", "tensorPath": "v.bytes"}]}
    (folder / "projector_config.json").write_text(json.dumps(both))
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


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    files(folder)
    return folder


NAMES = [
    "v.txt", "v.bin", "glove.txt", "v.txt.gz", "v.csv", "lists.csv", "m.tsv", "v.jsonl", "v.parquet", "v.feather",
    "v.npy", "v.npz", "c.npz", "v.safetensors", "v.h5", "m.keras", "v.zip", "tensors.tsv", "projector_config.json",
    "v.bytes", "metadata.tsv",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_damaged_files_are_read_or_refused(real, tmp_path_factory, name):
    """Versions of each file with one to three changes; the hypothesis profile sets their number."""
    inputs = settings.default.max_examples
    raw, folder = (real / name).read_bytes(), tmp_path_factory.mktemp("damaged")
    shutil.copytree(real, folder, dirs_exist_ok=True)
    asked = folder / ("projector_config.json" if name == "metadata.tsv" else name)

    def look(made: bytes) -> None:
        (folder / name).write_bytes(made)
        SEEN[outcome(asked, folder / "made")] += 1

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert damaged(raw, inputs, look) >= inputs * 0.9
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


@settings(database=None)
@given(st.binary(max_size=300), st.sampled_from(["x.csv", "x.tsv", "x.txt", "x.vec", "x.bin", "x.jsonl", "x"]))
def test_any_bytes_under_any_name(tmp_path_factory, content, name):
    path = tmp_path_factory.mktemp("any", numbered=True) / name
    path.write_bytes(content)
    SEEN[outcome(path, path.parent / "made")] += 1


def test_imported_artifacts_pass_the_check(real, tmp_path):
    """Each intact file becomes an artifact. Of the damaged ones, some are refused and some are imported."""
    for name in NAMES:
        if name not in ("m.tsv", "metadata.tsv"):
            publish_import(tmp_path / name.replace(".", "-"), build(formats.read(real / name)), Plan(layouts=()))
            assert artifacts.check(tmp_path / name.replace(".", "-"))["items"] == len(KEYS)
    if SEEN.total() > 100:
        assert SEEN["artifact"] > SEEN.total() / 20 and SEEN["BadData"] > SEEN.total() / 20
