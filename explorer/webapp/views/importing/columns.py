"""Import page: the table of the columns, with their kinds and roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from explorer.core.text.bidirectional import strip_bidi_controls
from explorer.formats import ParsedFile
from explorer.importing.join import Joined
from explorer.importing.plan import KINDS, Plan, guess
from explorer.importing.rules import kind_rule, naming_rules
from explorer.webapp.components.widgets import cut, heading
from explorer.webapp.views.importing import effect
from explorer.webapp.views.importing.cells import shown
from explorer.webapp.views.importing.files import UploadedFiles
from explorer.webapp.views.importing.upload import asked
from explorer.webapp.wording import escape_markdown

VALUES, LONGEST = 5, 22  # values of each column shown as examples, and their most characters
ROW = 66  # height of a row in pixels, for three lines; Streamlit wraps text from 65 on
MANY, HEIGHT = 12, 600  # rows above which the table scrolls, and its height in pixels then
HOW = "To change a kind or a separator, double-click its cell, or press Enter on it."


def edit_plan(
    files: UploadedFiles, found: ParsedFile, metadata: ParsedFile | None, both: Joined, before: Plan | None
) -> Plan:
    """Draw the columns of the file and let the visitor correct their roles and kinds.

    before: the plan of an earlier import. Raises BadRequest for an unknown kind.
    """
    first, table = _guessed(asked(files, found, both.how, both.on), found, metadata, both)
    wanted = _as_before(first, before, both.items) if before else first
    names = list(both.items)
    heading("Columns")
    with st.container(horizontal=True):
        key = _column("Key (unique)", names, wanted.key, f"{files.id}:key", "from the file, or row numbers")
        title = _column("Title (shown)", names, wanted.title, f"{files.id}:title", "the key")
        popularity = _column("Popularity", names, wanted.popularity, f"{files.id}:popularity", "none")
    editor = f"{files.id}:{both.how}:{both.on}:kinds"
    plan = replace(_edited(wanted, names, editor), key=key, title=title, popularity=popularity)
    _, imported, color = effect.previewed(files, found, both, plan)
    st.caption(escape_markdown(" ".join([*naming_rules(first), color])))
    if names:
        kinds = pd.DataFrame({
            "kind": [wanted.kinds[name] for name in names],
            "separator": [wanted.separators.get(name, "") for name in names],
            "role": [_role(name, role, plan) for name, role in zip(names, imported["role"], strict=True)],
        })  # fmt: skip
        _draw(pd.concat([table, kinds, imported[["holds"]].map(shown)], axis=1), editor)
    return plan


@st.cache_resource(max_entries=8, show_spinner="Looking at the columns")
def _guessed(asked: str, _found: ParsedFile, _metadata: ParsedFile | None, _both: Joined) -> tuple[Plan, pd.DataFrame]:
    """The guessed plan; name, first values and rule of the guess of each column."""
    plan, items = guess(_found, _metadata, both=_both), _both.items
    table = pd.DataFrame({
        "column": [cut(strip_bidi_controls(name), 60) for name in items],
        "values": [_examples(items[name]) for name in items],
        "guessed": [kind_rule(items[name], plan.kinds[name], plan.separators.get(name, "")) for name in items],
    })  # fmt: skip
    return plan, table


def _examples(column: pd.Series) -> str:
    return ", ".join(cut(shown(cell), LONGEST) for cell in column.dropna().head(VALUES))


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


def _edited(wanted: Plan, names: list[str], editor: str) -> Plan:
    """The plan with the kinds and separators that the visitor has changed in the table."""
    state: Mapping[str, Any] = st.session_state.get(editor, {})
    rows = {names[int(row)]: cells for row, cells in state.get("edited_rows", {}).items()}
    kinds = {name: cells["kind"] for name, cells in rows.items() if "kind" in cells}
    separators = {name: cells["separator"] or "" for name, cells in rows.items() if "separator" in cells}
    return replace(wanted, kinds={**wanted.kinds, **kinds}, separators={**wanted.separators, **separators})


def _role(name: str, role: str, plan: Plan) -> str:
    """All roles of a column: it may be the key and the title, which are copied from it, and have another one."""
    return ", ".join(dict.fromkeys(
        [*["key"] * (name == plan.key), *["title"] * (name == plan.title), *[role] * bool(role)]
    ))  # fmt: skip


def _draw(table: pd.DataFrame, editor: str) -> None:
    """Draw the table, in which kinds and separators can be changed."""
    column = st.column_config
    st.data_editor(
        table, key=editor, hide_index=True, width="stretch", row_height=ROW, alt="Columns of the file",
        height="content" if len(table) <= MANY else HEIGHT,
        disabled=["column", "role", "values", "holds", "guessed"],
        column_order=["column", "kind", "role", "values", "holds", "guessed", "separator"],
        column_config={
            "column": column.TextColumn(pinned=True, width=100),
            "kind": column.SelectboxColumn(options=KINDS, required=True, width=80),
            "role": column.TextColumn(width=75),
            "values": column.TextColumn("first values", width=320),
            "holds": column.TextColumn("imported as", width=190),
            "guessed": column.TextColumn("guessed because of", width=190),
            "separator": column.TextColumn(width=85),
        },
    )  # fmt: skip
    st.caption(HOW)
