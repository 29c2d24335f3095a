"""Import page: confirm the kinds of columns and choose how to fix problems."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from explorer.core.unicode_text import strip_bidi_controls
from explorer.formats import ParsedFile
from explorer.formats.parsed_file import cell_text
from explorer.formats.tables.delimited import unique
from explorer.importing.build import inspect
from explorer.importing.issues import ImportSummary, Issue
from explorer.importing.join import find_join, join
from explorer.importing.plan import DECISIONS, KINDS, Plan, guess, guess_kind
from explorer.webapp.components.widgets import cut
from explorer.webapp.views.importing.files import UploadedFiles
from explorer.webapp.wording import escape_markdown

SOUND = "No problems found. Checked: NaN and infinite numbers, rows of zeros, constant dimensions, duplicate keys."
VALUES = 5  # values of each column shown as examples
POSITION = "by position (row by row)"
CHOICES = {
    "nan": {"stop": "Do not import", "drop": "Leave out these rows", "fix": "Replace by the mean of the dimension"},
    "zero": {"keep": "Keep them", "drop": "Leave out these rows", "stop": "Do not import"},
    "constant": {"keep": "Keep them", "drop": "Leave out these dimensions", "stop": "Do not import"},
    "duplicate": {"fix": "Number them: a, a (2)", "drop": "Keep the first of each", "stop": "Do not import"},
    "header": {"fix": "Accept", "stop": "Do not import"},
    "unmatched": {"keep": "Keep them, without metadata", "drop": "Leave out these rows", "stop": "Do not import"},
}


def edit_plan(files: UploadedFiles, found: ParsedFile, facts: ParsedFile | None) -> Plan:
    """Let the visitor correct the guessed plan: how metadata is joined, and the roles and kinds of columns."""
    with st.expander("Columns: key, title and kinds", icon=":material/view_column:"):
        how, on = find_join(found, facts)
        if facts is not None:
            by = ["position", *facts.items]
            chosen = st.selectbox(
                "Match metadata to vectors", by, index=by.index(on) if on in by else 0, key=f"{files.id}:join",
                format_func=lambda name: POSITION if name == "position" else f"by {name}",
            )  # fmt: skip
            how, on = ("position", None) if chosen == "position" else ("key", chosen)
        first = guess(found, facts, how, on)
        items = join(found, facts, how, on).items
        names = list(items)
        with st.container(horizontal=True):
            key = _column("Key (unique)", names, first.key, f"{files.id}:key", "from the file, or row numbers")
            title = _column("Title (shown)", names, first.title, f"{files.id}:title", "the key")
            popularity = _column("Popularity", names, first.popularity, f"{files.id}:popularity", "none")
        kinds, separators = _kinds(items, first, f"{files.id}:{how}:{on}") if names else ({}, {})
    return replace(
        first, key=key, title=title, popularity=popularity, join=how, on=on, kinds=kinds, separators=separators
    )  # fmt: skip


def _column(label: str, names: list[str], guess: str | None, key: str, without: str) -> str | None:
    options: list[str | None] = [None, *names]
    index = options.index(guess) if guess in names else 0
    return st.selectbox(label, options, index=index, key=key, format_func=lambda name: name or without)


def _kinds(items: pd.DataFrame, guess: Plan, key: str) -> tuple[dict[str, str], dict[str, str]]:
    """Let the visitor edit the kinds of columns; returns column -> kind and column -> separator of labels."""
    guesses = {name: (guess.kinds[name], guess.separators.get(name, "")) if name in guess.kinds
               else guess_kind(items[name]) for name in items}  # fmt: skip
    table = pd.DataFrame({
        "column": list(items), "kind": [kind for kind, _ in guesses.values()],
        "separator": [separator for _, separator in guesses.values()],
        "role": [_role(name, guess) for name in items],
        "values": [", ".join(map(shown, items[name].dropna().head(VALUES))) for name in items],
        "guessed from": [_evidence(name, items[name], guess) for name in items],
    })  # fmt: skip
    edited = st.data_editor(
        table, key=f"{key}:kinds", hide_index=True, width="stretch",
        disabled=["column", "role", "values", "guessed from"],
        column_config={"kind": st.column_config.SelectboxColumn(options=KINDS, required=True)},
    )  # fmt: skip
    names = list(items)
    return dict(zip(names, edited["kind"], strict=True)), dict(zip(names, edited["separator"].fillna(""), strict=True))


def _role(name: str, guess: Plan) -> str:
    roles = {"key": guess.key, "title": guess.title, "popularity": guess.popularity}
    found = [role for role, column in roles.items() if column == name]
    if guess.kinds.get(name) == "year":
        found.append("year")
    return ", ".join(found)


def _evidence(name: str, values: pd.Series, guess: Plan) -> str:
    """What the guess of a column's kind is based on: number and type of values, number of distinct ones."""
    known = values.dropna()
    different = known.map(str).nunique()
    kind = "lists" if values.dtype == object else "numbers" if pd.api.types.is_numeric_dtype(values) else "texts"
    separated = f", separated by {guess.separators[name]}" if guess.separators.get(name) else ""
    return f"{len(known):,} {kind}, {different:,} distinct{separated}"


def choose_fixes(files: UploadedFiles, found: ImportSummary) -> dict[str, str]:
    """Draw each problem with a choice of fixes; returns name of the problem -> chosen fix."""
    decisions = {}
    for one in found.found:
        with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(escape_markdown(f"{one.told}. For example: {_examples(one)}."))
            if one.name in DECISIONS:
                words = CHOICES[one.name]
                decisions[one.name] = st.selectbox(
                    f"About {one.name}", list(words), format_func=words.__getitem__, key=f"{files.id}:{one.name}",
                    label_visibility="collapsed", width=260,
                )  # fmt: skip
    if not found.found:
        st.caption(SOUND)
    for note in found.notes:
        st.caption(escape_markdown(cut(note, 300)))
    return decisions


def _examples(one: Issue) -> str:
    return ", ".join(cut(example, 40) for example in one.examples[:3])


@st.cache_resource(max_entries=8, show_spinner="Checking for problems")
def _inspected(files: str, plan: str, _found: ParsedFile, _facts: ParsedFile | None, _plan: Plan) -> ImportSummary:
    return inspect(_found, _facts, _plan)


def inspected(
    files: UploadedFiles, kind: str | None, found: ParsedFile, facts: ParsedFile | None, plan: Plan
) -> ImportSummary:
    """Problems of the parsed files under a plan; cached. Raises BadData, BadRequest."""
    choice = st.session_state.get(f"{files.id}:choice")
    asked = f"{plan.key} {plan.join} {plan.on} {kind} {choice}"
    return _inspected(files.id, asked, found, facts, plan)


def first_rows(found: ImportSummary) -> None:
    """Draw the first rows as text."""
    table = found.first.astype(object)
    for n, name in enumerate(table.columns):
        table.isetitem(n, table.iloc[:, n].map(shown if isinstance(name, str) else "{:.4g}".format))
    names = [str(name) if isinstance(name, str) else f"dim {name + 1}" for name in table.columns]
    table.columns = pd.Index([cut(strip_bidi_controls(name), 60) for name in unique(names, "column")])
    st.dataframe(table, hide_index=True, width="stretch", height="content")


def shown(cell: Any) -> str:
    """A cell as short text without bidi control characters; "" if unknown."""
    if isinstance(cell, float):
        return "" if pd.isna(cell) else f"{cell:.4g}"
    return "" if cell is None or cell is pd.NA else cut(strip_bidi_controls(cell_text(cell)), 120)
