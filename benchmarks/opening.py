"""Seconds until `explorer open FILE` responds, and until its t-SNE layout is shown.

    python benchmarks/opening.py [--shapes 4513x64 10000x384] [--repeat 1] [--atlas embedding-atlas]

Each file is parquet with titles, a year, a category and a column of vectors. If the command of --atlas is installed,
`embedding-atlas FILE --vector vector` is timed until it responds, in the same run, and the ratios are printed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run from a checkout, without installation

from explorer.paths import module_command, module_environment

PATIENCE = 600.0  # seconds
PCA_TIMES, TSNE_TIMES = 10, 5  # goal: times as fast as the other


def generate(path: Path, rows: int, dims: int) -> None:
    """Vectors in a few groups, with an item table."""
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(20, dims))
    group = rng.integers(20, size=rows)
    vectors = (centers[group] + 0.7 * rng.normal(size=(rows, dims))).astype(np.float32)
    columns = {"title": [f"Item {n}" for n in range(rows)], "year": rng.integers(1950, 2025, rows), "group": group}
    pd.DataFrame({**columns, "vector": list(vectors)}).to_parquet(path)


def ours(file: Path) -> dict[str, float]:
    """Seconds until the page responds, and until the t-SNE layout is shown."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        words = ["open", str(file), "--no-browser", "--keep", "opened"]
        process = subprocess.Popen(
            module_command("explorer", *words), env=module_environment(EXPLORER_ARTIFACTS=folder),
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            assert process.stderr
            said = next(line for line in process.stderr if line.startswith("Open after"))
            answers(re.search(r"http://\S+", said)[0])  # type: ignore[index]
            opened = time.perf_counter() - start
            while not (Path(folder) / "opened" / "layouts" / "tsne.npy").exists():
                if time.perf_counter() - start > PATIENCE:
                    raise TimeoutError("no t-SNE")
                time.sleep(0.1)
            return {"PCA": opened, "t-SNE": time.perf_counter() - start}
        finally:
            end(process)


def theirs(command: str, file: Path) -> float:
    """Seconds until Embedding Atlas responds."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    start = time.perf_counter()
    process = subprocess.Popen(
        [command, str(file), "--vector", "vector", "--text", "title", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "XDG_CACHE_HOME": tempfile.mkdtemp(dir=file.parent)},  # its cache of layouts
    )  # fmt: skip
    try:
        answers(f"http://localhost:{port}")
        return time.perf_counter() - start
    finally:
        end(process)


def answers(url: str) -> None:
    """Wait until an address responds."""
    until = time.perf_counter() + PATIENCE
    while time.perf_counter() < until:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(url)


def end(process: subprocess.Popen) -> None:
    """End a process of this script, with its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shapes", nargs="+", default=["4513x64", "10000x384"], metavar="ROWSxDIMS")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--atlas", default="embedding-atlas", metavar="COMMAND")
    args = parser.parse_args()
    atlas = shutil.which(args.atlas)
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        for shape in args.shapes:
            file = Path(folder) / f"{shape}.parquet"
            generate(file, *map(int, shape.split("x")))
            runs = [ours(file) for _ in range(args.repeat)]
            best = {name: min(run[name] for run in runs) for name in runs[0]}
            print(
                f"{shape}: " + ", ".join(f"{name} after {seconds:.1f} s" for name, seconds in best.items()), flush=True
            )
            if atlas:
                other = min(theirs(atlas, file) for _ in range(args.repeat))
                ratios = {name: other / seconds for name, seconds in best.items()}
                kept &= ratios["PCA"] >= PCA_TIMES and ratios["t-SNE"] >= TSNE_TIMES
                told = ", ".join(f"{ratio:.1f} times for {name}" for name, ratio in ratios.items())
                print(f"{shape}: embedding-atlas after {other:.1f} s: {told}", flush=True)
    print(
        f"claimed: {PCA_TIMES} times with PCA, {TSNE_TIMES} times with t-SNE"
        + ("" if atlas else "; no other to measure")
    )
    sys.exit(not kept)


if __name__ == "__main__":
    main()
