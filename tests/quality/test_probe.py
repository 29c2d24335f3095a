"""Probes on generated columns: encoded ones are predicted, noise is not, planted wrong values are found."""

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest, Embedding
from explorer.core.directions.column_direction import column_direction, without_column
from explorer.quality.misfits import misfits
from explorer.quality.probe import probe

N, D = 400, 8


def world(seed: int = 0) -> Embedding:
    """Price is the first dimension, brand and stock use others; `luck` and `lot` are noise."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(N, D))
    brand = vectors[:, 1:4].argmax(axis=1)
    items = pd.DataFrame(
        {
            "key": [f"item {n}" for n in range(N)],
            "price": np.where(rng.random(N) < 0.1, np.nan, np.exp(vectors[:, 0] + 0.2 * rng.normal(size=N))),
            "brand": np.array(["Acme", "Bolt", "Cork"])[brand],
            "in_stock": vectors[:, 4] > 0,
            "tags": [["new"] * bool(v[5] > 0.5) + ["red"] * bool(v[6] > 0.5) for v in vectors],
            "luck": rng.normal(size=N),
            "lot": rng.choice(["a", "b", "c", "d"], N),
        }
    )
    return Embedding(vectors, items)


def test_encoded_columns_are_predicted_and_noise_is_not():
    found = {one.column: one for one in probe(world())}
    assert {name for name, one in found.items() if one.known} == {"price", "brand", "in_stock", "tags"}
    measures = {name: one.measure for name, one in found.items()}
    assert measures == {
        "price": "rank correlation", "brand": "accuracy", "in_stock": "AUC", "tags": "AUC",
        "luck": "rank correlation", "lot": "accuracy",
    }  # fmt: skip
    assert found["price"].items < N and found["price"].linear > 0.9
    assert found["in_stock"].linear > 0.95 and found["brand"].linear > 0.85 > found["brand"].guessing
    for one in found.values():
        assert one.linear_interval[0] <= one.linear <= one.linear_interval[1]
        assert one.neighbors_interval[0] <= one.neighbors <= one.neighbors_interval[1] <= 1
    assert abs(found["luck"].linear) < 0.15


def test_false_positive_rate_on_noise_is_as_claimed():
    wrong = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        items = pd.DataFrame(
            {
                "key": [str(n) for n in range(120)], "luck": rng.normal(size=120), "lot": rng.choice(["a", "b"], 120),
                "coin": rng.random(120) < 0.5,
            }
        )  # fmt: skip
        wrong += any(one.known for one in probe(Embedding(rng.normal(size=(120, 5)), items), seed=seed))
    assert wrong <= 4  # 5% of 30 are 1.5; more than 4 happen with probability 2%


@pytest.mark.parametrize(("column", "wrong"), [("brand", "Bolt"), ("in_stock", None), ("price", 1e4), ("tags", None)])
def test_planted_wrong_values_lead_the_list(column, wrong):
    embedding = world(1)
    items, v = embedding.items, embedding.vectors
    brand = v[:, 1] - v[:, 2:4].max(axis=1)
    score = {"brand": brand, "price": -v[:, 0], "in_stock": v[:, 4], "tags": v[:, 5]}[column]
    rows = np.argsort(-score)[:5]
    cells = items[column].tolist()
    for row in rows:
        cells[row] = not cells[row] if column == "in_stock" else ["red"] if column == "tags" else wrong
    items = items.assign(**{column: cells})
    found = misfits(Embedding(embedding.vectors, items), column, 10)
    assert set(rows) <= set(found["row"].tolist()), found
    assert found["strength"].between(0, 1).all() and found["strength"].is_monotonic_decreasing
    assert found["key"].tolist() == items["key"].iloc[found["row"]].tolist()
    if column == "brand":
        assert found.set_index("row").loc[rows, "expected"].eq("Acme").all()


def test_direction_of_a_column_orders_items_with_missing_values_too():
    embedding = world()
    assert np.corrcoef(column_direction(embedding, "price"), embedding.vectors[:, 0])[0, 1] > 0.97
    assert np.corrcoef(column_direction(embedding, "tags", "new"), embedding.vectors[:, 5])[0, 1] > 0.9
    with pytest.raises(BadRequest, match="choose one of Acme"):
        column_direction(embedding, "brand", "Acne")
    with pytest.raises(BadRequest, match="no direction"):
        column_direction(embedding, "key")


@pytest.mark.parametrize(("column", "value"), [("price", None), ("in_stock", None), ("brand", "Acme"), ("brand", None)])
def test_removing_a_column_leaves_no_linear_information_about_it(column, value):
    embedding = world()
    less = without_column(embedding, column, value)
    before, after = ({one.column: one for one in probe(e)} for e in (embedding, less))
    if value is None:
        assert after[column].linear < after[column].guessing + 0.1 < before[column].linear
    other_columns = {"price", "in_stock", "tags"} - {column}
    assert all(after[name].linear > before[name].linear - 0.05 for name in other_columns)
    assert less.items["key"].tolist() == embedding.items["key"].tolist()


def test_column_that_cannot_be_predicted_has_no_probe_and_no_misfits():
    embedding = Embedding(np.random.default_rng(0).normal(size=(30, 3)), pd.DataFrame({"key": [*map(str, range(30))]}))
    assert probe(embedding) == [] and misfits(embedding, "key").empty
    with pytest.raises(BadRequest, match="no column 'price'"):
        probe(embedding, ["price"])
