"""Artifact folders: round trip, checks, damage."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer import BadArtifact, BadData, BadRequest, artifacts, list_artifacts, load
from explorer.artifacts.manifest import VERSION, write_manifest


def test_saved_artifact_is_loaded_unchanged(colours, tmp_path):
    users = np.arange(15, dtype=np.float32).reshape(3, 5)
    manifest = {"model": "made up", "nested": {"ü": [1, 2.5, None]}}
    path = artifacts.save(
        tmp_path / "a", colours.vectors, colours.items, manifest, users=users, layouts=colours.layouts, card="# Card\n"
    )
    again = load(path)
    np.testing.assert_array_equal(again.vectors, colours.vectors)
    pd.testing.assert_frame_equal(again.items, colours.items, check_dtype=False)
    assert again.items.genres[0] == ["Red", "Even"]
    np.testing.assert_array_equal(again.users, users)
    np.testing.assert_array_equal(again.layout("pca"), colours.layout("pca"))
    assert (path / "DATA_CARD.md").read_text() == "# Card\n"
    assert {**again.manifest, **manifest} == again.manifest
    assert (again.name, again.manifest["items"], again.manifest["dimensions"]) == ("a", 24, 4)
    assert again.manifest["schema"] == VERSION
    assert {"numpy", "gensim"} <= again.manifest["versions"].keys()


def test_vectors_are_memory_mapped_and_read_only(colours_path):
    vectors = load(colours_path).vectors
    base = vectors
    while base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    assert not vectors.flags.writeable


def test_artifacts_are_found_by_name_under_the_root(colours_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(colours_path.parent))
    (colours_path.parent / "notes").mkdir()
    assert list_artifacts() == ["colours"]
    assert load("colours").name == "colours"
    with pytest.raises(BadArtifact, match=r"no artifact 'colors'. There are: colours"):
        load("colors")
    with pytest.raises(BadArtifact, match="is not an artifact"):
        load("notes")


def test_digest_changes_with_the_content(colours_path, colours):
    before = load(colours_path).digest
    assert artifacts.digest(colours_path) == before
    artifacts.add_layout(colours_path, "tsne", np.ones((24, 2)))
    assert load(colours_path).digest == artifacts.digest(colours_path) != before


def test_copied_folder_is_called_by_its_own_name(colours_path):
    shutil.copytree(colours_path, colours_path.with_name("copy"))
    assert artifacts.load(colours_path.with_name("copy")).name == "copy"
    assert artifacts.load(colours_path).name == "colours"


def test_add_layout_keeps_everything_else(colours_path):
    before = load(colours_path)
    vectors = np.array(before.vectors)
    artifacts.add_layout(colours_path, "tsne", np.full((24, 2), 7), {"trustworthiness": 0.9})
    artifacts.add_layout(colours_path, "tsne", np.full((24, 2), 8), {"trustworthiness": 0.8})
    after = load(colours_path)
    assert after.layout("tsne")[0].tolist() == [8, 8]
    assert after.manifest["layouts"] == {"pca": {}, "tsne": {"trustworthiness": 0.8}}
    np.testing.assert_array_equal(after.layout("pca"), before.layout("pca"))
    np.testing.assert_array_equal(before.vectors, vectors)  # an embedding loaded before stays readable
    assert artifacts.check(colours_path)["items"] == 24
    with pytest.raises(BadData, match="Layout 'umap' has shape"):
        artifacts.add_layout(colours_path, "umap", np.zeros((3, 2)))


def test_check_returns_the_manifest_of_an_intact_artifact(colours_path):
    assert artifacts.check(colours_path)["files"].keys() == {
        "DATA_CARD.md", "items.parquet", "layouts/pca.npy", "vectors.npy",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["vectors.npy", "items.parquet", "layouts/pca.npy", "DATA_CARD.md"])
def test_check_finds_a_changed_byte_and_a_missing_file(colours_path, name):
    file = colours_path / name
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(BadArtifact, match=f"{name} has changed since it was written"):
        artifacts.check(colours_path)
    file.unlink()
    with pytest.raises(BadArtifact, match=f"{name} is missing"):
        artifacts.check(colours_path)


def test_check_finds_an_unlisted_file(colours_path):
    (colours_path / "users.npy").write_bytes(b"")
    with pytest.raises(BadArtifact, match=r"users\.npy is not listed"):
        artifacts.check(colours_path)


def seal(path: Path) -> None:
    """Update the manifest's hashes, so that only the content of the files is wrong."""
    write_manifest(path, json.loads((path / "manifest.json").read_text()))


def test_check_compares_row_counts(colours_path, colours):
    np.save(colours_path / "vectors.npy", colours.vectors[:-1])
    seal(colours_path)
    with pytest.raises(BadArtifact, match=r"vectors \(23\) must match the number of items \(24\)"):
        artifacts.check(colours_path)
    colours.items.iloc[:-1].to_parquet(colours_path / "items.parquet")
    (colours_path / "layouts" / "pca.npy").unlink()
    seal(colours_path)
    with pytest.raises(BadArtifact, match="has 23 items; the manifest says 24"):
        artifacts.check(colours_path)


@pytest.mark.parametrize("name", ["vectors.npy", "layouts/pca.npy", "users.npy"])
def test_check_finds_nan(colours_path, name):
    shape = {"vectors.npy": (24, 4), "layouts/pca.npy": (24, 2), "users.npy": (3, 5)}[name]
    array = np.ones(shape, np.float32)
    array[1, 1] = np.nan
    np.save(colours_path / name, array)
    seal(colours_path)
    with pytest.raises(BadArtifact, match="finite"):
        artifacts.check(colours_path)


def test_newer_schema_version_is_refused(colours_path):
    manifest = json.loads((colours_path / "manifest.json").read_text())
    (colours_path / "manifest.json").write_text(json.dumps({**manifest, "schema": VERSION + 1}))
    for read in (load, artifacts.check, artifacts.manifest):
        with pytest.raises(BadArtifact, match="schema version 2; this explorer reads up to 1"):
            read(colours_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"schema": "new"}', '{"schema": null}'])
def test_invalid_manifest_is_refused(colours_path, text):
    (colours_path / "manifest.json").write_text(text)
    with pytest.raises(BadArtifact, match="is not a manifest"):
        load(colours_path)


@pytest.mark.parametrize("name", ["vectors.npy", "items.parquet"])
@pytest.mark.parametrize("content", [b"", b"PAR1", b"\x93NUMPY\x01\x00", None])
def test_unreadable_files_raise(colours_path, name, content):
    (colours_path / name).unlink()
    if content is not None:
        (colours_path / name).write_bytes(content)
    with pytest.raises(BadArtifact, match="cannot be read"):
        load(colours_path)


def test_save_refuses_to_replace_a_folder_that_is_no_artifact(colours, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "holiday.jpg").write_bytes(b"dear")
    (tmp_path / "file").write_bytes(b"dear")
    for name in ("photos", "file"):
        with pytest.raises(BadRequest, match="left unchanged"):
            artifacts.check_place(tmp_path / name)
        with pytest.raises(BadRequest, match="left unchanged"):
            artifacts.save(tmp_path / name, colours.vectors, colours.items, {})
    assert (tmp_path / "photos" / "holiday.jpg").read_bytes() == b"dear"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "photos"]
    with pytest.raises(BadRequest, match="Nothing can be written"):
        artifacts.save(tmp_path / "file" / "inside", colours.vectors, colours.items, {})
