"""Shortest path between two items in the graph of nearest neighbors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.core.embedding import Embedding, scored
from explorer.core.search.knn import all_neighbors
from explorer.errors import BadRequest

NEIGHBORS = 10  # edges from each item
MOST = 30_000  # items; a larger graph takes too long


def neighbor_path(embedding: Embedding, a: str, b: str, mask: np.ndarray | None = None) -> pd.DataFrame:
    """The shortest path from item a to item b over near neighbors: columns `key`, `score`, then the item columns.

    The graph connects each item with its 10 nearest by cosine. The length of an edge is the square of the angle, which
    favors several small steps over a large one (Dijkstra 1959). score: cosine to the previous item, 1 for a. mask:
    (n,) bool, items allowed on the path; a and b always are. Raises UnknownItem, and BadRequest for more than 30,000
    items, equal ends, or ends that are not connected.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    start, end = (int(row) for row in embedding.index([a, b]))
    if start == end:
        raise BadRequest(f"Between {a!r} and itself there is no path; choose two items.")
    allowed = np.ones(len(embedding), bool) if mask is None else mask.copy()
    allowed[[start, end]] = True
    rows = np.flatnonzero(allowed)
    if len(rows) > MOST:
        raise BadRequest(f"A path can be found among at most {MOST:,} items, not {len(rows):,}. Filter them.")
    k = min(NEIGHBORS, len(rows) - 1)
    near, cosine = all_neighbors(embedding.unit_vectors(rows), k, "cosine")
    angle = np.arccos(np.clip(cosine, -1, 1)).ravel() + 1e-4  # csr_array drops edges of length 0
    graph = csr_array((angle**2, (np.repeat(np.arange(len(rows)), k), near.ravel())), shape=(len(rows),) * 2)
    first, last = (int(np.searchsorted(rows, row)) for row in (start, end))
    before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)[1]
    steps = [last]
    while steps[-1] != first:
        if before[steps[-1]] < 0:
            raise BadRequest(f"No path of nearest neighbors connects {a!r} and {b!r}.")
        steps.append(int(before[steps[-1]]))
    path = rows[steps[::-1]]
    unit = embedding.unit_vectors(path)
    score = np.r_[1.0, (unit[1:] * unit[:-1]).sum(axis=1)].astype(np.float32)
    return scored(embedding.items, path, score)
