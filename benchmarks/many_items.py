"""Training on 100,000 items: time and memory, without a dense item-item table.

    python -m benchmarks.many_items [--items 100000] [--users 50000] [--each 40]

Generated users with one of 50 tastes rate items of that taste, popular ones more often. Each training (reading,
evaluation, training, `pca`, saving) runs in a process of its own. Prints processor seconds, peak memory, the held-out
metric beside its baseline, and the memory a dense table would take.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TASTES = 50
RUNS = (("ratings", "mf"), ("ratings", "hybrid"), ("interactions", "ials"), ("interactions", "item2vec"))


def make(path: Path, items: int, users: int, each: int) -> int:
    """Write a table of user, item and rating. Returns its number of rows."""
    rng = np.random.default_rng(0)
    user = np.repeat(np.arange(users), each)
    taste = user % TASTES
    own = rng.random(len(user)) < 0.8
    place = np.floor(items / TASTES * rng.random(len(user)) ** 2).astype(int)  # popular ones more often
    item = place * TASTES + np.where(own, taste, rng.integers(TASTES, size=len(user)))
    rating = np.clip(np.round(3 + 1.5 * (item % TASTES == taste) + rng.normal(scale=0.7, size=len(user))), 1, 5)
    table = pa.table({"user": user, "item": np.char.add("item-", item.astype(str)), "rating": rating})
    pq.write_table(table, path)
    return len(np.unique(user * items + item))


def one(kind: str, model: str, data: str, out: str) -> None:
    """Train once and print the measurements."""
    from explorer import artifacts
    from explorer.cli import main as explorer

    least = ["--min-ratings", "1"] if kind == "ratings" else ["--min-count", "1"]
    weight = [] if kind == "ratings" else ["--epochs", "5"]
    status = explorer(["train", kind, "--data", data, "--model", model, "--out", out, *least, *weight])
    used, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    known = artifacts.manifest(out)
    metrics = {name: value for name, value in known["metrics"].items() if isinstance(value, float)}
    if baselines := known["metrics"].get("baselines"):
        metrics["best baseline"] = min(errors["rmse"] for errors in baselines.values())
    seconds = used.ru_utime + used.ru_stime + children.ru_utime + children.ru_stime
    peak = max(used.ru_maxrss, children.ru_maxrss) / 1e6
    line = {"status": status, "items": known["items"], "seconds": round(seconds), "GB": round(peak, 2), **metrics}
    print(f"{kind} {model}: {json.dumps(line)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--each", type=int, default=40, help="ratings of a user")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(*options.one)
        return
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "ratings.parquet"
        rows = make(data, options.items, options.users, options.each)
        dense = 4 * options.items**2 / 1e9
        print(f"{rows:,} ratings of {options.items:,} items; a dense table of items by items is {dense:.0f} GB")
        for kind, model in RUNS:
            asked = ["--one", kind, model, str(data), str(Path(folder) / f"{kind}-{model}")]
            run = subprocess.run(
                [sys.executable, "-m", "benchmarks.many_items", *asked], capture_output=True, text=True, check=False
            )
            lines = [line for line in run.stdout.splitlines() if line.startswith(f"{kind} {model}:")]
            print(lines[0] if lines else run.stderr[-2000:], flush=True)


if __name__ == "__main__":
    main()
