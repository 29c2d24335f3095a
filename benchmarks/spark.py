"""Training on Spark by number of ratings and workers: time of each phase, and speedup of a second worker.

    python -m benchmarks.spark [--millions 1 5 20] [--workers 1 2] [--size 32] [--epochs 3]

Ratings are generated (about 144 per user, power-law popularity), written as parquet, and trained on by `als` on a
standalone master with workers of one core each, all on this machine. Evaluation and training each fit once, the first
on nine tenths of the ratings.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from explorer import artifacts
from explorer.commands import terminal
from explorer.datasets.rating_table import RatingSource
from explorer.jobs import training_job
from explorer.training.spark.request import Request
from tests.spark.conftest import Cluster

PHASES = ("starting", "reading", "measuring", "training", "writing")
CHUNK, ITEMS, PER_USER = 1_000_000, 26_744, 144
CONF = {
    "spark.executor.memory": "3g",
    "spark.driver.memory": "1g",
    "spark.sql.shuffle.partitions": "8",
    "spark.executor.extraJavaOptions": "-XX:+UseSerialGC",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC",
}


def generate(folder: Path, n: int) -> Path:
    """n ratings with some structure, as parquet files of a million each."""
    rng = np.random.default_rng(0)
    users = n // PER_USER
    p, q = rng.normal(0, 0.4, (users, 4)), rng.normal(0, 0.4, (ITEMS, 4))
    path = folder / f"{n}.parquet"
    path.mkdir()
    for number in range(-(-n // CHUNK)):
        size = min(CHUNK, n - number * CHUNK)
        user = rng.integers(users, size=size).astype(np.int32)
        item = (ITEMS * rng.random(size) ** 3).astype(np.int32)
        rating = 3.5 + np.einsum("nd,nd->n", p[user], q[item]) + rng.normal(0, 0.8, size)
        stars = np.clip(np.round(2 * rating) / 2, 0.5, 5).astype(np.float32)
        table = {"user": user, "item": item, "rating": stars, "timestamp": rng.integers(10**9, size=size)}
        pq.write_table(pa.table(table), path / f"part-{number:03}.parquet")
    return path


def seconds(request: Request) -> tuple[dict[str, float], float]:
    """Seconds of each phase, and the held-out RMSE."""
    marks: list[tuple[str, float]] = []

    def report(state: dict) -> None:
        if "phase" in state:
            marks.append((state["phase"], time.perf_counter()))

    path = training_job.train_on_spark(request, report)
    ends = [at for _, at in marks[1:]] + [time.perf_counter()]
    spent = {name: end - start for (name, start), end in zip(marks, ends, strict=True)}
    return spent, artifacts.manifest(path)["metrics"]["rmse"]


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--millions", type=int, nargs="+", default=[1, 5, 20])
    ask.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    ask.add_argument("--size", type=int, default=32)
    ask.add_argument("--epochs", type=int, default=3)
    args = ask.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        for millions in args.millions:
            data = generate(Path(temporary), 1_000_000 * millions)
            for workers in args.workers:
                cluster = Cluster(Path(tempfile.mkdtemp(dir=temporary)), memory="3g")
                try:
                    cluster.start(workers)
                    options = {"size": args.size, "epochs": args.epochs}
                    out = str(cluster.folder / "a")
                    request = Request(
                        str(data),
                        out,
                        "als",
                        cluster.url,
                        layouts=(),
                        conf=CONF,
                        options=options,
                        source=RatingSource(),
                    )
                    spent, rmse = seconds(request)
                finally:
                    cluster.stop()
                total = sum(spent.values())
                rows.append([millions, workers, *(round(spent[name]) for name in PHASES), round(total), rmse])
                print(*rows[-1], flush=True)
    terminal.show([terminal.table(rows, "million ratings", "workers", *PHASES, "all", "RMSE")])


if __name__ == "__main__":
    main()
