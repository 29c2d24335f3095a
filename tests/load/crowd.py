"""Many simulated visitors: time of each step, and errors."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.deployed import Served
from tests.load.visitor import Visitor
from tests.load.walks import walk


@dataclass
class Record:
    """Seconds by kind of step, errors, and completed walks."""

    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    walks: int = 0


async def wander(address: str, films: list[str], think: tuple[float, float], until: float, seed: int, record: Record,
                 least: int = 0) -> None:  # fmt: skip
    """One session that walks until a time (of `time.monotonic`), and makes at least `least` complete walks.

    think: shortest and longest pause between two steps, in seconds.
    """
    chance = random.Random(seed)
    try:
        await asyncio.sleep(chance.uniform(0, think[1]))  # sessions start at different moments
        async with Visitor(address) as one:
            done = 0
            while done < least or time.monotonic() < until:
                async for kind, seconds in walk(one, films, chance):
                    record.times[kind].append(seconds)
                    record.errors += [f"{kind}: {error}" for error in one.errors]
                    one.errors.clear()
                    if done >= least and time.monotonic() > until:
                        return
                    await asyncio.sleep(chance.uniform(*think))
                done += 1
                record.walks += 1
    except Exception as error:  # any error counts: a lost connection, a run that never ends, a missing widget
        record.errors.append(f"session {seed}: {error!r}")


async def come_and_go(address: str, count: int, at_once: int, record: Record) -> None:
    """Open and close many sessions, each for Home and one more page; at most `at_once` concurrently."""
    turn = asyncio.Semaphore(at_once)

    async def visit(number: int) -> None:
        async with turn:
            try:
                async with Visitor(address) as one:
                    record.times["Home"].append(await one.open())
                    record.times["another page"].append(await one.open(("Neighbors", "Map", "Recommend")[number % 3]))
                record.errors += one.errors
            except Exception as error:
                record.errors.append(f"session {number}: {error!r}")

    await asyncio.gather(*map(visit, range(count)))


def cpu_seconds(app: Served) -> float:
    """Processor time used by the processes of the app."""
    return sum(process_seconds(app.pid(port) or 0) for port in app.ports)


def process_seconds(pid: int) -> float:
    """Processor time used by a process."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Memory:
    """Memory of a process in bytes: all mapped pages (rss), shared pages divided among their users (pss), private
    pages (uss).
    """

    rss: int
    pss: int
    uss: int

    @classmethod
    def of(cls, pid: int) -> Memory:
        rows = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
        size = {row[0]: 1024 * int(row[1]) for row in rows}
        return cls(size["Rss:"], size["Pss:"], size["Private_Clean:"] + size["Private_Dirty:"])

    def __str__(self) -> str:
        return f"RSS {self.rss / 2**20:,.0f} MB, PSS {self.pss / 2**20:,.0f} MB, USS {self.uss / 2**20:,.0f} MB"
