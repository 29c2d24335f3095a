"""t-SNE by openTSNE, with exact neighbors and an exaggeration that is lowered in steps."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

Progress = Callable[[int, int, float | None], None]  # step, steps, Kullback-Leibler divergence or None
Snapshot = Callable[[np.ndarray], None]  # the intermediate layout, scaled like the final one
# Exaggeration of the attraction, lowered in steps (explained in docs/layouts.md).
EXAGGERATION, ANNEALING = 12, (6, 3, 2)
EXACT = 50_000  # most points for exact neighbor search
# Cells of the grid of the Fourier transform: least number a side, and width in units of the layout. Finer ones change
# the layout less than another seed does, and cost more (docs/layouts.md).
GRID = {"min_num_intervals": 20, "ints_in_interval": 1.5}
FINE = 2_000  # most points for a narrow angle of Barnes-Hut's tree; a wider one takes two thirds of the time
ALONE = 2_000  # most points for a single thread; above, several are faster
CHUNK = 2_000_000  # pairs of points per task of a thread


def tsne(
    vectors: np.ndarray, metric: str, start: np.ndarray, seed: int, progress: Progress, show: Snapshot, **params: Any
) -> np.ndarray:
    """t-SNE of vectors (n, d), unit vectors for cosine, from a start (n, 2) or (n, 3): the layout, not yet scaled.

    params: all those of METHODS["tsne"]. progress, show: called every ten iterations.
    """
    from openTSNE import TSNEEmbedding, initialization

    annealing, rest = divmod(params["annealing_iter"], len(ANNEALING))
    stages = [(EXAGGERATION, params["early_exaggeration_iter"] + rest)]
    stages += [*((exaggeration, annealing) for exaggeration in ANNEALING), (1, params["n_iter"])]
    steps, done = sum(iterations for _, iterations in stages), 0

    def report(iteration: int, divergence: float, now: np.ndarray) -> None:
        progress(done + iteration, steps, float(divergence))
        show(np.asarray(now))

    layout = TSNEEmbedding(
        # This is the scale of openTSNE's PCA start; its gradients are float64.
        initialization.rescale(start.astype(np.float64)),
        _affinities(vectors, metric, params["perplexity"], params["n_neighbors"], seed),
        dof=params["dof"],
        negative_gradient_method="fft" if start.shape[1] == 2 else "bh",  # the grid needs two dimensions
        theta=0.5 if len(vectors) <= FINE else 0.8,
        n_jobs=1 if len(vectors) <= ALONE else -1,  # the result does not depend on the number of threads
        callbacks=report,
        callbacks_every_iters=10,
        random_state=seed,
    )
    for exaggeration, iterations in stages:
        if iterations:
            layout.optimize(iterations, inplace=True, exaggeration=exaggeration, momentum=0.8, **GRID)
            done += iterations
    return np.asarray(layout)


def _affinities(vectors: np.ndarray, metric: str, perplexity: float, k: int, seed: int) -> Any:
    from openTSNE import affinity
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    if len(vectors) > EXACT:
        return affinity.PerplexityBasedNN(
            vectors, perplexity, "approx", metric, n_jobs=-1, random_state=seed, k_neighbors=k
        )
    index = PrecomputedNeighbors(*exact_neighbors(vectors, metric, k))
    return affinity.PerplexityBasedNN(knn_index=index, perplexity=perplexity, k_neighbors=k)


def exact_neighbors(vectors: np.ndarray, metric: str, k: int) -> tuple[np.ndarray, np.ndarray]:
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


def warm_up_tsne() -> None:
    """Import the libraries of t-SNE."""
    import openTSNE  # noqa: F401
    import scipy.linalg  # noqa: F401
    import sklearn.decomposition  # noqa: F401
