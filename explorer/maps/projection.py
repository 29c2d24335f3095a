"""Layouts in two or three dimensions (PCA, t-SNE, UMAP) with measures of their quality."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np

from explorer.errors import BadRequest
from explorer.maps.out_of_sample import place_new_points
from explorer.maps.trustworthiness import map_trust, stability

Progress = Callable[[int, int, float | None], None]  # step, steps, Kullback-Leibler divergence or None
Snapshot = Callable[[np.ndarray], None]  # the intermediate layout, scaled like the final one

METHODS: dict[str, dict[str, Any]] = {
    "pca": {},
    "tsne": {"perplexity": 30, "dof": 0.8, "early_exaggeration_iter": 250, "annealing_iter": 150, "n_iter": 250},
    "umap": {"n_neighbors": 15, "min_dist": 0.1},
}
METHOD_NAMES = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}  # as people read them
METRICS = {"pca": "euclidean", "tsne": "cosine", "umap": "cosine"}
# Exaggeration of t-SNE's attraction, lowered in steps (explained in docs/layouts.md).
EXAGGERATION, ANNEALING = 12, (6, 3, 2)
EXACT = 50_000  # most points for exact neighbor search
TREE = 2_000  # most points for Barnes-Hut; above, the Fourier transform is faster
ALONE = 2_000  # most points for a single thread; above, several are faster
SEEDS = 2**32  # the range of seeds of numpy's RandomState
FINE = 2_000  # most points for a narrow angle of the tree; a wider one takes two thirds of the time
LEAST = {"n_neighbors": 2, "min_dist": 0, "dof": 0.1, "annealing_iter": 0}  # least values; 1 for other parameters
CHUNK = 2_000_000  # pairs, or numbers, per task of a thread
WIDE = 1_000  # dimensions up to which PCA by the covariance is faster than by SVD
JUDGED = 15  # neighbors used to measure the quality of a layout
PLACED = 50_000_000  # similarities computed at once when placing points


def project(
    vectors: np.ndarray,
    method: str = "tsne",
    seed: int = 0,
    progress: Progress | None = None,
    *,
    metric: str | None = None,
    dimensions: int = 2,
    snapshot: Snapshot | None = None,
    steady: bool = False,
    learn_from: np.ndarray | None = None,
    judge: bool = True,
    **params: Any,
) -> tuple[np.ndarray, dict[str, Any]]:
    """Compute a layout (n, dimensions) float32 of vectors (n, d), in the same order, and its metadata.

    method: `pca`; `tsne` by openTSNE (Poličar et al. 2024), above 2,000 points with the Fourier transform of FIt-SNE
    (Linderman et al. 2019); `umap` (n_neighbors, min_dist) by umap-learn (McInnes et al. 2018). Parameters of `tsne`:
    perplexity; dof, degrees of freedom of the Student kernel, less than 1 for heavier tails (Kobak et al. 2019); and
    iterations with exaggeration (early_exaggeration_iter), while it is lowered (annealing_iter) and without it
    (n_iter). Defaults depend on the number of points. metric: `cosine` or `euclidean`; by default
    cosine, for `pca` euclidean. The same seed gives the same layout, on any number of cores. With seed 0 t-SNE starts
    from PCA, which keeps the global structure (Kobak & Linderman 2021); with any other seed from random points, as
    starts from PCA lead to the same layout. progress: called with (step, steps, KL divergence or None). snapshot:
    called as often, by `tsne`, with the intermediate layout. An exception from either aborts. Layouts are centered,
    have unit root mean square distance from the center, and are rotated towards that of `pca`, so that layouts of the
    same vectors are comparable. learn_from: (n,) bool, the points that the layout is computed from; the others are
    placed by out_of_sample.place_new_points. By default all. judge: whether `quality` is measured, which takes longer
    than `pca` itself. steady: as for `quality`; the steps of its second layout count in progress.
    The metadata: method, metric, dimensions, params, seed, points; seconds, without the quality; with learn_from,
    learned_from, the number of these points; with judge, those of `quality`.
    Raises BadRequest for an unknown method, a parameter or seed out of range, or vectors that have no layout.
    """
    started = time.perf_counter()
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    learned = vectors if learn_from is None else vectors[learn_from]
    params = fitted(method, params, learned, dimensions)
    _validate_seed(seed)
    metric = _metric(method, metric)
    points = _directions(learned) if metric == "cosine" else learned
    flat = _normalized(_pca(points if method == "pca" else learned, dimensions, seed))

    def report_step(step: int, steps: int, divergence: float | None) -> None:
        if progress:
            progress(step, (2 if steady else 1) * steps, divergence)

    def show(now: np.ndarray) -> None:
        if snapshot:
            snapshot(_rotated(_normalized(now), flat))

    if method == "tsne":
        start = np.random.default_rng(seed).normal(size=flat.shape) if seed else flat
        plane = _rotated(_normalized(_tsne(points, metric, start, seed, report_step, show, **params)), flat)
    elif method == "umap":
        plane = _rotated(_normalized(_umap(points, metric, dimensions, seed, report_step, **params)), flat)
    else:
        plane = flat
    layout = plane if learn_from is None else _place_others(vectors, learn_from, plane)
    metadata = {"method": method, "metric": metric, "dimensions": dimensions, "params": params, "seed": seed}
    metadata |= {"points": len(vectors), "seconds": round(time.perf_counter() - started, 2)}
    if learn_from is not None:
        metadata["learned_from"] = int(learn_from.sum())
    if judge:
        metadata |= quality(vectors, layout, metadata, progress, steady=steady, learn_from=learn_from)
    return layout, metadata


def quality(
    vectors: np.ndarray,
    layout: np.ndarray,
    metadata: Mapping[str, Any],
    progress: Progress | None = None,
    *,
    steady: bool = False,
    learn_from: np.ndarray | None = None,
) -> dict[str, Any]:
    """Measure the quality of a layout that `project` computed from vectors (n, d); returns further metadata.

    metadata, learn_from: as from and for `project`. steady: compute the layout again with the next seed and measure the
    agreement by trustworthiness.stability; progress is called as in `project`, for the second half of the steps.
    The returned metadata: k (15, or less for few points) and trustworthiness, continuity, recall of the layout
    (trustworthiness.map_trust, on trustworthiness_points points); with steady, recall_other_seed.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    k = min(JUDGED, (len(vectors) - 1) // 2)
    trust = map_trust(vectors, layout, k, metadata["metric"])
    found = {"k": k, **trust.overall, "trustworthiness_points": len(trust.rows)}
    if steady:

        def report_step(step: int, steps: int, divergence: float | None) -> None:
            if progress:
                progress(steps + step, 2 * steps, divergence)

        again, _ = project(
            vectors, metadata["method"], (metadata["seed"] + 1) % SEEDS, report_step, metric=metadata["metric"],
            dimensions=metadata["dimensions"], learn_from=learn_from, judge=False, **metadata["params"],
        )  # fmt: skip
        found["recall_other_seed"] = stability([layout, again], k)
    return found


def layout_key(
    digest: str, method: str, seed: int = 0, metric: str | None = None, dimensions: int = 2, **params: Any
) -> str:
    """Identifier of a layout, equal for equal requests: 16 hexadecimal digits.

    digest: of the vectors. The rest as in `project`; omitted parameters count as their defaults. Raises BadRequest for
    an unknown method or parameter, or a seed out of range.
    """
    _validate_parameters(method, params)
    _validate_seed(seed)
    asked = [digest, method, seed, _metric(method, metric), dimensions, METHODS[method] | params]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def _validate_parameters(method: str, asked: dict[str, Any]) -> None:
    if method not in METHODS:
        raise BadRequest(f"There is no layout method {method!r}; choose one of {', '.join(METHODS)}.")
    for name in asked.keys() - METHODS[method].keys():
        known = ", ".join(METHODS[method]) or "none"
        raise BadRequest(f"{method} has no parameter {name!r}; it has: {known}.")


def _validate_seed(seed: int) -> None:
    if not 0 <= seed < SEEDS:
        raise BadRequest(f"The seed is {seed:,}; it must be between 0 and {SEEDS - 1:,}.")


def _metric(method: str, metric: str | None) -> str:
    if metric not in (None, "cosine", "euclidean"):
        raise BadRequest(f"There is no metric {metric!r} for layouts; choose cosine or euclidean.")
    return metric or METRICS[method]


def fitted(method: str, asked: dict[str, Any], vectors: np.ndarray, dimensions: int) -> dict[str, Any]:
    """All parameters of a method: the given ones, validated, and defaults for the number of points.

    vectors: (n, d), those to lay out. Raises BadRequest for values out of range, or vectors without a layout.
    """
    _validate_parameters(method, asked)
    n, d = vectors.shape
    if dimensions not in (2, 3):
        raise BadRequest(f"A layout has 2 or 3 dimensions, not {dimensions}.")
    if not np.isfinite(vectors).all():
        row = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
        raise BadRequest(f"Vectors that are not finite cannot be laid out; row {row:,} is not.")
    if n <= dimensions or d < dimensions or not np.ptp(vectors, axis=0).any():
        raise BadRequest(
            f"A layout needs {dimensions + 1} points of {dimensions} dimensions that are not all identical; "
            f"here are {n} of {d}."
        )
    # t-SNE uses three times the perplexity as number of neighbors, which cannot exceed n - 1.
    most = {"perplexity": (n - 1) / 3, "n_neighbors": n - 1}
    for name, value in asked.items():
        if not value >= LEAST.get(name, 1):
            raise BadRequest(f"{name} {value} is too small for {method}.")
        if value > most.get(name, np.inf):
            raise BadRequest(f"{name} {value:g} is too large for {n:,} points; at most {most[name]:.4g} fits.")
    return {name: min(value, most.get(name, value)) for name, value in METHODS[method].items()} | asked


def warm_up(method: str) -> None:
    """Import `tsne`, or import and compile `umap`, which takes half a minute once in a process."""
    if method == "tsne":
        import openTSNE  # noqa: F401
        import scipy.linalg  # noqa: F401
        import sklearn.decomposition  # noqa: F401

        return
    rng = np.random.default_rng(0)
    for n in (300, 4500):  # UMAP searches for neighbors differently from 4,096 points on
        _umap(rng.normal(size=(n, 8)).astype(np.float32), "cosine", 2, 0, lambda *_: None, n_neighbors=5, n_epochs=2)


def _pca(vectors: np.ndarray, dimensions: int, seed: int) -> np.ndarray:
    n, d = vectors.shape
    if d > WIDE or n < 10 * d:
        from sklearn.decomposition import PCA

        return PCA(dimensions, random_state=seed).fit_transform(vectors)
    # as scikit-learn for many points, but without a copy of them
    middle, covariance = vectors.mean(axis=0, dtype=np.float64), np.zeros((d, d))
    for block in np.array_split(vectors, -(-n * d // CHUNK)):
        covariance += (block - middle).T @ (block - middle)
    axes = np.linalg.eigh(covariance)[1][:, : -dimensions - 1 : -1]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(dimensions)])
    return vectors @ axes.astype(vectors.dtype) - middle @ axes


def _tsne(
    vectors: np.ndarray, metric: str, start: np.ndarray, seed: int, progress: Progress, show: Snapshot, **params: Any
) -> np.ndarray:
    from openTSNE import TSNEEmbedding, initialization

    annealing, rest = divmod(params["annealing_iter"], len(ANNEALING))
    stages = [(EXAGGERATION, params["early_exaggeration_iter"] + rest)]
    stages += [*((exaggeration, annealing) for exaggeration in ANNEALING), (1, params["n_iter"])]
    steps, done = sum(iterations for _, iterations in stages), 0

    def report(iteration: int, divergence: float, now: np.ndarray) -> None:
        progress(done + iteration, steps, float(divergence))
        show(np.asarray(now))

    grid = len(vectors) > TREE and start.shape[1] == 2  # the grid needs two dimensions
    layout = TSNEEmbedding(
        # This is the scale of openTSNE's PCA start; its gradients are float64.
        initialization.rescale(start.astype(np.float64)),
        _affinities(vectors, metric, params["perplexity"], seed),
        dof=params["dof"],
        negative_gradient_method="fft" if grid else "bh",
        theta=0.5 if len(vectors) <= FINE else 0.8,
        n_jobs=1 if len(vectors) <= ALONE else -1,  # the result does not depend on the number of threads
        callbacks=report,
        callbacks_every_iters=10,
        random_state=seed,
    )
    for exaggeration, iterations in stages:
        if iterations:
            layout.optimize(iterations, inplace=True, exaggeration=exaggeration, momentum=0.8)
            done += iterations
    return np.asarray(layout)


def _affinities(vectors: np.ndarray, metric: str, perplexity: float, seed: int) -> Any:
    from openTSNE import affinity
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    if len(vectors) > EXACT:
        return affinity.PerplexityBasedNN(vectors, perplexity, "approx", metric, n_jobs=-1, random_state=seed)
    index = PrecomputedNeighbors(*_neighbors(vectors, metric, min(len(vectors) - 1, int(3 * perplexity))))
    return affinity.PerplexityBasedNN(knn_index=index, perplexity=perplexity)


def _umap(
    vectors: np.ndarray, metric: str, dimensions: int, seed: int, progress: Progress, **params: Any
) -> np.ndarray:
    progress(0, 1, None)
    with _without_tensorflow():
        from umap import UMAP
    few = len(vectors) <= 10  # too few for spectral initialization
    layout = UMAP(
        **params,
        n_components=dimensions,
        metric=metric,
        init="random" if few else "spectral",
        random_state=seed,
        n_jobs=1,
    )
    plane = layout.fit_transform(vectors)
    progress(1, 1, None)
    return plane


def _neighbors(vectors: np.ndarray, metric: str, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest points of each point, nearest first, and their distances, both (n, k), by exact search.

    vectors: (n, d), unit vectors for cosine.
    """
    squares = np.ones(len(vectors), np.float32) if metric == "cosine" else (vectors**2).sum(axis=1)

    def nearest(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        far = squares - 2 * (vectors[rows] @ vectors.T)
        far[np.arange(len(rows)), rows] = np.inf
        near = np.argpartition(far, k - 1, axis=1)[:, :k]
        apart = np.take_along_axis(far, near, axis=1)
        order = np.argsort(apart, axis=1, kind="stable")
        apart = np.take_along_axis(apart, order, axis=1) + squares[rows, None]
        return np.take_along_axis(near, order, axis=1), np.maximum(apart, 0).astype(np.float64)

    n = len(vectors)
    chunks = np.array_split(np.arange(n), -(-n * n // CHUNK))
    with ThreadPoolExecutor(2) as threads:
        near, apart = map(np.concatenate, zip(*threads.map(nearest, chunks), strict=True))
    return near, apart / 2 if metric == "cosine" else np.sqrt(apart)


@contextmanager
def _without_tensorflow() -> Iterator[None]:
    # UMAP imports TensorFlow if available, for an unused variant: seconds, 700 MB, and messages on stderr.
    if "tensorflow" in sys.modules:
        yield
        return
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["tensorflow"]


def _place_others(vectors: np.ndarray, rows: np.ndarray, plane: np.ndarray) -> np.ndarray:
    """Layout of all points: those of `rows` ((n,) bool) as in `plane`, the others placed among them."""
    every = np.empty((len(vectors), plane.shape[1]), np.float32)
    every[rows] = plane
    known, others = vectors[rows], np.flatnonzero(~rows)
    for part in np.array_split(others, -(-len(others) * len(known) // PLACED) or 1):
        if len(part):
            some = vectors[part]
            # zero vectors get a direction, so that they have a position
            some = np.where(some.any(axis=1, keepdims=True), some, np.float32(1))
            every[part] = place_new_points(known, plane, some)
    return every


def _directions(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths == 0, 1, lengths)


def _normalized(plane: np.ndarray) -> np.ndarray:
    plane = plane - plane.mean(axis=0)
    return (plane / np.sqrt((plane**2).sum(axis=1).mean())).astype(np.float32)


def _rotated(plane: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """Rotate or mirror a layout to fit another best (orthogonal Procrustes)."""
    from scipy.linalg import orthogonal_procrustes

    return plane @ orthogonal_procrustes(plane, towards)[0]
