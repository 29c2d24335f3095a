"""Visitors all the time, and faults on the way: whatever fails is told to a visitor, and nothing is left behind.

    python benchmarks/soak.py --minutes 60 [--visitors 6]

While visitors walk through the app, faults one after the other: an artifact that is open is replaced, damaged, deleted
and written again; a training is killed at some moment; the server is killed during a training; a training writes to a
full disk; files get times of the past and of the future; permissions are taken away (not as root, who needs none).
An error that a page shows is a message to the visitor; an exception or a lost answer is not. Prints every error, and
memory, descriptors and sessions of the server after each round; they must stay. Not tried here: a database that is away
(tests/browser/test_database_away.py), and a clock that is set back while processes run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from explorer import artifacts
from explorer.errors import ExplorerError
from tests import ROOT
from tests.deployed import Served, healthy, served
from tests.load.crowd import Memory, Record, wander
from tests.load.visitor import Visitor

THINK = (0.5, 2.0)
OPEN = "open"  # the artifact that a visitor has open while something happens to it
PAGES = ("", "Neighbors", "Map", "Recommend", "Columns")
TOLD = ("cannot be read", "no artifact", "There is no", "not a regular file", "is not a manifest", "somebody")
# Between the middle and the end of the time since the server was killed last; the caches of replaced artifacts, whose
# mapped files hold descriptors, are full by then.
GROWTH, MORE = 1.25, 30  # times the memory, and more descriptors
KILLED_EVERY = 20  # rounds after which the server is killed
ROUNDS = 8  # after which the caches are full


class Soak:
    """One server, what happens to it, and what went wrong."""

    def __init__(self, app: Served, root: Path, data: Path, seed: int) -> None:
        self.app, self.root, self.data, self.chance = app, root, data, random.Random(seed)
        self.address = f"http://localhost:{app.ports[0]}"
        self.wrong: list[str] = []
        self.done: Counter[str] = Counter()
        self.away = 0.0  # until when lost connections are expected (time.monotonic)

    def write(self, seed: int) -> None:
        """Write the artifact that visitors have open, as another of as many items."""
        vectors = np.random.default_rng(seed).normal(size=(40, 8))
        items = pd.DataFrame({"key": [f"item {n}" for n in range(40)], "price": range(40)})
        artifacts.save(self.root / OPEN, vectors, items, {}, layouts={"pca": vectors[:, :2]})

    async def look(self, told: bool) -> None:
        """Open the artifact on a page. told: an error message is what the visitor should see now."""
        page = self.chance.choice(PAGES)
        async with Visitor(self.address) as one:
            await one.open(page, f"artifact={OPEN}")
            for error in one.errors:
                if not (told and any(words in error for words in TOLD)):
                    self.wrong.append(f"{page or 'Home'} on an artifact {'damaged' if told else 'sound'}: {error}")
            if told and not one.errors:
                self.wrong.append(f"{page or 'Home'} showed nothing of an artifact that was damaged or gone")

    async def replaced(self) -> None:
        for seed in range(3):
            await asyncio.gather(asyncio.to_thread(self.write, seed), self.look(told=False))

    async def damaged(self) -> None:
        file = self.root / OPEN / self.chance.choice(("items.parquet", "manifest.json"))
        raw = file.read_bytes()
        file.unlink()
        file.write_bytes(raw[: len(raw) // 2])
        (self.root / OPEN / "manifest.json").touch()
        if file.name == "items.parquet":  # what is open stays open until the manifest says otherwise
            manifest = self.root / OPEN / "manifest.json"
            manifest.write_text(manifest.read_text() + " ")
        await self.look(told=True)
        self.write(0)
        await self.look(told=False)

    async def deleted(self) -> None:
        shutil.rmtree(self.root / OPEN)
        await self.look(told=True)
        self.write(1)
        await self.look(told=False)

    async def times(self) -> None:
        for when in (0, 4e9):
            for file in (self.root / OPEN).rglob("*"):
                os.utime(file, (when, when))
            await self.look(told=False)

    async def permissions(self) -> None:
        if os.geteuid() == 0:
            return
        (self.root / OPEN).chmod(0)
        await self.look(told=True)
        (self.root / OPEN).chmod(0o755)
        await self.look(told=False)

    def train(self, **how: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "explorer", "train", "ratings", "--data", str(self.data), "--size", "8",
                   "--out", str(self.root / "trained")]  # fmt: skip
        return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **how)  # type: ignore[call-overload]

    async def training_killed(self) -> None:
        shutil.rmtree(self.root / "trained", ignore_errors=True)
        process = self.train()
        await asyncio.sleep(self.chance.uniform(0.1, 8))
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.communicate)
        self.check("a killed training")

    async def server_killed(self) -> None:
        self.done["server_killed"] += 1
        process = self.train()
        await asyncio.sleep(self.chance.uniform(0.1, 3))
        self.away = time.monotonic() + 90
        os.kill(self.app.pid(self.app.ports[0]) or 0, signal.SIGKILL)
        await asyncio.to_thread(process.communicate)
        self.check("a training while the server was killed")
        for _ in range(600):
            await asyncio.sleep(0.1)
            if await asyncio.to_thread(healthy, self.app.ports[0]):
                break
        else:
            self.wrong.append("the server did not come back within a minute")
        self.away = time.monotonic() + 10

    async def disk_full(self) -> None:
        """A process that may write no file over 4 KB fails to write as on a full disk."""
        process = self.train(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        _, said = await asyncio.to_thread(process.communicate)
        if process.returncode not in (2, -signal.SIGXFSZ) or "Traceback" in said:
            self.wrong.append(f"a full disk: status {process.returncode}: {said[-300:]}")
        self.check("a training on a full disk")

    def check(self, after: str) -> None:
        """The artifact that was trained is whole, or not there; and so are all others."""
        for name in ("trained", OPEN):
            if (self.root / name).exists():
                try:
                    artifacts.check(self.root / name)
                except ExplorerError as error:
                    self.wrong.append(f"after {after}: {error}")

    @property
    def faults(self) -> list[Callable]:
        return [self.replaced, self.damaged, self.deleted, self.times, self.permissions, self.training_killed,
                self.disk_full]  # fmt: skip


def state(app: Served) -> tuple[int, int, int]:
    """Memory of its own in bytes, open descriptors and sessions of the server."""
    pid = app.pid(app.ports[0])
    return Memory.of(pid or 0).uss, len(list(Path(f"/proc/{pid}/fd").iterdir())), app.sessions(app.ports[0])


async def walking(soak: Soak, films: list[str], until: float, seed: int, record: Record) -> None:
    """A visitor who comes back after a lost connection, which is an error unless the server was killed."""
    while time.monotonic() < until:
        mine = Record()
        await wander(soak.address, films, THINK, min(until, time.monotonic() + 60), seed, mine)
        for kind, times in mine.times.items():
            record.times[kind] += times
        if mine.errors and time.monotonic() > soak.away:
            soak.wrong += mine.errors
        await asyncio.sleep(1 if mine.errors else 0)


async def soaking(soak: Soak, asked: argparse.Namespace, films: list[str]) -> list[tuple[int, int, int]]:
    until, record, seen = time.monotonic() + 60 * asked.minutes, Record(), []
    visitors = [asyncio.create_task(walking(soak, films, until, seed, record)) for seed in range(asked.visitors)]
    while time.monotonic() < until:
        if len(seen) % KILLED_EVERY == 0:
            await soak.server_killed()
        for fault in soak.faults:
            if time.monotonic() > until:
                break
            try:
                await fault()
                soak.done[fault.__name__] += 1
            except Exception as error:
                soak.wrong.append(f"{fault.__name__}: {error!r}")
        seen.append(state(soak.app))
        print("memory {:,.0f} MB, {} descriptors, {} sessions".format(seen[-1][0] / 2**20, *seen[-1][1:]), flush=True)
    await asyncio.gather(*visitors)
    print(f"{sum(map(len, record.times.values())):,} steps of {asked.visitors} visitors; faults: {dict(soak.done)}")
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--visitors", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        root, data = Path(place) / "artifacts", Path(place) / "ratings.csv"
        shutil.copytree(ROOT / "artifacts" / "movielens", root / "movielens")
        rng = np.random.default_rng(0)
        rated = pd.DataFrame({"user": rng.integers(0, 400, 20_000), "item": rng.integers(0, 300, 20_000)})
        rated.drop_duplicates().assign(rating=lambda t: rng.integers(1, 6, len(t))).to_csv(data, index=False)
        os.environ["EXPLORER_ARTIFACTS"] = str(root)
        films = artifacts.load("movielens").items.nlargest(200, "n_ratings")["key"].tolist()
        with served(root) as app:
            soak = Soak(app, root, data, asked.seed)
            soak.write(0)
            seen = asyncio.run(soaking(soak, asked, films))
            time.sleep(5)
            left = app.sessions(app.ports[0])
        stale = [path.name for path in root.glob(".*.new-*")]
    if left:
        soak.wrong.append(f"{left} sessions are left")
    if len(stale) > 1:  # that of the last killed writer goes with the next one
        soak.wrong.append(f"half-written folders are left: {stale}")
    since = seen[(len(seen) - 1) // KILLED_EVERY * KILLED_EVERY :]
    middle, last = since[len(since) // 2], since[-1]
    if len(since) > ROUNDS and last[0] > GROWTH * middle[0]:
        soak.wrong.append(f"memory grew from {middle[0]:,} to {last[0]:,} bytes")
    if len(since) > ROUNDS and last[1] > MORE + middle[1]:
        soak.wrong.append(f"descriptors grew from {middle[1]} to {last[1]}")
    print(f"{len(soak.wrong)} errors that no visitor was told of", *soak.wrong[:20], sep="\n  ")
    return 1 if soak.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
