"""Properties of every column kind for any values."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.columns import KINDS, Choice, Column, Contains, Continuous, Discrete, OneOf, Range, guess
from explorer.core.columns.enrichment import COLUMNS
from explorer.errors import BadRequest

WORDS = st.sampled_from(["Acme", "Bolt", "<b>", "it's", "a,b", "\u202eevil", "x" * 300, "10", "9", "é"])
STAMPS = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1))
VALUES = {
    "category": WORDS,
    "labels": st.lists(WORDS, max_size=4),
    "number": st.floats(allow_nan=False, allow_infinity=False, width=32) | st.integers(-(2**40), 2**40),
    "date": STAMPS,
    "boolean": st.booleans(),
    "text": WORDS,
    "link": st.sampled_from(["https://a.org/x", "http://b.org", "javascript:alert(1)"]),
    "image": st.sampled_from(["https://a.org/x.png", "thumbs/1.jpg", "../../etc/passwd.png", b"\x89PNG..."]),
}
CHOICES = {
    "category": st.builds(OneOf, values=st.lists(WORDS, max_size=3).map(tuple)),
    "labels": st.builds(
        OneOf, values=st.lists(WORDS, max_size=3).map(tuple), mode=st.sampled_from(["any", "all", "only"])
    ),
    "number": st.builds(Range, low=st.none() | st.integers(-100, 100), high=st.none() | st.floats(-1e9, 1e9)),
    "date": st.builds(Range, low=st.none() | STAMPS.map(str), high=st.none() | STAMPS.map(lambda d: str(d.date()))),
    "boolean": st.builds(OneOf, values=st.sampled_from([(), ("true",), ("false",), ("true", "false")])),
    "text": st.builds(Contains, text=WORDS | st.just("")),
    "link": st.builds(Contains, text=st.sampled_from(["", "a.org", "B.ORG"])),
    "image": st.builds(Contains, text=st.sampled_from(["", "png"])),
}


def columns(kind: str):
    cells = st.lists(st.none() | VALUES[kind], max_size=30)
    return cells.map(lambda found: KINDS[kind](pd.Series(found, dtype=object, name="c"), Column("c", kind)))


KIND_AND_VALUES = st.sampled_from(sorted(KINDS)).flatmap(lambda kind: st.tuples(columns(kind), CHOICES[kind]))


@given(KIND_AND_VALUES, st.booleans(), st.sampled_from([None, True, False]))
def test_choice_and_complement_cover_all_items_including_missing_values(given_, known, unknown):
    values, choice = given_
    choice = type(choice)(**{**vars(choice), "known": known, "unknown": unknown})
    mask = values.mask(choice)
    assert mask.dtype == bool and mask.shape == (len(values),)
    every = values.mask(type(choice)())
    assert every.all()  # an empty choice keeps all items
    only_known, only_unknown = values.mask(Choice_(values, unknown=False)), values.mask(Choice_(values, known=False))
    assert (only_known ^ only_unknown).all()
    assert (only_known == values.known).all()
    if unknown is True:
        assert mask[~values.known].all()
    if unknown is False or (choice.asks() and unknown is None):
        assert not mask[~values.known].any()
    if not known:
        assert not mask[values.known].any()
    assert bool(choice) or mask.all()
    assert isinstance(values.describe(choice), str) and (bool(values.describe(choice)) == bool(choice))


def Choice_(values, **how) -> Choice:  # noqa: N802
    return values.choice(**how)


@given(KIND_AND_VALUES)
def test_choice_round_trips_through_the_url(given_):
    _, choice = given_
    assert type(choice).from_json(choice.to_json()) == choice


@given(KIND_AND_VALUES, st.randoms())
def test_summaries_count_each_item_once(given_, random):
    values, _ = given_
    among = np.array([random.random() < 0.5 for _ in range(len(values))], bool)
    for mask in (None, among):
        found = values.summary(mask)
        shown = np.ones(len(values), bool) if mask is None else mask
        assert found.known == (values.known & shown).sum()
        assert found.known + found.unknown == shown.sum()
        if values.name in ("number", "date"):
            assert found.counts.sum() == found.known
            assert len(found.edges) == len(found.counts) + 1 and (np.diff(found.edges.astype(float)) > 0).all()
            inside = values.numbers[values.known & shown]
            edges = values._binned[0]
            assert (inside >= edges[0]).all() and (inside <= edges[-1]).all()
        if values.name in ("category", "boolean"):
            assert found.counts.sum() == found.known
            assert found.counts.tolist() == [values.mask(OneOf(values=(n,)))[shown].sum() for n in found.names]
        if values.name == "labels":
            assert found.counts.tolist() == [values.mask(OneOf(values=(n,)))[shown].sum() for n in found.names]
            assert found.counts.sum() >= found.known


@given(KIND_AND_VALUES, st.booleans())
def test_order_is_a_permutation_with_missing_values_last(given_, descending):
    values, _ = given_
    order = values.order(descending)
    assert sorted(order.tolist()) == list(range(len(values)))
    known = values.known[order]
    assert (np.diff(known.astype(int)) <= 0).all()
    if values.name in ("number", "date"):
        steps = np.diff(values.numbers[order][known])
        assert ((steps <= 0) if descending else (steps >= 0)).all()


@given(KIND_AND_VALUES)
def test_colors_cover_every_item_and_mark_missing_values(given_):
    values, _ = given_
    found = values.colors()
    if isinstance(found, Discrete):
        assert len(found.names) == len(found.colors) == len(set(found.colors)) <= 21
        assert (found.codes < len(found.names)).all()
        assert ((found.codes >= 0) == values.known).all()
    if isinstance(found, Continuous):
        assert found.values.dtype == np.float32
        assert (np.isnan(found.values) == ~values.known).all()
    assert (found is None) == (values.name in ("text", "link", "image"))


@given(KIND_AND_VALUES)
def test_texts_are_short_and_empty_for_missing_values(given_):
    values, _ = given_
    texts = values.texts(np.arange(len(values)))
    assert all(len(text) <= 80 and "\n" not in text for text in texts)
    assert [bool(text) for text in texts] == values.known.tolist()
    assert all(bool(values.long_text(row)) == values.known[row] for row in range(len(values)))


@given(KIND_AND_VALUES, st.randoms())
def test_enrichment_has_a_p_value_and_a_sentence(given_, random):
    values, _ = given_
    selected = np.array([random.random() < 0.5 for _ in range(len(values))], bool)
    table = values.enrichment(selected, ~selected)
    assert tuple(table.columns) == COLUMNS
    assert table["p"].between(0, 1).all() and (table["effect"] >= 0).all()
    assert all(values.sentence(row) for row in table.itertuples())
    for traits in values.traits():
        assert traits.have.shape == (len(values), len(traits.names)) and not traits.have[~values.known].any()


@given(KIND_AND_VALUES, st.randoms())
def test_agreement_is_1_with_itself_and_0_for_missing_values(given_, random):
    values, _ = given_
    n = len(values)
    near = np.array([[random.randrange(n), row] for row in range(n)], int).reshape(n, 2)
    order = np.array(random.sample(range(n), n), int)
    for shuffled in (None, order):
        known = values.known if shuffled is None else values.known[shuffled]
        for found in values.agreement(near, shuffled):
            assert found.pairs.shape == (n, 2) and found.name and found.meaning
            assert (found.pairs[known, 1] == 1).all() and (found.pairs[~known] == 0).all()
            assert (found.pairs[known, 0][~known[near[known, 0]]] == 0).all() and (found.pairs <= 1).all()


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("cells", [[], [None, None, np.nan]])
def test_empty_column_supports_every_operation(kind, cells):
    values = KINDS[kind](pd.Series(cells, dtype=object, name="c"), Column("c", kind))
    assert values.summary().known == 0 and values.summary().unknown == len(cells)
    assert values.target() is None
    assert not values.known.any()
    assert len(values.arrow) == len(cells)
    assert all(traits.have.shape[0] == len(cells) for traits in values.traits())
    values.colors()


def test_choice_of_another_kind_is_refused():
    values = KINDS["number"](pd.Series([1.0]), Column("price", "number"))
    with pytest.raises(BadRequest, match="Price is a number column"):
        values.mask(OneOf(values=("a",)))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"low":[1]}', '{"other":1}', '{"low":true}', "[" * 100_000])
def test_invalid_url_filter_is_refused(text):
    with pytest.raises(BadRequest, match="filter"):
        Range.from_json(text)


CELLS = {
    "texts": ["a", "", " ", None, "1.5", "2020-01-01", "12/31/2020", "['x', 'y']", "a|b", "\x00\ufffd"],
    "integers": [1, 2, 2**62, -1, 0, 1, 1, 1, 1, 1],
    "unsigned": np.array([1, 2**64 - 1] * 5, np.uint64),
    "floats": [1.5, np.nan, np.inf, -np.inf, 0.0, -0.0, 1e308, 5e-324, 1, 2],
    "booleans": [True, False] * 5,
    "nullable": pd.array([True, None] * 5, "boolean"),
    "dates": pd.to_datetime(["2020-01-01", None] * 5),
    "zoned": pd.to_datetime(["2020-01-01"] * 10, utc=True),
    "durations": pd.to_timedelta(np.arange(10), "D"),
    "categories": pd.Categorical(["a", "b", None, "a", "a"] * 2),
    "lists": [["a"], [], None, ["a", "b"], [1], [None], [["x"]], ("t",), np.array(["n"]), {"set"}],
    "objects": [{"a": 1}, {"bytes": b"\x89PNG"}, b"raw", datetime.date(2020, 1, 1), 1, "a", None, 2.5, True, ["x"]],
    "complex": np.array([1 + 2j] * 10),
    "far dates": np.array(["-5000-01-01", "9999-01-01"] * 5, "datetime64[s]"),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("cells", CELLS)
def test_any_column_can_be_converted_to_any_kind(kind, cells):
    values = KINDS[kind](pd.Series(CELLS[cells], name="c"), Column("c", kind))
    assert len(values) == 10 and values.known.shape == (10,)
    assert values.mask(values.choice(unknown=True)).all() or not values.choice(unknown=True)
    assert values.summary().known == values.known.sum()
    assert [bool(text) for text in values.texts(np.arange(10))] == values.known.tolist()
    assert sorted(values.order().tolist()) == list(range(10))
    values.colors()
    values.traits()
    values.agreement(np.zeros((10, 1), int))
    values.enrichment(np.arange(10) < 5, np.arange(10) >= 5)
    assert len(values.arrow) == 10


@pytest.mark.parametrize("cells", CELLS)
def test_kind_can_be_guessed_for_any_values(cells):
    assert guess(pd.Series(CELLS[cells], name="c")) in KINDS


@pytest.mark.parametrize(
    ("name", "role", "text"),
    [("released", "year", "1930"), ("year", None, "1930"), ("release_year", None, "1930"), ("user id", None, "1930"),
     ("pages", None, "1,930"), ("width", None, "1,930")],
)  # fmt: skip
def test_years_and_ids_are_written_without_commas(name, role, text):
    column = Column(name, "number", role=role)
    number: Any = KINDS["number"](pd.Series([1930, 1931, 2001]), column)
    assert number.text(0) == number.edge_texts()[0] == text


def test_labels_are_read_in_blocks_and_lists_are_not_copied(monkeypatch):
    from explorer.core.columns.kinds import labels as module

    monkeypatch.setattr(module, "BLOCK", 4)
    shared = [["x", "y"], [], ["y"]]
    values = pd.Series([shared[n % 3] for n in range(10)] + [["y", "x"]], dtype=object, name="tags")
    kind = module.Labels(values, Column("tags", "labels"))
    assert kind.values.iloc[0] is shared[0] and kind.names == ("y", "x")
    assert kind.summary().counts.tolist() == [8, 5] and kind.summary().unknown == 3
    assert kind.having(["x"])[:, 0].tolist() == [n % 3 == 0 or n == 10 for n in range(11)]
    texts = module.Labels(pd.Series(["a|b", "b", None, "a|b"] * 3), Column("tags", "labels", separator="|"))
    assert texts.values.tolist() == [["a", "b"], ["b"], [], ["a", "b"]] * 3
