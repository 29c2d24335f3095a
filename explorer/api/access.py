"""ASGI middleware of the API: authentication, and limits of size and time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from explorer.api import tokens
from explorer.api.problems import problem
from explorer.errors import Forbidden
from explorer.rights import Actor, acting_as, require_editor

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY = 2**20  # bytes of a request body that is no upload
SECONDS = 30.0  # until a response begins
UPLOAD_SECONDS = 600.0  # the same for an upload
AT_ONCE = 64  # requests of one person
UPLOADS = "/imports"
TOKEN_PARAMETERS = ("token", "access_token", "api_key")
WRITING = ("POST", "PUT", "PATCH", "DELETE")
CLOSE = {"Connection": "close"}  # the rest of the request is not read


class TooLarge(HTTPException):
    """The request body is larger than allowed."""

    def __init__(self, most: int) -> None:
        super().__init__(413, f"The request is larger than {most / 2**20:,.0f} MB, the limit here.", CLOSE)


class Access:
    """Authenticate a request by its token, or as an anonymous caller; limit its size and time.

    anonymous: returns the caller without a token; None if a token is required. upload: most bytes of the body of POST
    /imports.
    """

    def __init__(self, app: App, anonymous: Callable[[], Actor | None], upload: Callable[[], int]) -> None:
        self.app, self.anonymous, self.upload = app, anonymous, upload
        self._open: Counter[str] = Counter()  # requests in progress, by person

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            who = self._admitted(scope, Headers(scope=scope))
        except HTTPException as error:  # before the body is read
            answer = problem(error.status_code, error.detail, {**(error.headers or {}), **CLOSE})
            await answer(scope, receive, send)
            return
        self._open[who.person] += 1
        try:
            with acting_as(who):
                await self._answer(scope, receive, send)
        finally:
            self._open[who.person] -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(receive, self._most(scope))

        async def send_in_time(message: Message) -> None:
            clock.reschedule(None)  # how long the rest takes depends on the connection
            await send(message)

        seconds = UPLOAD_SECONDS if _path(scope) == UPLOADS else SECONDS
        try:
            async with asyncio.timeout(seconds) as clock:
                await self.app(scope, body.receive, send_in_time)
        except TimeoutError:
            if not clock.expired():
                raise
            late = problem(504, f"No result within {seconds:.0f} s. Request less.", CLOSE)
            if not body.complete and scope["method"] in WRITING:
                late = problem(408, f"The request did not arrive within {seconds:.0f} s.", CLOSE)
            await late(scope, receive, send)

    def _admitted(self, scope: Scope, headers: Headers) -> Actor:
        """The caller. Raises HTTPException for a request that is refused."""
        who, origin = self._actor(scope, headers), headers.get("origin", "")
        unasked = "origin" in headers and "authorization" not in headers  # sent by a browser for some page
        if unasked and scope["method"] in WRITING and origin.partition("://")[2] != headers.get("host", ""):
            raise HTTPException(403, f"Pages of {origin} may not change anything here.")
        if self._open[who.person] >= AT_ONCE:
            text = f"{AT_ONCE} of your requests are in progress, the limit. Wait for their responses."
            raise HTTPException(429, text, {"Retry-After": "1"})
        if _path(scope) == UPLOADS and scope["method"] == "POST":
            with acting_as(who):
                try:
                    require_editor("import vectors")
                except Forbidden as error:
                    raise HTTPException(403, str(error)) from error
        declared, most = headers.get("content-length", "0"), self._most(scope)
        if not declared.isdigit() or int(declared) > most:
            raise TooLarge(most)
        return who

    def _actor(self, scope: Scope, headers: Headers) -> Actor:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if any(name in query for name in TOKEN_PARAMETERS):
            raise HTTPException(400, "Send the token in the header `Authorization: Bearer TOKEN`; URLs are logged.")
        challenge = {"WWW-Authenticate": "Bearer"}
        if "authorization" in headers:
            scheme, _, token = headers["authorization"].partition(" ")
            found = tokens.holder(token.strip()) if scheme.lower() == "bearer" else None
            if found is None:
                raise HTTPException(401, "Unknown token.", challenge)
            return found
        who = self.anonymous()
        if who is None:
            text = "A token is required: `Authorization: Bearer TOKEN`. The command `explorer token` makes one."
            raise HTTPException(401, text, challenge)
        return who

    def _most(self, scope: Scope) -> int:
        return self.upload() if _path(scope) == UPLOADS else BODY


class _Body:
    """The body of a request. complete: whether all of it has arrived."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._most = receive, most
        self._got = 0
        self.complete = False

    async def receive(self) -> Message:
        """The next message; raises TooLarge once the body has more bytes than `most`."""
        message = await self._receive()
        self._got += len(message.get("body", b""))
        self.complete = not message.get("more_body", False)
        if self._got > self._most:
            raise TooLarge(self._most)
        return message


def _path(scope: Scope) -> str:
    """The path below the place where the API is mounted."""
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))
