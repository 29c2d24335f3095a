"""Recommend page: controls for more or less popularity, or more or less of a column's value."""

from __future__ import annotations

import streamlit as st

from explorer.core.columns import Counts, Range
from explorer.core.embedding import Embedding
from explorer.core.recommend import Steer
from explorer.webapp import cache, url_state
from explorer.webapp.wording import escape_markdown

OFFERED = 200  # values of each column, the most frequent
STRENGTH = 2.0  # steps of Steer that one choice adds
MOST = 5  # choices either way


@cache.by_artifact()
def choices(embedding: Embedding) -> dict[str, tuple[str, str | None, str]]:
    """Choices to steer by: text in the URL -> column, value (None for numbers and dates), label."""
    found: dict[str, tuple[str, str | None, str]] = {}
    for column in embedding.schema.attributes:
        kind = embedding.columns[column.name]
        if kind.choice is Range:
            found[column.name] = column.name, None, f"{column.label} (higher or later)"
        elif isinstance(summary := kind.summary(), Counts):
            shown = getattr(kind, "shown", str)
            for value in summary.names[:OFFERED]:
                found[f"{column.name}={value}"] = column.name, value, f"{column.label}: {shown(value)}"
    return found


def steering(embedding: Embedding) -> tuple[float, list[Steer]]:
    """Draw a button that opens the controls, drawn only then; returns the weight of popularity and the steers."""
    offered = choices(embedding)
    active = sum(len(st.session_state[url_state.current(name, [], offered, MOST)]) for name in ("more", "less"))
    form = st.popover(
        f"Steer ({active})" if active else "Steer", icon=":material/explore:", key="steer", on_change="rerun"
    )
    if not form.open:
        popularity = url_state.closed("popularity", 1.0)
        wanted = {name: url_state.closed(name, [], offered, MOST) for name in ("more", "less")}
    else:
        with form:
            popularity, wanted = _controls(offered)
    amounts = dict.fromkeys(wanted["more"], STRENGTH) | dict.fromkeys(wanted["less"], -STRENGTH)
    return popularity, [Steer(offered[text][0], amount, offered[text][1]) for text, amount in amounts.items()]


def _controls(offered: dict[str, tuple[str, str | None, str]]) -> tuple[float, dict[str, list[str]]]:
    """Draw the controls; returns the weight of popularity, and the choices `more` and `less`."""
    popularity = url_state.bind(
        st.slider, "Popularity", "popularity", 1.0, min_value=0.0, max_value=2.0, step=0.1,
        help="Weight of popularity: 0 uses your taste only, 2 favors what everybody likes.",
    )  # fmt: skip
    wanted = {}
    for name, label in (("more", "More of"), ("less", "Less of")):
        wanted[name] = url_state.bind(
            st.multiselect, label, name, [], allowed=offered, options=list(offered), max_selections=MOST,
            format_func=lambda text: offered[text][2], placeholder="Any value, or a column of numbers",
        )  # fmt: skip
    return popularity, wanted


def steering_caption(steers: list[Steer]) -> None:
    """Draw a caption with the chosen steers."""
    if steers:
        st.caption(escape_markdown(f"Steered: {', '.join(steer.text for steer in steers)}."))
