"""Embeddings from objects of Python."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse
from gensim.models import KeyedVectors

from explorer import BadData, from_arrays

WORDS = ["ant", "bee", "cat"]
VECTORS = np.array([[1, 0], [0.5, 0.5], [0, 1]], np.float32)
SIZES = [1, 2, 3]
MODEL = KeyedVectors(2)
MODEL.add_vectors(WORDS, VECTORS)


@pytest.mark.parametrize(
    "vectors",
    [
        dict(zip(WORDS, VECTORS, strict=True)),
        pd.DataFrame(VECTORS, index=WORDS),
        pd.Series(list(VECTORS), index=WORDS),
        MODEL,
    ],
    ids=["dictionary", "table", "series", "KeyedVectors"],
)
def test_vectors_with_keys_are_joined_to_items_by_key(vectors):
    assert from_arrays(vectors).items["key"].tolist() == WORDS
    table = pd.DataFrame({"word": WORDS[::-1], "size": SIZES[::-1]})
    embedding = from_arrays(vectors, table)
    assert embedding.items["size"].tolist() == SIZES
    np.testing.assert_array_equal(embedding.vectors, VECTORS)


@pytest.mark.parametrize(
    "items",
    [
        {"word": WORDS, "size": SIZES},
        [{"word": word, "size": size} for word, size in zip(WORDS, SIZES, strict=True)],
        pd.DataFrame({"size": SIZES}, index=pd.Index(WORDS, name="word")),
        pd.DataFrame({"size": SIZES}, index=WORDS),
        pa.table({"word": WORDS, "size": SIZES}),
    ],
    ids=["columns", "objects", "named index", "index", "Arrow"],
)
def test_items_are_a_table_of_any_kind(items):
    embedding = from_arrays(VECTORS.tolist(), items)
    assert embedding.items["key"].tolist() == WORDS
    assert embedding.items["size"].tolist() == SIZES


def test_items_are_numbered_keys_or_a_table():
    assert from_arrays(VECTORS).items["key"].tolist() == ["row 1", "row 2", "row 3"]
    embedding = from_arrays(VECTORS.astype(float), ["a", None, "a"])
    assert embedding.items["key"].tolist() == ["a", "row 2", "a (2)"]
    assert any("a repeated key" in note for note in embedding.manifest["source"]["notes"])
    table = pd.DataFrame({"title": ["x", "y", "z"], "year": [1990, 1991, 1992]}, index=[7, 8, 9])
    assert from_arrays(VECTORS, table).neighbors("x", k=2)["key"].isin(["y", "z"]).all()


@pytest.mark.parametrize(
    "vectors, items, message",
    [
        (VECTORS, ["a", "b"], r"\(3\).*\(2\)"),
        (np.zeros(3), None, "shape"),
        (None, None, "shape"),
        (np.where(VECTORS == 1, np.nan, VECTORS), WORDS, "'ant'.*Remove or replace them"),
        ([[1, 2], [3]], None, "equal length"),
        (scipy.sparse.csr_matrix(VECTORS), None, "toarray"),
        (VECTORS, {"word": WORDS, "size": [1]}, "equal length"),
    ],
)
def test_other_objects_are_refused_with_advice(vectors, items, message):
    with pytest.raises(BadData, match=message):
        from_arrays(vectors, items)
