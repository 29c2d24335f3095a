"""Which hosts the server answers, and the security headers of its answers."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from streamlit import config

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HOSTS = "EXPLORER_HOSTS"
FRAMES = "EXPLORER_FRAME_ANCESTORS"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY_ADDRESS = ("", "0.0.0.0", "::")
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def allowed_hosts() -> set[str]:
    """Host names that the server answers: the loopback names, its own address, and those of EXPLORER_HOSTS.

    EXPLORER_HOSTS: names or addresses, separated by commas, such as `explorer.example.org`.
    """
    own = {str(config.get_option(name) or "").lower() for name in ("server.address", "browser.serverAddress")}
    named = {name.strip().lower() for name in os.environ.get(HOSTS, "").split(",")}
    return {*LOOPBACK, *own, *named} - set(ANY_ADDRESS)


def refusal(headers: Headers, hosts: set[str], port: int | None, websocket: bool) -> str | None:
    """The reason to refuse a request, or None to accept it.

    Refuses requests that a page of another site makes a browser send: through a host name that resolves to this machine
    (DNS rebinding), or from another port. A proxy's forwarded port is trusted, because browsers let no page set
    `X-Forwarded-For`. hosts: allowed names in lower case. port: the port of this server.
    """
    origin = headers.get("origin")
    try:
        host, page = urlsplit(f"//{headers.get('host', '')}"), urlsplit(origin or "")
        name, asked = host.hostname or "", host.port
    except ValueError as error:
        return f"The host or the origin is not valid: {error}."
    if name not in hosts:
        return f"This server does not answer to the host {name!r}. Add it to {HOSTS}."
    direct = "x-forwarded-for" not in headers
    if direct and name in LOOPBACK and port is not None and (asked or PORTS["http"]) != port:
        return f"This server listens on port {port}, not {asked or PORTS['http']}."
    if websocket and origin is not None and page.netloc.lower() != host.netloc.lower():
        return f"A page of {origin} may not connect to {host.netloc}."
    return None


def security_headers() -> dict[str, str]:
    """Security headers of every response. Streamlit's client needs inline scripts and styles, eval (plotly) and blobs.

    EXPLORER_FRAME_ANCESTORS: sites that may show the app in a frame, as in the CSP directive `frame-ancestors`; by
    default no other site may.
    """
    frames = " ".join(os.environ.get(FRAMES, "'self'").replace(";", "").split())
    policy = {
        "default-src": "'self'",
        "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob: http: https:",  # columns of kind image hold addresses
        "font-src": "'self' data:",
        "connect-src": "'self' data: blob:",
        "worker-src": "'self' blob:",
        "frame-src": "'self' blob: data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "frame-ancestors": frames,
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


class Guard:
    """ASGI middleware: refuses requests for other hosts and adds the security headers."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.headers = security_headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        port = (scope.get("server") or (None, None))[1]
        websocket = scope["type"] == "websocket"
        why = refusal(Headers(scope=scope), allowed_hosts(), port, websocket)
        if why is not None and websocket:
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": why[:100]})
            return
        if why is not None:
            await PlainTextResponse(why, 421, self.headers)(scope, receive, send)
            return

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)
