"""Trustworthiness of a map: false neighbors it shows, and true neighbors it separates."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import pandas as pd

from explorer.core.search.index import METRICS
from explorer.core.search.knn import Distances, distances
from explorer.core.vectors.remote import RemoteVectors
from explorer.errors import BadRequest

PAIRS = 10_000**2  # distances above which only a sample of the points is measured
FEWEST = 500  # minimum size of a sample
SAMPLE = 20_000  # points among which a map of vectors that do not fit into memory is measured
CHUNK = 1_500_000  # distances each thread holds at once, at most 20 bytes each
THREADS = 2
MEASURES = ("recall", "trustworthiness", "continuity")


@dataclass(frozen=True, eq=False)
class Trust:
    """Quality of a map per point and overall; 1 is perfect, nan means not measured."""

    k: int
    rows: np.ndarray  # (m,) int64, ascending: the measured points
    kept: np.ndarray  # (n,) float32: share of a point's k true neighbors that are among its k neighbors on the map
    trustworthiness: np.ndarray  # (n,) float32: reduced by each false neighbor on the map, by its true rank
    continuity: np.ndarray  # (n,) float32: reduced by each true neighbor that is separated, by its rank on the map
    overall: dict[str, float]  # `trustworthiness`, `continuity`, `recall`: means over the measured points
    _spaces: tuple[Distances, Distances] = field(repr=False)  # between vectors, on the map
    among: np.ndarray | None = None  # (s,) int64, ascending: the random sample the points are compared with; None: all

    def true_neighbors(self, row: int) -> pd.DataFrame:
        """The k true neighbors of a point, nearest first.

        Columns `row`, `rank` (1 to k), `map_rank` (rank on the map, from 1), `kept` (bool: among the first k there
        too). Raises BadRequest for an unknown point.
        """
        return pd.DataFrame(self._neighbors(row, 0))

    def false_neighbors(self, row: int) -> pd.DataFrame:
        """The points among a point's k neighbors on the map that are not among its k true ones, nearest on the map
        first.

        Columns `row`, `rank` (true rank, above k), `map_rank` (1 to k). Raises BadRequest for an unknown point.
        """
        found = self._neighbors(row, 1)
        false = found["rank"] > self.k
        return pd.DataFrame({name: found[name][false] for name in ("row", "rank", "map_rank")})

    def _neighbors(self, row: int, by: int) -> dict[str, np.ndarray]:
        if not 0 <= row < len(self.kept):
            raise BadRequest(f"There is no point {row}; they are numbered 0 to {len(self.kept) - 1:,}.")
        if self.among is not None:
            raise BadRequest(
                f"The neighbors of a point are not listed: the map was compared in a sample of {SAMPLE:,}."
            )
        orders = [_Order(space(np.array([row]))) for space in self._spaces]
        listed = orders[by].first(self.k)
        rank, map_rank = (order.ranks(listed)[0] for order in orders)
        return {"row": listed[0], "rank": rank, "map_rank": map_rank, "kept": map_rank <= self.k}


def map_trust(
    vectors: np.ndarray, xy: np.ndarray, k: int = 15, metric: str = "cosine", sample: int | None = None, seed: int = 0
) -> Trust:
    """Measure how well a layout preserves the k nearest neighbors of each point.

    vectors: (n, d). xy: (n, 2) or (n, 3) layout of the same points. metric: `cosine`, `euclidean` or `dot`, for the
    vectors; on the map it is the Euclidean distance. sample: number of points to measure, chosen by seed. By default
    all of up to 10,000 points; of more points as many as take the same time (1,666 of 60,000), at least 500.
    Trustworthiness and continuity of a point are its terms in Venna & Kaski 2001 (Neighborhood preservation in
    nonlinear projection methods), scaled so that their mean is that of the map and equals
    `sklearn.manifold.trustworthiness`; about 0.5 is chance. Ties are in the order of rows. Raises BadRequest for arrays
    that do not fit together, values that are not finite, or k not below half the number of points. RemoteVectors that
    do not fit into memory are measured in a random sample of SAMPLE points, as if there were no others.
    """
    if isinstance(vectors, RemoteVectors) and not vectors.fits and len(vectors) > SAMPLE:
        among = np.sort(np.random.default_rng(seed).choice(len(vectors), SAMPLE, replace=False))
        return _spread(map_trust(vectors[among], xy[among], k, metric, sample, seed), among, len(vectors))
    vectors, xy = _validate(vectors, xy, k, metric)
    n = len(vectors)
    if sample is not None and sample < 1:
        raise BadRequest(f"The sample must have at least one point, not {sample}.")
    most = min(n, max(FEWEST, PAIRS // n) if sample is None else sample)
    if most == n:  # a sample keeps the precision of the input, which takes half the memory
        vectors, xy = vectors.astype(np.float64), xy.astype(np.float64)
    rows = np.sort(np.random.default_rng(seed).choice(n, most, replace=False)) if most < n else np.arange(n)
    spaces = distances(vectors, metric), distances(xy, "euclidean")
    chunks = np.array_split(rows, -(-len(rows) * n // CHUNK))
    with ThreadPoolExecutor(THREADS) as threads:
        judged = np.concatenate(list(threads.map(lambda chunk: _measure(spaces, chunk, k), chunks)), axis=1)
    overall = dict(zip(MEASURES, judged.mean(axis=1).tolist(), strict=True))
    kept, trustworthiness, continuity = points = np.full((3, n), np.nan, np.float32)
    points[:, rows] = judged
    return Trust(k, rows, kept, trustworthiness, continuity, overall, spaces)


def _spread(found: Trust, among: np.ndarray, n: int) -> Trust:
    """Extend a measurement of the points `among` to all n points; nan for the others."""
    points = np.full((3, n), np.nan, np.float32)
    points[:, among] = found.kept, found.trustworthiness, found.continuity
    return replace(
        found, rows=among[found.rows], kept=points[0], trustworthiness=points[1], continuity=points[2], among=among
    )


def point_trust(vectors: np.ndarray, xy: np.ndarray, row: int, k: int = 15, metric: str = "cosine") -> dict[str, float]:
    """`recall`, `trustworthiness` and `continuity` of one point; 1 is perfect. Arguments: see `map_trust`."""
    vectors, xy = _validate(vectors, xy, k, metric)
    spaces = distances(vectors.astype(np.float64), metric), distances(xy.astype(np.float64), "euclidean")
    return dict(zip(MEASURES, _measure(spaces, np.array([row]), k)[:, 0].tolist(), strict=True))


def stability(layouts: Sequence[np.ndarray], k: int = 15) -> float:
    """Share of a point's k neighbors that are the same in two layouts, averaged over points and pairs of layouts.

    layouts: at least two layouts (n, 2) or (n, 3) of the same points, for example from different seeds. Defined as
    `recall` in `map_trust`: 1 for the same neighbors, `chance(n, k)` for unrelated layouts. Invariant to rotation,
    reflection and scaling. Raises BadRequest.
    """
    if len(layouts) < 2 or len({len(xy) for xy in layouts}) > 1 or not 1 <= k < len(layouts[0]):
        shapes = ", ".join(str(np.shape(xy)) for xy in layouts)
        raise BadRequest(f"Stability needs two layouts of the same points, more than {k} of them; here are: {shapes}.")
    near = [_map_neighbors(np.asarray(xy), k) for xy in layouts]
    return float(np.mean([(a[:, :, None] == b[:, None, :]).any(axis=2).mean() for a, b in combinations(near, 2)]))


def chance(n: int, k: int) -> float:
    """Expected share of k neighbors that two unrelated lists among n points have in common: k / (n - 1)."""
    return k / (n - 1)


class _Order:
    """Ranks of all points by distance from some points; ties are in the order of rows."""

    def __init__(self, far: np.ndarray) -> None:
        self.far = far.astype(np.float32, copy=False)

    def first(self, k: int) -> np.ndarray:
        """Rows of the k nearest of each point, (m, k)."""
        ends = np.partition(self.far, k - 1, axis=1)[:, k - 1]
        near = [np.flatnonzero(row <= end) for row, end in zip(self.far, ends, strict=True)]
        order = (np.argsort(row[points], kind="stable")[:k] for row, points in zip(self.far, near, strict=True))
        return np.stack([points[places] for points, places in zip(near, order, strict=True)])

    def ranks(self, points: np.ndarray, asked: np.ndarray | None = None) -> np.ndarray:
        """Ranks (m, k), from 1, of a few points of each; counting is faster than sorting.

        asked: (m, k) bool, ranks to compute; the others are 0. By default all.
        """
        ranks = np.zeros(points.shape, np.int64)
        for n, m in zip(*np.nonzero(np.ones_like(points) if asked is None else asked), strict=True):
            ranks[n, m] = _place(self.far[n], points[n, m])
        return ranks


def _place(far: np.ndarray, point: int) -> int:
    own = far[point]
    return 1 + int(np.count_nonzero(far < own)) + int(np.count_nonzero(far[:point] == own))


def _measure(spaces: tuple[Distances, Distances], rows: np.ndarray, k: int) -> np.ndarray:
    """Recall, trustworthiness and continuity of some points, (3, len(rows))."""
    truth, shown = (_Order(space(rows)) for space in spaces)
    n = truth.far.shape[1]
    worst = k * (2 * n - 3 * k - 1) / 2
    near, drawn = truth.first(k), shown.first(k)
    both = near[:, :, None] == drawn[:, None, :]
    preserved = both.any(axis=2)
    false, torn = truth.ranks(drawn, ~both.any(axis=1)), shown.ranks(near, ~preserved)
    lost = [np.maximum(ranks - k, 0).sum(axis=1) / worst for ranks in (false, torn)]
    return np.stack([preserved.mean(axis=1), 1 - lost[0], 1 - lost[1]])


def _map_neighbors(xy: np.ndarray, k: int) -> np.ndarray:
    from scipy.spatial import cKDTree

    near = cKDTree(xy).query(xy, k + 1)[1]
    itself = near == np.arange(len(xy))[:, None]
    itself[~itself.any(axis=1), -1] = True  # with more than k identical points, the point itself may be missing
    return near[~itself].reshape(len(xy), k)


def _validate(vectors: np.ndarray, xy: np.ndarray, k: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    vectors, xy = (
        part if part.dtype in (np.float32, np.float64) else part.astype(np.float64)
        for part in map(np.asarray, (vectors, xy))
    )
    if metric not in METRICS:
        raise BadRequest(f"There is no metric {metric!r}; choose one of {', '.join(METRICS)}.")
    if vectors.ndim != 2 or xy.ndim != 2 or len(vectors) != len(xy):
        raise BadRequest(f"A layout of shape {xy.shape} does not belong to vectors of shape {vectors.shape}.")
    if not 1 <= k < len(xy) / 2:
        raise BadRequest(f"{k} neighbors of {len(xy):,} points cannot be measured; k must be from 1 to less than half.")
    for name, values in (("vectors", vectors), ("layout", xy)):
        if not np.isfinite(values).all():
            row = np.flatnonzero(~np.isfinite(values).all(axis=1))[0]
            raise BadRequest(f"The {name} must be finite; row {row:,} is not.")
    return vectors, xy
