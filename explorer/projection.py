"""Layouts: many dimensions drawn in two, with a number that says how far the picture can be trusted."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from explorer.errors import BadRequest

Progress = Callable[[int, int, float | None], None]  # step, steps, Kullback-Leibler divergence where there is one

METHODS: dict[str, dict[str, Any]] = {
    "pca": {},
    "tsne": {"perplexity": 30, "early_exaggeration_iter": 250, "n_iter": 500},
    "umap": {"n_neighbors": 15, "min_dist": 0.1},
}
METRICS = {"pca": "euclidean", "tsne": "cosine", "umap": "cosine"}
EXACT = 20_000  # up to so many points the neighbors for t-SNE are exact
JUDGED = 8_000  # trustworthiness needs memory for all pairs: above this a sample is judged


def project(
    vectors: np.ndarray, method: str = "tsne", seed: int = 0, progress: Progress | None = None, **params: Any
) -> tuple[np.ndarray, dict[str, Any]]:
    """Lay vectors (n, d) out on a plane: (n, 2) float32 in the same order, and what is known of the layout.

    method: `pca`; `tsne` (perplexity, early_exaggeration_iter, n_iter), by openTSNE (Poličar et al. 2024) with cosine
    and PCA as its start; `umap` (n_neighbors, min_dist), by umap-learn (McInnes et al. 2018) with cosine. Parameters
    not given are fitted to the number of points. The same seed gives the same layout.
    progress: called with (step, steps, KL divergence or None). Layouts are centred, of unit root mean square distance
    from the centre, and turned towards that of `pca`, so that pictures of the same vectors are alike.
    The facts: method, metric, params, seed, points, trustworthiness, trustworthiness_points, seconds.
    Raises BadRequest for another method, a parameter that does not fit, or vectors that cannot be laid out.
    """
    started = time.perf_counter()
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    params = _fitted(method, params, vectors)
    progress = progress or (lambda step, steps, divergence: None)
    plane = _unit(_pca(vectors, seed))
    if method == "tsne":
        plane = _turned(_unit(_tsne(vectors, seed, progress, **params)), plane)
    elif method == "umap":
        plane = _turned(_unit(_umap(vectors, seed, progress, **params)), plane)
    facts = {"method": method, "metric": METRICS[method], "params": params, "seed": seed, "points": len(vectors)}
    facts |= {
        "trustworthiness": trustworthiness(vectors, plane, METRICS[method]),
        "trustworthiness_points": min(len(vectors), JUDGED),
        "seconds": round(time.perf_counter() - started, 2),
    }
    return plane, facts


def trustworthiness(vectors: np.ndarray, xy: np.ndarray, metric: str = "cosine", neighbors: int = 15) -> float:
    """How far neighbors in a layout are neighbors in truth: 1 all of them, about 0.5 for points strewn at random.

    vectors: (n, d). xy: (n, 2). neighbors: how many of each point are looked at; fewer when there are few points.
    Of more than 8,000 points a fixed sample of 8,000 is judged. Venna & Kaski 2001, as in scikit-learn.
    """
    from sklearn.manifold import trustworthiness as judge

    if len(vectors) > JUDGED:
        sample = np.random.default_rng(0).choice(len(vectors), JUDGED, replace=False)
        vectors, xy = vectors[sample], xy[sample]
    return float(judge(vectors, xy, n_neighbors=min(neighbors, (len(vectors) - 1) // 2), metric=metric))


def _fitted(method: str, asked: dict[str, Any], vectors: np.ndarray) -> dict[str, Any]:
    """All parameters of a method: those asked for, checked, and defaults that fit the number of points."""
    n, d = vectors.shape
    if method not in METHODS:
        raise BadRequest(f"There is no layout method {method!r}; choose one of {', '.join(METHODS)}.")
    for name in asked.keys() - METHODS[method].keys():
        known = ", ".join(METHODS[method]) or "none"
        raise BadRequest(f"{method} has no parameter {name!r}; it has: {known}.")
    if n < 3 or d < 2 or not np.ptp(vectors, axis=0).any():
        raise BadRequest(f"A layout needs 3 points of 2 dimensions that are not all alike; here are {n} of {d}.")
    # t-SNE looks at three times the perplexity of neighbors; no method can look at more points than there are.
    most = {"perplexity": (n - 1) / 3, "n_neighbors": n - 1}
    for name, value in asked.items():
        if not value >= (2 if name == "n_neighbors" else 0 if name == "min_dist" else 1):
            raise BadRequest(f"{name} {value} is too small for {method}.")
        if value > most.get(name, np.inf):
            raise BadRequest(f"{name} {value:g} is too large for {n:,} points; at most {most[name]:.4g} fits.")
    return {name: min(value, most.get(name, value)) for name, value in METHODS[method].items()} | asked


def _pca(vectors: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.decomposition import PCA

    return PCA(2, random_state=seed).fit_transform(vectors)


def _tsne(vectors: np.ndarray, seed: int, progress: Progress, **params: Any) -> np.ndarray:
    from openTSNE import TSNE

    done, steps = 0, params["early_exaggeration_iter"] + params["n_iter"]

    def report(iteration: int, divergence: float, _: np.ndarray) -> None:
        # openTSNE counts each of its two phases from 1.
        nonlocal done
        done = iteration if iteration >= done else params["early_exaggeration_iter"] + iteration
        progress(done, steps, float(divergence))

    tsne = TSNE(
        **params,
        metric="cosine",
        initialization="pca",
        neighbors="exact" if len(vectors) <= EXACT else "approx",
        callbacks=report,
        callbacks_every_iters=10,
        random_state=seed,
        n_jobs=1,  # sums in another order on other machines would make another map
    )
    return np.asarray(tsne.fit(vectors))


def _umap(vectors: np.ndarray, seed: int, progress: Progress, **params: Any) -> np.ndarray:
    progress(0, 1, None)
    with _without_tensorflow():
        from umap import UMAP
    few = len(vectors) <= 10  # too few for the spectral start
    layout = UMAP(**params, metric="cosine", init="random" if few else "spectral", random_state=seed, n_jobs=1)
    plane = layout.fit_transform(vectors)
    progress(1, 1, None)
    return plane


@contextmanager
def _without_tensorflow() -> Iterator[None]:
    # umap imports TensorFlow where it can, for a variant not used here: seconds, 700 MB, and messages on stderr.
    if "tensorflow" in sys.modules:
        yield
        return
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["tensorflow"]


def _unit(plane: np.ndarray) -> np.ndarray:
    plane = plane - plane.mean(axis=0)
    return (plane / np.sqrt((plane**2).sum(axis=1).mean())).astype(np.float32)


def _turned(plane: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """A layout turned or mirrored to lie as another does, as far as that goes (orthogonal Procrustes)."""
    from scipy.linalg import orthogonal_procrustes

    return plane @ orthogonal_procrustes(plane, towards)[0]
