"""Quality card of 60,000 items, and comparison of two such embeddings: seconds and memory.

    python benchmarks/quality.py [--items 60000] [--size 32]

The artifacts are generated, with genres and popularity like those of films. Each command runs in a new process; time
and peak memory are those of the whole process. Processor seconds are printed too, which other programs do not affect.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run from a checkout, without installation
from benchmarks.map import generate
from explorer import artifacts

ROOT = Path(__file__).resolve().parents[1]
SECONDS, GIGABYTES = 60, 2


def measured(*words: str) -> tuple[float, float, float]:
    """Seconds, processor seconds, and peak gigabytes of one command."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "explorer", *words, "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(words)} ended with status {process.returncode}")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20


def artifact(folder: Path, n: int, d: int, seed: int) -> str:
    """Vectors in clusters; items have one to three genres and skewed popularity."""
    rng = np.random.default_rng(0)
    names = np.array([f"Genre {n}" for n in range(19)])
    items = pd.DataFrame(
        {
            "key": [f"film {row}" for row in range(n)],
            "item_id": np.arange(n),
            "genres": [rng.choice(names, rng.integers(1, 4), replace=False).tolist() for _ in range(n)],
            "n_ratings": (20 * (1 + rng.pareto(1, n))).astype(int),
        }
    )
    return str(artifacts.save(folder / f"embedding-{seed}", generate(n, d, seed=seed), items, {}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=60_000)
    parser.add_argument("--size", type=int, default=32, help="dimensions")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        one, other = (artifact(Path(folder), options.items, options.size, seed) for seed in (0, 1))
        print(f"{options.items:,} items in {options.size} dimensions, {os.cpu_count()} cores")
        for name, words in {"quality card": ("diagnose", one), "comparison": ("compare", one, other)}.items():
            seconds, cores, peak = measured(*words)
            print(
                f"  {name}: {seconds:.0f} s ({cores:.0f} s of processors), {peak:.2f} GB at most "
                f"(claims: {SECONDS} s, {GIGABYTES} GB)"
            )


if __name__ == "__main__":
    main()
