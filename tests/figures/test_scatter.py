"""Scatter maps draw each shown point once in its color, and titles are escaped."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from explorer import Embedding
from explorer.core.columns.color import Continuous, Discrete
from explorer.figures import scatter
from explorer.figures.color_encoding import layer, limits
from explorer.figures.palette import CONTRAST, GRAY
from tests.conftest import colour_items

COLOURS = {"Red": "#ff0000", "Green": "#00ff00", "Blue": "#0000ff", "Even": "#777700"}
CODES = np.arange(24, dtype=np.int8) // 8
COLORS = Discrete("Genres", CODES, tuple(COLOURS), tuple(COLOURS.values()))


def rows(figure) -> list[int]:
    return [int(row) for trace in figure.data if trace.customdata is not None for row in trace.customdata[:, 0]]


def drawn(colours, **options):
    shown = options.pop("shown", np.ones(len(colours), bool))
    return scatter.map_figure(colours, colours.layout("pca"), shown, options.pop("colors", COLORS), **options)


def test_each_shown_point_is_drawn_once_in_its_color(colours):
    shown = np.arange(24) % 3 == 0
    figure = drawn(colours, shown=shown)
    assert sorted(rows(figure)) == np.flatnonzero(shown).tolist()
    (trace,) = [trace for trace in figure.data if trace.name == "Genres"]
    genres = [trace.meta[code] for code in trace.marker.color]
    assert genres == [list(COLOURS)[CODES[int(row)]] for row in trace.customdata[:, 0]]
    steps = dict(trace.marker.colorscale)  # each color fills the whole range
    for code, genre in enumerate(trace.meta):
        assert trace.marker.colorscale[2 * code][1] == trace.marker.colorscale[2 * code + 1][1] == COLOURS[genre]
    assert (min(steps), max(steps)) == (0, 1) and (trace.marker.cmin, trace.marker.cmax) == (-0.5, 3.5)


def test_filtered_out_points_are_grey_but_drawn(colours):
    lit = colours.items["key"].str.startswith("Red").to_numpy()
    figure = drawn(colours, lit=lit)
    grey = next(trace for trace in figure.data if isinstance(trace.marker.color, str) and trace.marker.color == GRAY)
    assert sorted(int(row) for row in grey.customdata[:, 0]) == list(range(24))  # also below the highlighted points
    (bright,) = [trace for trace in figure.data if trace.name == "Genres"]
    assert sorted(int(row) for row in bright.customdata[:, 0]) == np.flatnonzero(lit).tolist()
    for column in ("x", "y"):  # nothing is sent again
        np.testing.assert_array_equal(grey[column], drawn(colours).data[0][column])


def test_number_column_colors_the_points_and_missing_values_are_grey(colours):
    years = colours.items["year"].to_numpy(float).copy()
    years[3] = np.nan
    colors = Continuous("Year", years)
    figure = drawn(colours, colors=colors)
    coloured = next(trace for trace in figure.data if trace.name == "Year")
    rows = [int(row) for row in coloured.customdata[:, 0]]
    assert coloured.marker.color.tolist() == layer(colors, np.ones(24, bool)).shades[rows].tolist()
    assert coloured.marker.color.dtype == np.uint8  # one byte per point
    grey = next(trace for trace in figure.data if isinstance(trace.marker.color, str) and trace.marker.color == GRAY)
    assert grey.customdata[:, 0].tolist() == [3]


def test_diverging_number_is_centered_at_zero(colours):
    values = np.linspace(-1, 5, 24)
    low, high = limits(Continuous("Bias", values, diverging=True), np.ones(24, bool))
    assert low == pytest.approx(-high)


def test_focused_film_has_a_ring_and_lines_to_its_neighbors(colours):
    xy = colours.layout("pca")
    figure = drawn(colours, focus=2, linked=np.array([5, 9]), window=(-1, 1, -1, 1))
    lines = next(trace for trace in figure.data if trace.mode == "lines")
    ends = np.column_stack([lines.x, lines.y])
    assert ends[[0, 3]] == pytest.approx(np.stack([xy[2], xy[2]]))
    assert ends[[1, 4]] == pytest.approx(xy[[5, 9]])
    ring = next(trace for trace in figure.data if trace.marker.symbol == "circle-open")
    assert (ring.x[0], ring.y[0], ring.marker.color) == (pytest.approx(xy[2, 0]), pytest.approx(xy[2, 1]), CONTRAST)
    assert figure.layout.xaxis.range == (-1, 1)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"focus": 2, "linked": np.array([5, 9]), "contours": True, "dark": True},
        {"lit": np.arange(24) < 9, "selected": np.arange(24) < 3, "axes": ("a", "b")},
        {"colors": Continuous("Year", np.arange(24.0)), "regions": pd.DataFrame({"name": ["Red"], "x": [0], "y": [0]})},
        {"selection": [{"type": "path", "path": "M 0 0 L 1 1 L 2 0 Z", "line": {"width": 1}}]},
    ],
)
def test_plotly_accepts_the_unchecked_figure(colours, options):
    figure = drawn(colours, **options)
    checked = go.Figure(figure.to_dict())  # raises for an unknown property or value
    assert checked.layout.annotations == figure.layout.annotations and len(checked.data) == len(figure.data)


def test_titles_are_escaped_in_hover_and_labels(colours):
    items = colour_items()
    items.loc[0, ["key", "title"]] = "<b>Red</b> & <a href='x'>0</a>"
    figure = drawn(Embedding(colours.vectors, items, layouts={"pca": colours.layout("pca")}))
    shown = str([trace.customdata for trace in figure.data]) + str(figure.layout.annotations)
    assert "&lt;b&gt;Red&lt;/b&gt; &amp;" in shown
    assert "<b>" not in shown and "<a" not in shown


def test_selection_and_axis_ranges_round_trip(colours):
    shape = {"type": "path", "path": "M0,0L1,0L1,1Z"}
    figure = drawn(colours, selection=[shape], axes=("factor 1", "Year <i>"))
    assert figure.layout.shapes[0].path == shape["path"]
    assert figure.layout.yaxis.title.text == "Year &lt;i&gt;"


def test_only_selected_items_are_labelled_and_stay_selectable(colours):
    held = np.isin(np.arange(24), [3, 9])
    figure = drawn(colours, selected=held, regions=pd.DataFrame({"name": ["Red"], "x": [0.0], "y": [0.5]}))
    assert sorted(name.text for name in figure.layout.annotations) == ["Green 1", "Red 3"]
    (trace,) = [trace for trace in figure.data if trace.customdata is not None]
    assert sorted(int(trace.customdata[n, 0]) for n in trace.selectedpoints) == [3, 9]


def test_no_items_give_an_empty_map(colours):
    assert rows(drawn(colours, shown=np.zeros(24, bool))) == []


def test_large_map_draws_popular_items_as_points_and_the_rest_as_an_image(colours, monkeypatch):
    monkeypatch.setattr(scatter, "LIVE", 10)
    monkeypatch.setattr(scatter, "FOREGROUND", 6)
    figure = drawn(colours)
    alive = rows(figure)
    assert len(alive) == 6
    assert {0, 8, 16} <= set(alive)  # the most popular of each color, far from each other
    (image,) = figure.layout.images
    x0, x1, y0, y1 = (*figure.layout.xaxis.range, *figure.layout.yaxis.range)
    assert image.x < x0 and image.x + image.sizex > x1  # extends beyond the view, for panning
    assert image.y > y1 and image.y - image.sizey < y0


def test_zoomed_view_draws_every_item_as_a_point(colours, monkeypatch):
    monkeypatch.setattr(scatter, "LIVE", 10)
    whole, near = drawn(colours), drawn(colours, view=(-0.2, 0.2, -0.1, 0.8))  # the red ones only
    assert sorted(rows(near)) == list(range(8))
    assert whole.layout.xaxis.range == near.layout.xaxis.range  # the chart keeps a zoom made by hand
    assert whole.layout.uirevision == near.layout.uirevision


def test_highlighted_items_are_points_over_a_faint_image(colours, monkeypatch):
    monkeypatch.setattr(scatter, "LIVE", 10)
    lit = np.isin(np.arange(24), [5, 13])
    assert sorted(rows(drawn(colours, lit=lit))) == [5, 13]


def test_points_take_few_bytes_without_hover_text(colours):
    n = 10_000
    rng = np.random.default_rng(0)
    items = pd.DataFrame({"key": [f"item {n}" for n in range(n)], "genres": [["Red"]] * n, "n_ratings": range(n)})
    many = Embedding(rng.normal(size=(n, 3)), items, layouts={"pca": rng.normal(size=(n, 2))})
    empty, full = (
        scatter.map_figure(many, many.layout("pca"), shown, hover=False, n_labels=0)
        for shown in (np.zeros(n, bool), np.ones(n, bool))
    )
    assert len(full.to_json()) - len(empty.to_json()) < 20 * n


def test_outlier_and_coincident_points_do_not_squeeze_the_map(colours):
    xy = np.vstack([colours.layout("pca")] * 50)[:1000]
    xy[0] = 1e9
    items = pd.DataFrame({"key": [f"item {n}" for n in range(1000)], "genres": [["Red"]] * 1000})
    many = Embedding(np.ones((1000, 2)), items, layouts={"pca": xy})
    figure = scatter.map_figure(many, xy, np.ones(1000, bool))
    assert figure.layout.xaxis.range[1] < 10


def test_titles_are_shortened_where_space_is_short(colours):
    items, long = colour_items(), "Harry Potter and the Deathly Hallows: Part "
    items["title"] = [f"{long}{n}" for n in range(24)]
    embedding = Embedding(colours.vectors, items, layouts={"pca": colours.layout("pca")})
    two = np.isin(np.arange(24), [0, 16])
    figure = scatter.map_figure(embedding, embedding.layout("pca"), two, width=2000)
    assert sorted(label.text for label in figure.layout.annotations) == [f"{long}0", f"{long}16"]
    narrow = scatter.map_figure(embedding, embedding.layout("pca"), two, width=240)
    assert all("…" in label.text for label in narrow.layout.annotations)


def test_contours_surround_dense_areas(colours):
    figure = drawn(colours, contours=True)
    (lines,) = [trace for trace in figure.data if trace.type == "contour"]
    z = np.asarray(lines.z)
    row, column = np.unravel_index(z.argmax(), z.shape)
    nearest = np.linalg.norm(colours.layout("pca") - (lines.x[column], lines.y[row]), axis=1).min()
    assert nearest < 0.1 and z.max() == 0
    assert not [trace for trace in drawn(colours).data if trace.type == "contour"]
