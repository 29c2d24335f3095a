"""Limits that protect the machine: how many jobs run at once, and the time and memory of each."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer.artifacts.locks import locked
from explorer.jobs.job import LIMIT, Job, write_json
from explorer.settings import positive_number

JOBS, JOBS_PER_PERSON = "EXPLORER_MAX_JOBS", "EXPLORER_MAX_JOBS_PER_PERSON"
MINUTES, MEMORY = "EXPLORER_JOB_MINUTES", "EXPLORER_JOB_MEMORY"
POLL = 0.3  # seconds between looks at the other jobs
PATIENCE = 10.0  # seconds a job that is over a limit has to clean up
STARTED = "started"


def wait_for_turn(job: Job, report: Callable[[dict[str, Any]], Any]) -> None:
    """Return when a job may run, first come, first served.

    At most EXPLORER_MAX_JOBS run at once, and EXPLORER_MAX_JOBS_PER_PERSON of one person. report: called with `phase`
    waiting and `place`, 1 for the next, whenever that changes.
    """
    last = 0
    while True:
        with locked(job.folder.parent):
            place = place_in_line(job)
            if place == 0:
                (job.folder / STARTED).touch()
                return
        if place != last:
            last = place
            report({"phase": "waiting", "done": 0, "total": 1, "place": place, "fraction": 1.0})
        time.sleep(POLL)


def place_in_line(job: Job) -> int:
    """0 if a job may run now, otherwise its place among the jobs that wait, from 1."""
    everybody = positive_number(JOBS, 4, "jobs")
    each = positive_number(JOBS_PER_PERSON, 2, "jobs")
    others = [other for other in _unfinished(job.folder.parent) if other.folder.name != job.folder.name]
    running = [other for other in others if (other.folder / STARTED).exists()]
    before = [other for other in others if other not in running and other.folder.name < job.folder.name]
    free, of_person = everybody - len(running), Counter(other.owner for other in running)
    for other in [*before, job]:
        allowed = free > 0 and (not other.owner or of_person[other.owner] < each)
        if other is job:
            return 0 if allowed else len(before) + 1
        if allowed:  # it is about to start
            free -= 1
            of_person[other.owner] += 1
    raise AssertionError


def _unfinished(place: Path) -> list[Job]:
    """Jobs that run or wait, in the order of their requests."""
    folders = sorted(file.parent for file in place.glob("*/lock"))
    return [job for job in map(Job, folders) if not (job.folder / "end.json").exists() and job.running]


def watch(folder: Path) -> None:
    """End this process, from a thread, when its job takes too long or too much memory; `limit.json` then says why."""
    minutes = positive_number(MINUTES, 24 * 60, "minutes")
    megabytes = positive_number(MEMORY, _usual_memory(), "megabytes")
    threading.Thread(target=_watch, args=(folder, minutes, megabytes), daemon=True).start()


def _watch(folder: Path, minutes: int, megabytes: int) -> None:
    begun = time.monotonic()
    while True:
        time.sleep(1)
        used = memory_in_use() / 1e6
        if used > megabytes:
            why = f"It took {used:,.0f} MB of memory; a job may have {megabytes:,} MB ({MEMORY}). Use less data."
        elif time.monotonic() - begun > 60 * minutes:
            why = f"It took longer than {minutes:,} minutes, the most that a job may take ({MINUTES})."
        else:
            continue
        write_json(folder / LIMIT, {"message": why})
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(PATIENCE)
        os.killpg(os.getpgrp(), signal.SIGKILL)


def memory_in_use() -> int:
    """Bytes of memory of this process that no file backs; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def _usual_memory() -> int:
    """Four fifths of the machine's memory, in megabytes."""
    try:
        return max(1, int(0.8 * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6))
    except (ValueError, OSError, AttributeError):
        return 16_000
