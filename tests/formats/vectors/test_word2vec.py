"""word2vec, GloVe and fastText files, compared with gensim."""

import gzip
import shutil

import numpy as np
import pytest
from gensim.models import KeyedVectors

from explorer.errors import BadData
from explorer.formats import Limits, choices, detect, read

WORDS = [
    "the",
    "straße",
    "日本語",
    "🎬",
    "e\u0301",
    "\u202eabc",
    ".",
    "2,5",
    '"quoted"',
    "NA",
    "null",
    "true",
    "x\x85y",
]


@pytest.fixture
def gensim_vectors():
    kv = KeyedVectors(7)
    kv.add_vectors(WORDS, np.random.default_rng(0).standard_normal((len(WORDS), 7)).astype(np.float32))
    return kv


def packed(path):
    with path.open("rb") as source, gzip.open(f"{path}.gz", "wb") as sink:
        shutil.copyfileobj(source, sink)
    return path.with_name(path.name + ".gz")


@pytest.mark.parametrize("name", ["v.txt", "v.vec", "v.bin", "glove.txt"])
@pytest.mark.parametrize("pack", [False, True])
def test_files_written_by_gensim_are_read_as_by_gensim(tmp_path, gensim_vectors, name, pack):
    path, binary = tmp_path / name, name.endswith("bin")
    gensim_vectors.save_word2vec_format(path, binary=binary, write_header=name != "glove.txt")
    theirs = KeyedVectors.load_word2vec_format(path, binary=binary, no_header=name == "glove.txt")
    path = packed(path) if pack else path
    expected = {"v.txt": "word2vec", "v.vec": "word2vec", "v.bin": "word2vec-binary", "glove.txt": "glove"}[name]
    assert (detect(path), choices(path)) == (expected, [])
    found = read(path)
    assert found.items["key"].tolist() == theirs.index_to_key == WORDS
    np.testing.assert_array_equal(found.vectors, theirs.vectors)
    assert (found.vectors.dtype, found.notes) == (np.float32, [])


def test_more_digits_than_float32_has(tmp_path):
    (tmp_path / "v.txt").write_text("a 0.12345678901234567890 1e-45 -1e300\nb 3 -0 +1\n")
    with np.errstate(over="ignore"):
        expected = np.array([[0.12345678901234567890, 1e-45, -1e300], [3, 0, 1]]).astype(np.float32)
    np.testing.assert_array_equal(read(tmp_path / "v.txt").vectors, expected)


def test_trailing_spaces_and_windows_line_ends(tmp_path):
    (tmp_path / "v.vec").write_bytes(b"2 3\r\na 1 2 3 \r\nb 4 5 6 \r\n")
    found = read(tmp_path / "v.vec")
    np.testing.assert_array_equal(found.vectors, [[1, 2, 3], [4, 5, 6]])
    assert found.items["key"].tolist() == ["a", "b"]


def test_keys_with_spaces_are_read(tmp_path):
    (tmp_path / "g.txt").write_text("a 1 2 3\n. . . 4 5 6\nb 7 8 9\nat name@domain.com 1 1 1\n. 2 2 2\n")
    found = read(tmp_path / "g.txt")
    assert found.items["key"].tolist() == ["a", ". . .", "b", "at name@domain.com", "."]
    np.testing.assert_array_equal(found.vectors[:, 0], [1, 4, 7, 1, 2])


def test_keys_that_are_not_utf_8_are_read_as_windows_1252_and_noted(tmp_path):
    rows = np.arange(6, dtype="<f4").reshape(2, 3)
    (tmp_path / "v.txt").write_bytes(b"2 3\nAm\xe9lie 0 1 2\nb 3 4 5\n")
    (tmp_path / "v.bin").write_bytes(b"2 3\nAm\xe9lie " + rows[0].tobytes() + b"b " + rows[1].tobytes())
    for name, key in (("v.txt", "Amélie"), ("v.bin", "Amélie")):
        found = read(tmp_path / name)
        assert found.items["key"].tolist() == [key, "b"]
        np.testing.assert_array_equal(found.vectors, rows)
        assert "not UTF-8" in found.notes[0]


def test_key_with_a_space_and_invalid_utf_8(tmp_path):
    (tmp_path / "g.txt").write_bytes(b"a 0 1 2\nAm\xe9 lie 3 4 5\nb\xff 6 7 8\n")
    found = read(tmp_path / "g.txt")
    assert found.items["key"].tolist() == ["a", "Amé lie", "bÿ"]
    np.testing.assert_array_equal(found.vectors, np.arange(9).reshape(3, 3))
    assert "read as cp1252" in found.notes[0]


def test_value_that_is_no_number_is_missing_only_if_it_says_so(tmp_path):
    (tmp_path / "v.txt").write_text("a 1 nan\nb inf 2\n")
    np.testing.assert_array_equal(read(tmp_path / "v.txt").vectors, np.float32([[1, np.nan], [np.inf, 2]]))
    (tmp_path / "v.txt").write_text("a 1 2\nb 1 two\nc d 3 4\ne 5\n" + "f 5 6\n" * 20)
    found = read(tmp_path / "v.txt")
    assert [(hole.row, hole.where, hole.reason) for hole in found.holes] == [
        (1, "line 2", "'two', no number"),
        (3, "line 4", "1 numbers, expected 2"),
    ]
    assert found.items["key"].tolist()[:5] == ["a", "b", "c d", "e", "f"]
    assert np.isnan(found.vectors[[1, 3]]).all() and found.vectors[2].tolist() == [3, 4]


def test_file_of_many_blocks_is_read_like_gensim(tmp_path):
    vectors = np.random.default_rng(0).standard_normal((20_000, 30)).astype(np.float32)
    kv = KeyedVectors(30)
    kv.add_vectors([f"word{n}" if n % 1000 else f"two words {n}" for n in range(len(vectors))], vectors)
    kv.save_word2vec_format(tmp_path / "v.txt")
    found = read(tmp_path / "v.txt")
    assert found.items["key"].tolist() == kv.index_to_key
    np.testing.assert_array_equal(found.vectors, vectors)


@pytest.mark.parametrize("message", [1, 3, 1000])
def test_wrong_count_is_noted(tmp_path, message):
    (tmp_path / "v.txt").write_text(f"{message} 2\na 1 2\nb 3 4\n")
    found = read(tmp_path / "v.txt")
    assert len(found) == 2 and f"declares {message:,} rows; there are 2" in found.notes[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"999999999 300\n" + b"a " + bytes(20), "999,999,999"),
        (b"2 4\na " + bytes(16) + b"b " + bytes(3), "with 2 rows"),
    ],
)
def test_damage_is_named(tmp_path, content, message):
    (tmp_path / "v.txt").write_bytes(content)
    with pytest.raises(BadData, match=message):
        read(tmp_path / "v.txt")


def test_larger_files_than_the_limits_are_refused(tmp_path):
    (tmp_path / "v.txt").write_text("a 1 2\nb 3 4\nc 5 6\n")
    with pytest.raises(BadData, match="3 rows; at most 2"):
        read(tmp_path / "v.txt", limit=Limits(rows=2))


def test_saved_gensim_model_is_refused_with_a_way_to_convert_it(tmp_path, gensim_vectors):
    gensim_vectors.save(str(tmp_path / "kv.model"))
    with pytest.raises(BadData, match=r"KeyedVectors\.load\(.*save_word2vec_format"):
        read(tmp_path / "kv.model")
