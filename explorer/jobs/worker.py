"""Entry point of a job's process: `python -m explorer.jobs.worker FOLDER`."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from explorer.jobs import columns_job, download_job, import_job, job, layout_job, limits, training_job

OFTEN = 0.2  # seconds between reports within an epoch or phase
SEEN = 0.5  # seconds between snapshots of a layout


def main(folder: Path) -> None:
    """Run the job in a folder. SIGTERM stops it and leaves nothing half-written."""
    signal.signal(signal.SIGTERM, _stop)
    with job.report_outcome(folder) as reports:
        last, phase = 0.0, None

        def report(state: dict[str, Any]) -> None:
            nonlocal last, phase
            whole = "phase" not in state or state.get("fraction") == 1.0 or "layout" in state
            if whole or state["phase"] != phase or time.monotonic() - last > OFTEN:
                last, phase = time.monotonic(), state.get("phase", phase)
                reports.write(json.dumps({name: _number(value) for name, value in state.items()}) + "\n")

        limits.wait_for_turn(job.Job(folder), report)
        limits.watch(folder)
        request = job.Job(folder).request
        if isinstance(request, layout_job.LayoutRequest):
            layout_job.make_layout(request, report, _snapshot_writer(folder))
        elif isinstance(request, columns_job.ProbeRequest):
            columns_job.probe_columns(request, report)
        elif isinstance(request, download_job.DownloadRequest):
            download_job.download_release(request, report)
        elif isinstance(request, import_job.ImportRequest):
            import_job.import_files(request, report)
        elif isinstance(request, training_job.TrainRequest):
            training_job.train_other(request, report)
        else:
            training_job.train_ratings(request, report)


def _snapshot_writer(folder: Path) -> Callable[[np.ndarray], None]:
    """A function that writes the latest snapshot of a layout to the folder, atomically."""
    last = 0.0

    def show(layout: np.ndarray) -> None:
        nonlocal last
        if time.monotonic() - last > SEEN:
            with (folder / "snapshot.part").open("wb") as file:
                np.save(file, layout)
            (folder / "snapshot.part").rename(folder / "snapshot.npy")
            last = time.monotonic()

    return show


def _stop(*_: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second SIGTERM must not interrupt the cleanup
    sys.exit(1)


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


if __name__ == "__main__":
    main(Path(sys.argv[1]))
