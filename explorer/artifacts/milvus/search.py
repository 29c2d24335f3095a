"""Nearest-neighbor search with Milvus: it returns candidates, which are compared with their exact vectors.

A Milvus collection has one metric, but three are needed. Two collections with inner product rank by all of them. `unit`
holds unit vectors, for the cosine. `raised` holds the vector and an extra number, minus half its squared length: with 0
as extra number of the query it ranks by the dot product; with 1 by the distance, as the product is half of |q|^2 - |v -
q|^2. So the vectors are stored twice, not three times. There are two collections because Milvus before 2.4 allows one
vector field per collection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.core.remote_vectors import RemoteVectors
from explorer.core.search import ExactIndex, top_k, validate_query
from explorer.errors import BadArtifact

if TYPE_CHECKING:
    from pymilvus import MilvusClient

UNIT, AUGMENTED = "unit", "raised"
MOST = 16_384  # most rows that Milvus returns at once
NAMED = 10_000  # most rows listed in a filter expression
SPARE = 10  # extra rows requested, to detect ties
EPSILON = 2.0**-23  # machine epsilon of float32
SECONDS = 5.0  # timeout of a query

Question = Callable[["MilvusClient"], Any]


@dataclass(frozen=True)
class MilvusIndex:
    """Exact search of an artifact in Milvus, as search.ExactIndex."""

    vectors: RemoteVectors
    digest: str  # of the artifact
    ask: Callable[[Question], Any]
    recall: Mapping[str, float] | None = None

    def search(
        self, query: np.ndarray, k: int, metric: str = "cosine", mask: np.ndarray | None = None, kind: str = "other"
    ) -> tuple[np.ndarray, np.ndarray]:
        """See NeighborIndex.search; without a mask at most MOST items are returned.

        Milvus computes in float32. If more than MOST items are indistinguishable, because they are equal or their
        distances are thousands of times smaller than their vectors, the result is the nearest of MOST candidates. Also
        raises Unavailable.
        """
        query = validate_query(query, metric, self.vectors.shape[1])
        allowed = np.arange(len(self.vectors)) if mask is None else np.flatnonzero(mask)
        if not len(allowed):
            rows = allowed
        elif mask is None or len(allowed) > NAMED:
            rows = self._candidates_of_all(query, k, metric, allowed, mask)
        else:
            rows = self._candidates_of_rows(query, k, metric, allowed)
        return top_k(rows, self._scores(query, metric, rows), k, metric)

    def _candidates_of_all(
        self, query: np.ndarray, k: int, metric: str, allowed: np.ndarray, mask: np.ndarray | None
    ) -> np.ndarray:
        """Candidates among all items, filtered by the mask; requests more until there are enough."""
        limit = (k + SPARE) * len(self.vectors) // len(allowed)
        while limit < MOST:
            rows = self._candidates(query, k, metric, limit, mask=mask)
            if rows is not None:
                return rows
            limit *= 4
        rows = self._candidates(query, k, metric, MOST, mask=mask, last=mask is None)
        if rows is not None:
            return rows
        parts = (allowed[start : start + NAMED] for start in range(0, len(allowed), NAMED))
        return np.concatenate([self._candidates_of_rows(query, k, metric, part) for part in parts])

    def _candidates_of_rows(self, query: np.ndarray, k: int, metric: str, allowed: np.ndarray) -> np.ndarray:
        """Candidates among at most NAMED rows."""
        limit = k + SPARE
        while (rows := self._candidates(query, k, metric, min(limit, len(allowed)), allowed)) is None:
            limit *= 4
        return rows

    def _candidates(
        self, query: np.ndarray, k: int, metric: str, limit: int, among: np.ndarray | None = None,
        mask: np.ndarray | None = None, last: bool = False,
    ) -> np.ndarray | None:  # fmt: skip
        """Rows that contain the k nearest; None if more must be requested. In the last attempt, without guarantee."""
        part, asked, slack = self._prepare_query(query, metric)
        chosen = "" if among is None else f"row in {among.tolist()}"

        def search_collection(client: MilvusClient) -> Any:
            return client.search(
                collection(self.digest, part), [asked], anns_field=part, limit=limit, filter=chosen,
                search_params={"metric_type": "IP"}, timeout=SECONDS,
            )[0]  # fmt: skip

        hits = self.ask(search_collection)
        rows, score = np.array(hits.ids, np.int64), np.array(hits.distances, np.float32)
        complete = len(rows) < limit or limit >= (len(self.vectors) if among is None else len(among))
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
    by_row = {one["row"]: one for one in found}
    missing = [int(row) for row in rows if row not in by_row]
    if missing:
        raise BadArtifact(f"Row {missing[0]:,} is not in {collection}; {len(missing):,} are missing. Publish it again.")
    return [by_row[row] for row in rows.tolist()]
