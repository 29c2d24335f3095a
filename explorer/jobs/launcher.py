"""Start jobs, each in its own worker process."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import IO

from explorer.artifacts.locks import lock_file, locked
from explorer.errors import BadRequest
from explorer.jobs import warm_worker
from explorer.jobs.import_job import ImportRequest
from explorer.jobs.job import TRAININGS, Job, Request, children, jobs_folder, list_jobs, reap, write_json
from explorer.jobs.layout_job import LayoutRequest
from explorer.paths import module_command, module_environment
from explorer.rights import actor, require_editor

WRITERS = (*TRAININGS, ImportRequest)  # requests that make a new artifact


def start(request: Request) -> Job:
    """Start a job and return at once. When the same layout or download is already running, return that job.

    Raises BadRequest for a request that would fail in the worker.
    """
    require_editor(f"start a {request.job.partition('-')[0]} job")
    request.validate()
    request = request.absolute()
    try:
        place = jobs_folder()
        place.mkdir(parents=True, exist_ok=True)
        with locked(place):  # of two simultaneous requests for the same name, one is refused
            return _running_duplicate(request) or _start(request, place)
    except OSError as error:
        raise BadRequest(f"No job can be started in {jobs_folder()}: {error.strerror or error}.") from error


def _running_duplicate(request: Request) -> Job | None:
    """The running job with the same result, if any. Raises BadRequest when an artifact of that name is in training."""
    kinds = WRITERS if isinstance(request, WRITERS) else (type(request),)
    for job in list_jobs(*kinds):
        if job.request.out == request.out and job.running:
            if isinstance(request, WRITERS):
                raise BadRequest(f"{job.name} is being made already; wait, cancel it, or choose another name.")
            if job.request == request:
                return job
    return None


def _start(request: Request, place: Path) -> Job:
    # A number, not the time: if the clock is set back, the newest job must still sort last.
    newest = max((int(file.parent.name.partition("-")[0]) for file in place.glob("*-*/lock")), default=0)
    job = Job(Path(tempfile.mkdtemp(prefix=f"{newest + 1:08d}-", dir=place)))
    write_json(job.folder / "request.json", {"job": request.job, **asdict(request)})
    write_json(job.folder / "owner.json", actor().person)
    with (job.folder / "lock.part").open("wb") as lock, (job.folder / "log.txt").open("wb") as log:
        lock_file(lock)
        (job.folder / "lock.part").rename(job.folder / "lock")  # so that the file is never seen unlocked
        # The worker inherits the lock, so it is held without a gap.
        worker = _warm_worker(request, job, lock, log) or subprocess.Popen(
            module_command("explorer.jobs.worker", str(job.folder)),
            pass_fds=[lock.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=module_environment(TF_CPP_MIN_LOG_LEVEL="3"),
        )
        write_json(job.folder / "pid", worker.pid)
    reap()
    children.append(worker)
    return job


def _warm_worker(request: Request, job: Job, lock: IO[bytes], log: IO[bytes]) -> subprocess.Popen[bytes] | None:
    """A warm worker after handing it a layout; None for other jobs, or when no warm worker is waiting."""
    if not isinstance(request, LayoutRequest):
        return None
    return warm_worker.hand_over(request.method, job.folder, lock.fileno(), log.fileno())
