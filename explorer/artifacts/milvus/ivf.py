"""IVF indexes of a large artifact in Milvus: created with the collections, tuned when it is published."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.artifacts.faiss_index import SAMPLES, K, Query, fewest_probes, sample_queries
from explorer.artifacts.milvus import store
from explorer.artifacts.milvus.search import MOST, PLAIN, SPARE, UNIT, MilvusIndex, collection
from explorer.core.embedding import Embedding
from explorer.core.search.index import METRICS, ExactIndex, top_k
from explorer.core.vectors.remote import RemoteVectors
from explorer.errors import Unavailable

if TYPE_CHECKING:
    from pymilvus import MilvusClient

ABOVE = 100_000  # items above which vectors are indexed
LISTS = 1024  # most lists; Milvus makes so many for each of its segments of about a million vectors
LISTS_OF_LITE = 128  # lists that Milvus Lite makes, whatever it is asked for
# Numbers of nearest items for which the lists are tuned, see search, with the number of queries of each kind: the more
# neighbors each has, the fewer queries.
DEPTHS = {K: SAMPLES, 200: 100, 2_000: 60, 16_000: 8}
BLOCK = 200_000  # vectors compared at once
SECONDS = 300.0  # timeout of a request
BUILDING = 7200.0  # seconds after which an index should have been built
PAUSE = 0.5  # seconds between looks at whether it has been


def index_options(items: int) -> dict[str, Any]:
    """Arguments of Milvus's `add_index` for the vectors of so many items."""
    if items <= ABOVE:
        return {"index_type": "FLAT"}
    return {"index_type": "IVF_FLAT", "params": {"nlist": min(LISTS, int(items**0.5))}}


def tune(uri: str, digest: str, embedding: Embedding, report: Callable[[str, int, int], Any]) -> dict[str, Any]:
    """Wait until the indexes are built, then choose how many lists to search, by metric, kind of query and depth.

    For each of DEPTHS it is the least number with a mean recall of the so many nearest of at least faiss_index.AIM.
    Returns the manifest entry: `lists`; `probes`, metric -> kind -> depth -> number; `recall` of the `k` nearest,
    metric -> kind -> share. {} without an index. Raises Unavailable.
    """
    for part in (UNIT, PLAIN):
        name = collection(digest, part)
        description = _wait(uri, name, part, report)
        if description.get("index_type") != "IVF_FLAT":
            return {}
        if digest not in store.digests(uri):  # nobody queries it yet
            store.with_client(uri, partial(_load_again, name))
    lists = int(description.get("nlist", LISTS_OF_LITE))
    remote = RemoteVectors(embedding.vectors.shape, embedding.norms, lambda rows: embedding.vectors[rows], uri)
    index = MilvusIndex(remote, digest, partial(store.with_client, uri), lists=lists)
    exact, probes, recall = ExactIndex(embedding.vectors, embedding.norms), {}, {}
    users = None if embedding.users is None else embedding.users[:, :-1]
    for done, metric in enumerate(METRICS):
        report("tuning", done, len(METRICS))
        probes[metric], recall[metric] = _tune_metric(index, exact, metric, users)
    return {"lists": lists, "probes": probes, "recall": recall, "k": K}


def _tune_metric(
    index: MilvusIndex, exact: ExactIndex, metric: str, users: np.ndarray | None
) -> tuple[dict[str, dict[int, int]], dict[str, float]]:
    def search(queries: list[np.ndarray], k: int, probes: int) -> list[np.ndarray]:
        limit = min(k + SPARE, MOST)
        found = index.nearest_in_lists(queries, limit, metric, probes, SECONDS)
        both = zip(found, queries, strict=True)
        return [top_k(rows, exact.scores(query, metric, rows), k, metric)[0] for rows, query in both]

    probes: dict[str, dict[int, int]] = {}
    recall: dict[str, float] = {}
    for kind, queries in _queries(exact, metric, users).items():
        probes[kind], first = {}, 1
        for depth, samples in DEPTHS.items():
            if depth > K and 2 * depth > len(exact.vectors):
                break
            k, some = min(depth, len(exact.vectors) - 3), queries[:samples]
            first, share = fewest_probes(
                search, index.lists, some, nearest_by_comparing(exact, metric, some, k), k, first=first
            )
            probes[kind][depth] = first
            recall.setdefault(kind, share)
    return probes, recall


def _queries(exact: ExactIndex, metric: str, users: np.ndarray | None) -> dict[str, list[Query]]:
    """Random queries of the kinds that are asked by a metric; those by distance are as long as items."""
    found = sample_queries(exact, users=users)
    if metric == "cosine":
        return found
    usual = float(np.median(exact.norms[:: max(1, len(exact.norms) // 10_000)]))

    def scaled(query: np.ndarray, own: np.ndarray) -> Query:
        length = float(exact.norms[own[0]]) if len(own) else usual
        return np.asarray(query / (np.linalg.norm(query) or 1) * length, np.float32), own

    return {kind: [scaled(*query) for query in found[kind]] for kind in ("item", "other")}


def nearest_by_comparing(exact: ExactIndex, metric: str, queries: list[Query], k: int) -> list[np.ndarray]:
    """Rows of the k nearest of each query, and of as many more as rows are excluded, by exact search."""
    import faiss

    n, most = len(exact.vectors), k + max(len(own) for _, own in queries)
    asked = np.array([query for query, _ in queries], np.float32)
    how = faiss.METRIC_L2 if metric == "euclidean" else faiss.METRIC_INNER_PRODUCT
    rows, scores = np.empty((len(asked), 0), np.int64), np.empty((len(asked), 0), np.float32)
    for start in range(0, n, BLOCK):
        block = np.asarray(exact.vectors[start : start + BLOCK], np.float32)
        if metric == "cosine":
            block = block / exact.norms[start : start + BLOCK, None]
        score, found = faiss.knn(asked, np.ascontiguousarray(block), min(most, len(block)), metric=how)
        scores = np.hstack([scores, score if metric == "euclidean" else -score])
        rows = np.hstack([rows, found + start])
        order = np.argsort(scores, axis=1, kind="stable")[:, :most]
        rows, scores = np.take_along_axis(rows, order, 1), np.take_along_axis(scores, order, 1)
    return [found[: k + len(own)] for found, (_, own) in zip(rows, queries, strict=True)]


def _load_again(name: str, client: MilvusClient) -> None:
    """Load a collection with its index: what was loaded before it was built would be searched without for a while."""
    client.release_collection(name, timeout=SECONDS)
    client.load_collection(name, timeout=SECONDS)


def _wait(uri: str, name: str, field: str, report: Callable[[str, int, int], Any]) -> dict[str, Any]:
    def look(client: MilvusClient) -> dict[str, Any]:
        return dict(client.describe_index(name, field, timeout=SECONDS) or {})

    begun = time.monotonic()
    while True:
        description = store.with_client(uri, look)
        total, done = int(description.get("total_rows", 0)), int(description.get("indexed_rows", 0))
        if description.get("index_type") != "IVF_FLAT" or done >= total:
            return description
        if time.monotonic() - begun > BUILDING:
            raise Unavailable(f"The index of {name} was not built in {BUILDING:g} s. Publish again to wait longer.")
        report("indexing", done, total)
        time.sleep(PAUSE)
