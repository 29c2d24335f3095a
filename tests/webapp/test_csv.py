"""Tables downloaded from a page are safe to open in a spreadsheet."""

import pandas as pd

from explorer.webapp.components.widgets import no_formulas


def test_text_is_never_a_formula():
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "plain", "a=b", "", None]
    table = no_formulas(pd.DataFrame({"title": texts, "score": range(10), "change": [-1.5] * 10}))
    assert table["title"].tolist()[:6] == [f"'{text}" for text in texts[:6]]
    assert table["title"].tolist()[6:9] == ["plain", "a=b", ""] and table["title"].isna()[9]
    assert table["score"].tolist() == list(range(10)) and (table["change"] == -1.5).all()
