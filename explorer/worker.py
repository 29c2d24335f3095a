"""What runs in a job's own process: `python -m explorer.worker FOLDER`."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from explorer import jobs, runs

OFTEN = 0.2  # seconds between two reports within an epoch


def main(folder: Path) -> None:
    """Carry out the job of a folder; a request to stop (SIGTERM) leaves nothing half-written."""
    signal.signal(signal.SIGTERM, _stop)
    with jobs.ended(folder) as reports:
        last = 0.0

        def report(state: dict[str, Any]) -> None:
            nonlocal last
            whole = "read" in state or state.get("fraction") == 1.0
            if whole or time.monotonic() - last > OFTEN:
                last = time.monotonic()
                reports.write(json.dumps({name: _number(value) for name, value in state.items()}) + "\n")

        runs.run(jobs.Job(folder).request, report)


def _stop(*_: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # asked again while it cleans up, it goes on cleaning up
    sys.exit(1)


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


if __name__ == "__main__":
    main(Path(sys.argv[1]))
