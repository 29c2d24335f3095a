"""A random sample of the items, for measures that compare all pairs, when their vectors do not fit into memory."""

from __future__ import annotations

import numpy as np

from explorer.core.embedding import Embedding
from explorer.core.vectors.remote import RemoteVectors

SAMPLE = 20_000  # items


def sampled_rows(embedding: Embedding, rows: np.ndarray | None = None, seed: int = 0) -> np.ndarray | None:
    """Rows of a random sample of SAMPLE items, (m,) int64 ascending; None if all of them can be measured.

    rows: (n,) the items to choose from, by default all. Only vectors in a database that are too many to be read at once
    are sampled.
    """
    if not isinstance(embedding.vectors, RemoteVectors) or embedding.vectors.fits:
        return None
    every = np.arange(len(embedding)) if rows is None else rows
    if len(every) <= SAMPLE:
        return None
    return every[np.sort(np.random.default_rng(seed).choice(len(every), SAMPLE, replace=False))]


def sample_note(measured: int, items: int) -> str:
    """A sentence that says that a sample was measured; "" if all items were."""
    if measured == items:
        return ""
    return f"Measured on a random sample of {measured:,} of the {items:,} items; neighbors are searched in the sample."
