"""Vectors in a database compared with vectors in the web process: time to publish, latency, memory.

    python benchmarks/database.py [--items 100000] [--dimensions 64] [--lite] [--short]

A generated embedding is published to Milvus or Milvus Lite on this machine. Prints seconds of publishing, and of
publishing again without changes (not with --short); then, for both: seconds to load it; median milliseconds of a query
for ten neighbors by each metric, without a filter and with one that keeps half or a hundredth of the items; recall of
the index, if there is one; seconds of recommendations and of operations that read all vectors; and memory of a web
process after Home, Neighbors with all metrics, Analogies, the Map and a title search were opened.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.first_paint import generate
from benchmarks.scale import milliseconds
from explorer import Embedding, artifacts
from explorer.artifacts.milvus import publish, store
from explorer.core import recommend
from explorer.core.directions.factors import factors
from explorer.core.search.index import METRICS
from tests.deployed import served
from tests.lite import Lite
from tests.load.crowd import Memory
from tests.load.visitor import Visitor
from tests.standalone import Standalone

QUESTIONS = 60
LEFT = {"all": None, "half": 0.5, "a hundredth": 0.01}  # shares of items that a filter keeps


def published(path: Path, uri: str, short: bool) -> None:
    for what in ("publish", "again, nothing to send")[: 1 if short else 2]:
        begun = time.perf_counter()
        sent = publish.publish(str(path), uri)
        seconds = time.perf_counter() - begun
        print(
            f"{what}: {seconds:.1f} s, {sent.items / seconds:,.0f} items a second, kept {sent.kept} of {sent.batches}"
        )


def opened(name: str, here: Path, uri: str) -> tuple[Embedding, Embedding]:
    found = []
    for what, load in (("folder", lambda: artifacts.load(here)), ("database", lambda: store.load(uri, name))):
        load()  # so that imports do not count
        begun = time.perf_counter()
        found.append(load())
        print(f"open from the {what}: {time.perf_counter() - begun:.2f} s")
    print(f"index: {found[1].manifest.get('index', 'none')}")
    return found[0], found[1]


def streamed(here: Embedding, there: Embedding) -> None:
    """What reads all vectors, and recommendations, which search."""
    keys = here.items["key"].iloc[[5, 50, 500]].tolist()

    def recommended(one: Embedding) -> object:
        return recommend.recommend(one, recommend.user_without_model(one, [(key, 5.0) for key in keys]), order="near")

    tasks: dict[str, Callable[[Embedding], object]] = {
        "recommend, near": recommended,
        "a product with all vectors": lambda one: one.vectors @ np.ones(one.vectors.shape[1], np.float32),
        "factors of all items": lambda one: factors(one, len(one)),
    }
    for what, task in tasks.items():
        seconds = []
        for one in (here, there):
            task(one)
            begun = time.perf_counter()
            task(one)
            seconds.append(time.perf_counter() - begun)
        print(f"{what}: in process {seconds[0]:.3f} s, database {seconds[1]:.3f} s", flush=True)


def questions(here: Embedding, there: Embedding) -> None:
    chance = np.random.default_rng(0)
    rows = chance.choice(len(here), QUESTIONS, replace=False)
    print(f"{'':>22} {'in process':>12} {'database':>12} {'times':>8}   ms")
    for metric in METRICS:
        for left, share in LEFT.items():
            mask = None if share is None else chance.random(len(here)) < share

            def ask(one: Embedding, row: int, metric: str = metric, mask: np.ndarray | None = mask) -> object:
                return one.neighbors(one.items["key"].iloc[row], 10, metric, mask)

            own, away = (milliseconds(lambda row, one=one: ask(one, row), rows) for one in (here, there))
            print(f"{f'{metric}, {left}':>22} {own:12.1f} {away:12.1f} {away / own:8.1f}", flush=True)


async def look(port: int, artifact: str) -> None:
    async with Visitor(f"http://localhost:{port}") as one:
        await one.open(query=f"artifact={artifact}")
        for metric in METRICS:
            await one.open("Neighbors", f"artifact={artifact}&items=Item+5&metric={metric}")
        await one.open("Analogies", f"artifact={artifact}&plus=Item+5&plus=Item+7&minus=Item+9")
        await one.open("Map", f"artifact={artifact}")
        await one.open("Map", f"artifact={artifact}&item=Item+5")
        await one.open("Neighbors", f"artifact={artifact}&items=em+99")
        assert not one.errors, one.errors


def memory(artifact: str, places: dict[str, Path | str]) -> None:
    for what, place in places.items():
        with served(place, 1) as app:
            asyncio.run(look(app.ports[0], artifact))
            pid = app.pid(app.ports[0])
            print(f"web process, {what}: {Memory.of(pid)}, peak RSS {peak_memory(pid):,.0f} MB", flush=True)


def peak_memory(pid: int) -> float:
    """The most that a process has held at once, in MB."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--dimensions", type=int, default=64)
    parser.add_argument("--lite", action="store_true")
    parser.add_argument("--short", action="store_true", help="do not publish again, and only look at the database")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = generate(Path(folder) / "artifacts", args.items, d=args.dimensions)
        server = (Lite if args.lite else Standalone)(Path(folder) / "milvus").start()
        try:
            published(path, server.uri, args.short)
            assert server.process is not None
            print(f"Milvus{' Lite' * args.lite}: {Memory.of(server.process.pid)}")
            here, there = opened(path.name, path, server.uri)
            questions(here, there)
            streamed(here, there)
            times = milliseconds(lambda _: store.digest(server.uri, path.name), np.arange(QUESTIONS))
            print(f"has it changed? {times:.1f} ms, asked when a page is drawn")
            memory(
                path.name, {"database": server.uri} if args.short else {"folder": path.parent, "database": server.uri}
            )
        finally:
            server.kill()


if __name__ == "__main__":
    main()
