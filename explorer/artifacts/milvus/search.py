"""Nearest-neighbor search with Milvus: it returns candidates, which are compared with their exact vectors.

A Milvus collection has one metric, but three are needed. Two collections with inner product rank by all of them. `unit`
holds unit vectors, for the cosine. `raised` holds the vector and an extra number, minus half its squared length: with 0
as extra number of the query it ranks by the dot product; with 1 by the distance, as the product is half of |q|^2 - |v -
q|^2. So the vectors are stored twice, not three times. There are two collections because Milvus before 2.4 allows one
vector field per collection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.core.search.index import ExactIndex, top_k, validate_query
from explorer.core.vectors.remote import RemoteVectors
from explorer.errors import BadArtifact

if TYPE_CHECKING:
    from pymilvus import MilvusClient

UNIT, AUGMENTED = "unit", "raised"
MOST = 16_384  # most rows that Milvus returns at once
NAMED = 10_000  # most rows listed in a filter expression
SPARE = 10  # extra rows requested, to detect ties
EPSILON = 2.0**-23  # machine epsilon of float32
SECONDS = 5.0  # timeout of a query
LONG = 300.0  # of many queries at once

Question = Callable[["MilvusClient"], Any]


def _unknown(mask: np.ndarray) -> str | None:
    """No condition in Milvus is known for a mask."""
    return None


@dataclass(frozen=True)
class MilvusIndex:
    """Search of an artifact in Milvus: exact as search.ExactIndex, or in some lists of an IVF index, by cosine."""

    vectors: RemoteVectors
    digest: str  # of the artifact
    ask: Callable[[Question], Any]
    expression: Callable[[np.ndarray], str | None] = _unknown  # the condition in Milvus of a mask, if known
    lists: int = 0  # number of lists of the index by cosine; 0: none, all vectors are compared
    probes: Mapping[str, int] = field(default_factory=dict)  # number of lists searched, by kind of query; others: all
    recall: Mapping[str, float] | None = None

    def search(
        self, query: np.ndarray, k: int, metric: str = "cosine", mask: np.ndarray | None = None, kind: str = "other"
    ) -> tuple[np.ndarray, np.ndarray]:
        """See NeighborIndex.search; without a mask at most MOST items are returned.

        Milvus computes in float32. If more than MOST items are indistinguishable, because they are equal or their
        distances are thousands of times smaller than their vectors, the result is the nearest of MOST candidates. If
        the searched lists hold too few items of the mask, all lists are searched. Also raises Unavailable.
        """
        query = validate_query(query, metric, self.vectors.shape[1])
        left = len(self.vectors) if mask is None else int(np.count_nonzero(mask))
        few = mask is not None and left <= NAMED
        rows = None
        if metric == "cosine" and kind in self.probes and left and not few:
            rows = self._candidates_of_lists(query, k, mask, left, self.probes[kind])
        if rows is None and mask is not None and few:
            rows = self._candidates_of_rows(query, k, metric, np.flatnonzero(mask)) if left else np.empty(0, np.int64)
        elif rows is None:
            rows = self._candidates_of_all(query, k, metric, mask, left)
        return top_k(rows, self._scores(query, metric, rows), k, metric)

    def nearest_in_lists(self, queries: list[np.ndarray], k: int, probes: int) -> list[np.ndarray]:
        """Rows of the k items nearest by cosine to each query in so many lists of the index, the nearest first."""
        asked = [query / (np.linalg.norm(query) or 1) for query in queries]
        return [np.array(hits.ids, np.int64) for hits in self._search(UNIT, asked, k, probes=probes, seconds=LONG)]

    def _search(
        self, part: str, queries: list[np.ndarray], limit: int, chosen: str = "", probes: int = 0,
        seconds: float = SECONDS,
    ) -> Any:  # fmt: skip
        """The hits of each query. probes: number of lists searched, 0 for all."""
        asked: dict[str, Any] = {"metric_type": "IP"}
        if part == UNIT and self.lists:
            asked["params"] = {"nprobe": probes or self.lists}

        def search_collection(client: MilvusClient) -> Any:
            return client.search(
                collection(self.digest, part), [np.asarray(query, np.float32) for query in queries], anns_field=part,
                limit=limit, filter=chosen, search_params=asked, timeout=seconds,
            )  # fmt: skip

        return self.ask(search_collection)

    def _candidates_of_lists(
        self, query: np.ndarray, k: int, mask: np.ndarray | None, left: int, probes: int
    ) -> np.ndarray | None:
        """Candidates in some lists of the index; None if they hold too few items of the mask."""
        limit = 2 * (k + SPARE) * len(self.vectors) // left
        if limit > MOST:
            return None
        rows = self.nearest_in_lists([query], limit, probes)[0]
        kept = rows if mask is None else rows[mask[rows]]
        return kept if len(kept) >= k else None

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
        part, asked, slack = self._prepare_query(query, metric)
        hits = self._search(part, [asked], limit, condition)[0]
        rows, score = np.array(hits.ids, np.int64), np.array(hits.distances, np.float32)
        complete = len(rows) < limit or limit >= (len(self.vectors) if left is None else left)
        kept = np.flatnonzero(mask[rows]) if mask is not None else np.arange(len(rows))
        if len(kept) < k:
            return rows[kept] if complete or last else None
        bound = np.sort(score[kept])[-k] - slack  # items below cannot be among the k, even with rounding errors
        return rows[kept][score[kept] >= bound] if complete or last or score.min() < bound else None

    def _prepare_query(self, query: np.ndarray, metric: str) -> tuple[str, np.ndarray, float]:
        """The collection to search, the query vector, and the rounding error of a score."""
        length, longest = float(np.linalg.norm(query)), float(self.vectors.norms.max())
        rounding = 2 * EPSILON * (len(query) + 1)
        if metric == "cosine":
            return UNIT, query / (length or 1), rounding
        if metric == "dot":
            return AUGMENTED, np.append(query, np.float32(0)), rounding * length * longest
        return AUGMENTED, np.append(query, np.float32(1)), rounding * (length * longest + longest**2 / 2)

    def _scores(self, query: np.ndarray, metric: str, rows: np.ndarray) -> np.ndarray:
        return ExactIndex(self.vectors, self.vectors.norms).scores(query, metric, rows)  # type: ignore[arg-type]


def collection(digest: str, part: str) -> str:
    """Name of the collection with a part of an artifact."""
    return f"explorer_{digest[:40]}_{part}"


def unit(vectors: np.ndarray) -> np.ndarray:
    """Unit vectors of (n, d), searched by cosine: (n, d) float32; zero vectors stay zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(norms, norms, 1)).astype(np.float32)


def augmented(vectors: np.ndarray) -> np.ndarray:
    """Vectors of (n, d) with the extra number, searched by the other metrics: (n, d + 1) float32."""
    return np.hstack([vectors, -(np.linalg.norm(vectors, axis=1, keepdims=True) ** 2) / 2]).astype(np.float32)


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
