"""An embedding lookup equals multiplication by one-hot rows."""

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.core.vectors import lookup
from explorer.errors import BadRequest
from explorer.figures import lookup as lessons

FINITE = st.floats(-(2.0**90), 2.0**90, width=32, allow_subnormal=False)


@given(arrays(np.float32, st.tuples(st.integers(1, 8), st.integers(1, 6)), elements=FINITE), st.data())
def test_lookup_equals_one_hot_product(table, data):
    ids = data.draw(st.lists(st.integers(0, len(table) - 1), max_size=12))
    rows = lookup.looked_up(ids, table)
    assert np.array_equal(lookup.multiplied(ids, table), rows)
    assert rows.shape == (len(ids), table.shape[1])


def test_one_hot_row_has_a_single_one():
    assert lookup.one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize("wrong", [-1, 5])
def test_unknown_id_is_named_in_the_error(wrong):
    for ask in (lookup.looked_up, lookup.multiplied):
        with pytest.raises(BadRequest, match=rf"no row {wrong}; .* 0 to 4"):
            ask([0, wrong], np.zeros((5, 2), np.float32))


def test_one_hot_rows_larger_than_memory_are_refused():
    with pytest.raises(BadRequest, match=r"would take 40\.0 GB"):
        lookup.one_hot(np.zeros(1_000_000, int), 10_000)


def test_only_the_lookup_is_timed_above_the_limit(monkeypatch):
    monkeypatch.setattr(lookup, "LIMIT", 100 * 50 * 4)
    found = lookup.timings(np.ones((50, 3), np.float32), [10, 100, 101])
    assert [t.n for t in found] == [10, 100, 101]
    assert [t.one_hot is not None for t in found] == [True, True, False]
    assert [t.one_hot_bytes for t in found] == [2_000, 20_000, 20_200]
    assert [t.lookup_bytes for t in found] == [40, 400, 404]
    assert all(t.lookup > 0 for t in found)


def test_parameter_counts_equal_those_by_hand():
    assert lookup.dense_parameters(165_237, 128) == 21_150_593
    assert lookup.embedding_parameters(138_493, 26_744, 32) == 165_237 * 32


def test_worked_example_of_stanley():
    stanley = [-0.2, 1.5, -0.1, 0.9]
    assert lookup.stars([1.0, -0.5, 0.3, -0.1], stanley) == pytest.approx(2.43)
    assert lookup.stars([1.0, 1.1, 0.3, -0.1], stanley) == pytest.approx(4.83)
    with pytest.raises(BadRequest, match="1 numbers and the user 4"):
        lookup.stars([1.0], stanley)


def test_worked_example_of_cosine():
    assert lookup.cosine([1, 0], [5, 0]) == 1.0
    assert lookup.cosine([1, 0], [0, 2]) == 0.0
    assert lookup.cosine([0, 0], [1, 1]) == 0.0


def test_figures_show_the_given_values():
    rows = np.array([[1.0, -2.0], [0.5, 0.0]], np.float32)
    figure = lessons.lookup_figure(["<b>A</b>", "B"], [3, 0], rows, 10)
    (heat,) = (trace for trace in figure.data if isinstance(trace, go.Heatmap))
    assert np.array_equal(heat.z, rows)
    assert [trace.x[0] for trace in figure.data if getattr(trace, "mode", "") == "markers+text"] == [3, 0]
    assert not any("<b>A" in label for label in figure.layout.yaxis.ticktext)
    found = [lookup.Timing(10, 1e-6, 1e-5, 40, 4000), lookup.Timing(100, 2e-6, None, 400, 40_000)]
    one_hot, quick = lessons.time_figure(found).data
    assert (list(one_hot.x), list(quick.x)) == ([10], [10, 100])
    assert list(lessons.memory_figure(found).data[0].y) == [4000, 40_000]
    nothing = [lookup.Timing(10, 1e-6, None, 40, 4000)]
    assert list(lessons.time_figure(nothing).data[0].x) == []


def test_rows_larger_than_memory_are_not_timed():
    wide = np.broadcast_to(np.float32(1), (3, lookup.ROWS // lookup.FLOAT // 10))
    assert [one.n for one in lookup.timings(wide, [1, 100])] == [1]
