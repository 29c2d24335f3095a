"""UMAP by umap-learn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


def umap(
    vectors: np.ndarray, metric: str, dimensions: int, seed: int, progress: Callable[..., None], **params: Any
) -> np.ndarray:
    """UMAP of vectors (n, d), unit vectors for cosine: the layout (n, dimensions), not yet scaled.

    params: those of METHODS["umap"]. progress: called with (0, 1, None) and (1, 1, None).
    """
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


def warm_up_umap() -> None:
    """Import and compile UMAP, which takes half a minute once in a process."""
    rng = np.random.default_rng(0)
    for n in (300, 4500):  # UMAP searches for neighbors differently from 4,096 points on
        umap(rng.normal(size=(n, 8)).astype(np.float32), "cosine", 2, 0, lambda *_: None, n_neighbors=5, n_epochs=2)
