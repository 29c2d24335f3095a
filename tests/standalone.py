"""A Milvus standalone server: all components in one process, from the wheel `milvus`."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

import milvus

from tests import PATIENCE

ETCD = """\
name: default
listen-client-urls: http://127.0.0.1:{clients}
advertise-client-urls: http://127.0.0.1:{clients}
listen-peer-urls: http://127.0.0.1:{peers}
initial-advertise-peer-urls: http://127.0.0.1:{peers}
initial-cluster: default=http://127.0.0.1:{peers}
"""


class Standalone:
    """Data folder and `uri` of a server that can be stopped and restarted on the same ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config = milvus.MilvusServerConfig(data_dir=str(folder))
        config.resolve()  # free ports, and a configuration file with them
        milvus._initialize_data_files(str(folder))
        self.port = config.get("proxy_port")
        self.health, probe = config.resolve_port(9091)
        peers, other = config.resolve_port(2480)
        self.etcd = folder / "configs" / "etcd.yaml"  # by default its ports are fixed, so only one server could run
        self.etcd.write_text(ETCD.format(clients=config.get("etcd_port"), peers=peers), encoding="utf-8")
        probe.close()
        other.close()
        self.uri = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Standalone:
        programs = self.folder / "bin"
        own = {"DEPLOY_MODE": "STANDALONE", "METRICS_PORT": str(self.health), "LD_LIBRARY_PATH": str(programs)}
        own["ETCD_CONFIG_PATH"] = str(self.etcd)
        own["MILVUS_RUN_DIR"] = str(self.folder / "run")
        self.process = subprocess.Popen(
            [programs / "milvus", "run", "standalone"], cwd=self.folder, env={**os.environ, **own},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                with urlopen(f"http://127.0.0.1:{self.health}/healthz", timeout=10) as answer:
                    if b"OK" in answer.read():
                        return self
            except OSError:
                pass
            time.sleep(0.2)
        raise RuntimeError(f"Milvus did not come up on port {self.port}")

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
