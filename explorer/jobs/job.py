"""Jobs: trainings, layouts and downloads, each in its own process, which outlives the process that started it.

A job is a folder `.jobs/<id>/` in the artifacts folder. Its worker holds a lock on the file `lock` while it lives, so a
job is running exactly when the lock is held. A lock, unlike a process id, is never reused, and it is released when the
worker is killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, get_args

import numpy as np

from explorer import artifacts
from explorer.artifacts import atomic_folder
from explorer.artifacts.locks import AlreadyLocked, lock_file, locked
from explorer.errors import BadRequest, ExplorerError
from explorer.jobs.columns_job import ProbeRequest
from explorer.jobs.download_job import DownloadRequest
from explorer.jobs.import_job import ImportRequest
from explorer.jobs.layout_job import LayoutRequest
from explorer.jobs.training_job import TrainRatingsRequest, TrainRequest
from explorer.rights import require_editor

Request = TrainRatingsRequest | TrainRequest | DownloadRequest | ImportRequest | LayoutRequest | ProbeRequest
KINDS: dict[str, type[Request]] = {kind.job: kind for kind in get_args(Request)}
TRAININGS = (TrainRatingsRequest, TrainRequest)
LIMIT = "limit.json"  # why a job was ended that broke a limit, see limits.watch
PATIENCE = 5.0  # seconds between asking a worker to stop and killing it
children: list[subprocess.Popen[bytes]] = []  # to wait for; otherwise they stay as zombies


@dataclass(frozen=True)
class Job:
    """A running or finished job."""

    folder: Path

    @property
    def request(self) -> Any:
        """The request that the job carries out."""
        known = json.loads((self.folder / "request.json").read_text(encoding="utf-8"))
        if known.get("layouts") is not None:
            known["layouts"] = tuple(known["layouts"])
        if "job" not in known:  # a job of an older version, which had one kind of training
            known["job"] = known.pop("kind", TrainRatingsRequest.job)
        return KINDS[known.pop("job")](**known)

    @property
    def name(self) -> str:
        """The artifact that the job writes."""
        return Path(self.request.out).name

    @property
    def owner(self) -> str:
        """Id of the person who started the job; "" where it is not known."""
        file = self.folder / "owner.json"
        return str(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else ""

    @property
    def running(self) -> bool:
        """True while the worker lives."""
        with (self.folder / "lock").open("rb") as lock:
            try:
                lock_file(lock, shared=True, wait=False)
            except AlreadyLocked:
                return True
            return False

    @property
    def state(self) -> str:
        """running, done, failed (see `message`), or cancelled."""
        if self.running:
            return "running"
        return str(self._end().get("state", "failed"))

    @property
    def message(self) -> str:
        """Why the job failed."""
        return str(
            self._end().get(
                "message",
                f"its process was killed, perhaps for lack of memory; see {self.folder / 'log.txt'}",
            )
        )

    @property
    def progress(self) -> dict[str, Any]:
        """The latest report of the worker; {} before the first."""
        reports = self._lines("progress.jsonl")
        return reports[-1] if reports else {}

    @property
    def curve(self) -> list[dict[str, float]]:
        """The learning curve: for each epoch of the measured training epoch, loss, rmse and val_rmse."""
        return [r for r in self._lines("progress.jsonl") if r.get("fraction") == 1.0 and r.get("phase") == "measuring"]

    @property
    def notes(self) -> list[str]:
        """Messages of the worker, such as how the data were read."""
        return [str(report["message"]) for report in self._lines("progress.jsonl") if "message" in report]

    @property
    def read(self) -> dict[str, Any]:
        """Counts of the data: name, ratings, users, items; {} before they are known."""
        return next((r["read"] for r in self._lines("progress.jsonl") if "read" in r), {})

    @property
    def baseline(self) -> float | None:
        """RMSE of the best baseline on the held-out ratings; None before it is known."""
        return next((r["baseline"] for r in self._lines("progress.jsonl") if "baseline" in r), None)

    @property
    def examples(self) -> list[dict[str, Any]]:
        """Example predictions for one user; [] before they are known."""
        return next((r["examples"] for r in self._lines("progress.jsonl") if "examples" in r), [])

    @property
    def snapshot(self) -> np.ndarray | None:
        """The latest snapshot of the layout, (n, 2) float32; None before the first."""
        file = self.folder / "snapshot.npy"
        return np.load(file) if file.exists() else None

    def cancel(self) -> None:
        """Terminate the worker, and kill it after PATIENCE seconds. No half-written file stays."""
        require_editor("cancel a job")
        if self.running:
            with locked(jobs_folder()):  # its start may not be complete yet
                pid = int((self.folder / "pid").read_text())
            for sign in (signal.SIGTERM, signal.SIGKILL):
                _signal(pid, sign)
                deadline = time.monotonic() + PATIENCE
                while self.running and time.monotonic() < deadline:
                    time.sleep(0.05)
        atomic_folder.remove_stale_staging(Path(self.request.out))
        if not self._end():
            write_json(self.folder / "end.json", {"state": "cancelled"})
        reap()

    def _end(self) -> dict[str, Any]:
        end, limit = _document(self.folder / "end.json"), _document(self.folder / LIMIT)
        return {"state": "failed", **limit} if limit and end.get("state") != "done" else end

    def _lines(self, name: str) -> list[dict[str, Any]]:
        file = self.folder / name
        if not file.exists():
            return []
        whole = file.read_text(encoding="utf-8").rpartition("\n")[0]  # the last line may be incomplete
        return [json.loads(line) for line in whole.splitlines()]


def list_jobs(*kinds: type[Request]) -> list[Job]:
    """Jobs of the given kinds (default: trainings), newest first; none when the artifacts are in a database."""
    if artifacts.database():
        return []
    every = [Job(file.parent) for file in sorted(jobs_folder().glob("*/lock"), reverse=True)]
    return [job for job in every if isinstance(job.request, kinds or TRAININGS)]


def check_no_layout_job(name: str) -> None:
    """Raises BadRequest while a layout of an artifact is being computed, BadArtifact where there is none such."""
    path = artifacts.find(name).resolve()
    for job in list_jobs(LayoutRequest):
        if job.running and Path(job.request.artifact).resolve() == path:
            raise BadRequest(f"A layout of {path.name} is being computed. Wait for it, or cancel it on the Map page.")


@contextmanager
def report_outcome(folder: Path) -> Iterator[IO[str]]:
    """Open the worker's report file, one JSON document per line, and write the outcome to it at the end."""
    end: dict[str, Any] = {"state": "done"}
    try:
        with (folder / "progress.jsonl").open("a", encoding="utf-8", buffering=1) as reports:
            yield reports
    except ExplorerError as error:
        end = {"state": "failed", "message": str(error)}
    except SystemExit:
        end = {"state": "cancelled"}
    except BaseException as error:
        end = {"state": "failed", "message": repr(error)}
        raise
    finally:
        write_json(folder / "end.json", end)


def jobs_folder() -> Path:
    """The folder that holds a folder per job."""
    return artifacts.root().resolve() / ".jobs"


def _document(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def write_json(file: Path, document: Any) -> None:
    """Write a JSON file atomically."""
    work = file.with_suffix(".part")
    work.write_text(json.dumps(document), encoding="utf-8")
    work.replace(file)


def _signal(pid: int, sign: signal.Signals) -> None:
    try:
        os.killpg(pid, sign)
    except ProcessLookupError:
        return


def reap() -> None:
    """Wait for workers that have ended, so that none stays as a zombie."""
    children[:] = [child for child in children if child.poll() is None]
