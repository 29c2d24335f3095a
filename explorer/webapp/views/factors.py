"""Parts of the Factors page: one factor, two factors, item bias."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from explorer.core.columns import CrossFilter
from explorer.core.columns.kind import has_numbers
from explorer.core.directions.factors import Factors, bias_ranking
from explorer.core.embedding import Embedding
from explorer.figures import charts
from explorer.webapp import cache, url_state
from explorer.webapp.chart import chart
from explorer.webapp.components import factor_names, filters, item_list, widgets
from explorer.webapp.wording import escape_markdown, item_noun


def found_factors(embedding: Embedding, n_items: int, found: CrossFilter) -> Factors:
    """PCA factors of the most popular items that pass the filters. Raises BadRequest."""
    return cache.item_factors(embedding, n_items, repr((found.choices, found.expression)), found.mask)


def settings(embedding: Embedding) -> tuple[int, CrossFilter, tuple[str, ...]]:
    """Draw the controls; returns the number of items to fit, the filters, and the columns that name factors."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        n_items, found = _best_known(embedding), filters.item_filters(embedding)
        by = item_list.list_columns(embedding, "Name factors by")
    filters.filter_caption(embedding, found)
    return n_items, found, by


def one_factor(embedding: Embedding, found: Factors, by: tuple[str, ...]) -> None:
    """Draw the variance that each factor explains, and the correlations and extreme items of one factor.

    by: columns that name its ends; all by default.
    """
    count = len(found.explained)
    number = widgets.one_of("Factor", "factor", 1, {n: str(n) for n in range(1, count + 1)})
    ends, name = found.meaning_of_ends(number, by), factor_names.factor_name(embedding, found, number, by)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        widgets.heading(f"Factor {number}: {name}" if name else f"Factor {number}")
        factor_names.rename_form(embedding, found, number, by)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        together = f"{100 * found.explained.sum():.0f}"
        text = f"Percentage of the variance that each factor explains; all {count} together: {together}%."
        st.caption(escape_markdown(text))
        chart(
            _variance_figure(tuple(found.explained.tolist()), number), key="variance", config={"displayModeBar": False}
        )
    with right:
        goes_with = found.goes_with(number)
        widgets.heading(f"Factor {number} correlates with", goes_with, f"factor {number} goes with")
        if goes_with.empty:
            st.caption("No column correlates with this factor significantly.")
        else:
            item_list.value_list(_meanings(embedding, goes_with.head(6)), "meaning")
    _ends(embedding, *found.extremes(number), ("Lowest", "Highest"), f"factor {number}", meanings=ends)


@lru_cache(maxsize=64)
def _variance_figure(explained: tuple[float, ...], chosen: int) -> go.Figure:
    return charts.variance_figure(np.array(explained), chosen)


def _ends(
    embedding: Embedding, low: pd.DataFrame, high: pd.DataFrame, names: tuple[str, str], key: str, stars: bool = False,
    meanings: tuple[str, str] = ("", ""),
) -> None:  # fmt: skip
    """Draw both ends of a ranking side by side. meanings: what each end has more of, "" if unknown."""
    top = max(low["score"].abs().max(), high["score"].abs().max()) or 1
    for column, table, name, meaning in zip(st.columns(2, gap="medium"), (low, high), names, meanings, strict=True):
        with column:
            widgets.heading(f"{name}: {meaning}" if meaning else name, table, f"{key} {name}")
            marked = {row.key: f"★ {row.mean_rating:.1f}" for row in table.itertuples()} if stars else None
            bar = (table["score"] / top).to_numpy(float)
            item_list.item_list(embedding, table, f"{key}:{name}", bar=bar, signed=True, marked=marked)


def _meanings(embedding: Embedding, table: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Correlations of a factor: description, measure with its value, and strength (0 to 1)."""
    rows = []
    for row in table.itertuples():
        what = embedding.schema[row.column].phrase if row.measure == "correlation" else row.what
        words = f"{'Highest' if row.end == 'high' else 'Lowest'}: {what}"
        rows.append((words, f"{row.measure} {row.value:.2f}", row.strength))
    return rows


def two_factors(embedding: Embedding, found: Factors, by: tuple[str, ...]) -> None:
    """Draw the items as points on two factors. by: columns that name their ends; all by default."""
    numbers = list(range(1, len(found.explained) + 1))
    with st.container(horizontal=True, gap="medium"):
        x = url_state.bind(st.selectbox, "Horizontal", "x", 1, allowed=numbers, options=numbers, width=120)
        y = url_state.bind(st.selectbox, "Vertical", "y", 2, allowed=numbers, options=numbers, width=120)
    called = {n: factor_names.factor_name(embedding, found, n, by) for n in (x, y)}
    names = tuple(
        f"factor {n} ({100 * found.explained[n - 1]:.1f}% of the variance){f': {called[n]}' if called[n] else ''}"
        for n in (x, y)
    )
    figure = charts.factor_figure(
        found.items, found.column(x), found.column(y), (names[0], names[1]), dark=st.context.theme.type == "dark"
    )
    chart(figure, key="factors", config={"scrollZoom": True})
    table = found.items.assign(x=found.column(x), y=found.column(y))
    widgets.csv_button(table, f"factors {x} and {y}")


def bias(embedding: Embedding, n_items: int) -> None:
    """Draw the items with the lowest and the highest bias."""
    if not has_numbers(embedding.items, "bias"):
        text = f"{embedding.name} has no item bias: only rating models learn one. Look at its factors instead."
        st.info(escape_markdown(text))
        return
    low, high = bias_ranking(embedding, 15, n_items)
    st.caption(
        "The item bias is the part of an item's rating that does not depend on the person's taste: the number of stars "
        "above or below the overall mean that the model predicts for anyone."
    )
    _ends(embedding, low, high, ("Lowest bias", "Highest bias"), "bias", stars=has_numbers(low, "mean_rating"))


def _best_known(embedding: Embedding) -> int:
    """Let the visitor choose how many of the most popular items to fit; all of them without a popularity column."""
    known = embedding.schema.by_role("popularity")
    if known is None:
        return len(embedding)
    steps = [n for n in (100, 250, 500, 1000, 2000, 5000) if n < len(embedding)] or [len(embedding)]
    label = escape_markdown(f"{item_noun(embedding).capitalize()} with the highest {known.phrase}")
    return url_state.bind(st.select_slider, label, "n", min(1000, steps[-1]), allowed=steps, options=steps, width=300)
