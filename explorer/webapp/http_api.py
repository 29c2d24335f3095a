"""The HTTP API below /api/v1 of the web server; its packages are imported at the first request."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

from explorer.rights import Actor
from explorer.settings import switched_on
from explorer.webapp import auth
from explorer.webapp import cache as web_cache
from explorer.webapp.guard import LOOPBACK
from explorer.webapp.views.importing import files as import_files

if TYPE_CHECKING:
    from explorer.api.access import App, Receive, Scope, Send

API_PATH = "/api/v1"
SWITCH = "EXPLORER_API"  # "1": on, with tokens, even if others can reach the server


async def http_api(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI app: the API, or 404 if it is turned off."""
    await _api()(scope, receive, send)


def is_open() -> bool:
    """True if only this machine reaches the server: it listens on localhost and has no login."""
    return st.get_option("server.address") in LOOPBACK and not auth.login_configured()


def without_token() -> Actor | None:
    """The user of a request without a token: the visitor if only this machine reaches the server, else nobody."""
    return auth.visitor_from_claims({}) if is_open() and not switched_on(SWITCH) else None


@cache
def _api() -> App:
    from explorer.api.app import make_api
    from explorer.api.problems import problem

    if not is_open() and not switched_on(SWITCH):
        return problem(404, f"The API is off here. Whoever runs the server can switch it on: {SWITCH}=1.")
    return make_api(web_cache.embedding, without_token, lambda: import_files.megabytes() * 2**20)
