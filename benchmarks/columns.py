"""Typed columns at a million items: after a filter changes, every column is counted under the other filters.

Prints the seconds to prepare 12 columns of all kinds, the seconds of all counts after each kind of filter changed
(including its mask), the seconds of the colors of each column, and the memory of the prepared columns. Run: python
benchmarks/columns.py [--items 1000000]
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.core.columns import Columns, Contains, OneOf, Range, read_schema

GOAL = 0.3  # seconds for the counts of all columns


def world(n: int) -> pd.DataFrame:
    """Items with 12 columns of all kinds, with some missing values."""
    rng = np.random.default_rng(0)
    words = np.array([f"word{k}" for k in range(2000)])
    tags = [list(words[rng.integers(0, 60, rng.integers(0, 5))]) for _ in range(5000)]
    lists = np.empty(len(tags), object)
    lists[:] = tags
    ids = np.arange(n)
    return pd.DataFrame(
        {
            "key": np.char.add("SKU-", ids.astype(str)),
            "title": np.char.add(np.char.add(rng.choice(words, n), " "), rng.choice(words, n)),
            "brand": pd.Series(rng.choice(words[:300], n)).where(rng.random(n) > 0.1),
            "maker": words[:1000][np.minimum(rng.geometric(0.005, n), 999)] + "x",
            "tags": lists[rng.integers(0, len(lists), n)],
            "price": np.where(rng.random(n) < 0.05, np.nan, rng.lognormal(3, 1, n)),
            "rating": rng.normal(3.5, 0.7, n).round(1),
            "n_reviews": rng.geometric(0.01, n),
            "added": pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 3650, n), "D"),
            "in_stock": pd.array(rng.random(n) < 0.7, "boolean"),
            "year": rng.integers(1980, 2025, n),
            "page": np.char.add("https://example.org/", ids.astype(str)),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    n = parser.parse_args().items
    items = world(n)
    schema, seconds = timed(lambda: read_schema({}, items))
    print(f"{n:,} items; guessing the kinds of {len(schema)} columns: {seconds:.2f} s")
    print(", ".join(f"{column.name}: {column.kind}" for column in schema.values()))
    before = memory()
    columns = Columns(items, schema)
    _, seconds = timed(lambda: [columns.filtered({}).summary(name) for name in columns])
    print(f"preparing and counting all columns once: {seconds:.2f} s, {memory() - before:.0f} MB")

    choices = {"price": Range(low=5, high=80), "tags": OneOf(values=("word1", "word2")), "in_stock": OneOf(("true",))}
    columns.filtered(choices)
    changed = {
        "category": ("brand", OneOf(values=("word1", "word7"))),
        "labels, all": ("tags", OneOf(values=("word3", "word4"), mode="all")),
        "number": ("price", Range(low=10, high=60)),
        "date": ("added", Range(low="2018-01-01")),
        "boolean": ("in_stock", OneOf(values=("false",))),
        "text": ("title", Contains(text="word12")),
        "unknown": ("brand", OneOf(known=False)),
    }
    for what, (name, choice) in changed.items():
        found, seconds = timed(lambda name=name, choice=choice: counted(columns, {**choices, name: choice}))
        print(f"a {what} filter changes: counts of all columns {seconds:.3f} s, {found:,} items pass", goal(seconds))
    found, seconds = timed(lambda: counted(columns, {"price": Range(low=2), "rating": Range(low=2)}))
    print(f"two wide filters: counts of all columns {seconds:.3f} s, {found:,} items pass", goal(seconds))
    _, seconds = timed(lambda: columns.where("price < 20 and brand in ('word1', 'word2') and 'word3' in tags"))
    print(f"a condition in SQL, first: {seconds:.2f} s")
    _, seconds = timed(lambda: columns.where("price < 21 and brand in ('word1', 'word2') and 'word3' in tags"))
    print(f"a condition in SQL, another: {seconds:.2f} s")
    for name in columns:
        found, seconds = timed(columns[name].colors)
        if found is not None:
            bytes_ = getattr(found, "codes", getattr(found, "values", None)).nbytes / n
            print(f"colors by {name}: {seconds:.3f} s, {bytes_:.0f} bytes an item")


def counted(columns: Columns, choices: dict) -> int:
    """Count every column under the filters of the others. Returns the number of items that pass."""
    found = columns.filtered(choices)
    for name in columns:
        found.summary(name)
    return int(found.mask.sum())


def goal(seconds: float) -> str:
    return "" if seconds <= GOAL else f"(more than {GOAL} s)"


def timed(what):
    start = time.perf_counter()
    found = what()
    return found, time.perf_counter() - start


def memory() -> float:
    """Resident memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
