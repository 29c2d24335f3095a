"""Import page: rename, delete and restore artifacts."""

from __future__ import annotations

import streamlit as st

from explorer.artifacts import lifecycle
from explorer.errors import BadRequest, ExplorerError
from explorer.jobs.job import check_no_layout_job
from explorer.webapp import url_state
from explorer.webapp.views.importing import again
from explorer.webapp.wording import escape_markdown

DONE, FAILED = "_managed", "_not_managed"  # session keys: message about the last action
NEW = "manage:new"  # session key: the new name


def manage() -> None:
    """Draw controls for the visitor's own artifacts; nothing if artifacts are in a database."""
    try:
        own, deleted = lifecycle.own_artifacts(), lifecycle.deleted_artifacts()
    except BadRequest:
        return
    with st.container():  # always there: a message before the expander would close it
        if done := st.session_state.pop(DONE, ""):
            st.success(escape_markdown(done), icon=":material/check:")
        if failed := st.session_state.pop(FAILED, ""):
            st.error(escape_markdown(failed), icon=":material/error:")
    if not own and not deleted:
        return
    with st.expander("Rename, delete or restore artifacts", icon=":material/folder_managed:"):
        if own:
            shown = url_state.remember("artifact")
            with st.container(horizontal=True, vertical_alignment="bottom"):
                name = st.selectbox(
                    "Artifact", own, own.index(shown) if shown in own else 0, key=f"manage:{shown}", width=260
                )
                st.text_input("New name", key=NEW, max_chars=60, width=260)
                # Not disabled without a name: by keyboard, the focus would go from the name to Delete.
                st.button("Rename", on_click=_rename, args=(name,))
                st.button("Delete", on_click=_delete, args=(name,), icon=":material/delete:")
                again.button(name, key="manage:again")
            st.caption("A deleted artifact can be restored for a day.")
        if deleted:
            with st.container(horizontal=True, vertical_alignment="bottom"):
                back = st.selectbox("Deleted in the last day", deleted, key="manage:back", width=260)
                st.button("Restore", on_click=_restore, args=(back,), icon=":material/undo:")


def _rename(name: str) -> None:
    new = st.session_state.get(NEW, "").strip()
    if not new:
        st.session_state[FAILED] = f"Write the new name of {name} first."
        return
    try:
        check_no_layout_job(name)
        path = lifecycle.rename(name, new)
    except ExplorerError as error:
        st.session_state[FAILED] = str(error)
        return
    st.session_state[DONE], st.session_state[NEW] = f"{name} is now {path.name}.", ""
    if url_state.remember("artifact") == name:
        url_state.put("artifact", path.name)


def _delete(name: str) -> None:
    try:
        check_no_layout_job(name)
        lifecycle.delete(name)
    except ExplorerError as error:
        st.session_state[FAILED] = str(error)
        return
    st.session_state[DONE] = f"{name} is deleted; it can be restored for a day."
    if url_state.remember("artifact") == name:
        url_state.forget("artifact")
        url_state.remove("artifact")


def _restore(name: str) -> None:
    try:
        lifecycle.restore(name)
        st.session_state[DONE] = f"{name} is restored."
    except ExplorerError as error:
        st.session_state[FAILED] = str(error)
