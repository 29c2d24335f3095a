"""Workers that have imported UMAP (and compiled it, which takes half a minute) or openTSNE in advance.

`prewarm` starts one; `hand_over` gives it a job. It ends after IDLE seconds without a job, and when its parent process
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

IDLE = 900.0  # seconds; with UMAP it holds about a gigabyte

_waiting: dict[str, tuple[subprocess.Popen[bytes], socket.socket]] = {}  # by method


def prewarm(method: str) -> None:
    """Start a warm worker for layouts by `umap` or `tsne`, unless one is waiting."""
    if method in _waiting and _waiting[method][0].poll() is None:
        return
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    process = subprocess.Popen(
        module_command("explorer.jobs.warm_worker", method, str(theirs.fileno())),
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=module_environment(),
    )
    theirs.close()
    _waiting[method] = process, ours


def hand_over(method: str, folder: Path, lock: int, log: int) -> subprocess.Popen[bytes] | None:
    """Give a warm worker a job with the open files of its lock and log. Returns None when no worker is waiting."""
    if method not in _waiting:
        return None
    process, channel = _waiting.pop(method)
    try:
        socket.send_fds(channel, [str(folder).encode()], [lock, log])
    except OSError:
        return None
    finally:
        channel.close()
    return process


def _wait(method: str, channel: socket.socket) -> None:
    projection.warm_up(method)
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
    _wait(sys.argv[1], socket.socket(fileno=int(sys.argv[2])))
