"""Artifact folders are untrusted input: any content gives a result or an ExplorerError, never a traceback."""

import io
import json
import os
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer import BadArtifact, ExplorerError, artifacts
from explorer.artifacts.manifest import MANIFEST

HOSTILE = (None, True, -1, 0, 1e300, "", "text", "🎬" * 300, [], [[]], ["a", 1], {}, {"a": {}}, 10**24)
DAMAGES = 60  # of each file, for each kind of damage


def answers(path):
    """Run the queries of pages and commands. Returns the error, or None if all succeeded."""
    try:
        embedding = artifacts.load(path)
        key = embedding.items["key"].iloc[0]
        embedding.neighbors(key, k=3)
        _ = embedding.schema, embedding.plane, embedding.name
        for column in embedding.columns.values():
            column.summary(None)
        for name in embedding.layouts:
            embedding.layout(name)
    except ExplorerError as error:
        return error
    return None


@pytest.fixture
def mutable(colours_path):
    """The colors artifact; its files are restored after each change."""
    copy = colours_path.with_name("kept")
    shutil.copytree(colours_path, copy)

    def restore():
        shutil.rmtree(colours_path, ignore_errors=True)
        shutil.copytree(copy, colours_path)
        return colours_path

    return restore


def paths_in(document, prefix=()):
    yield prefix
    if isinstance(document, dict):
        for name, value in document.items():
            yield from paths_in(value, (*prefix, name))
    elif isinstance(document, list):
        for number, value in enumerate(document[:2]):
            yield from paths_in(value, (*prefix, number))


def changed(document, path, value):
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = changed(copy[path[0]], path[1:], value)
    return copy


RICH = {
    "kind": "movielens", "model": "mf", "vectors": "learnt", "mean": 3.5, "scale": [0.5, 5.0], "seed": 0,
    "dataset": {"name": "made up", "ratings": 10, "users": 2, "items": 24}, "params": {"l2": 0.1},
    "metrics": {"rmse": 0.9, "baselines": {"bias": {"rmse": 1.0}}}, "curve": [{"epoch": 1, "rmse": 0.9}],
    "layers": [{"name": "items", "shape": [24, 4], "parameters": 96}],
    "layouts": {"pca": {"method": "pca", "metric": "cosine", "trustworthiness": 0.9}},
}  # fmt: skip


def test_each_manifest_field_with_each_type_of_value(colours_path):
    file = colours_path / "manifest.json"
    manifest = {**json.loads(file.read_text()), **RICH}
    seen = {"answered": 0, "refused": 0}
    for path in paths_in(manifest):
        for value in HOSTILE:
            file.write_text(json.dumps(changed(manifest, path, value)))
            error = answers(colours_path)
            seen["refused" if error else "answered"] += 1
            try:
                artifacts.check(colours_path)
            except BadArtifact:
                continue
    assert seen["refused"] > 300 and seen["answered"] > 50


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"schema": ' + "9" * 5000 + "}", "5,000 digits"),
        ('{"schema": 1, "mean": Infinity}', "Infinity; numbers must be finite"),
        ('{"schema": 1, "mean": 1e999}', "1e999; numbers must be finite"),
        ('{"schema": 1, "layouts": []}', r"\['layouts'\] is \[\]; expected object"),
        ('{"schema": 1, "kind": 7}', r"\['kind'\] is 7; expected string"),
        ('{"schema": "1"}', "expected integer"),
        ('["schema"]', "expected object"),
        ("{}", "the field 'schema'"),
        ("", "Expecting value"),
        ("\xff", "is not a manifest"),
    ],
)
def test_manifest_errors_say_what_is_wrong(colours_path, text, message):
    (colours_path / "manifest.json").write_bytes(text.encode("latin-1"))
    for ask in (artifacts.load, artifacts.manifest, artifacts.check):
        with pytest.raises(BadArtifact, match=message):
            ask(colours_path)


def test_one_invalid_folder_does_not_affect_the_others(ask, colours_path, monkeypatch):
    bad = colours_path.with_name("bad")
    shutil.copytree(colours_path, bad)
    (bad / "manifest.json").write_text('{"schema": 1, "layouts": "many"}')
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(colours_path.parent))
    status, out, _ = ask("list", "--json")
    listed = {one["name"]: one for one in json.loads(out)["artifacts"]}
    assert status == 0 and listed["colours"]["items"] == 24 and "expected object" in listed["bad"]["error"]


