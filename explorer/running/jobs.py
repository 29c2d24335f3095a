"""Trainings and layouts in processes of their own: started, watched, cancelled, and outliving whoever started them.

A job is a folder `.jobs/<id>/` beside the artifacts. Its worker holds a lock on the file `lock` as long as it lives,
so a job is running exactly when the lock is held: no process id can be mistaken for another's, and a worker that was
killed is seen to be gone.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from explorer import artifacts, whole
from explorer.errors import BadRequest
from explorer.maps.layouts import Layout
from explorer.running import spare
from explorer.running.runs import Request

KINDS: dict[str, type[Request] | type[Layout]] = {kind.kind: kind for kind in (Request, Layout)}
PATIENCE = 5.0  # seconds between asking a worker to stop and killing it
_children: list[subprocess.Popen[bytes]] = []  # kept to be waited for; else they stay as zombies


@dataclass(frozen=True)
class Job:
    """One training or layout, past or present."""

    folder: Path

    @property
    def request(self) -> Any:
        """What was asked for: a Request or a Layout."""
        known = json.loads((self.folder / "request.json").read_text(encoding="utf-8"))
        if known.get("layouts"):
            known["layouts"] = tuple(known["layouts"])
        return KINDS[known.pop("kind", Request.kind)](**known)

    @property
    def name(self) -> str:
        """The artifact it makes or adds to."""
        return Path(self.request.out).name

    @property
    def running(self) -> bool:
        """Whether its worker lives."""
        with (self.folder / "lock").open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
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
        """Why it failed."""
        return str(
            self._end().get(
                "message",
                f"its process was ended from outside, perhaps for lack of memory; see {self.folder / 'log.txt'}",
            )
        )

    @property
    def progress(self) -> dict[str, Any]:
        """The last thing it reported, {} before the first."""
        reports = self._lines("progress.jsonl")
        return reports[-1] if reports else {}

    @property
    def curve(self) -> list[dict[str, float]]:
        """One point an epoch of the measured training: epoch, loss, rmse, val_rmse."""
        return [r for r in self._lines("progress.jsonl") if r.get("fraction") == 1.0 and r.get("phase") == "measuring"]

    @property
    def read(self) -> dict[str, Any]:
        """What it read: name, ratings, users, items; {} before."""
        return next((r["read"] for r in self._lines("progress.jsonl") if "read" in r), {})

    @property
    def baseline(self) -> float | None:
        """RMSE of the best baseline on the ratings held out; None before it is known."""
        return next((r["baseline"] for r in self._lines("progress.jsonl") if "baseline" in r), None)

    @property
    def snapshot(self) -> np.ndarray | None:
        """The layout as it was a moment ago, (n, 2) float32; None before there is one."""
        file = self.folder / "snapshot.npy"
        return np.load(file) if file.exists() else None

    def cancel(self) -> None:
        """End the worker, at the latest after some seconds; nothing half-written stays."""
        if self.running:
            with whole.locked(_place()):  # it may be just being started
                pid = int((self.folder / "pid").read_text())
            for sign in (signal.SIGTERM, signal.SIGKILL):
                _signal(pid, sign)
                deadline = time.monotonic() + PATIENCE
                while self.running and time.monotonic() < deadline:
                    time.sleep(0.05)
        whole.tidy(Path(self.request.out))
        if not self._end():
            _write(self.folder / "end.json", {"state": "cancelled"})
        _reap()

    def _end(self) -> dict[str, Any]:
        file = self.folder / "end.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def _lines(self, name: str) -> list[dict[str, Any]]:
        file = self.folder / name
        if not file.exists():
            return []
        whole = file.read_text(encoding="utf-8").rpartition("\n")[0]  # the last line may be half-written
        return [json.loads(line) for line in whole.splitlines()]


def start(request: Request | Layout) -> Job:
    """Start a worker; returns at once. A layout that is being made already is not begun again: its job is returned.

    Raises BadRequest for what would fail later anyway.
    """
    request.refuse_early()
    request = request.absolute()
    try:
        place = _place()
        place.mkdir(parents=True, exist_ok=True)
        with whole.locked(place):  # of two who ask at once for one name, one is refused
            return _twin(request) or _start(request, place)
    except OSError as error:
        raise BadRequest(f"No {request.kind} can be started in {_place()}: {error.strerror or error}.") from error


def _twin(request: Request | Layout) -> Job | None:
    """The running job that makes the same layout. Raises BadRequest where the same name is being trained."""
    for job in jobs(type(request)):
        if job.request.out == request.out and job.running:
            if isinstance(request, Request):
                raise BadRequest(f"{job.name} is being trained already; wait, cancel it, or choose another name.")
            if job.request == request:
                return job
    return None


def _start(request: Request | Layout, place: Path) -> Job:
    # A number, not the time: a clock that is put back would make the newest job an old one.
    newest = max((int(file.parent.name.partition("-")[0]) for file in place.glob("*-*/lock")), default=0)
    job = Job(Path(tempfile.mkdtemp(prefix=f"{newest + 1:08d}-", dir=place)))
    _write(job.folder / "request.json", {"kind": request.kind, **asdict(request)})
    with (job.folder / "lock.part").open("wb") as lock, (job.folder / "log.txt").open("wb") as log:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (job.folder / "lock.part").rename(job.folder / "lock")  # so that nobody sees it unlocked
        # The worker inherits the lock: there is no moment at which nobody holds it.
        worker = _spare(request, job, lock, log) or subprocess.Popen(
            [sys.executable, "-m", "explorer.running.worker", str(job.folder)],
            pass_fds=[lock.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        _write(job.folder / "pid", worker.pid)
    _reap()
    _children.append(worker)
    return job


def _spare(request: Request | Layout, job: Job, lock: IO[bytes], log: IO[bytes]) -> subprocess.Popen[bytes] | None:
    """The worker that has UMAP ready, with its job, if it is wanted and there is one."""
    wanted = isinstance(request, Layout) and request.method == "umap"
    return spare.send(job.folder, lock.fileno(), log.fileno()) if wanted else None


def jobs(kind: type[Request] | type[Layout] = Request) -> list[Job]:
    """Every job of a kind, the newest first; none where the artifacts are in a database."""
    if artifacts.published():
        return []
    every = [Job(file.parent) for file in sorted(_place().glob("*/lock"), reverse=True)]
    return [job for job in every if isinstance(job.request, kind)]


@contextmanager
def ended(folder: Path) -> Iterator[IO[str]]:
    """Within a worker: the file to report to, one JSON document a line; on the way out says how it ended."""
    from explorer.errors import ExplorerError

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
        _write(folder / "end.json", end)


def _place() -> Path:
    return artifacts.root().resolve() / ".jobs"


def _write(file: Path, document: Any) -> None:
    work = file.with_suffix(".part")
    work.write_text(json.dumps(document), encoding="utf-8")
    work.replace(file)


def _signal(pid: int, sign: signal.Signals) -> None:
    try:
        os.killpg(pid, sign)
    except ProcessLookupError:
        return


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]
