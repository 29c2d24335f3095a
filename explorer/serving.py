"""The web app in several processes, watched over: each on a port of its own, started again when it dies.

What the processes share is on disk: artifacts, which they map into memory, and jobs. A visitor's session lives in one
of them, so what stands in front must always bring a visitor to the same one; `deploy/nginx.conf` does.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from explorer import paths
from explorer.errors import BadRequest

SERVER = paths.PACKAGE / "webapp" / "server.py"
HEALTH = "/_stcore/health"
START = 60.0  # seconds a process may take until it answers
PATIENCE = 15.0  # seconds it may take to end when asked
SHORTEST, LONGEST = 1.0, 30.0  # seconds until one that died is started again; doubled each time it dies young


def serve(workers: int, port: int, address: str, say: Callable[[str], object]) -> None:
    """Serve the app in `workers` processes on ports port, port + 1, ... until SIGTERM or Ctrl-C; then stop them all.

    address: what to listen on, a name or an IP address. say: told one line when all answer, and one for each process
    that dies and comes back. Raises BadRequest for a number or a port that cannot be, names a port that is in use, and
    a process that does not come up.
    """
    every = [Worker(one, address) for one in check_ports(workers, port, address)]
    usual = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the same way out as by Ctrl-C
    try:
        for worker in every:
            worker.start()
        for worker in every:
            worker.wait_until_it_answers()
        say("Ready: " + " ".join(worker.url for worker in every))
        while True:
            time.sleep(0.2)
            for worker in every:
                worker.watch(say)
    except KeyboardInterrupt:
        pass
    finally:
        for sign in usual:
            signal.signal(sign, signal.SIG_IGN)
        stop(every)
        for sign, handler in usual.items():
            signal.signal(sign, handler)


@dataclass
class Worker:
    """One process of the app, and when it may be started again once it has died."""

    port: int
    address: str
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    delay: float = SHORTEST  # before the next start, should it die
    due: float | None = None  # when it is started again; None while it lives
    environment: dict[str, str] = field(default_factory=dict)  # variables of its own

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{_reached(self.address)}:{self.port}"

    def start(self) -> None:
        """Start the process; it does not answer at once."""
        options = {"server.port": self.port, "server.address": self.address}
        words = [f"--{name}={value}" for name, value in options.items()]
        self.process = subprocess.Popen(
            paths.module_command("streamlit", "run", str(SERVER), *words),
            env=paths.module_environment(**{**_absolute_folders(), **self.environment}),
            cwd=None if paths.installed() else paths.app_folder(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        self.started, self.due = time.monotonic(), None

    def wait_until_it_answers(self) -> None:
        """Wait for its first sign of health. Raises BadRequest when it ends before, or takes too long."""
        assert self.process
        while time.monotonic() < self.started + START:
            if self.process.poll() is not None:
                raise BadRequest(f"The process on port {self.port} ended with status {self.process.returncode}.")
            try:
                with urlopen(self.url + HEALTH, timeout=1):
                    return
            except (OSError, HTTPException):
                time.sleep(0.1)
        raise BadRequest(f"The process on port {self.port} did not answer within {START:.0f} s.")

    def watch(self, say: Callable[[str], object]) -> None:
        """Start it again when it has died: soon at first, ever later when it dies soon after each start."""
        assert self.process
        now = time.monotonic()
        if self.due is None and self.process.poll() is not None:
            wait = self.delay if now < self.started + 2 * LONGEST else SHORTEST
            self.due, self.delay = now + wait, min(2 * wait, LONGEST)
            say(f"Port {self.port}: ended with status {self.process.returncode}, starts again in {wait:.0f} s")
        elif self.due is not None and now >= self.due:
            self.start()


def _absolute_folders() -> dict[str, str]:
    """The environment variables that name folders, for a process in another folder."""
    known = {name: os.environ.get(name, "") for name in (paths.ARTIFACTS, "EXPLORER_DATA")}
    return {name: str(Path(text).absolute()) for name, text in known.items() if text and "://" not in text}


def check_ports(workers: int, port: int, address: str) -> range:
    """The ports of so many processes. Raises BadRequest for one that cannot be, or that is in use."""
    if workers < 1:
        raise BadRequest(f"{workers} processes were asked for; at least 1 is needed.")
    if not 1 <= port <= 65536 - workers:
        raise BadRequest(f"{workers} processes from port {port} on: ports are numbers from 1 to 65535.")
    ports = range(port, port + workers)
    for one in ports:
        try:
            with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, one))
        except OSError as error:
            reason = error.strerror or str(error)
            raise BadRequest(f"Nothing can listen on port {one} of {address}: {reason}. Choose --port.") from None
    return ports


def stop(every: list[Worker]) -> None:
    """Ask processes to end, and kill those that do not within PATIENCE seconds."""
    living = [worker.process for worker in every if worker.process and worker.process.poll() is None]
    for process in living:
        process.terminate()
    until = time.monotonic() + PATIENCE
    for process in living:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _reached(address: str) -> str:
    """The address to ask at: one that means every address of this machine is asked at its own."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
    return f"[{shown}]" if ":" in shown else shown
