"""Throughput and latency of neighbor queries over HTTP, on a server that also serves pages.

    python benchmarks/api.py [--seconds 10] [--connections 8]

Prints requests per second and the median and 99th percentile of their time, beside those of the server's health check,
which measures the overhead of HTTP.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from urllib.parse import quote

import numpy as np

import explorer
from explorer.serving import Worker, stop
from explorer.viewer import free_port

ARTIFACT = "movielens"


async def load(port: int, paths: list[str], connections: int, seconds: float) -> np.ndarray:
    """Seconds of each request, sent one after another over keep-alive connections."""
    until, times = time.perf_counter() + seconds, []

    async def ask(seed: int) -> None:
        choose = random.Random(seed)
        reader, writer = await asyncio.open_connection("localhost", port)
        while time.perf_counter() < until:
            begun = time.perf_counter()
            writer.write(f"GET {choose.choice(paths)} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            assert head.startswith("http/1.1 200"), head
            if "content-length: " in head:
                await reader.readexactly(int(head.partition("content-length: ")[2].split("\r\n")[0]))
            else:
                while size := int(await reader.readuntil(b"\r\n"), 16):
                    await reader.readexactly(size + 2)
                await reader.readexactly(2)
            times.append(time.perf_counter() - begun)
        writer.close()

    await asyncio.gather(*map(ask, range(connections)))
    return np.array(times)


def main() -> None:
    """Start a server and measure it."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--seconds", type=float, default=10.0)
    asked.add_argument("--connections", type=int, default=8)
    options = asked.parse_args()
    keys = explorer.load(ARTIFACT).items["key"].tolist()
    neighbors = [f"/api/v1/artifacts/{ARTIFACT}/neighbors?key={quote(key, safe='')}&k=10" for key in keys]
    worker = Worker(free_port(), "localhost")
    worker.start()
    try:
        worker.wait_until_it_answers()
        asyncio.run(load(worker.port, neighbors, 2, 2.0))  # imports and caches
        for name, paths in (("health check", ["/_stcore/health"]), ("neighbors", neighbors)):
            times = asyncio.run(load(worker.port, paths, options.connections, options.seconds)) * 1000
            rate = len(times) / options.seconds
            middle, slow = np.percentile(times, [50, 99])
            print(f"{name}: {rate:,.0f} requests a second, median {middle:.1f} ms, 99th percentile {slow:.1f} ms")
    finally:
        stop([worker])


if __name__ == "__main__":
    main()
