"""Limits on requests before login, and on file descriptors."""

import asyncio
import os
import resource
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit.web.server.starlette import starlette_app_utils, starlette_websocket

from explorer.webapp import limits
from explorer.webapp.limits import DescriptorLimit, LoginLimits, logged_in

SECRET = "made up"
COOKIE = "_streamlit_user"


@pytest.fixture
def login(monkeypatch):
    """A server whose visitors have to log in."""
    monkeypatch.setattr(limits, "login_configured", lambda: True)
    monkeypatch.setattr(starlette_websocket, "get_cookie_secret", lambda: SECRET)


@pytest.fixture
def kept():
    """Sizes of uploads that reached the app, whose websocket reports how much it received."""
    return []


@pytest.fixture
def client(kept):
    async def upload(request):
        kept.append(len(await request.body()))
        return PlainTextResponse("kept", 204)

    async def talk(websocket):
        await websocket.accept()
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            await websocket.send_text(str(len(message.get("bytes") or b"")))

    routes = [Route("/_stcore/upload_file/{session}/{file}", upload, methods=["PUT"]), WebSocketRoute("/ws", talk)]
    app = Starlette(routes=routes, middleware=[Middleware(DescriptorLimit), Middleware(LoginLimits)])
    return TestClient(app)


def cookie(document: str, secret: str = SECRET) -> str:
    return starlette_app_utils.create_signed_value(secret, COOKIE, document).decode()


GOOD = '{"is_logged_in": true, "sub": "1", "origin": "http://testserver"}'


def test_upload_without_login_is_refused_unread(login, client, kept):
    read = []

    async def receive():
        read.append(1)
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    said = []

    async def send(message):
        said.append(message)

    scope = {"type": "http", "method": "PUT", "path": "/_stcore/upload_file/a/b", "headers": [], "query_string": b""}
    with ThreadPoolExecutor() as pool:  # Playwright may have an event loop in this thread
        pool.submit(asyncio.run, client.app(scope, receive, send)).result()
    assert said[0]["status"] == 401 and not read and not kept


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        cookie(GOOD, "another secret"),
        cookie('{"is_logged_in": false}'),
        cookie("[]"),
        cookie("{"),
        cookie("1"),
    ],
    ids=range(7),  # signed values differ from run to run
)
def test_invalid_cookies_are_no_login(login, value):
    scope = {"type": "http", "headers": [(b"cookie", f"{COOKIE}={value}".encode())]}
    assert not logged_in(HTTPConnection(scope))


def test_upload_with_a_login_is_accepted(login, client, kept):
    client.cookies.set(COOKIE, cookie(GOOD))
    assert client.put("/_stcore/upload_file/a/b", content=b"12345").status_code == 204
    assert kept == [5]


def test_uploads_are_open_without_a_configured_login(client, kept, monkeypatch):
    monkeypatch.setattr(limits, "login_configured", lambda: False)
    assert client.put("/_stcore/upload_file/a/b", content=b"123").status_code == 204


def test_websocket_without_login_may_send_little(login, client, monkeypatch):
    monkeypatch.setattr(limits, "SENT_BEFORE_LOGIN", 1000)
    with client.websocket_connect("/ws") as socket:
        socket.send_bytes(b"x" * 600)
        assert socket.receive_text() == "600"
        socket.send_bytes(b"x" * 600)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert closed.value.code == 1008


def test_idle_websocket_without_login_is_closed(login, client, monkeypatch):
    monkeypatch.setattr(limits, "BEFORE_LOGIN", 0.05)
    with client.websocket_connect("/ws") as socket, pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_text()
    assert closed.value.code == 1008


def test_websocket_with_a_login_stays_open(login, client, monkeypatch):
    monkeypatch.setattr(limits, "BEFORE_LOGIN", 0.0)
    monkeypatch.setattr(limits, "SENT_BEFORE_LOGIN", 0)
    client.cookies.set(COOKIE, cookie(GOOD))
    with client.websocket_connect("/ws") as socket:
        socket.send_bytes(b"x" * 600)
        assert socket.receive_text() == "600"


def test_visitors_are_refused_when_descriptors_run_out(client):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]
    try:
        with client.websocket_connect("/ws") as socket:
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(opened) + limits.RESERVE, before[1]))
            socket.send_bytes(b"1")  # open sessions continue
            assert socket.receive_text() == "1"
            with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/ws"):
                pass
            assert closed.value.code == 1013
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for descriptor in opened:
            os.close(descriptor)
    with client.websocket_connect("/ws"):
        pass
