"""Requests that are too large, too slow, endless or malformed, over sockets; and tokens in logs."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from explorer import artifacts
from explorer.api import access, tokens
from explorer.api.app import PATH, make_api
from explorer.rights import Actor, Role
from tests import PATIENCE, ROOT
from tests.browser.conftest import free_port, wait_until_ready
from tests.conftest import colour_items, colour_vectors

ANALOGY = f"{PATH}/artifacts/colours/analogy"
JSON = "Content-Type: application/json\r\n"
SECRET = "LOOK-FOR-THIS"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The web server with the API on, its log, and a viewer's token."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_ARTIFACTS", str(folder))
        patch.delenv("EXPLORER_TOKENS", raising=False)
        patch.setenv("EXPLORER_API", "1")
        artifacts.save(folder / "colours", colour_vectors(), colour_items(), {})
        (folder / "secret.txt").write_text(SECRET)
        token = tokens.create("ci", Role.VIEWER)
        flags = [f"--server.port={port}", "--logger.level=debug", "--server.address=localhost"]
        command = [sys.executable, "-m", "streamlit", "run", "explorer/webapp/server.py", *flags]
        log = folder / "log.txt"
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=out, stderr=out)
    try:
        wait_until_ready(process, port)
        yield port, token, log
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def connection(port, head, token=""):
    with closing(socket.create_connection(("localhost", port), timeout=PATIENCE)) as link:
        bearer = f"Authorization: Bearer {token}\r\n" if token else ""
        link.sendall(f"{head} HTTP/1.1\r\nHost: localhost:{port}\r\n{bearer}".encode())
        yield link


def answer(link):
    """Everything that the server sends until it closes the connection, as status and rest."""
    data = b""
    try:
        while part := link.recv(1 << 16):
            data += part
    except ConnectionError:
        pass
    return int(data.split()[1]) if data else None, data.decode("utf-8", "replace")


def ask(port, token, path, body=None):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    try:
        with urlopen(Request(f"http://localhost:{port}{path}", data, headers), timeout=PATIENCE) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_endless_body_is_cut_off(server):
    port, token, _ = server
    with connection(port, f"POST {ANALOGY}", token) as link:
        link.sendall(f"{JSON}Transfer-Encoding: chunked\r\n\r\n".encode())
        sent = 0
        with pytest.raises(ConnectionError):
            while sent < 1 << 28:
                sent += link.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
    assert sent < 1 << 26


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (f"{JSON}Content-Length: 99999999999\r\n\r\n", 413),
        (f"{JSON}Content-Length: -1\r\n\r\n", 400),
        (f"{JSON}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", 400),
        ("".join(f"X-{n}: {'a' * 1000}\r\n" for n in range(3000)), 400),
        (f"X: {'a' * 3_000_000}", 400),
    ],
    ids=["declared", "negative", "two lengths", "many headers", "long header"],
)
def test_malformed_and_oversized_requests_are_refused_and_the_connection_closed(server, headers, status):
    port, token, _ = server
    with connection(port, f"POST {ANALOGY}", token) as link:
        with suppress(ConnectionError):
            link.sendall(headers.encode())
        found, text = answer(link)
    assert found == status and "Traceback" not in text


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"[" * 500_000, 400, "nested too deeply"),
        (b'{"positive": [' + b"[" * 400_000 + b"]" * 400_000 + b"]}", 400, "nested too deeply"),
        (b'{"positive": ["Red 0"', 422, "not JSON"),
        (b'"\xe9"', 400, "UTF-8"),
        (json.dumps({"positive": ["Red 0"] * 10_000}).encode(), 422, "at most 1000"),
        (json.dumps({"positive": [f"no {n}" for n in range(1000)]}).encode(), 404, "no item"),
        (b'{"positive": ["Red 0"], "k": 1e999}', 422, "k"),
        (b'{"positive": ["Red 0"], "k": ' + b"9" * 5000 + b"}", 400, ""),
        (b'{"positive": ["Red 0"], "min_ratings": NaN}', 422, "min_ratings"),
    ],
    ids=range(9),
)
def test_hostile_bodies_are_refused(server, body, status, said):
    port, token, _ = server
    found, text = ask(port, token, ANALOGY, body)
    assert found == status and said in json.loads(text)["detail"], text


@pytest.mark.parametrize(
    "where",
    [
        "(SELECT content FROM read_text('{file}')) IS NOT NULL",
        "key IN (SELECT column0 FROM read_csv('{file}'))",
        "exists (FROM '{file}')",
        "getenv('HOME') <> ''",
        "current_setting('home_directory') <> ''",
        "true; ATTACH '{file}' AS other",
        "true; COPY items TO '{folder}/copy.csv'",
        "true; INSTALL httpfs",
        "true) FROM pragma_database_list() WHERE (true",
        "list_sum(range(10000000000)) > 0",
        "length(repeat(key, 2000000000)) > 0",
        " or ".join(["regexp_matches(key, '(x+x+)+y')"] * 250),
        "(" * 5000 + "true" + ")" * 4990,
    ],
)
def test_conditions_read_no_file_and_end(server, where):
    port, token, log = server
    where = where.format(file=log.parent / "secret.txt", folder=log.parent)
    status, text = ask(port, token, f"{PATH}/artifacts/colours/items?where={quote(where)}")
    assert status in (200, 400, 422) and SECRET not in text
    assert status != 200 or where.startswith("regexp")
    assert not (log.parent / "copy.csv").exists()


def test_tokens_are_never_logged(server):
    port, token, log = server
    editors = "explorer_" + "e" * 43
    assert ask(port, token, f"{PATH}/artifacts")[0] == 200
    assert ask(port, editors, f"{PATH}/artifacts")[0] == 401
    for name in ("token", "access_token", "api_key"):
        status, text = ask(port, "", f"{PATH}/artifacts?{name}={token}")
        assert status == 400 and "URLs are logged" in text and token not in text
    assert ask(port, token, f"{PATH}/artifacts/{token}")[0] == 404
    assert ask(port, token, ANALOGY, f'{{"{token}'.encode())[0] == 422
    written = log.read_text(errors="replace")
    assert written and token not in written and editors not in written


@pytest.fixture
def hurried(folder, monkeypatch):
    """A server in this process that gives a request half a second, and a person two requests at once."""
    monkeypatch.setattr(access, "SECONDS", 0.5)
    monkeypatch.setattr(access, "UPLOAD_SECONDS", 1.0)
    monkeypatch.setattr(access, "AT_ONCE", 2)
    app = Starlette(routes=[Mount(PATH, make_api(anonymous=lambda: Actor(Role.EDITOR)))])
    running = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_level="error", http="h11"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield running.config.port
    running.should_exit = True
    thread.join(10)


@pytest.mark.parametrize(
    ("path", "kind", "first"),
    [
        (ANALOGY, JSON, "["),
        (f"{PATH}/imports", "Content-Type: multipart/form-data; boundary=b\r\n", "--b\r\nContent-Disposition: "),
    ],
)
def test_slow_body_is_given_up(hurried, path, kind, first):
    with connection(hurried, f"POST {path}") as link:
        link.sendall(f"{kind}Content-Length: 100000\r\n\r\n{first}".encode())
        sender = threading.Thread(target=drip, args=(link,))
        sender.start()
        status, text = answer(link)  # the server closes the connection
        sender.join()
    assert status == 408 and "did not arrive within" in text


def drip(link):
    """Send a byte every 0.1 s until the connection is closed."""
    with suppress(OSError):
        for _ in range(100):
            link.sendall(b"a")
            time.sleep(0.1)


def test_one_person_has_few_requests_at_once(hurried, monkeypatch):
    monkeypatch.setattr(access, "SECONDS", 60)
    half = f"{JSON}Content-Length: 100\r\n\r\n".encode()
    with connection(hurried, f"POST {ANALOGY}") as one, connection(hurried, f"POST {ANALOGY}") as two:
        one.sendall(half)
        two.sendall(half)
        text = until(hurried, 429)
    assert "2 of your requests" in text and "retry-after: 1" in text
    until(hurried, 200)


def until(port, status):
    """Ask until the status is this one; returns the answer."""
    for _ in range(300):
        found, text = answer_to_get(port)
        if found == status:
            return text
        time.sleep(0.02)
    raise AssertionError(text)


def answer_to_get(port):
    with connection(port, f"GET {PATH}/artifacts") as link:
        link.sendall(b"Connection: close\r\n\r\n")
        return answer(link)
