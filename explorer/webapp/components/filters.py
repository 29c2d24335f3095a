"""Filters by column, SQL condition and title pattern, stored in the URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from explorer.core.columns import Choice, Contains, Counts, CrossFilter, Histogram, Kind, OneOf, Range, Summary
from explorer.core.columns.color import GRAY
from explorer.core.embedding import Embedding
from explorer.core.text.title_pattern import matches_title
from explorer.datasets.movielens.urls import OLD_PARAMETERS, filters_by_role
from explorer.errors import BadRequest
from explorer.webapp import cache, url_state
from explorer.webapp.components.frontend import component
from explorer.webapp.wording import escape_markdown, item_noun

EMPTY = Choice().to_json()
PREFIX = "f."  # of the URL parameter of a column's filter
SENT = 1_000  # values of a column sent to the browser; a visitor can type the name of any other
PATTERN_HELP = "A regular expression (RE2); upper and lower case are the same."
FIRST = ("popularity", "group", "year")  # roles of the columns listed first
EXAMPLES = {
    "number": "{} > 10",
    "category": "{} = 'a'",
    "labels": "list_contains({}, 'a')",
    "date": "{} > '2020-01-01'",
}


def item_filters(embedding: Embedding, legend: bool = False) -> CrossFilter:
    """Draw a button that opens the filters of all columns; returns the filters with their mask and counts.

    The filters are drawn, and their counts computed, only while they are open.

    legend: draw the filter of the group column below the button, where it also serves as a legend. Draw
    `filter_caption` beside the results.
    """
    _convert_old_link(embedding)
    # Most columns have no filter; only those with one are read from the URL and written to it.
    used = url_state.names()
    names = [name for name in embedding.schema if PREFIX + name in used or _default(embedding, name)]
    keys = {name: url_state.current(PREFIX + name, _default(embedding, name)) for name in names}
    choices = {name: _read(embedding.columns[name], st.session_state[key]) for name, key in keys.items()}
    where = url_state.current("where", "")
    found, error = _filtered(embedding, choices, st.session_state[where])
    group = embedding.schema.by_role("group") if legend else None
    # The label is constant: Streamlit would take a popover with another label for a new one and close it.
    form = st.popover("Filters", icon=":material/tune:", key="filters", on_change="rerun")
    if form.open:
        with form:
            for name in _ordered(embedding):
                if group is None or name != group.name:
                    _column_filter(embedding, name, found)
            st.text_input(
                "SQL condition", key=where, placeholder=_example(embedding), help="A condition on the columns."
            )
    if error:
        (form if form.open else st).error(escape_markdown(error))
    if group is not None:
        _column_filter(embedding, group.name, found)
    for name, key in keys.items():
        url_state.keep(PREFIX + name, st.session_state[key], _default(embedding, name))
    url_state.keep("where", st.session_state[where], "")
    return found


def filter_caption(embedding: Embedding, found: CrossFilter) -> None:
    """Tell how many items pass the filters, if any filter is set."""
    if found.active:
        n, total = int(found.mask.sum()), len(embedding)
        passing = "pass the filter" if found.active == 1 else "pass the filters"
        text = f"{n:,} of {total:,} {item_noun(embedding, total)} {passing}: {found.describe()}."
        st.caption(escape_markdown(text))


def group_apart(embedding: Embedding, found: CrossFilter) -> tuple[np.ndarray, np.ndarray]:
    """Masks of the items that pass all filters but the group's, and of those that pass the group's: (n,) bool each."""
    group = embedding.schema.by_role("group")
    choice = found.choices.get(group.name) if group else None
    if group is None or choice is None:
        return found.mask, np.ones(len(embedding), bool)
    return found.others(group.name), embedding.columns.mask(group.name, choice)


def default_mask(embedding: Embedding) -> np.ndarray:
    """Mask of the items that pass the default filters: (n,) bool."""
    return embedding.columns.filtered(embedding.schema.default_filters()).mask


def title_filter(embedding: Embedding, example: str, width: Any = "stretch") -> np.ndarray:
    """Let the visitor type a title pattern; returns the mask, (n,) bool. An invalid one shows an error, selects all."""
    pattern = url_state.bind(
        st.text_input, "Title pattern", "title", "", placeholder=example, help=PATTERN_HELP, width=width
    )
    try:
        return matches_title(embedding.items, pattern)
    except BadRequest as error:
        st.error(escape_markdown(str(error)))
        return np.ones(len(embedding), bool)


def _filtered(embedding: Embedding, choices: dict[str, Choice], where: str) -> tuple[CrossFilter, str]:
    """The filters and an error message; if the SQL condition is invalid, the filters leave it out."""
    try:
        return embedding.columns.filtered(choices, where), ""
    except BadRequest as error:
        return embedding.columns.filtered(choices), str(error)


def _ordered(embedding: Embedding) -> list[str]:
    """Names of the columns: those with a role in FIRST come first, keys and titles last."""
    schema = embedding.schema
    named = [column.name for role in FIRST if (column := schema.by_role(role))]
    attributes = [column.name for column in schema.attributes]
    return list(dict.fromkeys([*named, *attributes, *(name for name in schema if schema[name].role)]))


def _default(embedding: Embedding, name: str) -> str:
    choice = embedding.schema.default_filters().get(name)
    return "" if choice is None else choice.to_json()


def _read(kind: Kind, text: str) -> Choice:
    """Parse a column's choice; an empty choice if the text is empty or does not fit the kind."""
    try:
        choice = kind.choice.from_json(text) if text else kind.choice()
        kind.mask(choice) if isinstance(choice, Range) else None  # raises if an end is not a number or date
    except BadRequest:
        return kind.choice()
    return choice


