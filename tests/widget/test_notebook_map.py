"""The notebook widget: traits redraw the map, browser selections arrive, a notebook runs."""

import base64
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import explorer
from explorer import Embedding, UnknownItem
from explorer.errors import BadRequest
from explorer.figures import scatter
from tests import ROOT

NOTEBOOK = """
import numpy as np, pandas as pd, explorer
items = pd.DataFrame({"key": ["a", "b", "c"], "kind": ["x", "x", "y"]})
xy = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
widget = explorer.Map(explorer.Embedding(np.eye(3, dtype=np.float32), items, layouts={"pca": xy}))
widget.selected = ["c"]
widget
"""
WIDGET = "application/vnd.jupyter.widget-view+json"


def drawn(widget) -> set[str]:
    """Keys of the points in the figure sent to the browser."""
    figure = json.loads(widget._figure)
    return {widget._points[str(row)][0] for trace in figure["data"] for row in trace.get("customdata", ())}


def bright(figure: str, sent: dict[str, list]) -> list[str]:
    """Titles of the points that are not faint."""
    (points,) = (trace for trace in json.loads(figure)["data"] if "selectedpoints" in trace)
    array = points["selectedpoints"]
    return [
        sent[str(points["customdata"][row])][0]
        for row in np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])
    ]


def legend(widget) -> list[str]:
    return [trace["name"] for trace in json.loads(widget._figure)["data"] if trace.get("showlegend")]


def press(widget, selection: dict, shift: bool = False) -> None:
    """The message of notebook_map.js."""
    widget._handle_custom_msg({"selection": selection, "shift": shift}, [])


def test_color_trait_redraws_the_map(colours):
    widget = explorer.Map(colours)
    assert widget.color == "" and len(drawn(widget)) == 24
    before = widget._figure
    widget.color = "genres"
    assert {"Red", "Green", "Blue"} <= set(legend(widget)) <= {"Red", "Green", "Blue", "Even"}
    widget.color = "year"
    assert widget._figure != before and legend(widget) == []
    scales = [trace["marker"].get("colorbar", {}) for trace in json.loads(widget._figure)["data"]]
    assert any(scale.get("title", {}).get("text") == colours.schema["year"].label for scale in scales)


def test_condition_filters_without_moving_the_map(colours):
    widget = explorer.Map(colours)
    ranges = json.loads(widget._figure)["layout"]["xaxis"]["range"]
    widget.where = "year < 1990"
    assert drawn(widget) == {f"Red {shade}" for shade in range(8)}
    assert json.loads(widget._figure)["layout"]["xaxis"]["range"] == ranges
    widget.where = ""
    assert len(drawn(widget)) == 24


def test_selection_is_a_table(colours):
    widget = explorer.Map(colours, selected=["Blue 1", "Red 2"])
    assert widget.selected == widget.selection["key"].tolist() == ["Red 2", "Blue 1"]
    assert widget.selection["year"].tolist() == [1982, 2001]
    widget.selected = []
    assert len(widget.selection) == 0 and list(widget.selection) == list(colours.items)


@pytest.mark.parametrize(
    ("trait", "value", "error", "says"),
    [
        ("color", "yaer", BadRequest, "year"),
        ("where", "yaer < 3", BadRequest, "year"),
        ("method", "tsne", BadRequest, "stored: pca"),
        ("selected", ["Rde 1"], UnknownItem, "Red 1"),
    ],
)
def test_invalid_value_changes_nothing(colours, trait, value, error, says):
    widget = explorer.Map(colours)
    before, figure = getattr(widget, trait), widget._figure
    with pytest.raises(error, match=says):
        setattr(widget, trait, value)
    assert (getattr(widget, trait), widget._figure) == (before, figure)
    with pytest.raises(error, match=says):
        explorer.Map(colours, **{trait: value})


def test_column_that_cannot_be_colored_is_reported(colours):
    items = colours.items.assign(
        story=[f"A long story about number {n}, which nobody tells twice." * 5 for n in range(24)]
    )
    prose = Embedding(colours.vectors, items, layouts=colours.layouts)
    with pytest.raises(BadRequest, match="'story', a column of kind text"):
        explorer.Map(prose, color="story")
    with pytest.raises(BadRequest, match="no 2D layout"):
        explorer.Map(Embedding(colours.vectors, colours.items))
    space = {"pca": colours.layouts["pca"], "deep": np.zeros((24, 3), np.float32)}
    with pytest.raises(BadRequest, match="3 dimensions"):
        explorer.Map(Embedding(colours.vectors, colours.items, layouts=space), method="deep")


def test_clicks_and_outlines_select(colours):
    widget = explorer.Map(colours)
    press(widget, {"points": [{"customdata": [9]}]})
    assert widget.selected == ["Green 1"]
    press(widget, {"box": [{"x": [-0.5, 0.5], "y": [-0.05, 0.15]}]}, shift=True)
    assert widget.selected == ["Red 0", "Red 1", "Green 1"]
    press(widget, {"points": [{"customdata": [0]}]}, shift=True)
    assert widget.selected == ["Red 1", "Green 1"]
    widget.where = "year >= 1990"
    press(widget, {"lasso": [{"x": [-1, 1.5, 1.5, -1], "y": [-1, -1, 0.05, 0.05]}]})
    assert widget.selected == ["Green 0"]  # Red 0 is not shown
    assert bright(widget._figure, widget._points) == ["Green 0"]
    press(widget, {})
    assert widget.selected == []


