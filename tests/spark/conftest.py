"""Generated ratings of known noise, and a Spark cluster of local processes."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests import ROOT

USERS, ITEMS, RANK, NOISE, N = 400, 200, 3, 0.3, 30_000
PATIENCE = 300  # seconds, on a busy machine


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> Path:
    """CSV of ratings: 3.0 + biases + a product of 3 factors + noise of 0.3 stars, not rounded."""
    rng = np.random.default_rng(0)
    pairs = rng.permutation(USERS * ITEMS)[:N]
    user, item = pairs // ITEMS, pairs % ITEMS
    taste = np.einsum("nd,nd->n", *(rng.normal(0, 0.6, (n, RANK))[at] for n, at in ((USERS, user), (ITEMS, item))))
    bias = rng.normal(0, 0.2, USERS)[user] + rng.normal(0, 0.3, ITEMS)[item]
    rating = 3 + bias + taste + rng.normal(0, NOISE, N)
    table = pd.DataFrame({"user": user, "item": item, "rating": rating, "timestamp": np.arange(N)})
    path = tmp_path_factory.mktemp("world") / "world.csv"
    table.to_csv(path, index=False)
    return path


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def ask(url: str):
    """The JSON at a URL; None if nothing responds."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def wait_for(found, what: str):
    """The result of a function once it is true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what}: nothing after {PATIENCE} s")


@dataclass
class Cluster:
    """A standalone master and its workers."""

    folder: Path
    memory: str = "1g"  # of each worker
    port: int = field(default_factory=free_port)
    page: int = field(default_factory=free_port)
    workers: list[subprocess.Popen] = field(default_factory=list)
    master: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"spark://127.0.0.1:{self.port}"

    def start(self, workers: int) -> None:
        ports = ("--port", str(self.port), "--webui-port", str(self.page))
        self.master = self._java("master.Master", "--host", "127.0.0.1", *ports)
        for number in range(workers):
            work = ("-d", str(self.folder / str(number)), "-c", "1", "-m", self.memory, "--webui-port", "0")
            self.workers.append(self._java("worker.Worker", "--host", "127.0.0.1", *work, self.url))
        wait_for(lambda: self.alive() == workers, "workers of the cluster")

    def alive(self) -> int:
        return (ask(f"http://127.0.0.1:{self.page}/json/") or {}).get("aliveworkers", 0)

    def _java(self, what: str, *words: str) -> subprocess.Popen:
        import pyspark

        program = Path(pyspark.__file__).parent / "bin" / "spark-class"
        small = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}
        with (self.folder / f"{what}.log").open("ab") as log:
            command = [str(program), f"org.apache.spark.deploy.{what}", *words]
            return subprocess.Popen(command, env={**os.environ, **small}, stdout=log, stderr=log)

    def stop(self) -> None:
        for process in (*self.workers, self.master):
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(timeout=30)


def kill(worker: subprocess.Popen) -> set[str]:
    """Kill a worker and its executors, as if its machine failed. Returns the ids of the affected applications."""
    asked = ["ps", "-o", "pid=,args=", "-ww", "--ppid", str(worker.pid)]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.splitlines()
    for pid in (worker.pid, *(int(line.split()[0]) for line in found)):
        with suppress(ProcessLookupError):  # an executor of a finished application ends by itself
            os.kill(pid, signal.SIGKILL)
    worker.wait(timeout=30)
    return {one for line in found for one in re.findall(r"--app-id (\S+)", line)}


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        made.start(2)
        yield made
    finally:
        made.stop()


SMALL = {
    "spark.executor.memory": "600m",
    "spark.driver.memory": "1g",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    "spark.executor.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
}


def begin(kind: str, data: Path, out: Path, master: str, *words: object, **conf: str) -> subprocess.Popen:
    """Start a training as on the command line."""
    settings = [word for item in {**SMALL, **conf}.items() for word in ("--conf", "=".join(item))]
    command = ["train", kind, "--engine", "spark", "--master", master, "--data", data, "--out", out, *words]
    return subprocess.Popen(
        [sys.executable, "-m", "explorer", *map(str, command), *settings, "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def answer(process: subprocess.Popen) -> dict:
    out, err = process.communicate(timeout=3 * PATIENCE)
    assert process.returncode == 0, err
    assert out.count("\n") == 1
    return json.loads(out)


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """A Spark session of two local threads."""
    from explorer.training.spark.session import session

    folder = tmp_path_factory.mktemp("session")
    with session("local[2]", folder.as_uri(), SMALL, folder / "log") as made:
        yield made