def _convert_old_link(embedding: Embedding) -> None:
    """Convert the filter parameters of earlier versions into filters of columns."""
    old = {name: st.query_params.get_all(name) for name in OLD_PARAMETERS if name in st.query_params}
    if not old:
        return
    for role, choice in filters_by_role(old).items():
        column = embedding.schema.by_role(role)
        if isinstance(choice, OneOf) and column is not None:
            choice = _spelled(embedding.columns[column.name], choice)
            column = column if choice.values else None
        if column is not None and PREFIX + column.name not in st.query_params:
            url_state.put(PREFIX + column.name, choice.to_json())
    for name in old:
        url_state.remove(name)


def _example(embedding: Embedding) -> str:
    """Example of an SQL condition, about the first column whose kind has an example."""
    kinds = ((column.name, EXAMPLES[column.kind]) for column in embedding.schema.attributes if column.kind in EXAMPLES)
    name, example = next(kinds, ("key", "{} = 'a'"))
    plain = name.isidentifier()
    return example.format(name if plain else '"' + name.replace('"', '""') + '"')


def _column_filter(embedding: Embedding, name: str, found: CrossFilter) -> None:
    """Draw the filter of one column."""
    kind, summary, default = embedding.columns[name], found.summary(name), _default(embedding, name)
    choice = found.choices.get(name) or kind.choice()
    mount, artifact = f"filter:{name}", embedding.name  # the callback outlives this run: it must not hold the columns

    def change() -> None:
        sent = st.session_state[mount].choice
        valid = _checked(cache.embedding(artifact).columns[name], sent)
        if valid is not None and valid == (default or EMPTY):
            url_state.remove(PREFIX + name)
        elif valid is not None:
            url_state.put(PREFIX + name, valid)

    data = {
        "label": kind.column.label, "active": kind.describe(choice) if choice else "",
        "open": bool(choice) or kind.column.role in FIRST,
        "known": summary.known, "unknown": summary.unknown,
        "choice": {"known": choice.known, "unknown": choice.unknown},
        **FORMS[kind.choice](embedding, kind, summary, choice),
    }  # fmt: skip
    component("column_filter", "<details></details>")(key=mount, data=data, on_choice_change=change)


def _checked(kind: Kind, sent: str) -> str | None:
    """A valid choice sent by the browser, as JSON; None if it is invalid."""
    try:
        choice = kind.choice.from_json(sent)
        if isinstance(choice, OneOf):
            choice = _spelled(kind, choice)
        kind.mask(choice)
    except BadRequest:
        return None
    return choice.to_json()


def _spelled(kind: Kind, choice: OneOf) -> OneOf:
    """The choice with values spelled as in the column; values that the column lacks are dropped."""
    summary = kind.summary()
    names = summary.names if isinstance(summary, Counts) else ()
    spelled = {name.casefold(): name for name in reversed(names)}
    known = set(names)
    values = [value if value in known else spelled.get(value.casefold()) for value in choice.values]
    return OneOf(tuple(v for v in values if v is not None), choice.mode, known=choice.known, unknown=choice.unknown)


def _chips(embedding: Embedding, kind: Kind, summary: Summary, choice: Choice) -> dict[str, Any]:
    assert isinstance(summary, Counts) and isinstance(choice, OneOf)
    colors = cache.value_colors(embedding, kind.column.name)
    names = dict.fromkeys([*summary.names[:SENT], *choice.values])
    counts = dict(zip(summary.names, summary.counts.tolist(), strict=True))
    written = getattr(kind, "shown", str)
    chips = [[name, written(name), colors.get(name, GRAY), counts.get(name, 0)] for name in names]
    modes = ["any", "all", "only"] if kind.name == "labels" else []
    return {"form": "chips", "chips": chips, "values": list(choice.values), "mode": choice.mode, "modes": modes,
            "more": max(0, len(summary.names) - SENT)}  # fmt: skip


def _range(embedding: Embedding, kind: Kind, summary: Summary, choice: Choice) -> dict[str, Any]:
    assert isinstance(summary, Histogram) and isinstance(choice, Range)
    date = np.issubdtype(summary.edges.dtype, np.datetime64)
    edges = summary.edges.astype("datetime64[ms]").astype(np.int64) if date else summary.edges
    return {"form": "range", "edges": edges.tolist(), "counts": summary.counts.tolist(), "date": bool(date),
            "whole": bool(getattr(kind, "whole", False)), "low": choice.low, "high": choice.high}  # fmt: skip


def _text(embedding: Embedding, kind: Kind, summary: Summary, choice: Choice) -> dict[str, Any]:
    assert isinstance(choice, Contains)
    return {"form": "text", "text": choice.text, "regex": choice.regex}


# Class of a choice -> function that prepares its form. New kinds of columns that use these choices need no new entry.
FORMS: dict[type[Choice], Callable[[Embedding, Kind, Summary, Any], dict[str, Any]]] = {
    OneOf: _chips, Range: _range, Contains: _text, Choice: lambda *_: {"form": "none"},
}  # fmt: skip
