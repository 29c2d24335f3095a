"""Latency by size: 10,000, 100,000 and 1,000,000 items on one machine.

    python benchmarks/scale.py [--items 10000 100000 1000000] [--dimensions 64]

For each size, an artifact with titles, years, genres, numbers of ratings and a layout is generated. Prints seconds to
load it (best of three, after a small one for the imports); milliseconds of a query for ten neighbors by exact search,
by the index if there is one, and by gensim's `most_similar`; recall of the index on items it was not tuned on; seconds
until Home, Neighbors and Map are drawn in Chromium (the first visit, and the best of three later ones) and bytes of
their websocket; memory of the web process afterwards, including shared pages.
Goals at 1,000,000 x 64: load within 1 s, exact search within twice gensim's time, the index 50 times as fast as gensim
with recall 0.99, and a web process under 1.5 GB.
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
from explorer.core.search.index import ExactIndex
from tests.browser.conftest import CALM, browsing, free_port, start
from tests.load.crowd import Memory

QUESTIONS = 200
PAGES = ("", "Neighbors", "Map")


def milliseconds(ask: Callable[[int], object], rows: np.ndarray) -> float:
    """Median time of the queries."""
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
    """Times of exact search, the index and gensim."""
    vectors = embedding.vectors
    exact = ExactIndex(vectors, embedding.norms)
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
    """Seconds until a page is drawn and idle, without the quarter second of waiting; bytes until then."""
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
