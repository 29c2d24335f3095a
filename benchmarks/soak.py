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
from explorer.jobs import job as jobs
from explorer.jobs import launcher
from explorer.jobs.training_job import TrainRatingsRequest
from tests import ROOT
from tests.deployed import Served, healthy, served
from tests.lite import Lite
from tests.load.crowd import Memory, Record, wander
from tests.load.visitor import Visitor

THINK = (0.5, 2.0)
OPEN = "open"  # the artifact open on a page while faults happen to it
PAGES = ("", "Neighbors", "Map", "Recommend", "Columns")
TOLD = ("cannot be read", "no artifact", "There is no", "not a regular file", "is not a manifest", "somebody")
KILLED = "its process was killed"  # message of the Train page for a killed worker
PHASES = ("reading", "measuring", "training", "likely", "pca")  # phases of a training
# Growth is measured between the middle and the end of the time since the last restart, when the caches of replaced
# artifacts, whose mapped files use descriptors, are full.
GROWTH, MORE = 1.25, 30  # allowed growth: factor of memory, and number of descriptors
CLOCK = Path(__file__).with_name("clock.c")  # sets the clock of a process
COMPILER = shutil.which("cc")
BACK = 3600  # seconds that the clock goes back
JOBS = 5  # most jobs kept
KILLED_EVERY = 20  # rounds between restarts of the server
ROUNDS = 8  # rounds until the caches are full


def write(root: Path, seed: int) -> None:
    """Write the open artifact again with other vectors and the same number of items."""
    vectors = np.random.default_rng(seed).normal(size=(40, 8))
    items = pd.DataFrame({"key": [f"item {n}" for n in range(40)], "price": range(40)})
    artifacts.save(root / OPEN, vectors, items, {}, layouts={"pca": vectors[:, :2]})


