"""A real server and Chromium, with the shipped embedding and one with hostile titles."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from explorer import Embedding, artifacts
from explorer.paths import page_files
from tests import PATIENCE, ROOT
from tests.browser import chromium

PAGES = ["Home", *page_files()]
FLAGS = ["--no-sandbox", "--disable-gpu", "--use-gl=swiftshader", "--enable-unsafe-swiftshader"]
HOSTILE = (
    "<b>Bold</b> **strong** :material/home: $x^2$ 👩‍👩‍👧 <img src=x onerror=alert(1)> "
    "www.example.org, https://example.org/x and who@example.org"
)
TURNED = "\u202eexe.\u05d0\u05d1"  # right-to-left, including everything after it
LONG = "endless" * 1_430  # ten thousand characters without a line break opportunity
# Nothing is running and nothing is stale, for a quarter of a second.
CALM = """() => {
  const app = document.querySelector("[data-testid=stApp]");
  const busy = document.querySelector("[data-stale=true], [data-testid=stSkeleton]");
  if (app.dataset.testScriptState !== "notRunning" || busy) window.calmSince = undefined;
  else window.calmSince ??= Date.now();
  return Date.now() - window.calmSince > 250;
}"""


def free_port() -> int:
    """A free port."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return int(free.getsockname()[1])


def start(folder: Path | str, port: int, script: str = "explorer/webapp/server.py") -> subprocess.Popen[bytes]:
    """Start the app on a port with a folder of artifacts; returns when it responds."""
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), "--logger.level=error"]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "EXPLORER_ARTIFACTS": str(folder)})
    wait_until_ready(server, port)
    return server


def wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    """Return when the app on a port responds; RuntimeError if it ends or does not respond in time."""
    for _ in range(10 * PATIENCE):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with status {server.returncode}")
        try:
            with urlopen(f"http://localhost:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    server.kill()
    raise RuntimeError("the server did not come up in time")


@contextmanager
def serving(folder: Path | str, script: str = "explorer/webapp/server.py") -> Iterator[str]:
    """The app on a free port with a folder of artifacts or a database. Returns its address."""
    port = free_port()
    server = start(folder, port, script)
    try:
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(PATIENCE)


@contextmanager
def browsing() -> Iterator[Browser]:
    """The Chromium found by `make test`."""
    expect.set_options(timeout=1000 * PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Tab:
    """A browser tab with its console messages and requests."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", lambda web_socket: self._asked(web_socket.url))

    def _asked(self, url: str) -> None:
        if urlsplit(url).netloc:  # data: and blob: URLs send no request
            self.hosts.add(urlsplit(url).netloc)

    def open(self, page: str = "Home", **query: str | list[str]) -> Tab:
        path = "" if page == "Home" else page
        self.page.goto(f"{self.address}/{path}?{urlencode(query, doseq=True)}")
        return self.settle()

    def resize(self, width: int, height: int) -> Tab:
        if self.page.viewport_size != {"width": width, "height": height}:
            self.page.set_viewport_size({"width": width, "height": height})
            self.settle()
        return self

    def settle(self) -> Tab:
        """Wait until the page is drawn and nothing is running; fails if it shows an exception."""
        self.page.locator("h1").first.wait_for(timeout=1000 * PATIENCE)
        self.page.evaluate(
            "window.calmSince = undefined"
        )  # wait a moment, because a requested run may not have started
        self.page.wait_for_function(CALM, timeout=1000 * PATIENCE, polling=50)  # ms; by default at every frame
        assert self.page.get_by_test_id("stException").count() == 0, self.page.get_by_test_id(
            "stException"
        ).inner_text()
        return self

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition is true."""
        for _ in range(10 * PATIENCE):
            if condition():
                return
            self.page.wait_for_timeout(100)
        pytest.fail(f"still not so after {PATIENCE} s, at {self.page.url}")

    @property
    def url(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.url).query, keep_blank_values=True)

    @property
    def at(self) -> str:
        """The page in the address bar."""
        return urlsplit(self.page.url).path.strip("/") or "Home"

    @property
    def drawn(self) -> str:
        """The page on screen; the address bar may be ahead of it."""
        title = self.page.locator("h1").first.inner_text()
        return "Home" if title == "Embedding Explorer" else title

    @property
    def film(self) -> str:
        """The film shown on Home."""
        title = self.page.locator("h2.title")
        return title.inner_text() if title.count() else ""

    @property
    def titles(self) -> list[str]:
        """The titles of the first list."""
        return self.page.locator("ol").first.locator(".title").all_inner_texts()


@pytest.fixture(scope="session")
def shipped() -> Embedding:
    if "movielens" not in artifacts.list_artifacts():
        pytest.fail("artifacts/movielens is part of the repository and is missing; `make artifacts` trains it")
    return artifacts.load("movielens")


@pytest.fixture(scope="session")
def address(shipped: Embedding, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("artifacts")
    (folder / "movielens").symlink_to(artifacts.find("movielens").absolute())
    rows = slice(0, 60)
    items = shipped.items[rows].copy()
    for row, title in enumerate((HOSTILE, TURNED, LONG)):
        items.loc[row, ["key", "title"]] = title
    items["genres"] = [
        [HOSTILE, TURNED, LONG, *genres] if row % 2 else genres for row, genres in enumerate(items["genres"])
    ]
    layouts = {method: xy[rows] for method, xy in shipped.layouts.items()}
    manifest = {"kind": "movielens", "licence": HOSTILE}
    artifacts.save(folder / "hostile", shipped.vectors[rows], items, manifest, layouts=layouts)
    with serving(folder) as address:
        yield address


@pytest.fixture(scope="session")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """One browser profile for all tests: Streamlit's client takes seconds to load into an empty cache."""
    context = browser.new_context()
    context.set_default_timeout(1000 * PATIENCE)
    yield context
    context.close()


@pytest.fixture
def new_tab(visitor: BrowserContext, address: str) -> Iterator[Callable[..., Tab]]:
    """Open a tab. Afterwards asserts that it logged no error and contacted no other server; clears its storage."""
    tabs: list[Tab] = []

    def fresh(width: int = 1400, height: int = 900, scheme: Literal["light", "dark"] = "light") -> Tab:
        page = visitor.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        tabs.append(Tab(page, address))
        return tabs[-1]

    yield fresh
    for tab in tabs:
        tab.page.evaluate("localStorage.clear()")
        tab.page.close()
    visitor.clear_cookies()
    for tab in tabs:
        assert not tab.complaints
        assert tab.hosts == {urlsplit(address).netloc}
