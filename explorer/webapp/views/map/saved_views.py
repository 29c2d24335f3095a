"""Map page: saved views as a list and as a tour, and forms to save, rename and delete them."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.artifacts import notes
from explorer.artifacts.notes import LONGEST, SavedView
from explorer.core.embedding import Embedding
from explorer.errors import BadRequest, ExplorerError
from explorer.rights import may_edit
from explorer.webapp.wording import escape_markdown

SAVED = "saved"  # URL parameter: the view that was opened
NOT_KEPT = ("artifact", SAVED)
OPENED = "_saved_view_opened"  # session key: the name of the view that was open in the last run
DONE = "_saved_views"  # session key: message about the last change


def views_list(embedding: Embedding) -> None:
    """Draw links to the saved views and, for editors, forms to change them, while their expander is open."""
    views = notes.read(embedding.name).views
    if not views and not may_edit():
        return
    # One label: with another it would close.
    with st.expander("Saved views", icon=":material/bookmarks:", key="saved_views", on_change="rerun") as box:
        if not box.open:
            return
        if message := st.session_state.pop(DONE, ""):
            st.info(escape_markdown(message))
        for view in views:
            _link(embedding, view, view.name, "bookmark")
        if len(views) > 1 and SAVED not in st.query_params:
            _link(embedding, views[0], "Start the tour", "play_arrow")
        if not may_edit():
            return
        with st.container(horizontal=True, gap="small"):
            with st.popover("Save this view", icon=":material/bookmark_add:", type="tertiary"):
                _save_form(embedding)
            if views:
                with st.popover("Rename or delete", icon=":material/edit:", type="tertiary"):
                    _change_form(embedding, [view.name for view in views])


def tour(embedding: Embedding) -> None:
    """Draw the name of the open saved view, and links to the previous and next one."""
    name = st.query_params.get(SAVED, "")
    _tell_browser(name)
    if not name:
        return
    saved = notes.read(embedding.name)
    try:
        place = saved.views.index(saved.view(name))
    except BadRequest as error:
        st.warning(escape_markdown(str(error)), icon=":material/search_off:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="tour"):
        if place > 0:
            _link(embedding, saved.views[place - 1], "Previous view", "chevron_left")
        st.markdown(f"**{escape_markdown(name)}** · {place + 1} of {len(saved.views)}", width="content")
        if place + 1 < len(saved.views):
            _link(embedding, saved.views[place + 1], "Next view", "chevron_right")


def _tell_browser(name: str) -> None:
    """Write the address of an opened view, because a link within a page does not change the address."""
    before, context = st.session_state.get(OPENED), get_script_run_ctx()
    st.session_state[OPENED] = name
    if name and before not in (None, name) and not (context and context.is_history_navigation):
        st.query_params.from_dict({key: st.query_params.get_all(key) for key in st.query_params})


def _link(embedding: Embedding, view: SavedView, label: str, icon: str) -> None:
    query = {**view.parameters, "artifact": embedding.name, SAVED: view.name}
    with suppress(StreamlitPageNotFoundError):
        st.page_link(
            "pages/4_Map.py", label=escape_markdown(label), icon=f":material/{icon}:", query_params=query,
            help=None if label == view.name else escape_markdown(f"Open {view.name}"),
        )  # fmt: skip


def _save_form(embedding: Embedding) -> None:
    with st.form("save_view", clear_on_submit=True, border=False):
        st.text_input("Name", key="view:name", max_chars=LONGEST, placeholder="Describe this view")
        st.caption("Saves the layout, zoom, colors, size, filters and selection with the artifact.")
        st.form_submit_button("Save", on_click=_save, args=(embedding.name,), type="primary")


def _change_form(embedding: Embedding, names: list[str]) -> None:
    name = st.selectbox("View", names, key="view:which")
    st.text_input("New name", key="view:new", max_chars=LONGEST)
    with st.container(horizontal=True):
        # Not disabled without a name: by keyboard, the focus would go from the name to Delete.
        st.button("Rename", on_click=_rename, args=(embedding.name, name))
        st.button("Delete", on_click=_delete, args=(embedding.name, name), icon=":material/delete:")


def _save(artifact: str) -> None:
    name = st.session_state["view:name"]
    here = {key: st.query_params.get_all(key) for key in st.query_params if key not in NOT_KEPT}
    try:
        notes.change(artifact, lambda now: now.with_view(name, here))
        st.session_state[DONE] = f"Saved as “{name.strip()}”."
    except ExplorerError as error:
        st.session_state[DONE] = str(error)


def _rename(artifact: str, name: str) -> None:
    new = st.session_state.get("view:new", "")
    try:
        notes.change(artifact, lambda now: now.renamed_view(name, new))
        st.session_state[DONE], st.session_state["view:new"] = f"“{name}” is now “{new.strip()}”.", ""
    except ExplorerError as error:
        st.session_state[DONE] = str(error)
        return
    if st.query_params.get(SAVED) == name:
        st.query_params[SAVED] = " ".join(new.split())


def _delete(artifact: str, name: str) -> None:
    try:
        notes.change(artifact, lambda now: now.without_view(name))
        st.session_state[DONE] = f"“{name}” is deleted."
    except ExplorerError as error:
        st.session_state[DONE] = str(error)
        return
    if st.query_params.get(SAVED) == name:
        del st.query_params[SAVED]