class Soak:
    """Two servers, for a folder and a database, the faults, and the errors seen."""

    def __init__(self, app: Served, other: Served, database: Lite, root: Path, data: Path, seed: int) -> None:
        self.app, self.root, self.data, self.chance = app, root, data, random.Random(seed)
        self.other, self.database = other, database
        self.address, self.other_address = (f"http://localhost:{one.ports[0]}" for one in (app, other))
        self.wrong: list[str] = []
        self.done: Counter[str] = Counter()
        self.away = 0.0  # time until which lost connections are expected (time.monotonic)

    async def look(self, told: bool) -> None:
        """Open the artifact on a page. told: whether the page should show an error message."""
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
            await asyncio.gather(asyncio.to_thread(write, self.root, seed), self.look(told=False))

    async def damaged(self) -> None:
        file = self.root / OPEN / self.chance.choice(("items.parquet", "manifest.json"))
        raw = file.read_bytes()
        file.unlink()
        file.write_bytes(raw[: len(raw) // 2])
        (self.root / OPEN / "manifest.json").touch()
        if file.name == "items.parquet":  # an open embedding is used until its manifest changes
            manifest = self.root / OPEN / "manifest.json"
            manifest.write_text(manifest.read_text() + " ")
        await self.look(told=True)
        write(self.root, 0)
        await self.look(told=False)

    async def deleted(self) -> None:
        shutil.rmtree(self.root / OPEN)
        await self.look(told=True)
        write(self.root, 1)
        await self.look(told=False)

    async def times(self) -> None:
        for when in (0, 4e9):
            for folder in (OPEN, ".jobs", ".uploads"):
                for file in (self.root / folder).rglob("*"):
                    os.utime(file, (when, when))
            await self.look(told=False)
            await self.see_jobs()

    async def clock_back(self) -> None:
        """Set the clock of the servers back by an hour, and on again, while pages are open and an artifact changes."""
        if not COMPILER:
            return
        async with Visitor(self.address) as one:
            await one.open("Neighbors", f"artifact={OPEN}")
            for seed, offset in enumerate((-BACK, 0)):
                set_clock(self.root, offset)
                await one.open("Neighbors", f"artifact={OPEN}&items=item+3")
                await asyncio.to_thread(write, self.root, seed)
                await self.look(told=False)
                await self.see_jobs()
                await one.open("Map", f"artifact={OPEN}")
            self.wrong += [f"after the clock was set: {error}" for error in one.errors]

    async def database_away(self) -> None:
        """Kill the database while an artifact is open: an open and a new page report it, and both recover when it
        returns.
        """
        async with Visitor(self.other_address) as one:
            await one.open("Neighbors", f"artifact={OPEN}")
            self.database.kill()
            await one.open("Neighbors", f"artifact={OPEN}&items=item+3")
            if not any("cannot answer" in error for error in one.errors):
                self.wrong.append(f"a page did not say that the database is away, but {one.errors}")
            await asyncio.to_thread(self.database.start)
            one.errors.clear()
            for _ in range(30):
                one.errors.clear()
                await one.open("Neighbors", f"artifact={OPEN}&items=item+3")
                if not one.errors:
                    return
                await asyncio.sleep(1)
            self.wrong.append(f"a page did not go on when the database was back: {one.errors}")

    async def see_jobs(self, *words: str) -> None:
        """Open the page that lists trainings; it must show this text."""
        async with Visitor(self.address) as one:
            await one.open("Train")
            self.wrong += [f"Train: {error}" for error in one.errors if KILLED not in error]
            shown = " ".join(map(str, one.elements.values()))
            self.wrong += [f"Train does not show {word!r}" for word in words if word not in shown]

    async def worker_killed(self) -> None:
        """Kill the worker of a training, in each of its phases in turn."""
        phase = PHASES[self.done["worker_killed"] % len(PHASES)]
        out = self.root / "by-worker"
        shutil.rmtree(out, ignore_errors=True)
        for old in sorted((self.root / ".jobs").glob("*"))[:-JOBS]:
            shutil.rmtree(old)
        source: dict[str, object] = {}
        job = launcher.start(TrainRatingsRequest(str(self.data), str(out), min_ratings=1, source=source))
        later = PHASES[PHASES.index(phase) :]
        while job.running and job.progress.get("phase") not in later:
            await asyncio.sleep(0.005)
        reached = job.progress.get("phase")
        if job.running:
            os.killpg(int((job.folder / "pid").read_text()), signal.SIGKILL)
            while job.running:
                await asyncio.sleep(0.01)
        jobs.reap()
        if job.state == "failed":
            self.done[f"worker_killed in {reached}"] += 1
            await self.see_jobs(KILLED)
        elif job.state != "done":
            self.wrong.append(f"a training whose worker was killed in {reached} is {job.state}")
        for name in ("by-worker", OPEN):
            self.check("the worker of a training was killed", name)

    async def permissions(self) -> None:
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
        await self.see_jobs()

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
        """A process limited to files of 4 KB fails as on a full disk."""
        process = self.train(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        _, said = await asyncio.to_thread(process.communicate)
        if process.returncode not in (2, -signal.SIGXFSZ) or "Traceback" in said:
            self.wrong.append(f"a full disk: status {process.returncode}: {said[-300:]}")
        self.check("a training on a full disk")

    def check(self, after: str, *names: str) -> None:
        """The trained artifact is valid or missing, and all others are valid."""
        for name in names or ("trained", OPEN):
            if (self.root / name).exists():
                try:
                    artifacts.check(self.root / name)
                except ExplorerError as error:
                    self.wrong.append(f"after {after}: {error}")

    @property
    def faults(self) -> list[Callable]:
        return [self.replaced, self.damaged, self.deleted, self.times, self.clock_back, self.permissions,
                self.database_away, self.worker_killed, self.training_killed, self.disk_full]  # fmt: skip


def set_clock(root: Path, offset: int) -> None:
    """Set the clock of the servers to so many seconds from now, by the file that they have mapped."""
    with (root.parent / "clock").open("r+b") as file:
        file.write(offset.to_bytes(8, sys.byteorder, signed=True))


def with_clock(root: Path, place: Path | str) -> dict[str, object]:
    """Arguments of `served` for a server whose clock can be set."""
    own = {"EXPLORER_ARTIFACTS": str(place)}
    if COMPILER:
        library, offset = root.parent / "clock.so", root.parent / "clock"
        subprocess.run([COMPILER, "-shared", "-fPIC", "-o", str(library), str(CLOCK)], check=True)
        offset.write_bytes(bytes(8))
        own |= {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(offset)}
    return {"cwd": ROOT, "env": {**os.environ, **own}}


def state(app: Served) -> tuple[int, int, int]:
    """Private memory in bytes, open descriptors and sessions of a server."""
    pid = app.pid(app.ports[0])
    return Memory.of(pid or 0).uss, len(list(Path(f"/proc/{pid}/fd").iterdir())), app.sessions(app.ports[0])


async def walking(soak: Soak, films: list[str], until: float, seed: int, record: Record) -> None:
    """A visitor who reconnects after a lost connection, which is an error unless the server was killed."""
    while time.monotonic() < until:
        mine = Record()
        await wander(soak.address, films, THINK, min(until, time.monotonic() + 60), seed, mine)
        for kind, times in mine.times.items():
            record.times[kind] += times
        if mine.errors and time.monotonic() > soak.away:
            soak.wrong += mine.errors
        await asyncio.sleep(1 if mine.errors else 0)


async def soaking(soak: Soak, asked: argparse.Namespace, films: list[str]) -> list[list[tuple[int, int, int]]]:
    """Run the soak test. Returns the states of both servers after each round."""
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
        seen.append([state(one) for one in (soak.app, soak.other)])
        for name, one in zip(("folder  ", "database"), seen[-1], strict=True):
            print("{}: {:,.0f} MB, {} descriptors, {} sessions".format(name, one[0] / 2**20, *one[1:]), flush=True)
    await asyncio.gather(*visitors)
    print(f"{sum(map(len, record.times.values())):,} steps of {asked.visitors} visitors; faults: {dict(soak.done)}")
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
                soak = Soak(app, other, database, root, data, asked.seed)
                seen = asyncio.run(soaking(soak, asked, films))
                time.sleep(5)
                left = app.sessions(app.ports[0]) + other.sessions(other.ports[0])
        finally:
            database.kill()
        stale = [path.name for path in root.glob(".*.new-*")]
    if left:
        soak.wrong.append(f"{left} sessions are left")
    if len(stale) > 1:  # the remains of the last killed writer are removed by the next one
        soak.wrong.append(f"half-written folders are left: {stale}")
    killed = (len(seen) - 1) // KILLED_EVERY * KILLED_EVERY
    soak.wrong += grown("folder", [one[0] for one in seen[killed:]]) + grown("database", [one[1] for one in seen])
    print(f"{len(soak.wrong)} errors that no visitor was told of", *soak.wrong[:20], sep="\n  ")
    return 1 if soak.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
