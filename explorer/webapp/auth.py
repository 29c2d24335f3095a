"""Login through an OIDC provider configured in secrets.toml, and the role of a visitor (docs/security.md)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import streamlit as st
from streamlit.auth_util import get_secrets_auth_section
from streamlit.errors import StreamlitAuthError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.errors import MissingExtra
from explorer.rights import EVERYBODY, Actor, Role, decide_with, role_from_claims
from explorer.serving import READ_ONLY
from explorer.settings import switched_on
from explorer.webapp.guard import LOOPBACK

EDITORS = "EXPLORER_EDITORS"  # who may edit, see rights.role_from_claims


def login_configured() -> bool:
    """Whether visitors have to log in."""
    return bool(get_secrets_auth_section())


def visitor() -> Actor:
    """The visitor whose page runs; outside a page the program itself, which is an editor."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return Actor()
    return visitor_from_claims(st.user.to_dict())


def visitor_from_claims(claims: Mapping[str, Any]) -> Actor:
    """Role and id of a visitor.

    claims: of the login; without `is_logged_in` no login is configured. Then everybody is an editor on a server that
    listens on this machine only, or where EXPLORER_EDITORS is `*`. With a login EXPLORER_EDITORS says who is an editor,
    by default everybody who logs in. EXPLORER_READ_ONLY=1 makes everybody a viewer.
    """
    editors = os.environ.get(EDITORS, "").strip()
    person = str(claims.get("sub") or claims.get("email") or "")
    login = "is_logged_in" in claims
    if switched_on(READ_ONLY) or (login and claims["is_logged_in"] is not True):
        return Actor(Role.VIEWER, person)
    if login:
        return Actor(role_from_claims(claims, editors or EVERYBODY), person)
    everybody = editors == EVERYBODY or st.get_option("server.address") in LOOPBACK
    return Actor(Role.EDITOR if everybody else Role.VIEWER)


decide_with(visitor)


def require_login() -> None:
    """Stop the page before it reads or shows anything if login is required and the visitor is not logged in.

    Login is required as soon as Streamlit's secrets have a section `[auth]`.
    """
    claims = st.user.to_dict()
    logged_in = claims.get("is_logged_in")
    if logged_in is None:  # no provider is configured
        _say_role(claims)
        return
    if find_spec("authlib") is None:
        st.error(str(MissingExtra("The login", "Authlib", "login")), icon=":material/error:")
        st.stop()
    if logged_in:
        _say_role(claims)
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


def _say_role(claims: Mapping[str, Any]) -> None:
    if visitor_from_claims(claims).role is Role.VIEWER:
        st.sidebar.caption("You can look at everything here and export it, but not change it.")
