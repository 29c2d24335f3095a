"""Import page: problems of the files, and how to fix them."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from explorer.core.text.bidirectional import strip_bidi_controls
from explorer.formats import ParsedFile
from explorer.importing.build import inspect
from explorer.importing.issues import ImportSummary, Issue
from explorer.importing.join import Joined
from explorer.importing.plan import DECISIONS, Plan
from explorer.webapp.components.widgets import cut
from explorer.webapp.views.importing.files import UploadedFiles
from explorer.webapp.views.importing.upload import asked
from explorer.webapp.wording import escape_markdown

SOUND = "No problems found. Checked: NaN and infinite numbers, rows of zeros, constant dimensions, duplicate keys."
CHOICES = {
    "nan": {"stop": "Do not import", "drop": "Leave out these rows", "fix": "Replace by the mean of the dimension"},
    "zero": {"keep": "Keep them", "drop": "Leave out these rows", "stop": "Do not import"},
    "constant": {"keep": "Keep them", "drop": "Leave out these dimensions", "stop": "Do not import"},
    "duplicate": {"fix": "Number them: a, a (2)", "drop": "Keep the first of each", "stop": "Do not import"},
    "header": {"fix": "Accept", "stop": "Do not import"},
    "unmatched": {"keep": "Keep them, without metadata", "drop": "Leave out these rows", "stop": "Do not import"},
}


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
