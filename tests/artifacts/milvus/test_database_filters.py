"""Filters evaluated by Milvus select the same items as the columns do."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import artifacts
from explorer.artifacts.milvus import filters, publish, search, store
from explorer.core.columns.choice import OneOf, Range

pytest.importorskip("pymilvus")
N = 240
BRANDS, TAGS = ["Acme", "Bolt & Söhne", "", "true", "12", 'a "b"', "back\\slash", "%"], ["new", "old", "neu ❤", "12"]


def made_items() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    prices = np.append(rng.normal(size=N - 6) * 100, [0.1 + 0.2, 0.3, 1e300, -0.0, np.nan, np.nan])
    return pd.DataFrame(
        {
            "key": [f"Item {row}" for row in range(N)],
            "price": prices,
            "year": rng.integers(1950, 2020, N),
            "text number": [f"{row}.50" if row % 9 else None for row in range(N)],
            "brand": rng.choice(BRANDS, N),
            "day": pd.Series(pd.to_datetime(rng.integers(0, 40_000, N) * 3_600, unit="s")).where(np.arange(N) % 11 > 0),
            "seen": np.arange(N) % 3 == 0,
            "maybe": pd.array([None if row % 5 == 0 else row % 2 == 0 for row in range(N)], "boolean"),
            "tags": [list(rng.choice(TAGS, rng.integers(0, 4), replace=False)) for _ in range(N)],
        }
    )


def publish_items(folder, uri):
    vectors = np.random.default_rng(0).normal(size=(N, 4)).astype(np.float32)
    path = artifacts.save(folder / "filtered", vectors, made_items(), {})
    publish.publish(str(path), uri)
    return store.load(uri, "filtered")


@pytest.fixture(scope="module")
def remote(lite, tmp_path_factory):
    return publish_items(tmp_path_factory.mktemp("artifacts"), lite.uri)


def rows_where(remote, uri, expression) -> np.ndarray:
    """Mask of the items that the database selects, (n,) bool."""
    where = search.collection(remote.digest, search.UNIT)
    found = store.with_client(uri, lambda client: client.query(where, expression, ["row"], limit=N))
    mask = np.zeros(N, bool)
    mask[[one["row"] for one in found]] = True
    return mask


numbers = st.none() | st.floats(-300, 300) | st.integers(-300, 300) | st.sampled_from([0.3, 0.1 + 0.2, 1e300, 0.0])
dates = st.none() | st.sampled_from(["1970-01-03", "1971-01-01T05:00", "1972", "1973-02-01 00:00:00"])
ranges = st.one_of(
    st.tuples(st.sampled_from(["price", "text number"]), st.builds(Range, low=numbers, high=numbers)),
    st.tuples(st.just("year"), st.builds(Range, low=st.none() | st.integers(1940, 2030), high=numbers)),
    st.tuples(st.just("day"), st.builds(Range, low=dates, high=dates)),
)
values = st.one_of(
    st.tuples(
        st.just("brand"), st.builds(OneOf, values=st.lists(st.sampled_from([*BRANDS, "none"])).map(tuple))
    ),
    st.tuples(st.sampled_from(["seen", "maybe"]),
              st.builds(OneOf, values=st.lists(st.sampled_from(["true", "false"])).map(tuple))),
    st.tuples(
        st.just("tags"),
        st.builds(
            OneOf, values=st.lists(st.sampled_from([*TAGS, "none"])).map(tuple),
            mode=st.sampled_from(["any", "all", "only"]),
        ),
    ),
)  # fmt: skip
CONDITIONS = (
    "price < 20.5 and year >= 1983", "1983 < year", "year between 1960 and 1970", "price = 0.3", "price <= 0.3 or seen",
    "brand in ('Acme', 'true')", "brand = '12'", "list_contains(tags, 'new') and (seen or maybe)", "maybe = false",
    "price > 1e299", "year in (1960, 1961, 1999)", "PRICE > -3",
)  # fmt: skip
KEPT = (
    "not seen", "price is null", "price + 1 > 3", "year <> 1983", "brand > 'B'", "brand like 'A%'",
    "day > '1970-02-01'",
    "brand = 'a \"b\"'", "len(tags) = 2", "price > year", "lower(brand) = 'acme'",
)  # fmt: skip


@settings(max_examples=60)
@given(chosen=st.lists(st.one_of(ranges, values), min_size=1, max_size=3))
def test_filters_select_the_same_rows_in_the_database(lite, remote, chosen):
    check_choices(remote, lite.uri, dict(chosen))


def check_choices(remote, uri, choices):
    found = remote.columns.filtered(choices)
    expression = filters.expression(remote.columns, found.choices)
    if expression is not None:
        np.testing.assert_array_equal(rows_where(remote, uri, expression), found.mask, err_msg=expression)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions_select_the_same_rows_in_the_database(lite, remote, condition):
    expression = filters.expression(remote.columns, {}, condition)
    assert expression is not None
    np.testing.assert_array_equal(rows_where(remote, lite.uri, expression), remote.where(condition), err_msg=expression)


@pytest.mark.parametrize("condition", KEPT)
def test_conditions_the_database_might_evaluate_differently_are_not_sent(remote, condition):
    assert remote.where(condition).any()
    assert filters.expression(remote.columns, {}, condition) is None


def test_filter_that_excludes_near_items_is_sent_to_the_database(lite, remote, monkeypatch):
    monkeypatch.setattr(search, "MOST", 20)
    monkeypatch.setattr(search, "NAMED", 10)
    query = remote.vectors[5]
    found = remote.columns.filtered({"year": Range(low=1970)}, "price < 40")
    sent = []
    send = search.MilvusIndex._search

    def record(index, part, queries, limit, chosen="", **how):
        sent.append(chosen)
        return send(index, part, queries, limit, chosen, **how)

    monkeypatch.setattr(search.MilvusIndex, "_search", record)
    rows = remote.neighbor_index.search(query, 8, mask=found.mask)[0]
    assert sent[-1].startswith('(item["year"] >= 1970)')
    monkeypatch.setattr(search, "MOST", 16_384)
    expected = remote.neighbor_index.search(query, 8, mask=found.mask.copy())[0]
    assert rows.tolist() == expected.tolist()


def test_mask_knows_the_filters_it_was_made_from(remote):
    columns = remote.columns
    found = columns.filtered({"year": Range(low=1970)}, "seen")
    assert columns.filters_of(found.mask) == ({"year": Range(low=1970)}, "seen")
    assert columns.filters_of(columns.where("seen")) == ({}, "seen")
    assert columns.filters_of(columns.mask("year", Range(low=1970))) == ({"year": Range(low=1970)}, "")
    assert columns.filters_of(found.mask.copy()) is None
    assert columns.filters_of(columns.filtered({}, "seen", among=found.mask).mask) is None
