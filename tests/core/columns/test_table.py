"""Several filters at once, and the counts of each column under the others."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.columns import Columns, Contains, OneOf, Range, read_schema
from explorer.core.columns import table as table_module
from explorer.errors import BadRequest

ITEMS = pd.DataFrame(
    {
        "key": list("abcdefgh"),
        "brand": ["Acme", "Bolt", "Acme", None, "Bolt", "Acme", "Bolt", "Acme"],
        "price": [1.0, 2.0, 3.0, 4.0, np.nan, 6.0, 7.0, 8.0],
        "tags": [["x", "y"], ["x"], [], ["y"], ["x", "y", "z"], ["y"], ["x"], ["z"]],
        "in_stock": pd.array([True, True, False, None, True, False, True, True], "boolean"),
    }
)


def columns() -> Columns:
    return Columns(ITEMS, read_schema({}, ITEMS))


def test_each_column_is_counted_under_the_filters_of_the_others():
    found = columns().filtered({"brand": OneOf(values=("Acme",)), "price": Range(low=3)})
    assert ITEMS["key"][found.mask].tolist() == ["c", "f", "h"]
    brands = found.summary("brand")  # among price >= 3, any brand
    assert dict(zip(brands.names, brands.counts.tolist(), strict=True)) == {"Acme": 3, "Bolt": 1}
    assert brands.unknown == 1
    assert found.summary("price").known == 4  # among Acme, any price
    tags = found.summary("tags")
    assert dict(zip(tags.names, tags.counts.tolist(), strict=True)) == {"x": 0, "y": 1, "z": 1}
    assert tags.unknown == 1
    assert found.active == 2
    assert found.describe() == "brand Acme, price 3 or more"


def test_labels_combine_by_any_and_all():
    table = columns()
    wanted = ("x", "y")
    keys = {mode: "".join(ITEMS["key"][table.mask("tags", OneOf(values=wanted, mode=mode))]) for mode in
            ("any", "all", "only")}  # fmt: skip
    assert keys == {"any": "abdefg", "all": "ae", "only": "a"}
    assert not table.mask("tags", OneOf(values=("none such",))).any()


def test_empty_choice_is_no_filter():
    found = columns().filtered({"brand": OneOf(), "price": Range()})
    assert found.active == 0 and found.mask.all() and found.describe() == ""


def test_expression_and_mask_apply_to_all_columns():
    among = np.arange(8) < 6
    found = columns().filtered({"in_stock": OneOf(values=("true",))}, "price < 5", among)
    assert "".join(ITEMS["key"][found.mask]) == "ab"
    assert found.summary("in_stock").counts.tolist() == [2, 1]  # c is out of stock, d is missing
    assert found.active == 2


def test_masks_are_cached_and_read_only():
    table = columns()
    mask = table.mask("price", Range(low=3))
    assert table.mask("price", Range(low=3)) is mask
    with pytest.raises(ValueError, match="read-only"):
        mask[0] = True


def test_filter_on_an_unknown_column_names_the_closest():
    with pytest.raises(BadRequest, match="Did you mean 'price'"):
        columns().filtered({"prices": Range(low=1)})


def test_text_search_ignores_case_and_invalid_pattern_raises():
    table = columns()
    assert "".join(ITEMS["key"][table.mask("key", Contains(text="B"))]) == "b"
    assert "".join(ITEMS["key"][table.mask("key", Contains(text="^[ab]$", regex=True))]) == "ab"
    with pytest.raises(BadRequest, match="not a valid regular expression"):
        table.mask("key", Contains(text="(", regex=True))


def test_end_date_of_a_range_includes_the_whole_day():
    items = pd.DataFrame({"key": ["a", "b"], "added": pd.to_datetime(["2024-03-01 15:00", "2024-03-02 00:00"])})
    table = Columns(items, read_schema({}, items))
    assert table.mask("added", Range(high="2024-03-01")).tolist() == [True, False]
    with pytest.raises(BadRequest, match="not a date"):
        table.mask("added", Range(low="soon"))


@pytest.mark.parametrize("name", ["key", "select", "index", "a b", 'with "quotes"', "<b>", "x" * 5000, "עברית", "row"])
def test_filter_works_for_any_column_name(name):
    items = pd.DataFrame({"key": ["a", "b"], **({} if name == "key" else {name: [1.5, 2.5]})})
    table = Columns(items, read_schema({}, items))
    quoted = '"' + name.replace('"', '""') + '"'
    expression = f"{quoted} = 'a'" if name == "key" else f"{quoted} < 2"
    assert table.where(expression).tolist() == [True, False]
    assert table.filtered({}, expression).summary(name).known == 1


@given(st.lists(st.one_of(st.integers(-5, 5).map(float), st.just(np.nan)), min_size=1, max_size=60), st.integers(0, 61))
def test_largest_numbers_are_those_of_a_sorted_column(values, n):
    numbers = np.array(values)
    mask = np.arange(len(numbers)) % 3 > 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_module, "BLOCK", 7)
        every = np.argsort(-numbers, kind="stable")
        assert table_module.largest(numbers, n).tolist() == every[:n].tolist()
        assert table_module.largest(numbers, n, mask).tolist() == every[mask[every]][:n].tolist()


def test_part_of_the_columns_has_the_rows_in_order():
    part = columns().take(np.array([4, 0]))
    assert list(part) == ["brand", "price", "tags", "in_stock"] and part.n == 2
    assert part["tags"].values.tolist() == [["x", "y", "z"], ["x", "y"]]
    assert part["price"].known.tolist() == [False, True]


def test_few_masks_are_kept_of_many_items(monkeypatch):
    monkeypatch.setattr(table_module, "MASK_BYTES", 40)
    table = columns()
    masks = [table.mask("price", Range(low=low)) for low in range(9)]
    assert table.mask("price", Range(low=8)) is masks[8] and table.mask("price", Range(low=0)) is not masks[0]
