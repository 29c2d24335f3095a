"""An IVF index (FAISS) that finds the nearest vectors without comparing all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.core.search import SHARE, ExactIndex, top_k, validate_query
from explorer.errors import BadData

if TYPE_CHECKING:
    import faiss

ABOVE = 500_000  # items from which an index is worth its build: comparing all takes 10 ms and more
STEP = 100_000  # vectors brought to length one at a time
K, SAMPLES, AIM = 10, 300, 0.995  # what an index is tuned for: recall@K over so many queries of each kind
SPARE = 2  # times as many are looked up as were asked for: an index knows vectors to a byte a number
Query = tuple[np.ndarray, np.ndarray]  # a vector (d,), and the rows that do not count as answers


@dataclass(frozen=True)
class IvfIndex:
    """An inverted file (IVF) of the directions says which items to compare; cosine only, other metrics compare all.

    Jégou, Douze & Schmid 2011 (Product Quantization for Nearest Neighbor Search), in FAISS; twice as many as were asked
    for are compared with the vectors themselves, so that scores are exact.
    """

    exact: ExactIndex
    index: faiss.IndexIVF  # over unit vectors, by inner product
    probes: Mapping[str, int]  # how many of its lists are looked at, by kind of query; all items for a kind not here
    recall: Mapping[str, float] | None  # measured, by kind of query

    def search(
        self, query: np.ndarray, k: int, metric: str = "cosine", mask: np.ndarray | None = None, kind: str = "other"
    ) -> tuple[np.ndarray, np.ndarray]:
        """See NeighborIndex.search; among the items looked at."""
        import faiss

        query = validate_query(query, metric, self.exact.vectors.shape[1])
        few = mask is not None and mask.sum() < SHARE * len(mask)
        if metric != "cosine" or few or kind not in self.probes:
            return self.exact.search(query, k, metric, mask)
        allowed: dict[str, Any] = {}
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            allowed = {"sel": faiss.IDSelectorBitmap(bits)}
        asked = faiss.SearchParametersIVF(nprobe=self.probes[kind], **allowed)
        rows = self.index.search(query[None] / (np.linalg.norm(query) or 1), SPARE * k, params=asked)[1][0]
        rows = rows[rows >= 0]
        if len(rows) < k:  # the lists looked at hold no more
            return self.exact.search(query, k, metric, mask)
        return top_k(rows, self.exact.scores(query, metric, rows), k, metric)


def build(vectors: np.ndarray, norms: np.ndarray, seed: int = 0) -> faiss.IndexIVF:
    """An index of the directions of some vectors (n, d): sqrt(n) lists, found by k-means; a byte a number.

    More of them take longer to choose among than they save, as a byte a number is soon read, and far longer to build.
    """
    import faiss

    n, d = vectors.shape
    lists = max(1, min(int(n**0.5), n // 39))  # k-means wants 39 points a list
    index = faiss.index_factory(d, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = seed
    sample = np.sort(np.random.default_rng(seed).choice(n, min(n, 64 * lists), replace=False))
    index.train(vectors[sample] / norms[sample, None])
    for start in range(0, n, STEP):
        index.add(vectors[start : start + STEP] / norms[start : start + STEP, None])
    return index


def tune(
    index: faiss.IndexIVF, exact: ExactIndex, seed: int = 0, users: np.ndarray | None = None, aim: float = AIM
) -> IvfIndex:
    """For each kind of query the least number of lists to look at that finds `aim` of the K nearest, to an eighth.

    Measured on SAMPLES random queries of each kind, see `sample_queries`; users: (u, d), queries of the kind `other`.
    """
    probes, recall = {}, {}
    for kind, queries in sample_queries(exact, seed, users).items():
        probes[kind], recall[kind] = _fewest_probes(index, exact, queries, kind, aim)
    return IvfIndex(exact, index, probes, recall)


def sample_queries(exact: ExactIndex, seed: int = 0, users: np.ndarray | None = None) -> dict[str, list[Query]]:
    """Random queries of each kind: the vector and the rows that are left out of the answer.

    Items; analogies a - b + c; the middle between two; other: users (u, d) where there are any, else sums of 20 items
    with normally distributed weights.
    """
    rng, n = np.random.default_rng(seed), len(exact.vectors)

    def mixed(rows: np.ndarray, weights: np.ndarray) -> Query:
        return weights @ (exact.vectors[rows] / exact.norms[rows, None]), rows

    def drawn(size: int) -> np.ndarray:
        return rng.choice(n, min(size, n), replace=False)

    found = {"item": [mixed(np.array([row]), np.ones(1)) for row in drawn(SAMPLES)]}
    found["analogy"] = [mixed(rows, np.array([1, -1, 1])[: len(rows)]) for rows in (drawn(3) for _ in range(SAMPLES))]
    found["between"] = [mixed(rows, np.ones(len(rows))) for rows in (drawn(2) for _ in range(SAMPLES))]
    if users is not None and len(users):
        chosen = rng.choice(len(users), min(SAMPLES, len(users)), replace=False)
        found["other"] = [(users[row], np.empty(0, np.int64)) for row in chosen]
    else:
        sums = (mixed(rows, rng.normal(size=len(rows)))[0] for rows in (drawn(20) for _ in range(SAMPLES)))
        found["other"] = [(query, np.empty(0, np.int64)) for query in sums]
    return found


def _fewest_probes(
    index: faiss.IndexIVF, exact: ExactIndex, queries: list[Query], kind: str, aim: float
) -> tuple[int, float]:
    k = min(K, len(exact.vectors) - 3)
    true = [set(exact.search(query, k + len(own))[0].tolist()) - set(own.tolist()) for query, own in queries]

    def tried(probes: int) -> tuple[int, float]:
        found = IvfIndex(exact, index, {kind: probes}, None)
        near = [set(found.search(query, k + len(own), kind=kind)[0].tolist()) for query, own in queries]
        return probes, float(np.mean([len(a & b) / len(a) for a, b in zip(true, near, strict=True)]))

    few, enough = 0, tried(1)
    while enough[1] < aim and enough[0] < index.nlist:
        few, enough = enough[0], tried(min(2 * enough[0], index.nlist))
    while enough[0] - few > max(1, enough[0] // 8):
        middle = tried((few + enough[0]) // 2)
        if middle[1] < aim:
            few = middle[0]
        else:
            enough = middle
    return enough


def write_index(index: faiss.IndexIVF, file: Path) -> None:
    """Store an index in a file."""
    import faiss

    faiss.write_index(index, str(file))


def read_index(file: Path) -> faiss.IndexIVF:
    """An index from its file, memory-mapped, so that processes share it. Raises BadData."""
    import faiss

    try:
        index = faiss.read_index(str(file), faiss.IO_FLAG_MMAP)
        # Else each question starts 32 threads that read ahead, which takes seven times as long as to answer it.
        faiss.downcast_InvertedLists(index.invlists).prefetch_nthread = 0
        return index
    except RuntimeError as error:
        raise BadData(f"{file.name} is no index that this FAISS reads.") from error
