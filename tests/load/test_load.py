"""A small load test: every walk succeeds, and closed sessions leave nothing behind."""

import asyncio
import json
import time
from urllib.request import urlopen

import numpy as np
import pandas as pd
import pytest

from explorer import Embedding, artifacts
from tests.browser.conftest import serving
from tests.deployed import served
from tests.load import holding
from tests.load.browsers import browse
from tests.load.crowd import Memory, Record, come_and_go, wander
from tests.load.visitor import Visitor, run

pytestmark = pytest.mark.slow
KINDS = {"Home", "search", "Neighbors", "near by", "how many", "Analogies", "equation", "Map", "colour", "zoom to",
         "Recommend", "find", "rate"}  # fmt: skip


@pytest.fixture(scope="module")
def films() -> list[str]:
    return artifacts.load("movielens").items.nlargest(200, "n_ratings")["key"].tolist()


@pytest.fixture(scope="module")
def app():
    with served(artifacts.root()) as app:
        yield app


@pytest.fixture
def address(app) -> str:
    return f"http://localhost:{app.ports[0]}"


def test_eight_concurrent_visitors_see_every_page_without_errors(app, address, films):
    async def crowd(record):
        until = time.monotonic() + 8
        await asyncio.gather(*(wander(address, films, (0.1, 0.4), until, n, record, least=1) for n in range(8)))

    record = Record()
    run(crowd(record))
    assert record.errors == []
    assert record.walks >= 8
    assert set(record.times) == KINDS
    assert app.sessions(app.ports[0]) == 0


@pytest.mark.browser
def test_browser_walks_through_every_page_without_errors(address, films):
    record = Record()
    run(browse(address, 1, films, (0, 0), 0, record, once=True))
    assert record.errors == []
    assert record.walks == 1


def test_many_short_sessions_are_all_closed(app, address):
    record = Record()
    run(come_and_go(address, 24, 4, record))
    assert record.errors == []
    assert [len(times) for times in record.times.values()] == [24, 24]
    assert app.sessions(app.ports[0]) == 0


def test_exception_on_a_page_is_an_error_of_the_walk(address):
    async def visit():
        async with Visitor(address) as one:
            await one.open("Map", "artifact=movielens")
            await one.set(Title_pattern="(")
            with pytest.raises(KeyError, match="no widget 'Nothing of that name'"):
                await one.set(Nothing_of_that_name="x")
            return one.errors

    assert "(" in run(visit())[0]


def test_first_click_in_a_new_session_is_handled(address, films):
    """As after a restart of the process: the browser sends its widget state with an older URL."""

    async def visit():
        async with Visitor(address) as before, Visitor(address) as after:
            await before.open("Neighbors", "items=Alien")
            after.page, after.query, after.elements = before.page, before.query, before.elements
            await after.set(Distance_measure="dot")
            return after.errors, after.query

    assert run(visit()) == ([], "items=Alien&metric=dot")


def test_sessions_hold_ids_and_no_matrices(films):
    async def visit(address):
        record = Record()
        walking = asyncio.create_task(wander(address, films, (0.0, 0.0), time.monotonic(), 0, record, least=1))
        most = []
        while not walking.done():
            await asyncio.sleep(0.3)
            most.append(await asyncio.to_thread(held, address))
        return record.errors, most

    with serving(artifacts.root(), "tests/load/holding.py") as address:
        errors, seen = run(visit(address))
    assert errors == []
    assert max(max(one["keys"], default=0) for one in seen) > 5
    assert [one["large"] for one in seen if one["large"]] == []


def held(address: str) -> dict:
    with urlopen(f"{address}/held") as answer:
        return json.load(answer)


def test_large_objects_are_found_in_any_container(colours: Embedding):
    big, table = np.zeros(10_000), pd.DataFrame({"x": np.zeros(10_000)})
    hidden = {"a": [big], "b": lambda: table, "c": {"e": colours}, "d": np.zeros(10), "f": [1] * 10_000}
    assert sorted(kind for _, kind, _ in holding.large(hidden)) == ["DataFrame", "Embedding", "ndarray"]


def test_memory_measures_differ(app):
    memory = Memory.of(app.pid(app.ports[0]))
    assert 50e6 < memory.uss <= memory.pss <= memory.rss < 2e9
