"""Neighbors that ignore a column, for a million items: time and memory beside a copy of all vectors.

    python benchmarks/ignored_column.py [--items 1000000] [--dimensions 64]

The copy is what the formula says: x - (x - mean) weights step for every item, float32. Both are measured in this run;
memory is what numpy holds at the same time beyond the vectors themselves (tracemalloc).
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from explorer.core.directions.column_direction import without_column
from explorer.core.embedding import Embedding

QUERIES = 5


def measured(what: str, make: Callable[[], Embedding]) -> Embedding:
    """Print the seconds and memory of making an embedding, and of its queries by cosine and Euclidean distance."""
    tracemalloc.start()
    start = time.perf_counter()
    less = make()
    less.nearest_rows(less.vectors[0], 10)
    seconds, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    times = []
    for metric in ("cosine", "euclidean"):
        start = time.perf_counter()
        for row in range(QUERIES):
            less.nearest_rows(less.vectors[row], 10, metric)
        times.append(f"{metric} {1000 * (time.perf_counter() - start) / QUERIES:.0f} ms")
    print(
        f"{what:5} first answer {seconds:.1f} s, at most {peak / 2**20:,.0f} MB more; then {', '.join(times)}",
        flush=True,
    )
    return less


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, default=64)
    asked = parser.parse_args()
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((asked.items, asked.dimensions), dtype=np.float32)
    items = pd.DataFrame({"key": np.arange(asked.items).astype(str), "price": vectors[:, 0] + rng.random(asked.items)})
    embedding = Embedding(vectors, items)
    embedding.columns["price"].target()
    print(f"{asked.items:,} x {asked.dimensions}, vectors of {vectors.nbytes / 2**20:,.0f} MB")
    view = measured("view", lambda: without_column(embedding, "price"))
    copy = measured("copy", lambda: Embedding(np.array(without_column(embedding, "price").vectors), items))
    rows, scores = view.nearest_rows(view.vectors[7], 100)
    expected_rows, expected = copy.nearest_rows(copy.vectors[7], 100)
    same = f"{np.mean(rows == expected_rows):.0%} of 100 rows equal"
    print(f"{same}, largest difference of scores {np.abs(scores - expected).max():.1e}")


if __name__ == "__main__":
    main()
