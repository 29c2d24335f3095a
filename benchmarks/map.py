"""Layouts: quality, t-SNE compared with scikit-learn's, and a million points as an image.

    python benchmarks/map.py [--points 9000] [--many 37000]
    python benchmarks/map.py --layouts [movielens books 60000] [--only default UMAP]

Everything runs in turns in one process. Generated vectors are clusters of different size on curved sheets, with noise
in all dimensions. Times include neighbor search, layout and quality measurement. --layouts prints the table of
docs/layouts.md for artifacts and numbers of generated vectors.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run from a checkout, without installation
import explorer
from explorer.maps.density import equalize_histogram, foreground, raster, robust_extent
from explorer.maps.projection import project
from explorer.maps.trustworthiness import map_trust, stability

PICTURE = (1100, 660)
BROAD = {"perplexity": 30, "n_neighbors": 90}
LAYOUTS: dict[str, dict[str, Any]] = {
    "default": {},
    "openTSNE": {"library": "openTSNE"},
    "perplexity 30": BROAD,
    "perplexity 30, dof 1": {"dof": 1, **BROAD},
    "12 to 1 at once": {"annealing_iter": 0, "n_iter": 300},
    "dof 1": {"dof": 1},
    "dof 0.5": {"dof": 0.5},
    "UMAP": {"method": "umap"},
    "PaCMAP": {"library": "PaCMAP"},
    "LocalMAP": {"library": "LocalMAP"},
}
TRIPLETS = 200_000


def generate(n: int, d: int, clusters: int = 60, seed: int = 0) -> np.ndarray:
    """Vectors with a structure like those of films: (n, d) float32."""
    rng = np.random.default_rng(seed)
    cluster = rng.choice(clusters, n, p=rng.dirichlet(np.full(clusters, 2.0)))
    centers = rng.normal(size=(clusters, d))
    sheets = rng.normal(size=(clusters, 4, d)) / 2
    place = rng.normal(size=(n, 3))
    curved = np.column_stack([place, np.sin(2 * place[:, 0])])
    vectors = centers[cluster] + np.einsum("ni,nid->nd", curved, sheets[cluster]) + 0.8 * rng.normal(size=(n, d))
    return vectors.astype(np.float32)


def timed(ask: Callable[[], Any], repeat: int = 1) -> tuple[Any, float]:
    """A result and the shortest of several times, in seconds."""
    best = np.inf
    for _ in range(repeat):
        start = time.perf_counter()
        answer = ask()
        best = min(best, time.perf_counter() - start)
    return answer, best


def quality(names: list[str], only: list[str]) -> None:
    """Neighbors kept, trustworthiness, triplets and stability of every layout in LAYOUTS, and CPU seconds of one
    run.
    """
    print("data         layout                   kept  trust.  triplets  stability  CPU s")
    for name in names:
        vectors = generate(int(name), 50) if name.isdecimal() else explorer.load(name).vectors
        for label in only or LAYOUTS:
            started = time.process_time()
            first = laid_out(vectors, 0, **LAYOUTS[label])
            seconds = time.process_time() - started
            second = laid_out(vectors, 1, **LAYOUTS[label])
            judged = map_trust(vectors, first).overall
            print(
                f"{name:12} {label:24} {judged['recall']:.3f} {judged['trustworthiness']:7.4f} "
                f"{triplets(vectors, first):9.3f} {stability([first, second]):10.3f} {seconds:6.1f}",
                flush=True,
            )


def laid_out(vectors: np.ndarray, seed: int, library: str = "", **params: Any) -> np.ndarray:
    """A layout (n, 2) by this project or by a library; seed 0 starts from PCA, others from random points."""
    if not library:
        return project(vectors, seed=seed, judge=False, **params)[0]
    if library == "openTSNE":
        return standard_tsne(vectors, seed)
    import pacmap

    logging.getLogger("pacmap").setLevel(logging.ERROR)  # suppress its warning about seeds

    method = getattr(pacmap, library)(distance="angular", random_state=seed, apply_pca=False)
    return method.fit_transform(vectors, init="random" if seed else "pca")


def standard_tsne(vectors: np.ndarray, seed: int) -> np.ndarray:
    """t-SNE by openTSNE with perplexity 30, in 375 iterations, by the faster method for so many points."""
    from openTSNE import TSNE

    few = len(vectors) <= 10_000
    method = TSNE(
        perplexity=30, metric="cosine", neighbors="exact" if few else "approx", early_exaggeration_iter=125,
        n_iter=250, negative_gradient_method="bh" if few else "fft", theta=0.5 if len(vectors) <= 2_000 else 0.8,
        initialization="random" if seed else "pca", random_state=seed, n_jobs=1,
    )  # fmt: skip
    return np.asarray(method.fit(vectors))


def triplets(vectors: np.ndarray, xy: np.ndarray) -> float:
    """Of three random items, how often the nearer of two by cosine is the nearer on the map."""
    a, b, c = np.random.default_rng(0).integers(len(xy), size=(3, TRIPLETS))
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    near = ((unit[a] - unit[b]) ** 2).sum(axis=1) < ((unit[a] - unit[c]) ** 2).sum(axis=1)
    return float((near == (((xy[a] - xy[b]) ** 2).sum(axis=1) < ((xy[a] - xy[c]) ** 2).sum(axis=1))).mean())


def layouts(points: int, many: int) -> None:
    from sklearn.manifold import TSNE
    from sklearn.manifold import trustworthiness as judge

    few, lots = generate(points, 32), generate(many, 50)
    warm = generate(2500, 32)  # imports and compilation
    project(warm, n_iter=10, early_exaggeration_iter=10)
    TSNE(metric="cosine", max_iter=250, random_state=0).fit_transform(warm[:300])
    (ours, metadata), fast = timed(lambda: project(few))
    theirs, slow = timed(lambda: TSNE(metric="cosine", init="pca", random_state=0).fit_transform(few))
    again, seconds = timed(lambda: project(few)[0])
    fast = min(fast, seconds)
    trust = [judge(few, xy, n_neighbors=15, metric="cosine") for xy in (ours, theirs)]
    torn = [map_trust(few, xy).overall["continuity"] for xy in (ours, theirs)]
    print(f"t-SNE of {points:,} x 32, cosine ({os.cpu_count()} cores)")
    print(f"  scikit-learn {slow:7.1f} s  trustworthiness(15) {trust[1]:.4f}  continuity {torn[1]:.4f}")
    print(f"  explorer     {fast:7.1f} s  trustworthiness(15) {trust[0]:.4f}  continuity {torn[0]:.4f}")
    print(f"  {slow / fast:.1f}x faster (claim: 4x), trustworthiness {trust[0] - trust[1]:+.4f} (claim: -0.002)")
    print(f"  agrees with diagnostics to {abs(metadata['trustworthiness'] - trust[0]):.1e}")
    print(f"  the same when run again: {np.array_equal(ours, again)}")
    (_, found), seconds = timed(lambda: project(lots))
    print(f"t-SNE of {many:,} x 50: {seconds:.1f} s, {slow / seconds:.2f}x as fast as scikit-learn with {points:,}")
    print(f"  trustworthiness {found['trustworthiness']:.4f} of {found['trustworthiness_points']:,} points (claim: 1x)")


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
    parser.add_argument("--layouts", nargs="*", metavar="ARTIFACT|N")
    parser.add_argument("--only", nargs="*", choices=LAYOUTS, default=[], metavar="LAYOUT")
    options = parser.parse_args()
    if options.layouts is not None:
        quality(options.layouts or ["movielens", "books", "60000"], options.only)
        return
    million()
    honesty()
    layouts(options.points, options.many)


if __name__ == "__main__":
    main()
