"""docs/notebook.ipynb runs, and every cell shows a result."""

import ast
import json

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from explorer import artifacts
from tests import ROOT

NOTEBOOK = ROOT / "docs" / "notebook.ipynb"
CELLS = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
CODE = ["".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code"]


@pytest.fixture(scope="module")
def shown() -> list[object]:
    """Value of the last expression of each code cell; None if the cell ends with a statement."""
    if "movielens" not in artifacts.list_artifacts():
        pytest.fail("artifacts/movielens is part of the repository and is missing; `make artifacts` trains it")
    names: dict[str, object] = {}
    values: list[object] = []
    for number, source in enumerate(CODE):
        tree = ast.parse(source, f"cell {number}")
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"cell {number}", "exec"), names)
        values.append(eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names) if last else None)
    return values


def test_every_cell_ends_with_an_expression(shown):
    assert shown[0] is None  # imports
    for source, value in zip(CODE[1:], shown[1:], strict=True):
        assert isinstance(value, pd.DataFrame | go.Figure), source
        assert hasattr(value, "_repr_html_")
        assert len(value) if isinstance(value, pd.DataFrame) else len(value.data), source


def test_results_are_correct(shown):
    after = dict(zip(CODE, shown, strict=True))

    def of(part: str) -> object:
        return next(value for source, value in after.items() if part in source)

    assert of('neighbors("Toy Story", k=5)')["key"][0] == "Toy Story 2"
    assert of("UnknownItem")["said"][0].endswith("?") and "Toy Story" in of("UnknownItem")["said"][0]
    assert set(of('clock.neighbors("12:00"')["key"]) == {"10:00", "11:00", "13:00", "14:00"}
    assert np.isclose(of('clock.neighbors("12:00"')["score"].max(), np.cos(np.pi / 12), atol=1e-5)


def test_notebook_is_stored_without_outputs_and_local_paths():
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in CELLS)
    assert not any(
        place in NOTEBOOK.read_text(encoding="utf-8")
        for place in ("/home/", "/Users/", "C:\\", str(NOTEBOOK.parents[1]))
    )
