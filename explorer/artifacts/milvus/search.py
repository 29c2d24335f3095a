"""Nearest-neighbor search with Milvus: it returns candidates, which are compared with their exact vectors.

A Milvus collection has one metric, but three are needed. `unit` holds unit vectors, for the cosine, as inner product.
`plain` holds the vectors, for the Euclidean distance. It also ranks by the dot product: the nearest vectors to a point
far away in the direction of the query are those that reach farthest in this direction, as |v - q|^2 = |q|^2 - 2 qv +
|v|^2, and the last term matters less the longer q is. So the vectors are stored twice, not three times. There are two
collections because Milvus before 2.4 allows one vector field per collection.

An inner product with an extra number per vector, minus half its squared length, also ranks by both, but an IVF index
clusters such vectors badly, as the extra number dominates: about half of the lists hold too few of the nearest by dot
product. An extra number with another scale, or the one of Bachrach et al. 2014 (Speeding Up the Xbox Recommender System
Using a Euclidean Transformation for Inner-Product Spaces), serves only one of the two metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.artifacts.milvus.kept_vectors import KeptVectors
from explorer.core.search.index import SHARE, ExactIndex, top_k, validate_query
from explorer.core.vectors.remote import RemoteVectors
from explorer.errors import BadArtifact

if TYPE_CHECKING:
    from pymilvus import MilvusClient

UNIT, PLAIN = "unit", "plain"
METRIC_TYPES = {UNIT: "IP", PLAIN: "L2"}
MOST = 16_384  # most rows that Milvus returns at once
NAMED = 10_000  # most rows listed in a filter expression
FEW = 2**20  # most numbers in the vectors of a mask for which these are fetched and compared
MASKS = 8  # masks with so many whose vectors are kept
SPARE = 10  # extra rows requested, to detect ties
REACH = 1.5  # factor of the depth for which the number of lists was tuned, up to which results are used
FAR = 250.0  # length of a query by dot product, in lengths of the longest vector; more loses digits, less shifts ranks
EPSILON = 2.0**-23  # machine epsilon of float32
FARTHEST = 1e18  # length of a query whose square float32 holds
SECONDS = 5.0  # timeout of a query

Question = Callable[["MilvusClient"], Any]
Probes = Mapping[str, Mapping[str, Mapping[int, int]]]  # lists to search by metric, kind of query and depth, ascending


def _unknown(mask: np.ndarray) -> str | None:
    """No condition in Milvus is known for a mask."""
    return None


@dataclass(frozen=True)
class MilvusIndex:
    """Search of an artifact in Milvus: exact as search.ExactIndex, or in some lists of an IVF index."""

    vectors: RemoteVectors
    digest: str  # of the artifact
    ask: Callable[[Question], Any]
    expression: Callable[[np.ndarray], str | None] = _unknown  # the condition in Milvus of a mask, if known
    lists: int = 0  # number of lists of the index; 0: none, all vectors are compared
    probes: Probes = field(default_factory=dict)  # exact search for metrics and kinds that are not in it
    recall: Mapping[str, float] | None = None  # by cosine

    def search(
        self, query: np.ndarray, k: int, metric: str = "cosine", mask: np.ndarray | None = None, kind: str = "other"
    ) -> tuple[np.ndarray, np.ndarray]:
        """See NeighborIndex.search; without a mask at most MOST items are returned.

        Milvus computes in float32. If more than MOST items are indistinguishable, because they are equal, their
        distances are thousands of times smaller than their vectors, or their dot products differ by less than a 200th
        of the longest vector's, the result is the best of MOST candidates. If the searched lists hold too few items of
        the mask, more lists are searched, then all. Also raises Unavailable.
        """
        query = validate_query(query, metric, self.vectors.shape[1])
        left = len(self.vectors) if mask is None else int(np.count_nonzero(mask))
        if not left:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        few = left <= min(NAMED, FEW // len(query)) and left < SHARE * len(self.vectors)
        if mask is not None and few and left <= _requested(k, left / len(self.vectors)):
            return self._nearest_of_few(query, k, metric, np.flatnonzero(mask))
        rows = self._candidates_of_lists(query, k, metric, mask, left, kind)
        if rows is None and mask is not None and few:
            return self._nearest_of_few(query, k, metric, np.flatnonzero(mask))
        if rows is None and mask is not None and left <= NAMED:
            rows = self._candidates_of_rows(query, k, metric, np.flatnonzero(mask))
        elif rows is None:
            rows = self._candidates_of_all(query, k, metric, mask, left)
        return top_k(rows, self._scores(query, metric, rows), k, metric)

    def nearest_in_lists(
        self, queries: list[np.ndarray], k: int, metric: str, probes: int, seconds: float = SECONDS
    ) -> list[np.ndarray]:
        """Rows of the k items nearest to each query in so many lists of the index, the nearest first."""
        part, asked = self._part(metric), [self._asked(query, metric) for query in queries]
        return [np.array(hits.ids, np.int64) for hits in self._search(part, asked, k, probes=probes, seconds=seconds)]

    @cached_property
    def _kept(self) -> KeptVectors:
        return KeptVectors(lambda rows: self.vectors[rows], self.vectors.shape[1], MASKS * FEW)

    @cached_property
    def _longest(self) -> float:
        return float(self.vectors.norms.max())

    @cached_property
    def _squared(self) -> bool:
        """Whether the database returns squared distances, as Milvus does and Milvus Lite does not."""
        longest, query = self._longest, np.zeros(self.vectors.shape[1], np.float32)
        query[0] = 4 * longest + 4  # all distances are between 3 and 5 times the longest, plus 4
        return bool(self._search(PLAIN, [query], 1)[0].distances[0] > 5 * longest + 5)

    def _search(
        self, part: str, queries: list[np.ndarray], limit: int, chosen: str = "", probes: int = 0,
        seconds: float = SECONDS,
    ) -> Any:  # fmt: skip
        """The hits of each query. probes: number of lists searched, 0 for all."""
        asked: dict[str, Any] = {"metric_type": METRIC_TYPES[part]}
        if self.lists:
            asked["params"] = {"nprobe": probes or self.lists}

        def search_collection(client: MilvusClient) -> Any:
            return client.search(
                collection(self.digest, part), [np.asarray(query, np.float32) for query in queries], anns_field=part,
                limit=limit, filter=chosen, search_params=asked, timeout=seconds,
            )  # fmt: skip

        return self.ask(search_collection)

    def _candidates_of_lists(
        self, query: np.ndarray, k: int, metric: str, mask: np.ndarray | None, left: int, kind: str
    ) -> np.ndarray | None:
        """Candidates in some lists of the index; None if it is not tuned, or they hold too few items of the mask.

        Of the k nearest of a mask the last is farther down among all items. Therefore the numbers of lists are tuned
        for several depths, and candidates are used only down to the depth for which the searched lists are enough.
        """
        share = left / len(self.vectors)
        for depth, probes in self.probes.get(metric, {}).get(kind, {}).items():
            deepest = min(int(REACH * depth), MOST)
            if k / share > deepest:
                continue
            limit = min(_requested(k, share), 2 * deepest + 2 * SPARE, MOST)
            rows = self.nearest_in_lists([query], limit, metric, probes)[0]
            kept = np.arange(len(rows)) if mask is None else np.flatnonzero(mask[rows])
            if len(kept) >= k and kept[k - 1] < deepest:
                return rows[kept[: 2 * (k + SPARE)]]
        return None

    def _nearest_of_few(
        self, query: np.ndarray, k: int, metric: str, allowed: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k nearest of a few rows: Milvus would read the expression that lists them more slowly than send them."""
        exact = ExactIndex(self._kept.of(allowed), self.vectors.norms[allowed])
        return top_k(allowed, exact.scores(query, metric), k, metric)

    def _candidates_of_all(
        self, query: np.ndarray, k: int, metric: str, mask: np.ndarray | None, left: int
    ) -> np.ndarray:
        """Candidates among all items, filtered by the mask; requests more until there are enough."""
        limit = (k + SPARE) * len(self.vectors) // left
        while limit < MOST:
            rows = self._candidates(query, k, metric, limit, mask=mask)
            if rows is not None:
                return rows
            limit *= 4
        rows = self._candidates(query, k, metric, MOST, mask=mask, last=mask is None)
        if rows is not None or mask is None:
            return np.empty(0, np.int64) if rows is None else rows
        if condition := self.expression(mask):
            return self._candidates_where(query, k, metric, condition, left)
        allowed = np.flatnonzero(mask)
        parts = (allowed[start : start + NAMED] for start in range(0, len(allowed), NAMED))
        return np.concatenate([self._candidates_of_rows(query, k, metric, part) for part in parts])

    def _candidates_of_rows(self, query: np.ndarray, k: int, metric: str, allowed: np.ndarray) -> np.ndarray:
        """Candidates among at most NAMED rows."""
        return self._candidates_where(query, k, metric, f"row in {allowed.tolist()}", len(allowed))

    def _candidates_where(self, query: np.ndarray, k: int, metric: str, condition: str, left: int) -> np.ndarray:
        """Candidates among the items for which a condition of Milvus is true, `left` in number."""
        limit = k + SPARE
        while True:
            limit, last = min(limit, left, MOST), limit >= MOST
            rows = self._candidates(query, k, metric, limit, condition, left, last=last)
            if rows is not None:
                return rows
            limit *= 4

    def _candidates(
        self, query: np.ndarray, k: int, metric: str, limit: int, condition: str = "", left: int | None = None,
        mask: np.ndarray | None = None, last: bool = False,
    ) -> np.ndarray | None:  # fmt: skip
        """Rows that contain the k nearest; None if more must be requested. In the last attempt, without guarantee."""
        part, asked = self._part(metric), self._asked(query, metric)
        hits = self._search(part, [asked], limit, condition)[0]
        rows, score = np.array(hits.ids, np.int64), np.array(hits.distances, np.float64)
        if part == PLAIN:
            score = -score if self._squared else -(score**2)
        complete = len(rows) < limit or limit >= (len(self.vectors) if left is None else left)
        kept = np.flatnonzero(mask[rows]) if mask is not None else np.arange(len(rows))
        if len(kept) < k:
            return rows[kept] if complete or last else None
        bound = np.sort(score[kept])[-k] - self._slack(
            asked, metric
        )  # items below cannot be among the k, even with rounding errors
        return rows[kept][score[kept] >= bound] if complete or last or score.min() < bound else None

    def _part(self, metric: str) -> str:
        """The collection that ranks by a metric."""
        return UNIT if metric == "cosine" else PLAIN

    def _asked(self, query: np.ndarray, metric: str) -> np.ndarray:
        """The query vector for the collection of a metric."""
        if metric == "euclidean":
            return query
        length = 1 if metric == "cosine" else min(FAR * self._longest, FARTHEST)
        return query * np.float32(length / (np.linalg.norm(query) or 1))

    def _slack(self, asked: np.ndarray, metric: str) -> float:
        """The most by which two scores of Milvus may be in the wrong order: rounding, and |v|^2 in `plain`."""
        rounding = 2 * EPSILON * (len(asked) + 1)
        if metric == "cosine":
            return rounding
        rounded = rounding * (float(np.linalg.norm(asked)) + self._longest) ** 2
        return rounded + (self._longest**2 if metric == "dot" else 0)

    def _scores(self, query: np.ndarray, metric: str, rows: np.ndarray) -> np.ndarray:
        return ExactIndex(self.vectors, self.vectors.norms).scores(query, metric, rows)  # type: ignore[arg-type]


