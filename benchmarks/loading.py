"""Loading 20 million ratings: rows per second and peak memory compared with pandas.read_csv + factorize.

    python benchmarks/loading.py [--rows 20000263] [--repeat 3]

Each reader runs in a process of its own, in turns, on the same generated ratings.csv of MovieLens 20M's shape; the best
time counts. The explorer also validates every value and builds the item table.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run from a checkout, without installation
from explorer.datasets import movielens

USERS, MOVIES = 138_493, 26_744
LIMIT_GB = 4.0


def generate(folder: Path, rows: int) -> None:
    """ratings.csv sorted by user and movie, without duplicates, with skewed popularity; movies.csv and links.csv."""
    rng = np.random.default_rng(0)
    pairs = np.empty(0, dtype=np.int64)
    while len(pairs) < rows:
        users = rng.integers(0, USERS, rows // 2)
        movies = (MOVIES * rng.random(rows // 2) ** 2.5).astype(np.int64)
        pairs = np.unique(np.concatenate([pairs, users * MOVIES + movies]))
    pairs = np.sort(rng.permutation(pairs)[:rows])
    ratings = {
        "userId": pairs // MOVIES + 1,
        "movieId": pairs % MOVIES + 1,
        "rating": rng.integers(1, 11, rows) / 2,
        "timestamp": rng.integers(800_000_000, 1_400_000_000, rows),
    }
    ids = np.arange(1, MOVIES + 1)
    movies_table = {
        "movieId": ids,
        "title": [f"Film {i}, The ({1900 + i % 120})" for i in ids],
        "genres": ["Drama|Comedy"] * MOVIES,
    }
    links = {"movieId": ids, "imdbId": ids, "tmdbId": ids}
    for name, table in (("ratings", ratings), ("movies", movies_table), ("links", links)):
        pacsv.write_csv(pa.table(table), folder / f"{name}.csv")


def with_explorer(folder: Path) -> tuple[int, int, int]:
    ratings = movielens.load(folder)
    return ratings.n_ratings, ratings.n_users, ratings.n_items


def with_pandas(folder: Path) -> tuple[int, int, int]:
    table = pd.read_csv(folder / "ratings.csv")
    user, user_ids = pd.factorize(table["userId"], sort=True)
    _item, item_ids = pd.factorize(table["movieId"], sort=True)
    return len(user), len(user_ids), len(item_ids)


def measure(reader: str, folder: Path) -> None:
    """Run one reader in this process. Prints its result, seconds and peak memory as JSON."""
    start = time.perf_counter()
    shape = {"explorer": with_explorer, "pandas": with_pandas}[reader](folder)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # Linux counts in kB
    print(json.dumps({"reader": reader, "shape": shape, "seconds": seconds, "gb": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000_263)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--step", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        name, folder = options.step
        return generate(Path(folder), options.rows) if name == "generate" else measure(name, Path(folder))

    runs: dict[str, list[dict]] = {"explorer": [], "pandas": []}
    with tempfile.TemporaryDirectory() as folder:
        step("generate", folder, options.rows)
        print(f"{options.rows:,} rows, {(Path(folder) / 'ratings.csv').stat().st_size / 1e6:,.0f} MB of CSV")
        for _ in range(options.repeat):
            for reader, results in runs.items():
                results.append(json.loads(step(reader, folder, options.rows)))
    ours, theirs = (min(results, key=lambda result: result["seconds"]) for results in runs.values())
    assert ours["shape"] == theirs["shape"], runs
    for result in (ours, theirs):
        rate = options.rows / result["seconds"]
        print(f"{result['reader']:9} {rate:12,.0f} rows/s  {result['seconds']:6.1f} s  peak {result['gb']:.2f} GB")
    speed, peak = theirs["seconds"] / ours["seconds"], ours["gb"] / theirs["gb"]
    print(f"explorer has {speed:.2f}x the speed and {peak:.2f}x the peak memory of pandas")
    verdict = "within" if ours["gb"] < LIMIT_GB else "OVER"
    print(f"peak memory {ours['gb']:.2f} GB: {verdict} the {LIMIT_GB:g} GB allowed")
    return None


def step(name: str, folder: str, rows: int) -> str:
    """Output of a step in a new process; this one stays small, because a child's peak starts at its parent's."""
    command = [sys.executable, __file__, "--rows", str(rows), "--step", name, folder]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
