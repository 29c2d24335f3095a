"""ASGI middleware of the API: authentication, and limits of size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response

from explorer.api import tokens
from explorer.api.problems import problem
from explorer.rights import Actor, acting_as

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY = 2**20  # bytes of a request body that is no upload
SECONDS = 30.0  # until a response begins
UNHURRIED = ("/vectors", "/imports")  # endpoints without a time limit: they take as long as the connection
IN_URLS = ("token", "access_token", "api_key")
WRITING = ("POST", "PUT", "PATCH", "DELETE")


class TooLarge(HTTPException):
    """The request body is larger than allowed."""

    def __init__(self, most: int) -> None:
        super().__init__(413, f"The request is larger than {most / 2**20:,.0f} MB, the limit here.")


class Access:
    """Authenticate a request by its token, or as an anonymous caller.

    anonymous: returns the caller without a token; None if a token is required. upload: most bytes of the file of POST
    /imports.
    """

    def __init__(self, app: App, anonymous: Callable[[], Actor | None], upload: Callable[[], int]) -> None:
        self.app, self.anonymous, self.upload = app, anonymous, upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        who = self._who(scope, headers)
        if isinstance(who, Response):
            await who(scope, receive, send)
            return
        most = self.upload() if scope["path"].endswith("/imports") else BODY
        declared = headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > most:
            await problem(413, TooLarge(most).detail)(scope, receive, send)
            return
        with acting_as(who):
            await self._answer(scope, _limited(receive, most), send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            async with asyncio.timeout(None if scope["path"].endswith(UNHURRIED) else SECONDS):
                await self.app(scope, receive, watched)
        except TimeoutError:
            if begun:
                raise
            await problem(504, f"No result within {SECONDS:.0f} s. Request less.")(scope, receive, send)

    def _who(self, scope: Scope, headers: Headers) -> Actor | Response:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if any(name in query for name in IN_URLS):
            return problem(400, "Send the token in the header `Authorization: Bearer TOKEN`; URLs are logged.")
        given = headers.get("authorization")
        if given is not None:
            scheme, _, token = given.partition(" ")
            found = tokens.holder(token.strip()) if scheme.lower() == "bearer" else None
            return found or problem(401, "Unknown token.", {"WWW-Authenticate": "Bearer"})
        who = self.anonymous()
        if who is None:
            text = "A token is required: `Authorization: Bearer TOKEN`. The command `explorer token` makes one."
            return problem(401, text, {"WWW-Authenticate": "Bearer"})
        if scope["method"] in WRITING and headers.get("origin") is not None:
            host = headers.get("host", "")
            if headers["origin"].partition("://")[2] != host:
                return problem(403, f"Pages of {headers['origin']} may not change anything here.")
        return who


def _limited(receive: Receive, most: int) -> Receive:
    """Pass messages on; raise TooLarge once the body has more than `most` bytes."""
    got = 0

    async def counted() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise TooLarge(most)
        return message

    return counted
