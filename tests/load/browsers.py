"""Load test visitors with a real Chromium; steps are timed by the same messages."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path

from playwright.async_api import BrowserContext, Page, WebSocket, async_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests import PATIENCE
from tests.browser import chromium
from tests.browser.conftest import CALM, FLAGS
from tests.load.crowd import Record

KIND = "in Chromium"
SHORT = 300  # bytes; the message that ends a run is shorter


async def browse(address: str, count: int, films: list[str], think: tuple[float, float], until: float,
                 record: Record, once: bool = False) -> None:  # fmt: skip
    """Tabs with a profile each that walk until a time (of `time.monotonic`). once: one whole walk instead."""
    if not count:
        return
    with tempfile.TemporaryDirectory() as folder:
        await _tabs(_nice(Path(folder)), address, count, films, think, until, record, once)


def _nice(folder: Path) -> Path:
    """Chromium at low priority, because real visitors draw on machines of their own."""
    script = folder / "chromium"
    script.write_text(f'#!/bin/sh\nexec nice -n 10 "{chromium.find()}" "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return script


async def _tabs(program: Path, address: str, count: int, films: list[str], think: tuple[float, float], until: float,
                record: Record, once: bool) -> None:  # fmt: skip
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        contexts = [await browser.new_context(ignore_https_errors=True) for _ in range(count)]
        tabs = (_tab(context, address, films, think, until, record, once) for context in contexts)
        await asyncio.gather(*tabs)
        await browser.close()


async def _tab(context: BrowserContext, address: str, films: list[str], think: tuple[float, float], until: float,
               record: Record, once: bool) -> None:  # fmt: skip
    chance = random.Random(id(context))
    page = await context.new_page()
    page.on("websocket", lambda socket: _timed(socket, record))
    page.on("pageerror", lambda error: record.errors.append(f"Chromium: {error}"))
    page.set_default_timeout(1000 * PATIENCE)
    try:
        await page.goto(address)
        while once or time.monotonic() < until:
            for step in STEPS:
                await step(page, chance.choice(films))
                await page.wait_for_function(CALM)
                if await page.get_by_test_id("stException").count():
                    record.errors.append(f"Chromium: an exception at {page.url}")
                if not once and time.monotonic() > until:
                    break
                await asyncio.sleep(chance.uniform(*think))
            else:
                record.walks += 1
            if once:
                break
    except Exception as error:
        record.errors.append(f"Chromium: {error!r}")
    await context.close()


def _timed(socket: WebSocket, record: Record) -> None:
    """Seconds from the message that requests a run to the one that ends it."""
    asked: list[float] = []

    def sent(raw: bytes | str) -> None:
        if isinstance(raw, bytes) and BackMsg.FromString(raw).WhichOneof("type") == "rerun_script":
            asked.append(time.perf_counter())

    def received(raw: bytes | str) -> None:
        if not isinstance(raw, bytes) or len(raw) > SHORT or not asked:
            return
        message = ForwardMsg.FromString(raw)
        if (
            message.WhichOneof("type") == "script_finished"
            and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        ):
            record.times[KIND].append(time.perf_counter() - asked[0])
            asked.clear()

    socket.on("framesent", sent)
    socket.on("framereceived", received)


async def _go(page: Page, to: str) -> None:
    title = "Embedding Explorer" if to == "Home" else to
    await page.get_by_test_id("stSidebar").get_by_role("link", name=to, exact=True).click()
    await page.wait_for_function(f"document.querySelector('h1')?.textContent === {title!r}")


async def _choose(page: Page, box: str, option: str) -> None:
    await page.get_by_test_id("stMain").get_by_role("combobox", name=box).first.click()
    await page.keyboard.type(option)
    await page.get_by_role("option", name=option, exact=True).first.wait_for()
    await page.keyboard.press("Enter")


async def _search(page: Page, film: str) -> None:
    await _choose(page, "Which film", film)


async def _near_by(page: Page, film: str) -> None:
    await page.get_by_test_id("stMain").get_by_role("radio", name="dot").click()


STEPS = [
    _search,
    lambda page, film: _go(page, "Neighbors"),
    _near_by,
    lambda page, film: _go(page, "Analogies"),
    lambda page, film: page.get_by_role("radio", name="The Matrix − Speed").click(),
    lambda page, film: _go(page, "Map"),
    lambda page, film: _choose(page, "Color", "Year"),
    lambda page, film: _go(page, "Recommend"),
    lambda page, film: page.get_by_role("button", name="Try an example").click(),
    lambda page, film: page.get_by_role("button", name="Delete all ratings").click(),
    lambda page, film: _go(page, "Home"),
]