def test_outline_selects_items_that_are_not_drawn_as_points(colours, monkeypatch):
    monkeypatch.setattr(scatter, "LIVE", 10)
    monkeypatch.setattr(scatter, "FOREGROUND", 4)
    widget = explorer.Map(colours)
    assert 0 < len(drawn(widget)) < 12
    press(widget, {"box": [{"x": [-0.5, 0.5], "y": [-1, 1]}]})
    assert widget.selected == [f"Red {shade}" for shade in range(8)]


def test_labels_are_those_of_the_visible_part(colours):
    widget = explorer.Map(colours)
    widget._handle_custom_msg({"view": [-0.5, 0.5, -1, 1], "width": 900}, [])
    labels = {label["text"] for label in json.loads(widget._figure)["layout"]["annotations"]}
    assert labels and all(text.startswith("Red") for text in labels)


def test_titles_are_not_html(colours):
    items = colours.items.assign(title=["<img src=x onerror=alert(1)>", *colours.items["title"][1:]])
    widget = explorer.Map(Embedding(colours.vectors, items, layouts=colours.layouts))
    sent = widget._figure + json.dumps(widget._points)
    assert "&lt;img" in sent and "<img" not in sent


def test_points_of_points_are_sent_once(colours, monkeypatch):
    widget, sent = explorer.Map(colours, where="year < 1990"), []
    monkeypatch.setattr(widget, "send", sent.append)
    assert set(widget.get_state()["_points"]) == {str(row) for row in range(8)}
    widget.color = "year"
    assert sent == [] and "Red 0" not in json.dumps(json.loads(widget._figure)["data"])
    widget.where = "year < 2000"
    assert [set(message["points"]) for message in sent] == [{str(row) for row in range(8, 16)}]
    widget.where = ""
    assert set(sent[1]["points"]) == {str(row) for row in range(16, 24)}
    assert len(widget.get_state()["_points"]) == 24 and "_points" not in widget.get_state("color")


def test_only_what_changed_is_sent(colours, monkeypatch):
    layouts = {"pca": colours.layouts["pca"], "moved": colours.layouts["pca"] + np.array([1, 0], np.float32)}
    items = colours.items.assign(price=[1.0, 2.0, *[np.nan] * 22])
    embedding = Embedding(np.tile(colours.vectors, (50, 1)), _repeated(items, 50), layouts=_tiled(layouts, 50))
    widget, sent = explorer.Map(embedding), []
    monkeypatch.setattr(widget, "send", sent.append)
    for color in ("year", "price"):  # of other points: 22 of 24 have no price
        widget.color = color
        assert sent == [] and len(widget._figure) < 16 * len(embedding)
    figure = json.loads(widget._figure)
    assert all("x" not in trace and "size" not in trace["marker"] for trace in figure["data"] if "customdata" in trace)
    widget.method = "moved"
    (message,) = sent
    assert len(message["points"]) == len(embedding)
    assert message["points"]["0"][2] == pytest.approx(layouts["moved"][0, 0])


def _repeated(items: pd.DataFrame, times: int) -> pd.DataFrame:
    many = pd.concat([items] * times, ignore_index=True)
    names = [f"{title} {n}" for n, title in enumerate(many["title"])]
    return many.assign(key=names, title=names)


def _tiled(layouts: dict[str, np.ndarray], times: int) -> dict[str, np.ndarray]:
    return {method: np.tile(xy, (times, 1)) for method, xy in layouts.items()}


def test_theme_follows_the_notebook_by_default(colours):
    def background(widget):
        return json.loads(widget._figure)["layout"]["paper_bgcolor"]

    widget = explorer.Map(colours)
    light = background(widget)
    widget._handle_custom_msg({"dark": True}, [])
    dark = background(widget)
    assert dark != light and json.loads(widget._figure)["layout"]["plot_bgcolor"] == dark
    widget.theme = "light"
    assert background(widget) == light
    widget.theme = ""
    assert background(widget) == dark
    assert background(explorer.Map(colours, theme="dark")) == dark
    with pytest.raises(BadRequest, match="no theme 'drak'"):
        explorer.Map(colours, theme="drak")


def test_notebook_runs_the_widget():
    import nbformat
    from nbclient import NotebookClient

    cells = [NOTEBOOK, "widget.selection"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}).execute()
    (shown,), (table,) = (cell.outputs for cell in notebook.cells)
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    state = states[shown.data[WIDGET]["model_id"]]
    assert state["model_module"] == "anywidget"
    assert state["state"]["selected"] == ["c"]
    assert bright(state["state"]["_figure"], state["state"]["_points"]) == ["c"]
    assert "c" in table.data["text/html"] and "kind" in table.data["text/html"]


def test_missing_extra_says_what_to_install():
    code = "import sys; sys.modules['anywidget'] = None; from explorer import *; import explorer; explorer.Map"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].startswith(
        "explorer.errors.MissingExtra: The widget for notebooks needs anywidget"
    )
    assert 'pip install "embedding-explorer[notebook]"' in done.stderr
