"""A Spark session; Java and the master are checked first."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from explorer.errors import BadRequest, MissingExtra
from explorer.training.ratings.hyperparameters import available
from explorer.training.spark.request import on_this_machine

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA = 17  # oldest version that Spark supports
INSTALL_JAVA = "Install it (Debian, Ubuntu: apt-get install openjdk-17-jre-headless) or set JAVA_HOME to one."
ANSWER = 10  # seconds, timeout of a master


@contextmanager
def session(master: str, scratch: str, conf: Mapping[str, str], log: Path) -> Iterator[SparkSession]:
    """A session on a cluster, stopped at the end.

    scratch: a folder that driver and workers share; checkpoints are written there. conf: settings that override the
    defaults. log: a local file for Spark's output.
    """
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master).appName("explorer")
    for name, value in {**_defaults(master), **conf}.items():
        builder = builder.config(name, value)
    with _stderr_to(log):  # inherited by Java when it starts
        spark = builder.getOrCreate()
    try:
        spark.sparkContext.setCheckpointDir(f"{scratch}/checkpoints")
        yield spark
    finally:
        spark.stop()
        _end_java()


def check_pyspark() -> None:
    """Raise MissingExtra if pyspark is not installed."""
    if find_spec("pyspark") is None:
        raise MissingExtra("Training on Spark", "pyspark", "spark")


def check_java() -> None:
    """Raise BadRequest if Java is missing or too old; uses JAVA_HOME, else PATH."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    if java is None:
        where = f"JAVA_HOME is {home}, and there is no bin/java in it" if home else "there is no java on the PATH"
        raise BadRequest(f"Spark needs Java {JAVA} or newer, and {where}. {INSTALL_JAVA}")
    version = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', version.stderr)
    if found is None:
        raise BadRequest(f"Spark needs Java {JAVA} or newer, and {java} -version names no version. {INSTALL_JAVA}")
    if int(found[1]) < JAVA:
        raise BadRequest(f"Spark needs Java {JAVA} or newer, and {java} is Java {found[1]}. {INSTALL_JAVA}")


def check_master(master: str) -> None:
    """Raise BadRequest if a standalone master (spark://host:port) does not answer; others are not checked."""
    if not master.startswith("spark://"):
        return
    failed: Exception | None = None
    for server in master.removeprefix("spark://").split(","):
        try:
            address = urlsplit(f"spark://{server}")
            socket.create_connection((address.hostname or "", address.port or 7077), ANSWER).close()
            return
        except (OSError, ValueError) as error:
            failed = error
    raise BadRequest(f"No Spark master answers at {master} ({failed}). Start it, or give another --master.")


def _defaults(master: str) -> dict[str, str]:
    """Default settings. Spark's web pages are off, as they listen on all addresses without a login."""
    found = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.caseSensitive": "true",
        "spark.driver.maxResultSize": "0",
    }
    if on_this_machine(master):
        found |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    if master.startswith("local"):  # the driver does all work
        found["spark.driver.memory"] = f"{max(1024, available() // 2**20 // 2)}m"
        # The default of 200 is for clusters; on one machine every shuffle would write 40,000 files.
        found["spark.sql.shuffle.partitions"] = str(2 * (os.cpu_count() or 1))
    return found


@contextmanager
def _stderr_to(log: Path) -> Iterator[None]:
    sys.stderr.flush()
    stderr = os.dup(2)
    with log.open("ab") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyspark warns about its use of pandas
        os.dup2(stream.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def _end_java() -> None:
    """Stop Java, which would otherwise keep the settings and the log of this session for the next."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=30)
        SparkContext._gateway = SparkContext._jvm = None
