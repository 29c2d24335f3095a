"""Size against what one waits for: 10,000, 100,000 and 1,000,000 items on one machine.

    python benchmarks/scale.py [--items 10000 100000 1000000] [--dimensions 64]

For each size a generated artifact with titles, years, genres, numbers of ratings and a layout. Printed, side by side:
seconds to open it (best of three, after a small one, so that no import is counted); milliseconds of a question for ten
neighbors that compares all, through the index where there is one, and by gensim's `most_similar`; what part of the true
ten the index finds, on items it was not tuned on; seconds until Home, Neighbors and Map are drawn in Chromium (the best
of three visits after the first, which is shown beside it) and bytes their websocket carried; memory of the web process
afterwards, shared pages and all.
Goals at 1,000,000 x 64: open in 1 s, all compared in twice gensim's time, the index 50 times as fast as gensim, with
0.99 of the true ten, and a web process under 1.5 GB.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.first_paint import generate, opened
from explorer import Embedding, artifacts
from explorer.core import search
from tests.browser.conftest import CALM, browsing, free_port, start
from tests.load.crowd import Memory

QUESTIONS = 200
PAGES = ("", "Neighbors", "Map")


def milliseconds(ask: Callable[[int], object], rows: np.ndarray) -> float:
    """Median of the questions."""
    times = []
    for row in rows:
        begun = time.perf_counter()
        ask(int(row))
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


def seconds_to_open(path: Path) -> float:
    """Best of three."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        artifacts.load(path)
        times.append(time.perf_counter() - begun)
    return min(times)


def questions(embedding: Embedding) -> str:
    """All compared, the index, gensim."""
    vectors = embedding.vectors
    exact = search.ExactIndex(vectors, embedding.norms)
    rows = np.random.default_rng(7).choice(len(embedding), QUESTIONS, replace=False)
    kv = embedding.keyed_vectors
    kv.fill_norms()
    few = rows[:50]
    gensim = milliseconds(lambda row: kv.most_similar(kv.index_to_key[row], topn=10), few)
    ours = milliseconds(lambda row: exact.search(vectors[row], 11), few)
    line = f"gensim {gensim:.2f} ms, all compared {ours:.2f} ms ({gensim / ours:.1f}x)"
    if embedding.neighbor_index.recall is None:
        return line
    find = partial(embedding.neighbor_index.search, kind="item")
    find(vectors[0], 11)
    indexed = milliseconds(lambda row: find(vectors[row], 11), rows)
    found = [len({*find(vectors[row], 11)[0]} & {*exact.search(vectors[row], 11)[0]} - {row}) / 10 for row in rows]
    return f"{line}, index {indexed:.3f} ms ({gensim / indexed:.0f}x), finds {np.mean(found):.4f}"


def visit(browser: Browser, address: str) -> tuple[float, int]:
    """Seconds until a page is drawn and still, less the quarter of a second it is watched; bytes until then."""
    begun = time.perf_counter()
    page, count = opened(browser, address)
    page.locator("h1").first.wait_for(timeout=120_000)
    page.wait_for_function(CALM, timeout=120_000, polling=50)
    seconds = time.perf_counter() - begun - 0.25
    page.context.close()
    return seconds, count[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--dimensions", type=int, default=64)
    asked = parser.parse_args()
    with browsing() as browser:
        for n in asked.items:
            with tempfile.TemporaryDirectory() as name:
                begun = time.perf_counter()
                path = generate(Path(name), n, d=asked.dimensions)
                written = time.perf_counter() - begun
                few = generate(Path(name) / "few", 2_000)
                artifacts.load(few)
                print(f"{n:>9,} items: generated and written in {written:.0f} s, open in {seconds_to_open(path):.3f} s")
                print(f"           {questions(artifacts.load(path))}", flush=True)
                server = start(Path(name), port := free_port())
                try:
                    for page in PAGES:
                        there = f"http://localhost:{port}/{page}?artifact=n{n}"
                        first, size = visit(browser, there)
                        best = min(visit(browser, there)[0] for _ in range(3))
                        print(f"           {page or 'Home'}: {best:.2f} s (at first {first:.2f} s), {size:,} bytes")
                    print(f"           web process: {Memory.of(server.pid)}", flush=True)
                finally:
                    server.terminate()
                    server.wait(10)


if __name__ == "__main__":
    main()
