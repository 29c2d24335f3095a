"""Checks of host, origin and headers: requests from other sites are refused."""

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from explorer.webapp.guard import Guard, allowed_hosts, refusal, security_headers

PORT = 8501


def refused(websocket=True, **headers):
    named = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return refusal(named, {"localhost", "127.0.0.1", "::1", "explorer.example.org"}, PORT, websocket)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:8501", "origin": "http://localhost:8501"},
        {"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"},
        {"host": "[::1]:8501", "origin": "http://[::1]:8501"},
        {"host": "LOCALHOST:8501"},
        {"host": "localhost:8501"},
        {"host": "explorer.example.org", "origin": "https://explorer.example.org"},
        {"host": "localhost:8443", "origin": "https://localhost:8443", "x_forwarded_for": "127.0.0.1"},
    ],
)
def test_requests_to_this_server_are_allowed(headers):
    assert refused(**headers) is None


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"host": "evil.example", "origin": "http://evil.example"}, "'evil.example'"),
        ({"host": "evil.example:8501", "origin": "http://evil.example:8501"}, "'evil.example'"),
        ({"host": "localhost.evil.example:8501"}, "host"),
        ({"host": "localhost:9999", "origin": "http://localhost:9999"}, "port 8501, not 9999"),
        ({"host": "localhost", "origin": "http://localhost"}, "port 8501, not 80"),
        ({"host": "localhost:8501", "origin": "http://evil.example"}, "may not connect"),
        ({"host": "localhost:8501", "origin": "http://localhost:9999"}, "may not connect"),
        ({"host": "localhost:8501", "origin": "null"}, "may not connect"),
        ({"host": "localhost:many"}, "not valid"),
        ({"host": "localhost:99999"}, "not valid"),
        ({"host": "[::1"}, "not valid"),
        ({"host": "[localhost]:8501"}, "not valid"),
        ({"host": "localhost:8501", "origin": "http://[::1"}, "not valid"),
        ({"host": ""}, "host ''"),
        ({}, "host ''"),
    ],
)
def test_requests_of_other_sites_are_refused(headers, why):
    assert why in refused(**headers)


def test_link_from_another_site_opens_a_page():
    assert refused(websocket=False, host="localhost:8501", origin="http://elsewhere.example") is None


def test_hosts_can_be_added(monkeypatch):
    assert "explorer.example.org" not in allowed_hosts()
    monkeypatch.setenv("EXPLORER_HOSTS", "Explorer.Example.org, 10.0.0.7")
    assert {"localhost", "explorer.example.org", "10.0.0.7"} <= allowed_hosts()


def test_wildcard_listen_address_is_no_host_name(monkeypatch):
    monkeypatch.setattr("streamlit.config.get_option", lambda name: "0.0.0.0")
    assert "0.0.0.0" not in allowed_hosts()


@pytest.fixture
def client():
    async def echo(websocket):
        await websocket.accept()
        await websocket.send_text("hello")
        await websocket.close()

    routes = [Route("/", lambda _: PlainTextResponse("page")), WebSocketRoute("/stream", echo)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Guard)]), base_url="http://localhost")


def test_every_response_has_the_security_headers(client):
    for headers, status in (({"x-forwarded-for": "127.0.0.1"}, 200), ({"host": "evil.example"}, 421)):
        answer = client.get("/", headers=headers)
        assert answer.status_code == status
        assert security_headers().items() <= {name: answer.headers[name] for name in security_headers()}.items()


def test_unknown_host_gets_neither_page_nor_websocket(client):
    assert client.get("/", headers={"host": "evil.example"}).status_code == 421
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/stream", headers={"host": "evil.example"}):
        raise AssertionError("it was let in")
    with client.websocket_connect("/stream", headers={"host": "localhost", "x-forwarded-for": "127.0.0.1"}) as socket:
        assert socket.receive_text() == "hello"


def test_frames_are_allowed_for_named_sites_only(monkeypatch):
    assert "frame-ancestors 'self'" in security_headers()["Content-Security-Policy"]
    monkeypatch.setenv("EXPLORER_FRAME_ANCESTORS", "'self' http://localhost:*;\r\n script-src *")
    policy = security_headers()["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' http://localhost:* script-src *") and policy.count("script-src") == 2
