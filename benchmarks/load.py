"""Load test: 50 sessions for 5 minutes, then 1,000 sessions opened and closed.

    python benchmarks/load.py --floor
    python benchmarks/load.py [--sessions 50] [--browsers 4] [--minutes 5] [--workers 1] [--come-and-go 1000]

Each session walks through Home, search, Neighbors, Analogies, Map and Recommend in random order and stays 2 to 4
seconds on each page. A few use a real Chromium, the others speak the websocket protocol. A step lasts from its request
to the message that the page is drawn. Everything runs on this machine. Chromium runs at low priority, because real
visitors draw on machines of their own; the other clients share the processors with the server. With several processes,
visitors connect through nginx.
--floor: the processor time of a step of a single visitor as a multiple of a rerun of a minimal Streamlit page with one
control and one table, both measured in this run.
Goals: no error, at most 3 times the minimal page, p95 of a step under 1 s on two cores, constant memory.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from explorer import artifacts
from tests.deployed import Served, free_ports, fronted, healthy, served
from tests.load.browsers import browse
from tests.load.crowd import Memory, Record, come_and_go, cpu_seconds, process_seconds, wander
from tests.load.visitor import Visitor

THINK = (2.0, 4.0)
WALKS, RERUNS = 4, 50  # steps of one visitor, for the comparison with the minimal page
AT_ONCE = 8  # sessions opened and closed concurrently


async def crowd(address: str, asked: argparse.Namespace, films: list[str], record: Record, middle: list[str],
                app: Served) -> None:  # fmt: skip
    until = time.monotonic() + 60 * asked.minutes
    raw = asked.sessions - asked.browsers
    walking = [wander(address, films, THINK, until, seed, record) for seed in range(raw)]

    async def note() -> None:
        await asyncio.sleep(30 * asked.minutes)
        middle.extend(memory(app))

    await asyncio.gather(*walking, browse(address, asked.browsers, films, THINK, until, record), note())


def memory(app: Served) -> list[str]:
    return [str(Memory.of(app.pid(port))) for port in app.ports]


def told(record: Record) -> None:
    print(f"{'':16}{'steps':>7}{'median':>9}{'p95':>9}{'p99':>9}{'most':>9}   seconds")
    rows = [*sorted(record.times.items()), ("all", [one for times in record.times.values() for one in times])]
    for kind, times in rows:
        numbers = [*np.percentile(times, (50, 95, 99)), max(times)] if times else []
        print(f"{kind:16}{len(times):7,}" + "".join(f"{number:9.3f}" for number in numbers))
    print(f"errors: {len(record.errors)}; whole walks: {record.walks:,}", *record.errors[:10], sep="\n  ", flush=True)


@contextmanager
def addressed(workers: int) -> Iterator[tuple[Served, str]]:
    """The app and its address: that of nginx for several processes."""
    with ExitStack() as stack:
        app = stack.enter_context(served(artifacts.root(), workers))
        if workers == 1:
            yield app, f"http://localhost:{app.ports[0]}"
        else:
            yield app, stack.enter_context(fronted(app.ports))[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--browsers", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--workers", type=int, default=1, choices=(1, 2))
    parser.add_argument("--come-and-go", type=int, default=1000)
    parser.add_argument("--floor", action="store_true", help="only compare a step with Streamlit's smallest page")
    asked = parser.parse_args()
    items = artifacts.load("movielens").items.sort_values("n_ratings", ascending=False)
    films = items["key"].head(500).tolist()
    record = Record()
    with addressed(asked.workers) as (app, address):
        if asked.floor:
            floor(app, address, films)
            return 0
        before, middle, cpu = memory(app), [], cpu_seconds(app)
        print(f"{asked.sessions} sessions, {asked.browsers} of them in Chromium, for {asked.minutes:g} min; "
              f"{asked.workers} process(es), {os.cpu_count()} processors, load average before {os.getloadavg()[0]:.1f}",
              flush=True)  # fmt: skip
        asyncio.run(crowd(address, asked, films, record, middle, app))
        cpu, after = cpu_seconds(app) - cpu, memory(app)
        steps = sum(map(len, record.times.values()))
        told(record)
        print(f"the server's processor time: {1000 * cpu / max(steps, 1):.0f} ms a step")
        for when, there in (("start", before), ("middle", middle), ("end", after)):
            print(f"memory, {when:7}", "; ".join(there), flush=True)
        if asked.come_and_go:
            passing(address, app, asked.come_and_go, record)
    return 1 if record.errors else 0


def floor(app: Served, address: str, films: list[str]) -> None:
    """Print the processor time of a step of one visitor beside a rerun of a minimal Streamlit page."""
    smallest = smallest_page()
    record = Record()
    asyncio.run(wander(address, films, (0, 0), 0, 0, record, least=2))  # the first walks fill the caches
    spent, record = cpu_seconds(app), Record()
    asyncio.run(wander(address, films, (0, 0), 0, 1, record, least=WALKS))
    step = (cpu_seconds(app) - spent) / sum(map(len, record.times.values()))
    print(f"a step takes {1000 * step:.1f} ms of processor, a rerun of the smallest page {1000 * smallest:.1f} ms: "
          f"{step / smallest:.1f} times; errors: {len(record.errors)}", *record.errors[:5], sep="\n  ")  # fmt: skip


def smallest_page() -> float:
    """Processor time of a rerun of a page with one control and one table, in seconds."""
    script = (
        "import pandas as pd, streamlit as st\n"
        "n = st.selectbox('Results', ['10', '20'])\n"
        "st.dataframe(pd.DataFrame({'key': [str(i) for i in range(int(n))], 'score': range(int(n))}))\n"
    )
    (port,) = free_ports(1)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "smallest.py"
        file.write_text(script)
        options = [
            f"--server.port={port}",
            "--server.headless=true",
            "--server.fileWatcherType=none",
            "--runner.postScriptGC=false",
        ]  # as in .streamlit/config.toml
        process = subprocess.Popen([sys.executable, "-m", "streamlit", "run", str(file), *options], cwd=folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            while not healthy(port):
                time.sleep(0.1)
            return asyncio.run(_reruns(f"http://localhost:{port}", process.pid))
        finally:
            process.terminate()
            process.wait()


async def _reruns(address: str, pid: int) -> float:
    async with Visitor(address) as one:
        await one.open()
        for n in range(RERUNS + 10):
            if n == 10:
                spent = process_seconds(pid)
            await one.set(Results=("10", "20")[n % 2])
    return (process_seconds(pid) - spent) / RERUNS


def passing(address: str, app: Served, count: int, record: Record) -> None:
    """Open and close sessions; print the memory of the process after each fifth."""
    sizes = []
    for _ in range(6):  # the first only fill what is kept for returning visitors
        asyncio.run(come_and_go(address, count // 5, AT_ONCE, record))
        sizes.append(sum(Memory.of(app.pid(port)).rss for port in app.ports))
    left = sum(map(app.sessions, app.ports))
    print(f"{count:,} sessions opened and closed, after {count // 5:,} others; {left} left; errors in all "
          f"{len(record.errors)}", *record.errors[:5], sep="\n  ")  # fmt: skip
    print("  RSS after each fifth: " + ", ".join(f"{size / 2**20:,.1f}" for size in sizes) + " MB; "
          f"{(sizes[-1] - sizes[0]) / count / 1024:.1f} KB a session")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
