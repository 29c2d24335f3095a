"""Numbers written with a currency."""

import numpy as np
import pandas as pd
import pytest

from explorer.core.columns.amounts import read_amounts
from explorer.core.columns.kinds.number import Number
from explorer.importing import item_table
from explorer.importing.plan import Plan

AMOUNTS = [
    (["$38.36", "$1,299.00"], [38.36, 1299], "$"),
    (["$1,299", "$899"], [1299, 899], "$"),
    (["9,99 €", "1.234,50 €"], [9.99, 1234.5], "€"),
    (["1.234 €", "899 €"], [1234, 899], "€"),
    (["USD 5.00", "USD 6"], [5, 6], "USD"),
    (["CHF 1'299.00", "CHF 5"], [1299, 5], "CHF"),
    (["12 345,00 kr", "5,00 kr"], [12345, 5], "kr"),
    (["-$5.00", "$-3", "\u2212$2"], [-5, -3, -2], "$"),
    (["¥1200", "¥980"], [1200, 980], "¥"),
]


@pytest.mark.parametrize(("texts", "numbers", "unit"), AMOUNTS)
def test_amounts_are_numbers_with_a_unit(texts, numbers, unit):
    values = pd.Series(texts, dtype="str")
    found = read_amounts(values)
    assert found is not None
    np.testing.assert_allclose(found[0], numbers)
    assert found[1] == unit
    assert Number.guess(values) > 0.5
    np.testing.assert_allclose(Number.parse(pd.Series([*texts, None], dtype="str")), [*numbers, np.nan])


@pytest.mark.parametrize(
    "texts",
    [
        ["$5", "€6"],  # two currencies
        ["$5", "free"],
        ["5.00", "6.00"],  # numbers without a unit are read elsewhere
        ["1,299.00 €", "1.299,00 €"],  # two styles
        ["12%", "3.5%"],  # the sign is a part of the number
        ["$A5", "$B6"],
        ["5 km", "6 km"],
        [],
    ],
)
def test_other_texts_are_no_amounts(texts):
    assert read_amounts(pd.Series(texts, dtype="str")) is None


def test_imported_amounts_keep_their_unit_in_the_label():
    metadata = pd.DataFrame({"price": [f"${n},{n:03d}.50" for n in range(1, 31)]})
    items, schema, _ = item_table.item_table(metadata, pd.Series([f"a{n}" for n in range(30)]), Plan())
    assert items["price"].tolist() == [1000 * n + n + 0.5 for n in range(1, 31)]
    assert (schema["price"].kind, schema["price"].label) == ("number", "Price ($)")
