"""Filter expressions: valid conditions equal pandas, everything else is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.columns import Columns, read_schema
from explorer.core.columns import expression as module
from explorer.errors import BadRequest

RNG = np.random.default_rng(1)
ITEMS = pd.DataFrame(
    {
        "key": [f"SKU-{n}" for n in range(200)],
        "price": np.where(RNG.random(200) < 0.2, np.nan, RNG.integers(0, 50, 200)),
        "brand": RNG.choice(["Acme", "Bolt", "it's"], 200),
        "tags": [list(RNG.choice(["new", "red", "blue"], RNG.integers(0, 3), replace=False)) for _ in range(200)],
        "added": pd.date_range("2020-01-01", periods=200),
        "in_stock": RNG.random(200) < 0.5,
    }
)
COLUMNS = Columns(ITEMS, read_schema({}, ITEMS))
PRICE = ITEMS["price"]


def having(label: str) -> np.ndarray:
    return np.array([label in tags for tags in ITEMS["tags"]])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("price < 20 and brand in ('Acme', 'Bolt')", (PRICE < 20) & ITEMS["brand"].isin(["Acme", "Bolt"])),
        ("not (price < 20)", PRICE >= 20),
        ("price is null", PRICE.isna()),
        ("PRICE between 3 and 5", PRICE.between(3, 5)),
        ("brand = 'it''s'", ITEMS["brand"] == "it's"),
        ("list_contains(tags, 'new') and not list_contains(tags, 'red')", having("new") & ~having("red")),
        ("'blue' in tags", having("blue")),
        ("len(tags) = 0", ITEMS["tags"].map(len) == 0),
        ("added >= date '2020-03-01' and month(added) = 3", ITEMS["added"].dt.strftime("%Y-%m") == "2020-03"),
        ("in_stock", ITEMS["in_stock"]),
        ("in_stock = false or price > 40", ~ITEMS["in_stock"] | (PRICE > 40)),
        ("key ilike 'sku-1_'", ITEMS["key"].str.fullmatch(r"SKU-1\d")),
        ("regexp_matches(key, '9$')", ITEMS["key"].str.endswith("9")),
        ("abs(price - 10) <= 2 -- near ten", (PRICE - 10).abs() <= 2),
        ("case when price > 10 then in_stock else false end", (PRICE > 10) & ITEMS["in_stock"]),
        ("null", np.zeros(200, bool)),
        ("true", np.ones(200, bool)),
    ],
)
def test_condition_equals_pandas(expression, expected):
    assert COLUMNS.where(expression).tolist() == np.asarray(expected, bool).tolist()


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("prce < 3", "no column 'prce'. Did you mean 'price'"),
        ("price", "type is DOUBLE, not BOOLEAN"),
        ("price <", "cannot be read"),
        ("", "empty"),
        ("price < 'cheap'", "cannot be evaluated"),
        ("tags = 'new'", "list_contains"),
        ("price < 3; drop table items", "cannot be read"),
        ("price < 3) from items where (true", "more than one expression"),
        ("1 = 1 limit 3", "cannot be read"),
        ("price < 3 or (select true)", "a query"),
        ("price in (select 1)", "a query"),
        ("exists (from 'file.csv')", "a query"),
        ("read_text('/etc/passwd') is not null", "'read_text' cannot be used"),
        ("length(content_of(glob('/*'))) > 0", "cannot be used"),
        ("getenv('HOME') = 'x'", "'getenv' cannot be used"),
        ("current_setting('memory_limit') = 'x'", "'current_setting' cannot be used"),
        ("length(repeat(key, 1000000000)) > 1", "'repeat' cannot be used"),
        ("list_sum(range(1000000000)) > 1", "cannot be used"),
        ("list_contains(list_transform(tags, lambda x: x), 'new')", "cannot be used"),
        ("main.length(key) > 1", "cannot be used"),
        ("random() < 0.5", "'random' cannot be used"),
        ("sum(price) > 3", "'sum' cannot be used"),
        ("sum(price) over () > 3", "a window"),
        ("columns(*) is null", "which is not allowed in a condition"),
        ("price = ?", "expression"),
        ("cast(key as blob) = 'x'", "'blob' cannot be used"),
        ("(" * 20_000, "characters"),
        ("not " * 2000 + "true", "cannot be read"),
    ],
)
def test_invalid_expression_is_refused(expression, message):
    with pytest.raises(BadRequest) as error:
        COLUMNS.where(expression)
    assert message in str(error.value)


def test_slow_expression_is_stopped(monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.05)
    n = 400_000
    items = pd.DataFrame({"key": [f"{k:0100d}" for k in range(n)]})
    table = Columns(items, read_schema({"columns": [{"name": "key", "kind": "text", "role": "key"}]}, items))
    slow = " or ".join(f"regexp_matches(key, '(a|b|{n})*[c-e]+(0|1)*x{{1,9}}')" for n in range(150))
    with pytest.raises(BadRequest, match="took more than"):
        table.where(slow)


@given(st.text(max_size=60) | st.lists(st.sampled_from(
    ["price", "(", ")", "<", "3", "and", "select", "from", "'a'", ";", "--", "*", "items", "list_contains", ",", '"']
), max_size=12).map(" ".join))  # fmt: skip
def test_any_text_gives_a_mask_or_bad_request(text):
    try:
        found = COLUMNS.where(text)
    except BadRequest as error:
        assert str(error)
    else:
        assert found.shape == (200,)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("(" * 5000, "has 5,000 brackets inside each other; the limit is 100"),  # half a minute in the parser
        ("price > " + "[" * 800 + "]" * 800, "has 800 brackets inside each other"),
        ("--'\n" + "(" * 200, "has 200 brackets"),
        ("')))' = " + "(" * 200, "has 200 brackets"),
        ("(')'||" * 1400 + "'a'" + ")" * 1400 + "='a'", "cannot be read|nested too deeply"),
        ("price::int" + "::int" * 1900 + " > 1", "cannot be read|nested too deeply"),
        ("1 = 1" + "+1" * 4000, "cannot be read|nested too deeply"),
    ],
)
def test_deep_nesting_is_refused(expression, message):
    with pytest.raises(BadRequest, match=message):
        COLUMNS.where(expression)


def test_brackets_up_to_the_limit_are_read():
    deep = module.DEEPEST
    np.testing.assert_array_equal(COLUMNS.where("(" * deep + "price < 20" + ")" * deep), PRICE < 20)
