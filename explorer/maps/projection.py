"""Layouts in two or three dimensions (PCA, t-SNE, UMAP) with measures of their quality."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.maps.layout_parameters import SEEDS, fitted, layout_metric, validate_seed
from explorer.maps.out_of_sample import place_new_points
from explorer.maps.trustworthiness import map_trust, stability
from explorer.maps.tsne import Progress, Snapshot, tsne, warm_up_tsne
from explorer.maps.umap import umap, warm_up_umap

CHUNK = 2_000_000  # numbers per block
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

    method: `pca`; `tsne` by openTSNE (Poličar et al. 2024), in two dimensions with the Fourier transform of FIt-SNE
    (Linderman et al. 2019); `umap` (n_neighbors, min_dist) by umap-learn (McInnes et al. 2018). Parameters of `tsne`:
    perplexity; n_neighbors that attract a point, by default 4/3 of the perplexity; dof, degrees of freedom of the
    Student kernel, less than 1 for heavier tails (Kobak et al. 2019); and iterations with exaggeration
    (early_exaggeration_iter), while it is lowered (annealing_iter) and without it (n_iter). Defaults depend on the
    number of points. metric: `cosine` or `euclidean`; by default
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
    validate_seed(seed)
    metric = layout_metric(method, metric)
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
        plane = _rotated(_normalized(tsne(points, metric, start, seed, report_step, show, **params)), flat)
    elif method == "umap":
        plane = _rotated(_normalized(umap(points, metric, dimensions, seed, report_step, **params)), flat)
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


def warm_up(method: str) -> None:
    """Import the library of `tsne`, or import and compile that of `umap`, which takes half a minute once."""
    {"tsne": warm_up_tsne, "umap": warm_up_umap}[method]()


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


def _place_others(vectors: np.ndarray, rows: np.ndarray, plane: np.ndarray) -> np.ndarray:
    """Layout of all points: those of `rows` ((n,) bool) as in `plane`, the others placed among them."""
    every = np.empty((len(vectors), plane.shape[1]), np.float32)
    every[rows] = plane
    known, rest = vectors[rows], np.flatnonzero(~rows)
    for part in np.array_split(rest, -(-len(rest) * len(known) // PLACED) or 1):
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
