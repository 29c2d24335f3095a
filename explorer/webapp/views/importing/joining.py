"""Import page: choose how metadata is matched to vectors, and show what did not match."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.core.text.bidirectional import strip_bidi_controls
from explorer.errors import BadData
from explorer.formats import ParsedFile
from explorer.importing.join import Joined, find_join, join
from explorer.importing.plan import Plan
from explorer.webapp.components.widgets import cut
from explorer.webapp.views.importing.cells import shown
from explorer.webapp.views.importing.files import UploadedFiles
from explorer.webapp.views.importing.upload import asked
from explorer.webapp.wording import escape_markdown

POSITION = "by position (row by row)"


def choose_join(files: UploadedFiles, found: ParsedFile, metadata: ParsedFile | None, before: Plan | None) -> Joined:
    """Let the visitor choose the join, guessed by default; returns the joined data. Raises BadData, BadRequest.

    before: the plan of an earlier import, used instead of a guess.
    """
    if metadata is None:
        return _joined(asked(files, found), "position", None, found, None)
    refused: BadData | None = None
    how, on = "position", None
    try:
        how, on = (before.join, before.on) if before else _best(asked(files, found), found, metadata)
    except BadData as error:
        refused = error
    by = ["position", *metadata.items]
    chosen = st.selectbox(
        "Match metadata to vectors", by, index=None if refused else by.index(on) if on in by else 0,
        key=f"{files.id}:join", format_func=lambda name: POSITION if name == "position" else f"by {name}",
        placeholder="Choose a column",
    )  # fmt: skip
    if chosen is None and refused:
        raise refused
    how, on = ("position", None) if chosen == "position" else ("key", chosen)
    both = _joined(asked(files, found), how, on, found, metadata)
    st.caption(escape_markdown(_matched(both, metadata)))
    return both


def _matched(both: Joined, metadata: ParsedFile) -> str:
    """The number of matched vectors, and an example; `review.choose_fixes` shows what did not match."""
    n, matched = len(both.items), int((~both.unmatched).sum())
    text = f"{matched:,} of {n:,} vectors matched, {'by position' if both.how == 'position' else f'by {both.on}'}."
    pairs = np.flatnonzero(~both.unmatched)[:1]
    if len(pairs) and both.keys is not None and len(metadata.items.columns):
        row = both.items.iloc[pairs[0]]
        values = ", ".join(f"{name} {shown(row[name])}" for name in list(metadata.items)[:3] if name in row)
        key = cut(strip_bidi_controls(str(both.keys.iloc[pairs[0]])), 60)
        text += f" Example: the vector {key} has {values}."
    return text


@st.cache_resource(max_entries=4, show_spinner="Joining vectors and metadata")
def _joined(asked: str, how: str, on: str | None, _read: ParsedFile, _metadata: ParsedFile | None) -> Joined:
    return join(_read, _metadata, how, on)


@st.cache_resource(max_entries=4, show_spinner=False)
def _best(asked: str, _read: ParsedFile, _metadata: ParsedFile) -> tuple[str, str | None]:
    return find_join(_read, _metadata)
