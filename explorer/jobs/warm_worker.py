"""A worker that has imported and compiled UMAP in advance, which takes half a minute.

`prewarm` starts it; `hand_over` gives it a job. It ends after IDLE seconds without a job, and when its parent process
ends. It is a separate process, so UMAP never enters the web process.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from explorer.jobs import worker
from explorer.maps import projection
from explorer.paths import module_command, module_environment

IDLE = 900.0  # seconds; it holds about a gigabyte

_waiting: tuple[subprocess.Popen[bytes], socket.socket] | None = None


def prewarm() -> None:
    """Start a warm worker, unless one is waiting."""
    global _waiting
    if _waiting and _waiting[0].poll() is None:
        return
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    process = subprocess.Popen(
        module_command("explorer.jobs.warm_worker", str(theirs.fileno())),
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=module_environment(),
    )
    theirs.close()
    _waiting = process, ours


def hand_over(folder: Path, lock: int, log: int) -> subprocess.Popen[bytes] | None:
    """Give the warm worker a job with the open files of its lock and log. Returns None when no worker is waiting."""
    global _waiting
    if not _waiting:
        return None
    (process, channel), _waiting = _waiting, None
    try:
        socket.send_fds(channel, [str(folder).encode()], [lock, log])
    except OSError:
        return None
    finally:
        channel.close()
    return process


def _wait(channel: socket.socket) -> None:
    projection.warm_up()
    channel.settimeout(IDLE)
    try:
        folder, files, _, _ = socket.recv_fds(channel, 4096, 2)
    except TimeoutError:
        return
    if folder:
        for stream in (1, 2):
            os.dup2(files[1], stream)
        worker.main(Path(folder.decode()))


if __name__ == "__main__":
    _wait(socket.socket(fileno=int(sys.argv[1])))
