"""t-SNE by openTSNE, with exact neighbors and an exaggeration that is lowered in steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Progress = Callable[[int, int, float | None], None]  # step, steps, Kullback-Leibler divergence or None
Snapshot = Callable[[np.ndarray], None]  # the intermediate layout, scaled like the final one
# Exaggeration of the attraction, lowered in steps (explained in docs/layouts.md).
EXAGGERATION, ANNEALING = 12, (6, 3, 2)
EXACT = 100_000  # most points for exact neighbor search
# Cells of the grid of the Fourier transform: least number a side, and width in units of the layout. Finer ones change
# the layout less than another seed does, and cost more (docs/layouts.md).
GRID = {"min_num_intervals": 20, "ints_in_interval": 1.5}
FINE = 2_000  # most points for a narrow angle of Barnes-Hut's tree; a wider one takes two thirds of the time
ALONE = 20_000  # most points for a single thread; above, several are faster


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

    vectors: (n, d) float32, unit vectors for cosine.
    """
    import faiss

    kind = faiss.METRIC_INNER_PRODUCT if metric == "cosine" else faiss.METRIC_L2
    apart, near = faiss.knn(vectors, vectors, k + 1, metric=kind)
    itself = near == np.arange(len(near))[:, None]
    itself[~itself.any(axis=1), -1] = True  # with more than k identical points, the point itself may be missing
    apart, near = (part[~itself].reshape(len(near), k) for part in (apart, near))
    apart = np.maximum(1 - apart if metric == "cosine" else apart, 0).astype(np.float64)
    return near, apart if metric == "cosine" else np.sqrt(apart)


def warm_up_tsne() -> None:
    """Import the libraries of t-SNE."""
    import faiss  # noqa: F401
    import openTSNE  # noqa: F401
    import scipy.linalg  # noqa: F401
    import sklearn.decomposition  # noqa: F401
