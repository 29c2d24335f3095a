"""Import page: confirm the kinds of columns and choose how to fix problems."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pandas as pd
import streamlit as st

from explorer.core.text.bidirectional import strip_bidi_controls
from explorer.formats import ParsedFile
from explorer.importing.build import inspect
from explorer.importing.issues import ImportSummary, Issue
from explorer.importing.join import Joined
from explorer.importing.plan import DECISIONS, KINDS, Plan, guess
from explorer.importing.rules import kind_rule, naming_rules
from explorer.webapp.components.widgets import cut
from explorer.webapp.views.importing.cells import shown
from explorer.webapp.views.importing.files import UploadedFiles
from explorer.webapp.views.importing.upload import asked
from explorer.webapp.wording import escape_markdown

SOUND = "No problems found. Checked: NaN and infinite numbers, rows of zeros, constant dimensions, duplicate keys."
VALUES = 5  # values of each column shown as examples
CHOICES = {
    "nan": {"stop": "Do not import", "drop": "Leave out these rows", "fix": "Replace by the mean of the dimension"},
    "zero": {"keep": "Keep them", "drop": "Leave out these rows", "stop": "Do not import"},
    "constant": {"keep": "Keep them", "drop": "Leave out these dimensions", "stop": "Do not import"},
    "duplicate": {"fix": "Number them: a, a (2)", "drop": "Keep the first of each", "stop": "Do not import"},
    "header": {"fix": "Accept", "stop": "Do not import"},
    "unmatched": {"keep": "Keep them, without metadata", "drop": "Leave out these rows", "stop": "Do not import"},
}


def edit_plan(
    files: UploadedFiles, found: ParsedFile, metadata: ParsedFile | None, both: Joined, before: Plan | None
) -> Plan:
    """Let the visitor correct the guessed roles and kinds of columns. before: the plan of an earlier import."""
    first = _guessed(asked(files, found, both.how, both.on), found, metadata, both)
    wanted = _as_before(first, before, both.items) if before else first
    names, items = list(both.items), both.items
    with st.expander("Columns: key, title and kinds", icon=":material/view_column:"):
        with st.container(horizontal=True):
            key = _column("Key (unique)", names, wanted.key, f"{files.id}:key", "from the file, or row numbers")
            title = _column("Title (shown)", names, wanted.title, f"{files.id}:title", "the key")
            popularity = _column("Popularity", names, wanted.popularity, f"{files.id}:popularity", "none")
        st.caption(escape_markdown(" ".join(naming_rules(first))))
        edited = _kinds(items, first, wanted, f"{files.id}:{both.how}:{both.on}") if names else ({}, {})
    return replace(first, key=key, title=title, popularity=popularity, kinds=edited[0], separators=edited[1])


@st.cache_resource(max_entries=8, show_spinner="Looking at the columns")
def _guessed(asked: str, _found: ParsedFile, _metadata: ParsedFile | None, _both: Joined) -> Plan:
    return guess(_found, _metadata, both=_both)


def _as_before(first: Plan, before: Plan, items: pd.DataFrame) -> Plan:
    """The plan of an earlier import, limited to columns that still exist."""

    def there(column: str | None, guessed: str | None) -> str | None:
        return column if column is None or column in items else guessed

    kinds = {name: before.kinds.get(name, kind) for name, kind in first.kinds.items()}
    separators = {name: before.separators.get(name, sign) for name, sign in first.separators.items()}
    return replace(
        first, key=there(before.key, first.key), title=there(before.title, first.title),
        popularity=there(before.popularity, first.popularity), kinds=kinds, separators=separators,
    )  # fmt: skip


def _column(label: str, names: list[str], guess: str | None, key: str, without: str) -> str | None:
    options: list[str | None] = [None, *names]
    index = options.index(guess) if guess in names else 0
    return st.selectbox(label, options, index=index, key=key, format_func=lambda name: name or without)


def _kinds(items: pd.DataFrame, first: Plan, wanted: Plan, key: str) -> tuple[dict[str, str], dict[str, str]]:
    """Let the visitor edit the kinds of columns; returns column -> kind and column -> separator of labels."""
    table = pd.DataFrame({
        "column": list(items), "kind": [wanted.kinds[name] for name in items],
        "separator": [wanted.separators.get(name, "") for name in items],
        "values": [", ".join(map(shown, items[name].dropna().head(VALUES))) for name in items],
        "guessed": [kind_rule(items[name], first.kinds[name], first.separators.get(name, "")) for name in items],
    })  # fmt: skip
    edited = st.data_editor(
        table, key=f"{key}:kinds", hide_index=True, width="stretch", disabled=["column", "values", "guessed"],
        column_config={"kind": st.column_config.SelectboxColumn(options=KINDS, required=True)},
    )  # fmt: skip
    names = list(items)
    return dict(zip(names, edited["kind"], strict=True)), dict(zip(names, edited["separator"].fillna(""), strict=True))


def choose_fixes(
    files: UploadedFiles, found: ImportSummary, before: Plan | None, told: Collection[str] = ()
) -> dict[str, str]:
    """Draw each problem with a choice of fixes, and the notes; returns name of the problem -> chosen fix.

    before: the plan of an earlier import. told: notes that the page shows elsewhere.
    """
    decisions = {}
    for issue in found.found:
        with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(escape_markdown(f"{issue.message}. For example: {_examples(issue)}."))
            if issue.name in DECISIONS:
                words = CHOICES[issue.name]
                chosen = before.decision(issue.name) if before else DECISIONS[issue.name][0]
                decisions[issue.name] = st.selectbox(
                    f"About {issue.name}", list(words), index=list(words).index(chosen),
                    format_func=words.__getitem__, key=f"{files.id}:{issue.name}",
                    label_visibility="collapsed", width=260,
                )  # fmt: skip
    if not found.found:
        st.caption(SOUND)
    for note in (note for note in found.notes if note not in told):
        st.caption(escape_markdown(cut(note, 300)))
    return decisions


def _examples(one: Issue) -> str:
    return ", ".join(cut(strip_bidi_controls(example), 40) for example in one.examples)


@st.cache_resource(max_entries=8, show_spinner="Checking for problems")
def _inspected(
    asked: str, _found: ParsedFile, _metadata: ParsedFile | None, _plan: Plan, _both: Joined
) -> ImportSummary:
    return inspect(_found, _metadata, _plan, _both)


def inspected(
    files: UploadedFiles, found: ParsedFile, metadata: ParsedFile | None, plan: Plan, both: Joined
) -> ImportSummary:
    """Problems of the parsed files under a plan; cached. Raises BadData, BadRequest."""
    skipped = [name for name, kind in plan.kinds.items() if kind == "skip"]
    return _inspected(asked(files, found, both.how, both.on, plan.key, skipped), found, metadata, plan, both)
