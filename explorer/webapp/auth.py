"""Require login when an OIDC provider is configured in secrets.toml (docs/security.md)."""

from __future__ import annotations

from importlib.util import find_spec

import streamlit as st
from streamlit.errors import StreamlitAuthError

from explorer.errors import MissingExtra


def require_login() -> None:
    """Stop the page before it reads or shows anything if login is required and the visitor is not logged in.

    Login is required as soon as Streamlit's secrets have a section `[auth]`.
    """
    logged_in = st.user.to_dict().get("is_logged_in")
    if logged_in is None:  # no provider is configured
        return
    if find_spec("authlib") is None:
        st.error(str(MissingExtra("The login", "Authlib", "login")), icon=":material/error:")
        st.stop()
    if logged_in:
        with st.sidebar:
            st.button("Log out", on_click=st.logout, icon=":material/logout:", type="tertiary")
        return
    st.title("Embedding Explorer", anchor=False)
    st.caption("Log in to continue.")
    if st.button("Log in", type="primary", icon=":material/login:"):
        try:
            st.login()
        except StreamlitAuthError as error:
            st.error(f"Login is not configured correctly: {error}", icon=":material/error:")
    st.stop()
