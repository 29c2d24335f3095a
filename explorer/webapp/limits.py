"""ASGI middleware that limits visitors who have not logged in, and refuses visitors when descriptors run out."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

from explorer.webapp.auth import login_configured
from explorer.webapp.guard import App, Receive, Scope, Send

UPLOADS = "/_stcore/upload_file/"
BEFORE_LOGIN = 300.0  # seconds after which a websocket without a login is closed; the client connects again
SENT_BEFORE_LOGIN = 1 << 20  # bytes that such a websocket may send
RESERVE = 64  # descriptors that are kept for files, databases and jobs
POLICY, TRY_LATER = 1008, 1013  # codes of closed websockets


def logged_in(connection: HTTPConnection) -> bool:
    """Whether a request carries the signed cookie of a login."""
    with suppress(ValueError, AttributeError):
        raw = _get_signed_cookie_with_chunks(dict(connection.cookies), USER_COOKIE_NAME)
        return raw is not None and json.loads(raw).get("is_logged_in") is True
    return False


class LoginLimits:
    """Where a login is configured: no uploads without it, and websockets without it are limited in time and bytes."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and UPLOADS in scope["path"] and scope["method"] == "PUT":
            if login_configured() and not logged_in(HTTPConnection(scope)):
                answer = PlainTextResponse("Log in before you upload files.", 401, {"Connection": "close"})
                await answer(scope, receive, send)
                return
        elif scope["type"] == "websocket" and login_configured() and not logged_in(HTTPConnection(scope)):
            receive = _limited(receive, send)
        await self.app(scope, receive, send)


def _limited(receive: Receive, send: Send) -> Receive:
    """The messages of a websocket, which is closed after BEFORE_LOGIN seconds or SENT_BEFORE_LOGIN bytes."""
    end, left = asyncio.get_running_loop().time() + BEFORE_LOGIN, SENT_BEFORE_LOGIN

    async def limited() -> MutableMapping[str, Any]:
        nonlocal left
        try:
            async with asyncio.timeout_at(end):
                message = await receive()
        except TimeoutError:
            return await _closed(send, "Log in to stay connected.")
        left -= len(message.get("bytes") or message.get("text") or b"")
        return message if left >= 0 else await _closed(send, "Log in before you send more.")

    return limited


async def _closed(send: Send, reason: str) -> MutableMapping[str, Any]:
    await send({"type": "websocket.close", "code": POLICY, "reason": reason})
    return {"type": "websocket.disconnect", "code": POLICY, "reason": reason}


class DescriptorLimit:
    """Refuses new visitors while fewer than RESERVE file descriptors are left; connected ones are not affected."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not descriptors_left():
            await receive()
            await send({"type": "websocket.close", "code": TRY_LATER, "reason": "Too many visitors; try again later."})
            return
        await self.app(scope, receive, send)


def descriptors_left() -> bool:
    """Whether more than RESERVE file descriptors are left; True where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return True
    try:
        lowest = os.open(os.devnull, os.O_RDONLY)  # gets the lowest free number
    except OSError:
        return False
    os.close(lowest)
    return lowest < resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVE


def raise_descriptor_limit() -> None:
    """Raise the soft limit of file descriptors, often 1,024, to the hard limit."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
