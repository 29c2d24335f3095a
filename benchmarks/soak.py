"""Soak test: visitors and faults for an hour; every fault must be reported to a visitor and leave nothing behind.

    python benchmarks/soak.py --minutes 60 [--visitors 6]

While visitors walk through the app, faults happen one after the other: an open artifact is replaced, damaged, deleted
and written again; a database is killed while an artifact of it is open; a training is killed at a random moment, and
workers in each phase; the server is killed during a training; a training writes to a full disk; permissions are
removed; artifacts and jobs get past and future file times; and the clock of the servers, and of the workers that they
start, goes back an hour and on again, if there is a C compiler (benchmarks/clock.c). Monotonic clocks go on, as they do
when a real clock is set back. Prints which faults happened how often.

An error message on a page counts as reported; an exception or a missing response is an error. Prints every error, and
memory, descriptors and sessions of the servers after each round, which must not grow. If run as root, it drops the
capability to bypass file permissions; this needs `setpriv`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.faults import OPEN, Faults, with_clock, write
from explorer import artifacts
from tests import ROOT
from tests.deployed import Served, served
from tests.lite import Lite
from tests.load.crowd import Memory, Record, wander

THINK = (0.5, 2.0)
# Growth is measured between the middle and the end of the time since the last restart, when the caches of replaced
# artifacts, whose mapped files use descriptors, are full.
GROWTH, MORE = 1.25, 30  # allowed growth: factor of memory, and number of descriptors
KILLED_EVERY = 20  # rounds between restarts of the server
ROUNDS = 8  # rounds until the caches are full


def state(app: Served) -> tuple[int, int, int]:
    """Private memory in bytes, open descriptors and sessions of a server."""
    pid = app.pid(app.ports[0])
    return Memory.of(pid or 0).uss, len(list(Path(f"/proc/{pid}/fd").iterdir())), app.sessions(app.ports[0])


async def walking(faults: Faults, films: list[str], until: float, seed: int, record: Record) -> None:
    """A visitor who reconnects after a lost connection, which is an error unless the server was killed."""
    while time.monotonic() < until:
        mine = Record()
        await wander(faults.address, films, THINK, min(until, time.monotonic() + 60), seed, mine)
        for kind, times in mine.times.items():
            record.times[kind] += times
        if mine.errors and time.monotonic() > faults.away:
            faults.wrong += mine.errors
        await asyncio.sleep(1 if mine.errors else 0)


async def soaking(faults: Faults, asked: argparse.Namespace, films: list[str]) -> list[list[tuple[int, int, int]]]:
    """Run the soak test. Returns the states of both servers after each round."""
    until, record, seen = time.monotonic() + 60 * asked.minutes, Record(), []
    visitors = [asyncio.create_task(walking(faults, films, until, seed, record)) for seed in range(asked.visitors)]
    while time.monotonic() < until:
        if len(seen) % KILLED_EVERY == 0:
            await faults.server_killed()
        for fault in faults.kinds:
            if time.monotonic() > until:
                break
            try:
                await fault()
                faults.done[fault.__name__] += 1
            except Exception as error:
                faults.wrong.append(f"{fault.__name__}: {error!r}")
        seen.append([state(one) for one in (faults.app, faults.other)])
        for name, one in zip(("folder  ", "database"), seen[-1], strict=True):
            print("{}: {:,.0f} MB, {} descriptors, {} sessions".format(name, one[0] / 2**20, *one[1:]), flush=True)
    await asyncio.gather(*visitors)
    print(f"{sum(map(len, record.times.values())):,} steps of {asked.visitors} visitors; faults: {dict(faults.done)}")
    return seen


def grown(name: str, since: list[tuple[int, int, int]]) -> list[str]:
    """What grew between the middle and the end of the time since the last restart."""
    middle, last = since[len(since) // 2], since[-1]
    if len(since) <= ROUNDS:
        return []
    found = [f"memory of the server of the {name} grew from {middle[0]:,} to {last[0]:,} bytes"]
    found = found if last[0] > GROWTH * middle[0] else []
    if last[1] > MORE + middle[1]:
        found.append(f"descriptors of the server of the {name} grew from {middle[1]} to {last[1]}")
    return found


def as_anybody() -> None:
    """If root, restart this program without the capability to bypass file permissions."""
    status = Path("/proc/self/status").read_text()
    rights = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff")), 16)
    if rights & 0b110:  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
        less = "-dac_override,-dac_read_search"
        command = ["setpriv", f"--bounding-set={less}", f"--inh-caps={less}", sys.executable, *sys.argv]
        os.execvp(command[0], command)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--visitors", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    as_anybody()
    with tempfile.TemporaryDirectory() as place:
        root, data = Path(place) / "artifacts", Path(place) / "ratings.csv"
        shutil.copytree(ROOT / "artifacts" / "movielens", root / "movielens")
        rng = np.random.default_rng(0)
        rated = pd.DataFrame({"user": rng.integers(0, 400, 20_000), "item": rng.integers(0, 300, 20_000)})
        rated.drop_duplicates().assign(rating=lambda t: rng.integers(1, 6, len(t))).to_csv(data, index=False)
        os.environ["EXPLORER_ARTIFACTS"] = str(root)
        films = artifacts.load("movielens").items.nlargest(200, "n_ratings")["key"].tolist()
        write(root, 0)
        database = Lite(Path(place) / "database").start()
        try:
            # In another process: gRPC, if it was used here, can abort processes that are forked from this one.
            command = [sys.executable, "-m", "explorer", "publish", OPEN, "--to", database.uri]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            clocks = [with_clock(root, place) for place in (root, database.uri)]
            with served(None, **clocks[0]) as app, served(None, **clocks[1]) as other:
                faults = Faults(app, other, database, root, data, asked.seed)
                seen = asyncio.run(soaking(faults, asked, films))
                time.sleep(5)
                left = app.sessions(app.ports[0]) + other.sessions(other.ports[0])
        finally:
            database.kill()
        stale = [path.name for path in root.glob(".*.new-*")]
    if left:
        faults.wrong.append(f"{left} sessions are left")
    if len(stale) > 1:  # the remains of the last killed writer are removed by the next one
        faults.wrong.append(f"half-written folders are left: {stale}")
    killed = (len(seen) - 1) // KILLED_EVERY * KILLED_EVERY
    faults.wrong += grown("folder", [one[0] for one in seen[killed:]]) + grown("database", [one[1] for one in seen])
    print(f"{len(faults.wrong)} errors that no visitor was told of", *faults.wrong[:20], sep="\n  ")
    return 1 if faults.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