def test_changed_byte_of_any_file_is_refused_or_harmless(mutable):
    rng = np.random.default_rng(0)
    path = mutable()
    names = sorted(file.relative_to(path) for file in path.rglob("*") if file.is_file())
    refused = 0
    for name in names:
        whole = (path / name).read_bytes()
        for number in range(DAMAGES):
            flipped = bytearray(whole)
            for place in rng.integers(len(whole), size=1 + number % 8):
                flipped[place] = rng.integers(256)
            for damaged in (bytes(flipped), whole[: rng.integers(len(whole))], whole + rng.bytes(1 + number)):
                (path / name).write_bytes(damaged)
                refused += answers(path) is not None
                if damaged != whole and name.name != MANIFEST:  # the manifest lists the sha256 of all other files
                    with pytest.raises(BadArtifact):
                        artifacts.check(path)
        (path / name).write_bytes(whole)
    assert refused > 100 and answers(path) is None


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["vectors.npy", "layouts/pca.npy"])
@pytest.mark.parametrize(
    "array",
    [
        np.zeros(()), np.zeros(24), np.zeros((24, 0)), np.zeros((0, 4)), np.zeros((24, 2, 2)), np.zeros((23, 4)),
        np.full((24, 2), 1e300), np.full((24, 4), np.nan), np.full((24, 4), "text"), np.zeros((24, 4), complex),
        np.array([{}] * 24, object), np.zeros(24, [("a", "f4"), ("b", "f4")]), np.zeros((24, 4), "M8[s]"),
    ],
)  # fmt: skip
def test_arrays_of_other_dtypes_and_shapes(colours_path, name, array):
    (colours_path / name).write_bytes(npy(array))
    assert isinstance(answers(colours_path), BadArtifact)


@pytest.mark.parametrize("shape", ["(24, -4)", "(10000000000000, 4)", "(24,)*9", "None", "('a',)", "__import__('os')"])
def test_npy_headers_with_wrong_shapes(colours_path, shape):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    raw = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + b"\0" * 384
    (colours_path / "vectors.npy").write_bytes(raw)
    assert isinstance(answers(colours_path), BadArtifact)


def test_unparsable_pandas_metadata_are_refused_or_ignored(colours_path):
    table = pq.read_table(colours_path / "items.parquet")
    for metadata in (b"{", b"[]", b"{}", b'{"columns": 7}', b'{"index_columns": ["nothing"], "columns": []}', b"\xff"):
        pq.write_table(table.replace_schema_metadata({b"pandas": metadata}), colours_path / "items.parquet")
        error = answers(colours_path)
        assert error is None or isinstance(error, BadArtifact)


@pytest.mark.parametrize("name", ["year", "n_ratings", "mean_rating", "bias", "genres", "title"])
@pytest.mark.parametrize("value", ["text", 1e300, -1.0, None, ["a"], {"a": 1}, b"\xff", True])
def test_columns_of_unexpected_dtypes_can_be_queried(colours_path, name, value):
    items = pd.read_parquet(colours_path / "items.parquet").astype({"genres": object})
    items[name] = pd.Series([value] * len(items), dtype=object)
    pq.write_table(pa.Table.from_pandas(items, preserve_index=False), colours_path / "items.parquet")
    error = answers(colours_path)
    assert error is None or isinstance(error, BadArtifact)


@pytest.mark.parametrize("name", ["vectors.npy", "items.parquet", "layouts/pca.npy", "manifest.json", "DATA_CARD.md"])
def test_pipes_and_devices_are_not_opened(colours_path, name):
    (colours_path / name).unlink()
    os.mkfifo(colours_path / name)
    assert isinstance(answers(colours_path), BadArtifact)
    (colours_path / name).unlink()
    (colours_path / name).symlink_to("/dev/zero")
    assert isinstance(answers(colours_path), BadArtifact)
    (colours_path / name).unlink()
    (colours_path / name).symlink_to(name)
    assert isinstance(answers(colours_path), BadArtifact)
