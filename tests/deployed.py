"""The deployed app: `python -m explorer serve` behind Debian's nginx with deploy/nginx.conf."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import IO, Any
from urllib.request import urlopen

from tests import PATIENCE, ROOT

DEPLOY = ROOT / "deploy"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@dataclass
class Served:
    """The app's processes and their supervisor."""

    watcher: subprocess.Popen[str]
    ports: list[int]
    stderr: IO[str]

    def log(self) -> str:
        """Their stderr so far."""
        self.stderr.seek(0)
        return self.stderr.read()

    def pid(self, port: int) -> int | None:
        """Process id of the listener on a port; None if there is none."""
        asked = ["pgrep", "-P", str(self.watcher.pid), "-f", "--", f"--server.port={port}"]
        found = subprocess.run(asked, capture_output=True, text=True).stdout.split()
        return int(found[0]) if found else None

    def sessions(self, port: int) -> int:
        """Number of open sessions of a process."""
        with urlopen(f"http://localhost:{port}/_stcore/metrics", timeout=5) as answer:
            found = re.search(r"^active_sessions (\d+)", answer.read().decode(), re.MULTILINE)
        assert found
        return int(found[1])


def healthy(port: int) -> bool:
    """True if the process responds."""
    try:
        with urlopen(f"http://localhost:{port}/_stcore/health", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def free_ports(count: int) -> list[int]:
    """Consecutive free ports."""
    for _ in range(100):
        first = SystemRandom().randrange(20_000, 30_000)
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("localhost", port))
        except OSError:
            continue
        return list(range(first, first + count))
    raise RuntimeError(f"no {count} free ports in a row")


@contextmanager
def served(folder: Path | str | None, workers: int = 1, **how: Any) -> Iterator[Served]:
    """`explorer serve` on a folder of artifacts or a database.

    how: keyword arguments `command` (default: this checkout's), `cwd` and `env` of the process.
    """
    ports = free_ports(workers)
    command = how.pop("command", [sys.executable, "-m", "explorer"])
    command = [*command, "serve", "--workers", str(workers), "--port", str(ports[0])]
    how = how or {"cwd": ROOT, "env": {**os.environ, "EXPLORER_ARTIFACTS": str(folder)}}
    # stderr goes to a file, because a pipe would fill up.
    with tempfile.TemporaryFile("w+") as said:
        watcher = subprocess.Popen(command, stderr=said, text=True, **how)
        try:
            for _ in range(10 * PATIENCE):
                said.seek(0)
                if "Ready: " in said.read():
                    break
                if watcher.poll() is not None:
                    raise RuntimeError(f"serve ended with status {watcher.returncode}")
                time.sleep(0.1)
            else:
                raise RuntimeError("serve was not ready in time")
            yield Served(watcher, ports, said)
        finally:
            watcher.send_signal(signal.SIGTERM)
            watcher.wait(PATIENCE)


def configured(folder: Path, ports: list[int], https: int, http: int) -> Path:
    """deploy/nginx.conf with test ports and paths, inside a minimal http block. Returns the file for nginx."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    names = ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names], check=True,
                   capture_output=True)  # fmt: skip
    site = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    there = {
        "listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
        "listen 80": f"listen 127.0.0.1:{http}",
        "/etc/letsencrypt/live/explorer.example.org/fullchain.pem": str(certificate),
        "/etc/letsencrypt/live/explorer.example.org/privkey.pem": str(key),
        "/var/lib/nginx/explorer": str(folder / "cache"),
        "8501": str(ports[0]),
        "8502": str(ports[1]),
    }
    for usual, here in there.items():
        assert usual in site, usual
        site = site.replace(usual, here)
    (folder / "site.conf").write_text(site, encoding="utf-8")
    whole = folder / "nginx.conf"
    whole.write_text(AROUND.format(folder=folder), encoding="utf-8")
    return whole


@contextmanager
def fronted(ports: list[int]) -> Iterator[tuple[str, str]]:
    """nginx without root rights in front of two processes: its https and http addresses."""
    assert NGINX
    https, http = free_ports(2)
    nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as name:
        whole = configured(Path(name), ports, https, http)
        if nobody:
            for path in (Path(name), *Path(name).iterdir()):
                shutil.chown(path, "nobody", "nogroup")
        log = Path(name) / "error.log"
        front = subprocess.Popen([NGINX, "-c", str(whole), "-p", name, "-e", str(log)], **nobody)
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", https)) == 0:
                        break
                if front.poll() is not None:
                    raise RuntimeError(log.read_text())
                time.sleep(0.1)
            yield f"https://localhost:{https}", f"http://localhost:{http}"
        finally:
            front.terminate()
            front.wait(PATIENCE)
