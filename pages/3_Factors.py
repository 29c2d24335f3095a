"""The axes along which taste differs most: PCA factors and the item bias."""

import pandas as pd
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.core.factors import Factors, bias_ranking
from explorer.figures import charts
from explorer.webapp import cache, url_state
from explorer.webapp.chart import chart
from explorer.webapp.components import item_list, widgets
from explorer.webapp.page import page
from explorer.webapp.wording import escape_markdown, item_noun

FACTS = {"year": "late years", "n_ratings": "many ratings", "mean_rating": "a high mean rating", "bias": "a high bias"}


def ends(
    embedding: Embedding, low: pd.DataFrame, high: pd.DataFrame, names: tuple[str, str], key: str, stars: bool = False
) -> None:
    """The two ends of a ranking side by side, bars as long as the distance from the middle."""
    top = max(low["score"].abs().max(), high["score"].abs().max()) or 1
    for column, table, name in zip(st.columns(2, gap="medium"), (low, high), names, strict=True):
        with column:
            widgets.heading(name, table, f"{key} {name}")
            marked = {row.key: f"★ {row.mean_rating:.1f}" for row in table.itertuples()} if stars else None
            bar = (table["score"].abs() / top).to_numpy(float)
            item_list.item_list(embedding, table, f"{key}:{name}", bar=bar, marked=marked)


def one_factor(embedding: Embedding, found: Factors) -> None:
    count = len(found.explained)
    number = widgets.one_of("Factor", "factor", 1, {n: str(n) for n in range(1, count + 1)})
    left, right = st.columns([3, 2], gap="medium")
    with left:
        together = f"{100 * found.explained.sum():.0f}"
        st.caption(
            escape_markdown(f"Share of the variance each factor explains, in percent; all {count} together {together}.")
        )
        chart(charts.variance_figure(found.explained, number), key="variance", config={"displayModeBar": False})
    with right:
        goes_with = found.goes_with(number)
        widgets.heading(f"What factor {number} goes with", goes_with, f"factor {number} goes with")
        if goes_with.empty:
            st.caption("Nothing known of the items goes with it more than chance would.")
        else:
            item_list.fact_list(meanings(goes_with.head(6)), "meaning")
    ends(embedding, *found.extremes(number), ("Lowest", "Highest"), f"factor {number}")


def meanings(table: pd.DataFrame) -> list[tuple[str, str, float]]:
    """What, its measure in words, and how strongly (0 to 1), one a row."""
    rows = []
    for row in table.itertuples():
        what = FACTS.get(row.what, row.what)
        rows.append(
            (f"{'Highest' if row.end == 'high' else 'Lowest'}: {what}", f"{row.measure} {row.value:.2f}", row.strength)
        )
    return rows


def two_factors(found: Factors) -> None:
    numbers = list(range(1, len(found.explained) + 1))
    with st.container(horizontal=True, gap="medium"):
        x = url_state.bind(st.selectbox, "Across", "x", 1, allowed=numbers, options=numbers, width=120)
        y = url_state.bind(st.selectbox, "Up", "y", 2, allowed=numbers, options=numbers, width=120)
    names = tuple(f"factor {n} ({100 * found.explained[n - 1]:.1f}% of the variance)" for n in (x, y))
    figure = charts.factor_figure(
        found.items, found.column(x), found.column(y), (names[0], names[1]), dark=st.context.theme.type == "dark"
    )
    chart(figure, key="factors", config={"scrollZoom": True})
    table = found.items.assign(x=found.column(x), y=found.column(y))
    widgets.csv_button(table, f"factors {x} and {y}")


def bias(embedding: Embedding, n_items: int) -> None:
    if "bias" not in embedding.items:
        st.info(
            escape_markdown(
                f"{embedding.name} has no item bias: only models of ratings learn one. Look at its factors instead."
            )
        )
        return
    low, high = bias_ranking(embedding, 15, n_items)
    st.caption(
        "The bias is what is left of an item's rating when the taste of those who rated it is taken out: "
        "how many stars above or below the mean anyone would give it."
    )
    ends(embedding, low, high, ("Lowest bias", "Highest bias"), "bias", stars="mean_rating" in low)


def best_known(embedding: Embedding) -> int:
    """How many items count, the best known; all where it is not known how well known they are."""
    if "n_ratings" not in embedding.items:
        return len(embedding)
    steps = [n for n in (100, 250, 500, 1000, 2000, 5000) if n < len(embedding)] or [len(embedding)]
    label, first = f"Of the best-known {item_noun(embedding)}", min(1000, steps[-1])
    return url_state.bind(st.select_slider, label, "n", first, allowed=steps, options=steps, width=300)


with page("Factors", "The few directions in which the {items} differ most, and what lies at both ends.") as embedding:
    views = {"one": "One factor", "two": "Two factors", "bias": "Bias"}
    with st.container(horizontal=True, gap="large"):
        view = widgets.one_of("Show", "view", "one", views)
        n_items = best_known(embedding)
    if view == "bias":
        bias(embedding, n_items)
    elif view == "two":
        two_factors(cache.item_factors(embedding, n_items))
    else:
        one_factor(embedding, cache.item_factors(embedding, n_items))
