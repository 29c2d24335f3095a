"""Names of factors, and the form that changes them."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import streamlit as st

from explorer.artifacts import notes
from explorer.artifacts.notes import LONGEST
from explorer.core.directions.factors import Factors
from explorer.core.embedding import Embedding
from explorer.errors import BadArtifact, ExplorerError
from explorer.rights import may_edit
from explorer.webapp.wording import escape_markdown

DONE = "_factor_named"  # session key: an error of the last change


def given_name(embedding: Embedding, found: Factors, number: int) -> str:
    """The name given to a factor by a user; "" if it has none. number: counted from 1."""
    with suppress(BadArtifact):  # unreadable names are not shown
        return notes.read(embedding.name).factor_name(found.components[number - 1])
    return ""


def factor_name(embedding: Embedding, found: Factors, number: int, by: tuple[str, ...] = ()) -> str:
    """The name of a factor: the given one, else its ends, such as "cult vs blockbuster"; "" if they mean nothing.

    by: columns that name the ends; all by default.
    """
    ends = found.meaning_of_ends(number, by)
    return given_name(embedding, found, number) or (" vs ".join(ends) if all(ends) else "")


def rename_form(embedding: Embedding, found: Factors, number: int, by: tuple[str, ...] = ()) -> None:
    """Draw a button that opens a form for the name of a factor, for editors; the name is stored with the artifact."""
    if not may_edit():
        return
    direction, key = found.components[number - 1], f"factor_name:{number}"
    form = st.popover("Rename", icon=":material/edit:", type="tertiary", key="rename", on_change="rerun")
    if form.open:
        with form, st.form(f"rename:{number}", border=False):
            st.text_input(
                "Name of the factor", given_name(embedding, found, number), key=key, max_chars=LONGEST,
                placeholder=factor_name(embedding, found, number, by),
                help="By default a factor is named after its ends.",
            )  # fmt: skip
            st.form_submit_button("Save", on_click=_save, args=(embedding.name, direction, key), type="primary")
    if error := st.session_state.pop(DONE, ""):
        st.error(escape_markdown(error))


def _save(artifact: str, direction: np.ndarray, key: str) -> None:
    try:
        notes.change(artifact, lambda now: now.with_factor_name(direction, st.session_state[key]))
    except ExplorerError as error:
        st.session_state[DONE] = str(error)
