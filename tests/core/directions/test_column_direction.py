"""The direction of a column in a generated embedding that encodes it in one dimension."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest
from explorer.core.directions import column_direction as module
from explorer.core.directions.column_direction import column_direction, direction_values, without_column
from explorer.core.embedding import Embedding
from explorer.core.vectors import blocks


@pytest.fixture(scope="module")
def shop() -> Embedding:
    """300 products: price is dimension 0, brand is dimension 1, the rest is noise."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 6)).astype(np.float32)
    brand = np.where(vectors[:, 1] > 0, "Acme", "Bolt")
    price = np.exp(vectors[:, 0].astype(float))
    items = pd.DataFrame({"key": [f"p{n}" for n in range(300)], "price": price, "brand": brand, "same": "x"})
    return Embedding(vectors, items)


def test_direction_of_a_number_orders_the_items(shop):
    scores = column_direction(shop, "price")
    assert scores.shape == (300,)
    assert pd.Series(scores).corr(shop.items["price"], method="spearman") > 0.8
    assert abs(np.corrcoef(scores, shop.vectors[:, 2])[0, 1]) < 0.2


def test_direction_of_a_category_value_separates_it(shop):
    scores = column_direction(shop, "brand", "Acme")
    acme = (shop.items["brand"] == "Acme").to_numpy()
    assert (scores[acme].min() + scores[acme].mean()) > (scores[~acme].mean() + scores[~acme].min())
    assert np.mean(scores[acme] > 0) > 0.9 and np.mean(scores[~acme] < 0) > 0.9


def test_unknown_value_is_refused(shop):
    with pytest.raises(BadRequest, match="Acme"):
        column_direction(shop, "brand", "Zinc")
    with pytest.raises(BadRequest):
        column_direction(shop, "no such column")


def test_categories_have_a_direction_per_value_and_numbers_one(shop):
    assert direction_values(shop, "brand") == ("Acme", "Bolt")
    assert direction_values(shop, "price") == ("Price",)
    assert direction_values(shop, "same") == ()
    with pytest.raises(BadRequest, match="one of Acme, Bolt"):
        column_direction(shop, "brand")


def test_blockwise_reading_gives_the_same_direction(shop, monkeypatch):
    whole = column_direction(shop, "price"), without_column(shop, "brand").vectors
    monkeypatch.setattr(blocks, "BLOCK", 7)
    assert column_direction(shop, "price") == pytest.approx(whole[0], abs=1e-4)
    assert without_column(shop, "brand").vectors == pytest.approx(whole[1], abs=1e-4)


def copied(embedding: Embedding, name: str) -> Embedding:
    """The embedding without a column, its vectors computed row by row by the formula of LEACE."""
    mean, weights, covariance = module._fit_ridge(embedding, *module._targets(embedding, name, None)[:2])
    step = np.linalg.pinv(covariance.T @ weights, rcond=1e-6, hermitian=True) @ covariance.T
    whole = np.asarray(embedding.vectors, np.float64)
    return Embedding((whole - (whole - mean) @ weights @ step).astype(np.float32), embedding.items)


@pytest.mark.parametrize("column", ["price", "brand"])
@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_neighbors_without_a_column_equal_those_of_modified_vectors(shop, column, metric):
    less, expected = without_column(shop, column), copied(shop, column)
    few = np.arange(len(shop)) % 50 == 0  # so few that only these are compared
    for mask in (None, few):
        for key in ("p0", "p7", "p299"):
            found, right = (one.neighbors(key, 12, metric, mask) for one in (less, expected))
            assert found["key"].tolist() == right["key"].tolist()
            assert found["score"].to_numpy() == pytest.approx(right["score"].to_numpy(), abs=1e-6)
    assert less.norms == pytest.approx(expected.norms, abs=1e-6)
    assert less.similarity("p1", "p2") == pytest.approx(expected.similarity("p1", "p2"), abs=1e-6)
    assert less.analogy(["p1", "p2"], ["p3"])["key"].tolist() == expected.analogy(["p1", "p2"], ["p3"])["key"].tolist()
    assert np.asarray(less.vectors) == pytest.approx(np.asarray(expected.vectors), abs=1e-6)
    assert less.vectors[3:5, 1] == pytest.approx(expected.vectors[3:5, 1], abs=1e-6)


def test_two_columns_are_ignored_one_after_the_other(shop):
    less = without_column(without_column(shop, "price"), "brand")
    expected = copied(copied(shop, "price"), "brand").neighbors("p4")
    found = less.neighbors("p4")
    assert found["key"].tolist() == expected["key"].tolist()
    assert found["score"].to_numpy() == pytest.approx(expected["score"].to_numpy(), abs=1e-6)


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_neighbors_without_a_column_do_not_copy_the_vectors(monkeypatch, metric):
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(10_000, 256)).astype(np.float32)
    items = pd.DataFrame({"key": [f"p{n}" for n in range(10_000)], "price": matrix[:, 0].astype(float)})
    large = Embedding(matrix, items)
    large.neighbors("p0"), large.columns["price"]
    monkeypatch.setattr(blocks, "BLOCK", 100)
    tracemalloc.start()
    without_column(large, "price").neighbors("p0", metric=metric)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < matrix.nbytes / 3


def test_more_dimensions_than_items_give_the_same_direction():
    rng = np.random.default_rng(0)
    narrow, price = rng.normal(size=(30, 8)), rng.normal(size=30)
    turned = np.linalg.qr(rng.normal(size=(50, 8)))[0].T  # 8 orthonormal axes in 50 dimensions
    items = pd.DataFrame({"key": [f"item {n}" for n in range(30)], "price": price})
    targets = price[:, None]
    _, few, _ = module._fit_ridge(Embedding(narrow, items), np.arange(30), targets)
    _, many, covariance = module._fit_ridge(Embedding(narrow @ turned, items), np.arange(30), targets)
    # The ridge is relative to the mean variance of a dimension, so empty dimensions shrink it.
    assert np.corrcoef((narrow @ few)[:, 0], (narrow @ turned @ many)[:, 0])[0, 1] > 0.9999
    wide = np.asarray(Embedding(narrow @ turned, items).vectors, np.float64)
    centered = wide - wide.mean(axis=0)
    squares = centered.T @ centered / 30
    expected = np.linalg.solve(squares + module._ridge(squares, 50) * np.eye(50), covariance)
    np.testing.assert_allclose(many, expected, rtol=1e-6, atol=1e-12)
