"""Several processes behind Debian's nginx with deploy/nginx.conf: visitors return to their process."""

import asyncio
import os
import re
import signal
import ssl
from contextlib import asynccontextmanager
from http.client import HTTPSConnection
from urllib.parse import urlsplit

import numpy as np
import pytest

from explorer import artifacts
from tests.browser.conftest import Tab
from tests.browser.test_import import facts, npy
from tests.deployed import NGINX, fronted, healthy, served
from tests.load.visitor import Visitor, run

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not NGINX, reason="needs nginx"),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("artifacts")
    (folder / "movielens").symlink_to(artifacts.find("movielens").absolute())
    with served(folder, workers=2) as app:
        yield app


@pytest.fixture(scope="module")
def front(app):
    with fronted(app.ports) as (address, plain):
        yield address, plain


@pytest.fixture
def ask(front):
    """Send a request to nginx. Returns status, headers, content."""

    def ask(path, cookie="", method="GET", body=None, **headers):
        connection = HTTPSConnection(urlsplit(front[0]).netloc, context=ssl._create_unverified_context(), timeout=30)
        connection.request(method, path, body, {**headers, **({"Cookie": cookie} if cookie else {})})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers, content

    return ask


@pytest.fixture
def tab(browser, front):
    context = browser.new_context(ignore_https_errors=True, viewport={"width": 1400, "height": 900})
    yield Tab(context.new_page(), front[0])
    context.close()


def process(headers) -> int | None:
    """The port that the cookie of a response leads to."""
    found = re.match(r"explorer=(\d+); Path=/; HttpOnly", headers.get("Set-Cookie", ""))
    return int(found[1]) if found else None


def cookie_of(tab) -> int:
    return next(int(cookie["value"]) for cookie in tab.page.context.cookies() if cookie["name"] == "explorer")


def test_new_visitors_are_distributed_and_a_cookie_leads_back(app, ask):
    first = [process(ask("/")[1]) for _ in range(6)]
    assert set(first) == set(app.ports)
    for port in app.ports:
        for path in ("/", "/Map", "/_stcore/host-config"):
            status, headers, _ = ask(path, f"explorer={port}")
            assert status == 200
            assert process(headers) is None  # no new cookie: it was correct already


def test_session_opens_on_the_process_of_the_cookie(app, front):
    async def visit():
        async with many(front[0], [app.ports[0]] * 3 + [app.ports[1]]) as visitors:
            assert [await one.open("Neighbors", "item=Alien") > 0 for one in visitors] == [True] * 4
            assert [one.errors for one in visitors] == [[]] * 4
            return [app.sessions(port) for port in app.ports]

    before = [app.sessions(port) for port in app.ports]
    during = run(visit())
    assert [now - then for now, then in zip(during, before, strict=True)] == [3, 1]


@asynccontextmanager
async def many(address, ports):
    visitors = [Visitor(address, f"explorer={port}") for port in ports]
    await asyncio.gather(*(one.__aenter__() for one in visitors))
    yield visitors
    await asyncio.gather(*(one.__aexit__(None, None, None) for one in visitors))


def test_unknown_cookie_is_replaced(app, ask):
    status, headers, _ = ask("/", "explorer=22")
    assert status == 200
    assert process(headers) in app.ports


def test_health_is_public_and_metrics_are_not(ask):
    assert ask("/_stcore/health")[::2] == (200, b"ok")
    assert ask("/_stcore/metrics")[0] == 404


def test_client_is_compressed_and_cached_and_http_redirects_to_https(ask, front):
    script = re.search(rb'src="\.?(/static/js/[^"]+\.js)"', ask("/")[2])[1].decode()
    status, headers, small = ask(script, **{"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert "immutable" in headers["Cache-Control"]
    assert len(small) < len(ask(script)[2]) / 2


def test_file_over_the_upload_limit_is_refused_by_nginx(ask):
    length = str(300 * 2**20)
    assert ask("/_stcore/upload_file/a/b", method="PUT", **{"Content-Length": length})[0] == 413


def test_page_is_drawn_and_files_are_uploaded_and_downloaded(tab, tmp_path):
    tab.open("Home", item="Alien")
    assert tab.film.split()[0] == "Alien"
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name="CSV").first.click()
    waiting.value.save_as(tmp_path / "near.csv")
    assert (tmp_path / "near.csv").read_text().startswith("key,score")
    tab.open("Import")
    keys = [f"thing {n}" for n in range(30)]
    vectors = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    given = [("things.npy", npy(vectors)), ("things.csv", facts(keys))]
    tab.page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": raw} for name, raw in given]
    )
    tab.page.get_by_role("button", name="Import", exact=True).click()
    tab.page.get_by_text("30 items in 3 dimensions").first.wait_for()
    tab.open("Map", artifact="movielens")
    tab.page.wait_for_function("document.querySelector('.js-plotly-plot')?._fullData?.length")
    # Under load, Chromium reports this for an abandoned connection with a self-signed certificate, and retries.
    assert [said for said in tab.complaints if "ERR_TOO_MANY_RETRIES" not in said] == []
    assert tab.hosts == {urlsplit(tab.address).netloc}


def test_page_moves_to_the_other_process_when_its_own_dies_and_the_dead_one_restarts(app, tab, ask):
    tab.open("Neighbors", items="Alien")
    port = cookie_of(tab)
    other = next(one for one in app.ports if one != port)
    near, killed, there = tab.titles, app.pid(port), app.sessions(other)
    os.kill(killed, signal.SIGKILL)
    status, headers, _ = ask("/", f"explorer={port}")
    assert (status, process(headers)) == (200, other)
    tab.until(lambda: app.sessions(other) > there)  # the page has reconnected
    tab.settle()
    assert cookie_of(tab) == other
    assert tab.titles == near
    tab.page.get_by_test_id("stMain").get_by_role("radio", name="dot").click()
    tab.until(lambda: tab.titles != near)
    assert tab.url == {"items": ["Alien"], "metric": ["dot"]}
    tab.until(lambda: healthy(port) and app.pid(port) != killed)
    assert process(ask("/", f"explorer={port}")[1]) is None
