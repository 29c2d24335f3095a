"""Validation and immutability of Embedding."""

import numpy as np
import pandas as pd
import pytest

from explorer import BadData, BadRequest, Embedding, UnknownItem


def items(*keys: object) -> pd.DataFrame:
    return pd.DataFrame({"key": list(keys)})


def test_vectors_are_read_only_float32_in_the_given_order():
    embedding = Embedding(np.array([[1, 2], [3, 4]]), items("a", "b"))
    assert embedding.vectors.dtype == np.float32
    assert embedding.vector("b").tolist() == [3, 4]
    with pytest.raises(ValueError, match="read-only"):
        embedding.vectors[0, 0] = 7


def test_array_of_the_caller_stays_writable():
    vectors = np.ones((2, 2), np.float32)
    Embedding(vectors, items("a", "b"))
    vectors[0, 0] = 7


def test_rows_are_returned_in_the_order_of_the_keys(colours):
    assert colours.index(["Blue 0", "Red 1"]).tolist() == [16, 1]
    assert colours.index("Red 2").tolist() == [2]
    assert colours.index([]).tolist() == []
    assert "Red 1" in colours
    assert "Purple" not in colours
    assert len(colours) == 24


def test_zero_vector_has_cosine_zero_with_every_item():
    embedding = Embedding(np.array([[0.0, 0], [1, 0], [0, 1]]), items("nothing", "a", "b"))
    assert embedding.neighbors("nothing").score.tolist() == [0, 0]


def test_missing_layout_is_refused_with_the_stored_ones(colours):
    assert colours.layout("pca").shape == (24, 2)
    with pytest.raises(BadRequest, match=r"no 'umap' layout \(stored: pca\).*--method umap"):
        colours.layout("umap")


@pytest.mark.parametrize(
    ("vectors", "table", "message"),
    [
        (np.ones(3), items("a", "b", "c"), "table of rows by dimensions"),
        (np.ones((0, 3)), items(), "table of rows by dimensions"),
        (np.array([["x"]]), items("a"), "real numbers"),
        (np.ones((1, 2), complex), items("a"), "real numbers"),
        (np.ones((2, 2)), items("a"), r"number of vectors \(2\) must match the number of items \(1\)"),
        (np.ones((1, 2)), pd.DataFrame({"title": ["a"]}), "need a column 'key'; these have 'title'"),
        (np.ones((2, 2)), items("a", ""), "non-empty string; row 1 has ''"),
        (np.ones((2, 2)), items("a", 7), "non-empty string; row 1 has 7"),
        (np.ones((2, 2)), items("a", None), "non-empty string; row 1"),
        (np.ones((3, 2)), items("a", "b", "a"), "unique; 'a' is in rows 0 and 2"),
        (np.array([[1, 2], [3, np.nan]]), items("a", "b"), r"row 1 \('b'\), dimension 1 is nan"),
        (np.array([[1, np.inf]]), items("a"), "dimension 1 is inf"),
    ],
)
def test_vectors_and_items_of_different_lengths_are_refused(vectors, table, message):
    with pytest.raises(BadData, match=message):
        Embedding(vectors, table)


def test_layouts_and_users_must_fit_the_vectors():
    with pytest.raises(BadData, match="Layout 'pca' has shape"):
        Embedding(np.ones((2, 3)), items("a", "b"), layouts={"pca": np.zeros((3, 2))})
    with pytest.raises(BadData, match="User vectors have shape"):
        Embedding(np.ones((2, 3)), items("a", "b"), users=np.zeros((5, 3)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("toy stroy", "Toy Story"), ("TOY STORY", "Toy Story"), ("amelie", "Amélie"), ("godfather", "The Godfather")],
)
def test_closest_keys_for_a_mistyped_key(typed, meant):
    embedding = Embedding(np.eye(5), items("Toy Story", "Amélie", "The Godfather", "Heat", "Up"))
    with pytest.raises(UnknownItem) as raised:
        embedding.vector(typed)
    assert meant in raised.value.suggestions


def test_default_layout_is_chosen_by_method():
    n = np.arange(6, dtype=np.float32)
    drawn = {
        name: np.full((3, 2), place, np.float32)
        for place, name in enumerate(["pca", "xy", "umap-1", "tsne-1", "tsne-2"])
    }
    drawn["tsne-3"] = n.repeat(3)[:9].reshape(3, 3)
    methods = {name: {"method": name.partition("-")[0]} for name in drawn}
    methods["tsne-1"]["learned_from"] = 2
    for name in ("tsne-2", "tsne-1", "umap-1", "xy", "pca"):
        embedding = Embedding(np.eye(3), pd.DataFrame({"key": list("abc")}), {"layouts": methods}, layouts=drawn)
        assert embedding.plane_name == name
        assert np.array_equal(embedding.plane, drawn.pop(name))
    assert Embedding(np.eye(3), pd.DataFrame({"key": list("abc")}), {}, layouts=drawn).plane is None


@pytest.mark.parametrize("size", [3e38, 1e19, 1e-20, 1e-45])
def test_values_whose_products_overflow_float32_are_refused(size):
    with pytest.raises(BadData, match="Scale all vectors by one factor"):
        Embedding(np.array([[size], [-size]]), pd.DataFrame({"key": ["a", "b"]}))
    for fine in (1e14, 1e-14, 0):
        Embedding(np.array([[fine], [-fine]]), pd.DataFrame({"key": ["a", "b"]}))
