"""Run the web app in several processes, each on its own port, and restart those that die.

The processes share only files: artifacts, which they map into memory, and jobs. A visitor's session lives in one
process, so a proxy must always send a visitor to the same one, as `deploy/nginx.conf` does.
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
READ_ONLY = "EXPLORER_READ_ONLY"  # "1": everybody is a viewer
START = 60.0  # seconds a process may take until it answers
PATIENCE = 15.0  # seconds between SIGTERM and SIGKILL
SHORTEST, LONGEST = 1.0, 30.0  # seconds before a restart; doubled each time a process dies soon after its start


def serve(workers: int, port: int, address: str, say: Callable[[str], object], read_only: bool = False) -> None:
    """Serve the app in `workers` processes on ports port, port + 1, ... until SIGTERM or Ctrl-C; then stop them all.

    address: a host name or an IP address to listen on. say: called with a line when all processes answer, and with a
    line for each one that dies or answers again. read_only: whether all visitors are viewers. Raises BadRequest for an
    invalid number or port, a port that is in use, and a process that does not start.
    """
    environment = {READ_ONLY: "1"} if read_only else {}
    every = [
        Worker(worker_port, address, environment=environment) for worker_port in check_ports(workers, port, address)
    ]
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
    """One process of the app, and the time of its next restart."""

    port: int
    address: str
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    delay: float = SHORTEST  # seconds before the next restart
    due: float | None = None  # time of the restart; None while the process runs
    environment: dict[str, str] = field(default_factory=dict)  # variables to add

    @property
    def url(self) -> str:
        """The URL of the process."""
        return f"http://{_reached(self.address)}:{self.port}"

    def start(self) -> None:
        """Start the process without waiting until it answers."""
        options = {"server.port": self.port, "server.address": self.address}
        words = [f"--{name}={value}" for name, value in options.items()]
        self.process = subprocess.Popen(
            paths.module_command("streamlit", "run", str(SERVER), *words),
            env=paths.module_environment(**{**_absolute_folders(), **self.environment}),
            cwd=None if paths.installed() else paths.app_folder(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C in a terminal reaches this process alone, which stops the other
        )
        self.started, self.due = time.monotonic(), None

    def wait_until_it_answers(self) -> None:
        """Wait until the health check succeeds. Raises BadRequest when the process ends first or takes too long."""
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
        """Restart the process when it has died; the delay grows when it dies soon after each start."""
        assert self.process
        now = time.monotonic()
        if self.due is None and self.process.poll() is not None:
            wait = self.delay if now < self.started + 2 * LONGEST else SHORTEST
            self.due, self.delay = now + wait, min(2 * wait, LONGEST)
            say(f"Port {self.port}: ended with status {self.process.returncode}, restarts in {wait:.0f} s")
        elif self.due is not None and now >= self.due:
            self.start()


def _absolute_folders() -> dict[str, str]:
    """The environment variables that name folders or files, made absolute for a process in another folder."""
    names = (paths.ARTIFACTS, paths.CACHE, "EXPLORER_DATA", "EXPLORER_TOKENS")
    known = {name: os.environ.get(name, "") for name in names}
    return {name: str(Path(text).absolute()) for name, text in known.items() if text and "://" not in text}


def check_ports(workers: int, port: int, address: str) -> range:
    """The ports of `workers` processes. Raises BadRequest for an invalid port and one that is in use."""
    if workers < 1:
        raise BadRequest(f"{workers} processes were asked for; at least 1 is needed.")
    if not 1 <= port <= 65536 - workers:
        raise BadRequest(f"{workers} processes from port {port} on: ports are numbers from 1 to 65535.")
    ports = range(port, port + workers)
    for number in ports:
        try:
            with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, number))
        except OSError as error:
            reason = error.strerror or str(error)
            raise BadRequest(f"Nothing can listen on port {number} of {address}: {reason}. Choose --port.") from None
    return ports


def stop(every: list[Worker]) -> None:
    """Terminate processes, and kill those that still run after PATIENCE seconds."""
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
    """The address to connect to: localhost when `address` stands for all addresses of this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
    return f"[{shown}]" if ":" in shown else shown
