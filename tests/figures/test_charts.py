"""Charts show the given numbers, and titles are plain text."""

import numpy as np
import pytest

from explorer import Embedding
from explorer.core.directions.factors import factors
from explorer.figures import charts
from explorer.figures.palette import LINES

HOSTILE = "<b>Bold</b> & <a href='x'>link</a>"


def test_shared_dimensions_are_sorted_by_agreement(colours):
    one, other = charts.dimensions_figure(colours, "Red 3", "Red 7").data
    assert np.dot(one.y, other.y) == pytest.approx(colours.vector("Red 3") @ colours.vector("Red 7"))
    shared = np.asarray(one.y) * np.asarray(other.y)
    assert (np.diff(shared) <= 0).all()
    assert one.x[0] == "dim 0"  # both red
    assert one.x[1] == "dim 3"  # both dimensions shared
    assert (one.name, other.name) == ("Red 3", "Red 7")


def test_variance_is_in_percent_and_the_chosen_factor_is_highlighted():
    (bars,) = charts.variance_figure(np.array([0.5, 0.3, 0.2]), 2).data
    assert list(bars.y) == [50, 30, 20]
    assert list(bars.x) == [1, 2, 3]
    first, second, third = bars.marker.color
    assert first == third != second


def test_factor_scatter_labels_only_popular_items(colours):
    found = factors(colours)
    x, y = found.column(1), found.column(2)
    figure = charts.factor_figure(found.items, x, y, ("one", "two"), n_labels=5)
    everything, known = figure.data
    assert np.asarray(everything.x) == pytest.approx(x)
    assert np.asarray(everything.y) == pytest.approx(y)
    assert [row[1] for row in everything.customdata] == found.items["title"].tolist()
    assert np.asarray(known.x) == pytest.approx(x[:5])
    assert sorted(name.text for name in figure.layout.annotations) == sorted(found.items["title"][:5])


def test_all_points_lie_within_the_axes(colours):
    found = factors(colours)
    figure = charts.factor_figure(found.items, found.column(1), found.column(2), ("one", "two"))
    for axis, values in ((figure.layout.xaxis, found.column(1)), (figure.layout.yaxis, found.column(2))):
        assert axis.range[0] < values.min()
        assert axis.range[1] > values.max()


def test_titles_are_escaped(colours):
    items = colours.items.copy()
    items.loc[0, ["key", "title"]] = HOSTILE
    embedding = Embedding(colours.vectors, items, {})
    found = factors(embedding)
    pictures = [
        charts.dimensions_figure(embedding, HOSTILE, "Red 1"),
        charts.factor_figure(found.items, found.column(1), found.column(2), ("one", "two")),
        charts.curves_figure({HOSTILE: [{"epoch": 1, "rmse": 1.0, "val_rmse": 1.1}]}, {HOSTILE: 1.2}),
    ]
    for picture in pictures:
        shown = picture.to_json().replace(r"\u003c", "<").replace(r"\u003e", ">")
        assert "<b>Bold" not in shown
        assert "<a " not in shown
        assert "&lt;b" in shown.replace(r"\u0026", "&")


def test_curves_are_drawn_per_model_with_one_line_for_a_shared_baseline():
    curve = [{"epoch": n, "rmse": 1 - n / 10, "val_rmse": 1.1 - n / 10} for n in (1, 2, 3)]
    figure = charts.curves_figure({"mf": curve, "svdpp": curve[:2]}, {"mf": 0.98, "svdpp": 0.98})
    assert len(figure.data) == 4
    kept_apart = figure.data[0]
    assert list(kept_apart.x) == [1, 2, 3]
    assert list(kept_apart.y) == pytest.approx([1.0, 0.9, 0.8])
    assert figure.data[1].line.color == kept_apart.line.color == LINES[0]
    assert figure.data[2].line.color == LINES[1]
    (baseline,) = figure.layout.shapes
    assert baseline.y0 == 0.98
    assert [note.text for note in figure.layout.annotations] == ["best baseline of mf, svdpp"]
    two = charts.curves_figure({"mf": curve, "svdpp": curve}, {"mf": 0.98, "svdpp": 0.9})
    assert sorted(shape.y0 for shape in two.layout.shapes) == [0.9, 0.98]


def test_curves_without_data_are_an_empty_figure():
    assert len(charts.curves_figure({}).data) == 0
