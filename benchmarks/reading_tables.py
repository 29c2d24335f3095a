"""Reading 20 million ratings of 200,000 users and 100,000 items from CSV: seconds, rows per second, peak memory.

    python benchmarks/reading_tables.py [ROWS]

Ids are text, and there is a time column. Memory is that of the whole process (getrusage), including the library.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from explorer.datasets.rating_table import load_ratings

USERS, ITEMS, BLOCK = 200_000, 100_000, 1_000_000


def write(file: Path, rows: int) -> None:
    """A table of random ratings with skewed popularity."""
    rng = np.random.default_rng(0)
    users, items = (
        pa.array([f"{name}-{n:06d}" for n in range(count)]) for name, count in (("user", USERS), ("SKU", ITEMS))
    )
    names = ["user", "item", "rating", "timestamp"]
    schema = pa.schema(list(zip(names, (pa.string(), pa.string(), pa.float32(), pa.int64()), strict=True)))
    with pacsv.CSVWriter(file, schema) as writer:
        for start in range(0, rows, BLOCK):
            n = min(BLOCK, rows - start)
            columns = [
                users.take(pa.array(rng.integers(0, USERS, n))),
                items.take(pa.array((rng.random(n) ** 2 * ITEMS).astype(np.int64))),
                pa.array((rng.integers(1, 11, n) / 2).astype(np.float32)),
                pa.array(rng.integers(1_000_000_000, 1_700_000_000, n)),
            ]
            writer.write_table(pa.table(columns, schema=schema))


def main() -> None:
    """Write, read, and print the measurements."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000_000
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ratings.csv"
        write(file, rows)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        start = time.perf_counter()
        ratings = load_ratings(file)
        seconds = time.perf_counter() - start
        print(f"{file.stat().st_size / 1e6:,.0f} MB, {rows:,} rows: {seconds:.1f} s, {rows / seconds:,.0f} rows/s")
        print(f"{ratings.n_ratings:,} ratings, {ratings.n_users:,} users, {ratings.n_items:,} items")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"peak memory {peak:.2f} GB ({before:.2f} GB before reading)")


if __name__ == "__main__":
    main()
