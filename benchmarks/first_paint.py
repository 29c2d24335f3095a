"""First paint of the map with 10,000, 100,000 and 1,000,000 points in a browser, and the bytes sent.

    python benchmarks/first_paint.py [--points 10000 100000 1000000] [--naive 1000000]

Generated embeddings with genres, years, numbers of ratings and a layout are opened in Chromium, each with an empty
browser profile on a warm server. First paint: from the page request until plotly has drawn the points. Bytes: received
over the websocket until then, and for each later change. The baseline is a Streamlit page with one scattergl trace of
all points with hover text, read from the same files.
Goals: 100,000 points within 1.5x of 10,000; 1,000,000 at least 5x as fast as the baseline; at most 20 bytes per point.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from explorer import artifacts
from tests.browser.conftest import browsing, serving

DRAWN = """() => [...document.querySelectorAll(".js-plotly-plot")].some((plot) =>
  (plot._fullData ?? []).some((trace) => trace.mode === "markers" && trace.x?.length > 1000))"""
NAMED = "() => document.querySelector('.js-plotly-plot').calcdata && performance.now()"
NAIVE = """
import pandas as pd, numpy as np, plotly.graph_objects as go, streamlit as st
xy, items = np.load({xy!r}), pd.read_parquet({items!r})
text = items["title"] + "<br>" + items["year"].astype(str)
figure = go.Figure(go.Scattergl(x=xy[:, 0], y=xy[:, 1], mode="markers", text=text, marker={{"size": 4}}))
st.plotly_chart(figure)
"""
CHANGES = {
    "a genre lit up": lambda page: page.get_by_role("button", name="Genre 3").first.click(),
    "a title pattern": lambda page: (
        page.get_by_test_id("stTextInputField").fill("^Item 1"),
        page.keyboard.press("Enter"),
    ),
    "colored by year": lambda page: _chosen(page, "Color", "Year"),
    "zoomed in": lambda page: _zoomed(page),
}


def generate(folder: Path, n: int, seed: int = 0, d: int = 16) -> Path:
    """An artifact of n items in 200 clusters, with a few genres each and power-law popularity."""
    rng = np.random.default_rng(seed)
    cluster = rng.choice(200, n, p=rng.dirichlet(np.full(200, 2.0)))
    xy = (rng.normal(size=(200, 2))[cluster] + 0.12 * rng.normal(size=(n, 2))).astype(np.float32)
    vectors = (rng.normal(size=(200, d))[cluster] + 0.5 * rng.normal(size=(n, d))).astype(np.float32)
    genres = np.array([f"Genre {n}" for n in range(19)], object)
    pairs = rng.integers(0, len(genres), (200, 2))[cluster]
    names = [f"Item {n}" for n in range(n)]
    items = pd.DataFrame(
        {
            "key": names,
            "title": names,
            "year": rng.integers(1950, 2020, n),
            "genres": [list({a, b}) for a, b in genres[pairs]],
            "n_ratings": (20 * (1 + rng.pareto(1, n))).astype(int).clip(max=100_000),
        }
    )
    items["mean_rating"] = 3.5
    return artifacts.save(folder / f"n{n}", vectors, items, {}, layouts={"tsne": xy}, card="generated\n")


def opened(browser: Browser, address: str) -> tuple[Page, list[int]]:
    """A new tab, and a counter of the bytes its websocket has received."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    count = [0]
    page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda data: count.__setitem__(0, count[0] + len(data)))
    )
    page.goto(address, wait_until="commit")
    return page, count


def first_paint(browser: Browser, address: str, visits: int) -> tuple[float, int]:
    """Median seconds until the points are drawn, and bytes until then."""
    times, sizes = [], []
    for _ in range(visits):
        start = time.perf_counter()
        page, count = opened(browser, address)
        page.wait_for_function(DRAWN, timeout=300_000, polling="raf")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        times.append(time.perf_counter() - start)
        sizes.append(count[0])
        page.context.close()
    return statistics.median(times[-3:]), sizes[-1]


def changes(browser: Browser, address: str) -> dict[str, int]:
    """Bytes of each change; the changes are made one after the other."""
    page, count = opened(browser, address)
    page.wait_for_function(DRAWN, timeout=300_000)
    page.wait_for_timeout(3000)
    found = {}
    for name, act in CHANGES.items():
        before = count[0]
        act(page)
        page.wait_for_timeout(5000)
        found[name] = count[0] - before
    page.context.close()
    return found


def _chosen(page: Page, box: str, option: str) -> None:
    chooser = page.get_by_role("combobox", name=box).first
    chooser.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # scrolling closes an open menu
    chooser.click()
    page.get_by_role("option", name=option, exact=True).click()


def _zoomed(page: Page) -> None:
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(6):
        page.mouse.wheel(0, -300)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--naive", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, browsing() as browser:
        folder = Path(name)
        for n in asked.points:
            generate(folder, n)
        with serving(folder) as address:
            first = 0.0
            for n in asked.points:
                seconds, size = first_paint(browser, f"{address}/Map?artifact=n{n}&min_ratings=0", 4)
                first = first or seconds
                each = changes(browser, f"{address}/Map?artifact=n{n}&min_ratings=0")
                print(
                    f"{n:>9,} points: {seconds:.2f} s ({seconds / first:.2f}x), {size:,} bytes, {size / n:.1f} a point"
                )
                print("           " + ", ".join(f"{what} {bytes_:,}" for what, bytes_ in each.items()), flush=True)
        if asked.naive:
            place = generate(folder, asked.naive)
            script = folder / "naive.py"
            script.write_text(NAIVE.format(xy=str(place / "layouts/tsne.npy"), items=str(place / "items.parquet")))
            with serving(folder, str(script)) as address:
                slow, size = first_paint(browser, address, 2)
            print(f"one trace of {asked.naive:,}: {slow:.1f} s, {slow / seconds:.1f}x ours; {size:,} bytes")


if __name__ == "__main__":
    main()
