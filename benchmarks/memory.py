"""Memory of each additional process and session.

    python benchmarks/memory.py [--items 1000000] [--dimensions 64] [--processes 1 2 4] [--sessions 100]

A generated embedding is served by several processes, each of which has searched all vectors. USS is the memory that
would be freed if one process ended; PSS divides shared pages among their users, so its sum is the total. The PSS of the
vector file is also listed separately. Then sessions that have visited all pages of the shipped embedding stay open.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.first_paint import generate
from explorer import artifacts
from tests.deployed import Served, served
from tests.load.crowd import Memory
from tests.load.visitor import Visitor
from tests.load.walks import walk

MB = 2**20


async def look(port: int, artifact: str) -> None:
    async with Visitor(f"http://localhost:{port}") as one:
        await one.open(query=f"artifact={artifact}")
        for metric in ("dot", "euclidean"):  # searches all vectors, where an index would search a few
            await one.open("Neighbors", f"artifact={artifact}&items=Item+5&metric={metric}")
        assert not one.errors, one.errors


def mapped(pid: int, file: str) -> tuple[int, int]:
    """RSS and PSS of a file in one process, in bytes."""
    rss = pss = 0
    within = False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            within = line.endswith(file)
        elif within and line.startswith(("Rss:", "Pss:")):
            size = 1024 * int(line.split()[1])
            rss, pss = (rss + size, pss) if line.startswith("Rss:") else (rss, pss + size)
    return rss, pss


def processes(folder: Path, artifact: str, counts: list[int]) -> None:
    print(
        f"{'processes':>9} {'sum of PSS':>12} {'USS of each':>28} {'vectors, sum of RSS':>20} {'sum of PSS':>12}   MB"
    )
    for count in counts:
        with served(folder, count) as app:
            for port in app.ports:
                asyncio.run(look(port, artifact))
            pids = [app.pid(port) for port in app.ports]
            memory = [Memory.of(pid) for pid in pids]
            files = [mapped(pid, f"{artifact}/vectors.npy") for pid in pids]
            print(f"{count:>9} {sum(one.pss for one in memory) / MB:12,.0f}"
                  f" {', '.join(f'{one.uss / MB:,.0f}' for one in memory):>28}"
                  f" {sum(rss for rss, _ in files) / MB:20,.0f} {sum(pss for _, pss in files) / MB:12,.0f}",
                  flush=True)  # fmt: skip


async def stay(app: Served, films: list[str], count: int) -> list[int]:
    """USS of the process after each fifth of the sessions; all of them stay open."""
    visitors, sizes, chance = [], [], random.Random(0)
    for number in range(count):
        visitors.append(await Visitor(f"http://localhost:{app.ports[0]}").__aenter__())
        async for _ in walk(visitors[-1], films, chance):
            assert not visitors[-1].errors, visitors[-1].errors
        if (number + 1) % (count // 5) == 0:
            sizes.append(Memory.of(app.pid(app.ports[0])).uss)
    for one in visitors:
        await one.__aexit__(None, None, None)
    return sizes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, default=64)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--sessions", type=int, default=100)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = generate(Path(name), asked.items, d=asked.dimensions)
        size = (place / "vectors.npy").stat().st_size
        print(f"{asked.items:,} x {asked.dimensions}: the vectors are {size / MB:,.0f} MB", flush=True)
        processes(Path(name), place.name, asked.processes)
    films = artifacts.load("movielens").items.nlargest(500, "n_ratings")["key"].tolist()
    with served(artifacts.root()) as app:
        sizes = asyncio.run(stay(app, films, asked.sessions))
    each = (sizes[-1] - sizes[0]) / (asked.sessions - asked.sessions // 5)
    print(f"{asked.sessions} sessions that stay: USS after each fifth {', '.join(f'{s / MB:,.1f}' for s in sizes)} MB; "
          f"{each / 1024:,.0f} KB a session")  # fmt: skip


if __name__ == "__main__":
    main()
