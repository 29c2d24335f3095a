"""With an `[auth]` section in secrets.toml, the app shows nothing before login."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from explorer import artifacts
from tests import PATIENCE, ROOT
from tests.browser.conftest import free_port, wait_until_ready
from tests.conftest import colour_items, colour_vectors

pytestmark = pytest.mark.browser
FILM = "Red 0"
KEY = RSAKey.generate_key(2048, auto_kid=True)


class Provider(ThreadingHTTPServer):
    """A minimal OpenID Connect provider with one user who is always logged in."""

    def __init__(self) -> None:
        super().__init__(("localhost", 0), Answers)
        self.address = f"http://localhost:{self.server_port}"
        self.nonces: dict[str, str] = {}
        self.asked: list[str] = []
        self.claims: dict[str, Any] = {}  # added to those of Ada; None removes one


class Answers(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, *_: Any) -> None:
        pass

    def tell(self, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        of, url = self.server, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        of.asked.append(url.path)
        if url.path == "/.well-known/openid-configuration":
            ways = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            self.tell(
                {f"{name}_endpoint": f"{of.address}/{path}" for name, path in ways.items()}
                | {"issuer": of.address, "jwks_uri": f"{of.address}/keys", "code_challenge_methods_supported": ["S256"]}
                | {"id_token_signing_alg_values_supported": ["RS256"], "response_types_supported": ["code"]}
            )
        elif url.path == "/keys":
            self.tell({"keys": [KEY.as_dict(private=False)]})
        else:  # authorize: the user agrees at once
            assert query["code_challenge_method"] == "S256"
            code = secrets.token_hex()
            of.nonces[code] = query["nonce"]
            self.send_response(302)
            answer = urlencode({"code": code, "state": query["state"]})
            self.send_header("Location", f"{query['redirect_uri']}?{answer}")
            self.end_headers()

    def do_POST(self) -> None:
        of = self.server
        of.asked.append(urlsplit(self.path).path)
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        now = int(time.time())
        claims = {"iss": of.address, "aud": "explorer", "sub": "1", "name": "Ada", "email": "ada@example.org"}
        claims |= {"iat": now, "exp": now + 600, "nonce": of.nonces.pop(form["code"][0])}
        claims = {name: value for name, value in (claims | of.claims).items() if value is not None}
        token = jwt.encode({"alg": "RS256", "kid": KEY.kid}, claims, KEY)
        self.tell({"access_token": "none", "token_type": "Bearer", "expires_in": 600, "id_token": token})


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    server = Provider()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@contextmanager
def guarded(folder: Path, metadata: str) -> Iterator[str]:
    """The address of an app with an `[auth]` section, where Ada and the curators are editors."""
    port = free_port()
    env = {"EXPLORER_ARTIFACTS": str(folder / "artifacts"), "EXPLORER_EDITORS": "ada@example.org, group:curators"}
    settings = {
        "redirect_uri": "http://localhost:{port}/oauth2callback", "cookie_secret": secrets.token_hex(),
        "client_id": "explorer", "client_secret": "secret", "server_metadata_url": metadata,
    }  # fmt: skip
    file = folder / f"secrets-{port}.toml"
    file.write_text("[auth]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()))
    flags = ["--server.port", str(port), "--secrets.files", str(file), "--logger.level=error"]
    command = [sys.executable, "-m", "streamlit", "run", "explorer/webapp/server.py", *flags]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env})
    try:
        wait_until_ready(server, port)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(PATIENCE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("guarded")
    artifacts.save(folder / "artifacts" / "movielens", colour_vectors(), colour_items(), {"kind": "movielens"})
    return folder


@pytest.fixture(scope="module")
def app_without_provider(folder) -> Iterator[str]:
    """The address of an app whose provider does not answer."""
    with guarded(folder, "http://localhost:9/nobody") as address:
        yield address


@pytest.fixture(scope="module")
def app(folder, provider) -> Iterator[str]:
    """The address of an app with a provider."""
    with guarded(folder, f"{provider.address}/.well-known/openid-configuration") as address:
        yield address


def words(page: Any) -> str:
    return page.locator("body").inner_text()


@pytest.fixture
def page(browser) -> Iterator[Any]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_visitor_without_login_sees_the_login_page_everywhere(app_without_provider, page):
    for path in ("", "Neighbors", "Map", "Train"):
        page.goto(f"{app_without_provider}/{path}?item={FILM}")
        page.get_by_role("button", name="Log in").wait_for()
        assert page.get_by_test_id("stSidebar").count() == 0
        assert page.locator("ol, canvas, .js-plotly-plot").count() == 0
        assert "24 films" not in words(page)


def test_logged_in_user_sees_the_pages_until_logout(app, provider, page):
    page.goto(app)
    page.get_by_role("button", name="Log in").click()
    page.locator("ol li").first.wait_for()
    assert {"/authorize", "/token", "/keys"} <= set(provider.asked)
    page.goto(f"{app}/Neighbors?items={FILM}")  # the cookie is sufficient
    page.locator("ol li").first.wait_for()
    stranger = page.context.browser.new_context().new_page()
    stranger.goto(app)
    stranger.get_by_role("button", name="Log in").wait_for()
    assert stranger.locator("ol").count() == 0
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Log in").wait_for()
    assert page.locator("ol").count() == 0


def test_item_details_are_public_to_those_who_know_the_digest(folder, app_without_provider, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(folder / "artifacts"))
    digest = artifacts.digest("movielens")
    with urlopen(f"{app_without_provider}/item/movielens/{digest}/0") as answer:
        assert json.load(answer)["title"] == FILM
    with pytest.raises(OSError, match="404"):
        urlopen(f"{app_without_provider}/item/movielens/{'0' * 64}/0")


HOSTILE = '<img src=x onerror="document.title=1"><b id="claimed">Ada</b> **bold** :material/home:'
VERIFIED = {"email": "Ada@Example.ORG", "email_verified": True}
LOGINS = [  # claims, and whether their holder is an editor; None: the provider's answer is refused
    ({**VERIFIED, "name": HOSTILE + "x" * 6000, "groups": [HOSTILE]}, True),
    ({"email": "ada@example.org.evil.com", "email_verified": True, "is_logged_in": None}, False),
    ({"email": ["ada@example.org"], "email_verified": True, "groups": "curators", "sub": HOSTILE}, False),
    ({"sub": None, **VERIFIED}, None),
]


def test_claims_decide_who_edits_and_are_never_rendered(app, provider, page):
    for claims, editor in LOGINS:
        provider.claims, provider.asked = claims, []
        page.goto(f"{app}/Import")
        page.get_by_role("button", name="Log in").click()
        if editor is None:
            page.wait_for_url(app + "/")
            page.get_by_role("button", name="Log in").wait_for()
            assert "/token" in provider.asked
            continue
        page.get_by_role("button", name="Log out").wait_for()
        page.goto(f"{app}/Import")
        page.get_by_text("Only an editor may import" if not editor else "Try an example").first.wait_for()
        assert page.get_by_text("You can look at everything here").count() == (not editor)
        assert page.locator("#claimed, img[src=x]").count() == 0 and "claimed" not in words(page)
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("button", name="Log in").wait_for()
