"""`explorer.streamlit_map` in another Streamlit app."""

import json

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests import PATIENCE


def app() -> None:
    import numpy as np
    import pandas as pd
    import streamlit as st

    import explorer

    items = pd.DataFrame({"key": ["a", "b", "c"], "price": [1.5, 2.5, 9.5]})
    xy = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    embedding = explorer.Embedding(np.eye(3, dtype=np.float32), items, layouts={"pca": xy})
    where = st.text_input("where")
    try:
        st.session_state["keys"] = explorer.streamlit_map(embedding, color="price", where=where, key="mine")
    except explorer.BadRequest as error:
        st.error(str(error))


def points(at: AppTest) -> list[str]:
    (chart,) = at.get("plotly_chart")
    return [point[1] for trace in json.loads(chart.proto.spec)["data"] for point in trace.get("customdata", ())]


@pytest.fixture
def drawn(monkeypatch):
    """A selection in Streamlit's format, because AppTest cannot draw on a chart."""
    found = {"points": [], "box": [], "lasso": []}
    chart = st.plotly_chart
    monkeypatch.setattr(st, "plotly_chart", lambda *given, **options: {**chart(*given, **options), "selection": found})
    return found


def test_items_of_a_condition_are_drawn():
    at = AppTest.from_function(app).run(timeout=PATIENCE)
    assert not at.exception
    assert points(at) == ["a", "b", "c"] and at.session_state["keys"] == []
    at.text_input[0].set_value("price < 3").run()
    assert points(at) == ["a", "b"]
    at.text_input[0].set_value("prcie < 3").run()
    assert "'price'" in at.error[0].value


def test_selection_is_the_keys_of_shown_items(drawn):
    at = AppTest.from_function(app)
    drawn["box"] = [{"x": [-0.5, 0.5], "y": [-0.5, 1.5]}]
    assert at.run(timeout=PATIENCE).session_state["keys"] == ["a", "c"]
    at.text_input[0].set_value("price < 3").run()
    assert at.session_state["keys"] == ["a"]
    drawn.update(box=[], points=[{"customdata": {"0": 1}}])
    assert at.run().session_state["keys"] == ["b"]
