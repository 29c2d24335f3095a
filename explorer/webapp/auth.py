"""Who may see the pages: anybody, unless `secrets.toml` names somebody who knows people (docs/security.md)."""

from __future__ import annotations

from importlib.util import find_spec

import streamlit as st
from streamlit.errors import StreamlitAuthError

from explorer.errors import MissingExtra


def require_login() -> None:
    """Stop the page before anything is read or shown where people log in and this visitor has not.

    Whether they do is Streamlit's to say: it is so as soon as its secrets have a section `[auth]`.
    """
    known = st.user.to_dict().get("is_logged_in")
    if known is None:  # nobody logs in here
        return
    if find_spec("authlib") is None:
        st.error(str(MissingExtra("The login", "Authlib", "login")), icon=":material/error:")
        st.stop()
    if known:
        with st.sidebar:
            st.button("Log out", on_click=st.logout, icon=":material/logout:", type="tertiary")
        return
    st.title("Embedding Explorer", anchor=False)
    st.caption("Log in to see what is here.")
    if st.button("Log in", type="primary", icon=":material/login:"):
        try:
            st.login()
        except StreamlitAuthError as error:
            st.error(f"The login is not set up right: {error}", icon=":material/error:")
    st.stop()
