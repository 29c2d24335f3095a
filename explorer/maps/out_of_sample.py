"""Place new vectors on an existing layout (out-of-sample projection)."""

from __future__ import annotations

import numpy as np

from explorer.errors import BadRequest

STEPS = 50  # most iterations for the median; it converges in about ten
CLOSE = 1e-6  # cosine distance, or distance on a map of unit extent, at which two points count as identical


def place_new_points(vectors: np.ndarray, xy: np.ndarray, new: np.ndarray, k: int = 10) -> np.ndarray:
    """Positions of new vectors on an existing map: the median position of the k items nearest in direction.

    vectors: (n, d) of the items on the map. xy: (n, 2) or (n, 3) their positions. new: (m, d), or (d,) for one. Returns
    (m, 2) or (m, 3) float32, in the order of new. The geometric median (Weiszfeld 1937) is weighted by 1 / cosine
    distance. It is robust to a few neighbors elsewhere on the map, and places the vector of an item where the item is.
    The map does not change. Raises BadRequest for vectors with other dimensions, zero vectors, or values that are not
    finite.
    """
    new = np.atleast_2d(np.asarray(new, np.float64))
    if new.shape[1:] != vectors.shape[1:] or len(vectors) != len(xy) or k < 1:
        raise BadRequest(
            f"Vectors of shape {new.shape} cannot be placed by {k} of {len(vectors):,} items of {vectors.shape[1]} "
            f"dimensions on a map of {len(xy):,} points."
        )
    lengths = np.linalg.norm(new, axis=1)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        row = int(np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))[0])
        raise BadRequest(f"New point {row} has no direction: its vector is zero or not finite.")
    known = np.linalg.norm(vectors, axis=1)
    cosine = (new / lengths[:, None]) @ (vectors / np.where(known == 0, 1, known)[:, None]).T
    k = min(k, len(vectors))
    near = np.argpartition(-cosine, k - 1, axis=1)[:, :k]
    weights = 1 / np.maximum(1 - np.take_along_axis(cosine, near, axis=1), CLOSE)
    return _median(np.asarray(xy, np.float64)[near], weights).astype(np.float32)


def _median(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted geometric median of each row of points (m, k, 2), weights (m, k): (m, 2)."""
    middle = (points * weights[..., None]).sum(axis=1) / weights.sum(axis=1, keepdims=True)
    for _ in range(STEPS):
        pull = weights / np.maximum(np.linalg.norm(points - middle[:, None], axis=2), CLOSE)
        middle = (points * pull[..., None]).sum(axis=1) / pull.sum(axis=1, keepdims=True)
    return middle
