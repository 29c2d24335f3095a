"""Embedding Projector files: tensors, metadata with and without a header, raw floats, several tensors in one config."""

import json

import numpy as np
import pytest

from explorer.errors import BadData
from explorer.formats import choices, detect, read

A = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
B = np.random.default_rng(1).standard_normal((2, 5)).astype(np.float32)


@pytest.fixture
def folder(tmp_path):
    np.savetxt(tmp_path / "a.tsv", A, delimiter="\t", fmt="%.9g")
    B.astype("<f4").tofile(tmp_path / "b.bytes")
    (tmp_path / "a_meta.tsv").write_text('Word\tCount\nthe\t10\n"of\t8\n007\t6\n\t1\n')
    (tmp_path / "b_meta.tsv").write_text("one\ntwo words\n")
    entries = [
        {"tensorName": "A", "tensorShape": [4, 3], "tensorPath": "a.tsv", "metadataPath": "a_meta.tsv"},
        {"tensorName": "B", "tensorShape": [2, 5], "tensorPath": "./b.bytes", "metadataPath": "b_meta.tsv"},
    ]
    (tmp_path / "projector_config.json").write_text(json.dumps({"embeddings": entries}))
    return tmp_path


def test_tensors_without_metadata_are_read(folder):
    assert detect(folder / "a.tsv") == "projector"
    found = read(folder / "a.tsv")
    np.testing.assert_array_equal(found.vectors, A)
    assert list(found.items) == []


def test_config_with_several_tensors(folder):
    config = folder / "projector_config.json"
    assert (detect(config), choices(config)) == ("projector-config", ["A", "B"])
    first, second = read(config), read(config, choice="B")
    np.testing.assert_array_equal(first.vectors, A)
    assert first.items["Word"].fillna("").tolist() == ["the", '"of', "007", ""]
    assert first.items["Count"].tolist() == [10, 8, 6, 1]
    np.testing.assert_array_equal(second.vectors, B)
    assert second.items["key"].tolist() == ["one", "two words"]
    with pytest.raises(BadData, match="'A', 'B'"):
        read(config, choice="C")


def test_single_metadata_column_with_a_header(folder):
    (folder / "b_meta.tsv").write_text("word\none\ntwo words\n")
    found = read(folder / "projector_config.json", choice="B")
    assert found.items["word"].tolist() == ["one", "two words"]
    assert len(found) == 2


@pytest.mark.parametrize("labels", [["a b", "0"], ["word", "two"], ["1", "two"]])
def test_single_metadata_column_whose_first_label_looks_like_a_header(folder, labels):
    (folder / "b_meta.tsv").write_text("\n".join(labels) + "\n")
    found = read(folder / "projector_config.json", choice="B")
    assert found.items.iloc[:, 0].astype(str).tolist() == labels


def test_raw_floats_with_their_config(folder):
    (folder / "projector_config.json").write_text(
        json.dumps({"embeddings": [{"tensorName": "B", "tensorShape": [2, 5], "tensorPath": "b.bytes"}]})
    )
    np.testing.assert_array_equal(read(folder / "b.bytes").vectors, B)
    (folder / "projector_config.json").unlink()
    with pytest.raises(BadData, match="tensorShape"):
        read(folder / "b.bytes")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"tensorPath": "../secret.tsv"}, "points outside"),
        ({"tensorPath": "/etc/passwd"}, "points outside"),
        ({"tensorPath": "https://example.org/a.tsv"}, "nothing is downloaded"),
        ({"tensorPath": "link.tsv"}, "link"),
        ({"tensorPath": "none.tsv"}, "is missing"),
        ({}, "no tensorPath"),
        ({"tensorPath": 3}, "no tensorPath"),
        ({"tensorPath": "b.bytes"}, "tensorShape"),
        ({"tensorPath": "b.bytes", "tensorShape": [1000000, 1000]}, "40 bytes; 1,000,000 x 1,000"),
        ({"tensorPath": "b.bytes", "tensorShape": [-1, 5]}, "tensorShape"),
        ({"tensorPath": "a.tsv", "metadataPath": "../m.tsv"}, "points outside"),
        ({"tensorPath": "a.tsv", "metadataPath": "b_meta.tsv"}, "b_meta.tsv has 2 rows"),
    ],
)
def test_config_cannot_refer_to_files_outside_its_folder(folder, tmp_path_factory, entry, message):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.tsv"
    secret.write_text("1\t2\n")
    (folder / "link.tsv").symlink_to(secret)
    (folder / "projector_config.json").write_text(json.dumps({"embeddings": [entry]}))
    with pytest.raises(BadData, match=message):
        read(folder / "projector_config.json")


@pytest.mark.parametrize(
    "config", ['{"embeddings": []}', '{"embeddings": 3}', '{"embeddings": [3]}', '{"embeddings": [']
)
def test_invalid_config_is_refused(tmp_path, config):
    (tmp_path / "projector_config.json").write_text(config)
    with pytest.raises(BadData, match=r"projector_config\.json"):
        read(tmp_path / "projector_config.json")