def _requested(k: int, share: float) -> int:
    """Number of results among which k surely are from a random share of the items."""
    return int(2 * (k + SPARE) / share)


def collection(digest: str, part: str) -> str:
    """Name of the collection with a part of an artifact."""
    return f"explorer_{digest[:40]}_{part}"


def tuned(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of MilvusIndex from the manifest entry that ivf.tune returned."""
    probes = {
        metric: {kind: {int(depth): lists for depth, lists in depths.items()} for kind, depths in kinds.items()}
        for metric, kinds in entry["probes"].items()
    }
    return {"lists": entry["lists"], "probes": probes, "recall": entry["recall"]["cosine"]}


def unit(vectors: np.ndarray) -> np.ndarray:
    """Unit vectors of (n, d), searched by cosine: (n, d) float32; zero vectors stay zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(norms, norms, 1)).astype(np.float32)


def fetch(
    client: MilvusClient, collection: str, rows: np.ndarray, wanted: Sequence[str], seconds: float = SECONDS, **how: Any
) -> list[dict[str, Any]]:
    """Rows of a collection in the order given, each a dictionary of the wanted fields.

    rows: (m,) int64; may repeat. how: arguments of MilvusClient.query. Raises BadArtifact for a missing row.
    """
    named = f"row in {np.unique(rows).tolist()}"
    found = client.query(collection, filter=named, output_fields=["row", *wanted], timeout=seconds, **how)
    by_row = {record["row"]: record for record in found}
    missing = [int(row) for row in rows if row not in by_row]
    if missing:
        raise BadArtifact(f"Row {missing[0]:,} is not in {collection}; {len(missing):,} are missing. Publish it again.")
    return [by_row[row] for row in rows.tolist()]
