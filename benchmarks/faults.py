"""Faults that happen to the servers of the soak test (soak.py), and what visitors must then be told."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from explorer import artifacts
from explorer.errors import ExplorerError
from explorer.jobs import job as jobs
from explorer.jobs import launcher
from explorer.jobs.training_job import TrainRatingsRequest
from tests import ROOT
from tests.deployed import Served, healthy
from tests.lite import Lite
from tests.load.visitor import Visitor

OPEN = "open"  # the artifact open on a page while faults happen to it
PAGES = ("", "Neighbors", "Map", "Recommend", "Columns")
TOLD = ("cannot be read", "no artifact", "There is no", "not a regular file", "is not a manifest", "somebody")
KILLED = "its process was killed"  # message of the Train page for a killed worker
PHASES = ("reading", "measuring", "training", "likely", "pca")  # phases of a training
CLOCK = Path(__file__).with_name("clock.c")  # sets the clock of a process
COMPILER = shutil.which("cc")
BACK = 3600  # seconds that the clock goes back
JOBS = 5  # most jobs kept


def write(root: Path, seed: int) -> None:
    """Write the open artifact again with other vectors and the same number of items."""
    vectors = np.random.default_rng(seed).normal(size=(40, 8))
    items = pd.DataFrame({"key": [f"item {n}" for n in range(40)], "price": range(40)})
    artifacts.save(root / OPEN, vectors, items, {}, layouts={"pca": vectors[:, :2]})


class Faults:
    """The faults of two servers, for a folder and a database, and the errors that no visitor was told of."""

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
    def kinds(self) -> list[Callable]:
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
