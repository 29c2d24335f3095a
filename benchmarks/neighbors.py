"""Exact neighbors of all items, compared with a loop over gensim's most_similar.

    python benchmarks/neighbors.py [--items 60000] [--size 32] [--sample 1000]

Both run on the same generated vectors, one after the other in one process. gensim is run for a sample of the items and
its time extrapolated; the results for the sample are compared.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run from a checkout, without installation
from benchmarks.map import generate
from explorer.core.search.knn import all_neighbors

K, CLAIM = 10, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=60_000)
    parser.add_argument("--size", type=int, default=32, help="dimensions")
    parser.add_argument("--sample", type=int, default=1_000, help="items that gensim is asked for")
    options = parser.parse_args()
    n = options.items
    vectors = generate(n, options.size)
    kv = KeyedVectors(options.size)
    kv.add_vectors([str(row) for row in range(n)], vectors)
    kv.most_similar("0", topn=K)  # gensim computes the norms once
    sample = np.random.default_rng(1).choice(n, min(n, options.sample), replace=False)

    start = time.perf_counter()
    theirs = [kv.most_similar(str(row), topn=K) for row in sample]
    loop = (time.perf_counter() - start) / len(sample) * n
    start = time.perf_counter()
    near, scores = all_neighbors(vectors, K)
    ours = time.perf_counter() - start

    same = np.mean(
        [near[row].astype(str).tolist() == [key for key, _ in t] for row, t in zip(sample, theirs, strict=True)]
    )
    apart = max(np.abs(scores[row] - [score for _, score in t]).max() for row, t in zip(sample, theirs, strict=True))
    print(f"{K} neighbors of each of {n:,} items in {options.size} dimensions, exactly: {ours:.1f} s")
    print(f"  a loop over gensim's most_similar: {loop:.0f} s, by {len(sample):,} of them; {loop / ours:.0f}x"
          f" (claim: {CLAIM}x)")  # fmt: skip
    print(f"  equal lists {same:.1%}, scores at most {apart:.0e} apart")


if __name__ == "__main__":
    main()
