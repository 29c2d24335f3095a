"""First visit to Home compared with a minimal Streamlit page, and response time of controls.

    python benchmarks/first_visit.py

Each first visit has a new server that is already listening and an empty browser profile. Ours ends when the search box
is usable and the first film of the list is visible, that of the minimal page when its heading is visible. They run in
turns.
Goals: a ratio of at most 1.6, and a response within 300 ms (median of 10) with the 4,513 shipped films.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from explorer import artifacts
from tests.browser.conftest import Tab, browsing, serving

VISITS, CHANGES = 7, 10
HELLO = "import streamlit as st\nst.title('Hello')\n"

# From the last click or key to the first frame in which a list or figure has changed.
WATCH = """(onlyPictures) => {
  const all = (root) => [...root.querySelectorAll("*")];
  const lists = () => all(document).filter((e) => e.shadowRoot).map((e) => e.shadowRoot.textContent);
  const pictures = () => [...document.querySelectorAll(".js-plotly-plot")]
    .flatMap((p) => p._fullData ?? [])
    .map((t) => `${t.name} ${t.x?.length} ${t.x?.[0]} ${t.marker?.color}`.slice(0, 199));
  const seen = () => JSON.stringify([onlyPictures || lists(), pictures()]);
  let start = null;
  const mark = () => { start = performance.now(); };
  for (const event of ["click", "keydown"]) addEventListener(event, mark, true);
  const before = seen();
  window.answered = new Promise((resolve) => {
    const look = () => {
      if (start === null || seen() === before) return requestAnimationFrame(look);
      for (const event of ["click", "keydown"]) removeEventListener(event, mark, true);
      requestAnimationFrame(() => resolve(performance.now() - start));
    };
    look();
  });
}"""


def first_visit(browser: Browser, address: str, ready: Callable[[Page], None]) -> float:
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    ready(page)
    seconds = time.perf_counter() - start
    context.close()
    return seconds


def home_ready(page: Page) -> None:
    page.locator("ol li").first.wait_for()
    page.get_by_test_id("stMain").get_by_role("combobox").first.wait_for()


def hello_ready(page: Page) -> None:
    page.locator("h1").wait_for()


def first_visits(browser: Browser, folder: Path, hello: Path) -> tuple[list[float], list[float]]:
    ours, theirs = [], []
    for _ in range(VISITS):
        with serving(folder) as address:
            ours.append(first_visit(browser, address, home_ready))
        with serving(folder, str(hello)) as address:
            theirs.append(first_visit(browser, address, hello_ready))
    return ours, theirs


def choose(box: str) -> Callable[[Page, str], None]:
    """Choose from a search box by typing; the clock starts at Enter."""

    def act(page: Page, text: str) -> None:
        page.get_by_test_id("stMain").get_by_role("combobox", name=box).first.click()
        page.keyboard.type(text)
        page.get_by_role("option", name=text, exact=True).wait_for()
        page.evaluate(WATCH, False)
        page.keyboard.press("Enter")

    return act


def press(role: str, only_pictures: bool = False) -> Callable[[Page, str], None]:
    """Press a button and wait until a list or, if requested, a figure has changed."""

    def act(page: Page, text: str) -> None:
        page.evaluate(WATCH, only_pictures)
        page.get_by_role(role, name=text).first.click()

    return act


CONTROLS: dict[str, tuple[str, dict[str, str], Callable[[Page, str], None], list[str]]] = {
    "Home: film": ("Home", {}, choose(""), ["Alien", "Fargo"]),
    "Neighbors: near by": ("Neighbors", {"items": "Alien"}, press("radio"), ["dot", "euclidean", "cosine"]),
    "Neighbors: how many": ("Neighbors", {"items": "Alien"}, choose("Results"), ["20", "5"]),
    "Analogies: how many": ("Analogies", {}, choose("Results"), ["20", "5"]),
    "Factors: factor": ("Factors", {}, press("radio", only_pictures=True), ["2", "3", "4"]),
    "Map: genre": ("Map", {}, press("button", only_pictures=True), ["Horror"]),
}


def answers(browser: Browser, address: str, name: str) -> list[float]:
    """Milliseconds from the change to the response on screen."""
    page, query, act, values = CONTROLS[name]
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    tab = Tab(context.new_page(), address).open(page, **query)
    times = []
    for n in range(CHANGES + 2):
        act(tab.page, values[n % len(values)])
        times.append(tab.page.evaluate("window.answered"))
        tab.settle()
    context.close()
    return times[2:]  # the first two warm up


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        hello = Path(folder) / "hello.py"
        hello.write_text(HELLO, encoding="utf-8")
        ours, theirs = map(statistics.median, first_visits(browser, artifacts.root(), hello))
        print(f"first visit: Home {ours:.2f} s, a page that says hello {theirs:.2f} s, ratio {ours / theirs:.2f}")
        with serving(artifacts.root()) as address:
            for name in CONTROLS:
                print(f"{name}: {statistics.median(answers(browser, address, name)):.0f} ms")


if __name__ == "__main__":
    main()
