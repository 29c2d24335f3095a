"""IVF index (FAISS) that finds the nearest vectors without comparing all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.core.search.index import SHARE, ExactIndex, top_k, validate_query
from explorer.errors import BadData

if TYPE_CHECKING:
    import faiss

ABOVE = 500_000  # items from which an index is built; exact search then takes 10 ms or more
STEP = 100_000  # vectors normalized at a time
K, SAMPLES, AIM = 10, 300, 0.995  # an index is tuned for this recall@K over SAMPLES queries of each kind
SPARE = 2  # factor of candidates over results, as the index stores vectors with 8 bits per number
Query = tuple[np.ndarray, np.ndarray]  # a vector (d,), and the rows excluded from the results
Search = Callable[[list[np.ndarray], int, int], list[np.ndarray]]  # queries, k, probes -> rows of the k nearest of each


@dataclass(frozen=True)
class IvfIndex:
    """Inverted file (IVF) index for cosine; other metrics use exact search.

    Jégou, Douze & Schmid 2011 (Product Quantization for Nearest Neighbor Search), implemented by FAISS. Twice as many
    candidates as results are compared with the original vectors, so scores are exact.
    """

    exact: ExactIndex
    index: faiss.IndexIVF  # over unit vectors, by inner product
    probes: Mapping[str, int]  # number of lists searched, by kind of query; exact search for other kinds
    recall: Mapping[str, float] | None  # measured, by kind of query

    def search(
        self, query: np.ndarray, k: int, metric: str = "cosine", mask: np.ndarray | None = None, kind: str = "other"
    ) -> tuple[np.ndarray, np.ndarray]:
        """See NeighborIndex.search; searches only some lists of the index."""
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
        if len(rows) < k:  # the searched lists contain too few items
            return self.exact.search(query, k, metric, mask)
        return top_k(rows, self.exact.scores(query, metric, rows), k, metric)


def build(vectors: np.ndarray, norms: np.ndarray, seed: int = 0) -> faiss.IndexIVF:
    """Index of the directions of vectors (n, d): sqrt(n) lists from k-means, 8 bits per number.

    More lists would not make queries faster, as scanning is cheap, but take much longer to build.
    """
    import faiss

    n, d = vectors.shape
    lists = max(1, min(int(n**0.5), n // 39))  # FAISS recommends 39 points per list for k-means
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
    """Choose for each kind of query the number of lists to search: the least, within an eighth, with recall@K >= `aim`.

    Measured on SAMPLES random queries of each kind, see `sample_queries`. users: (u, d), queries of the kind `other`.
    """

    def search(queries: list[np.ndarray], k: int, probes: int) -> list[np.ndarray]:
        found = IvfIndex(exact, index, {"item": probes}, None)
        return [found.search(query, k, kind="item")[0] for query in queries]

    return IvfIndex(exact, index, *tune_probes(search, index.nlist, exact, seed, users, aim))


def tune_probes(
    search: Search, lists: int, exact: ExactIndex, seed: int = 0, users: np.ndarray | None = None, aim: float = AIM
) -> tuple[dict[str, int], dict[str, float]]:
    """The number of lists to search, as `tune`, and the measured recall, by kind of query.

    search: searches an index of so many lists.
    """
    probes, recall, k = {}, {}, min(K, len(exact.vectors) - 3)
    for kind, queries in sample_queries(exact, seed, users).items():
        true = [exact.search(query, k + len(own))[0] for query, own in queries]
        probes[kind], recall[kind] = fewest_probes(search, lists, queries, true, k, aim)
    return probes, recall


def sample_queries(exact: ExactIndex, seed: int = 0, users: np.ndarray | None = None) -> dict[str, list[Query]]:
    """Random queries of each kind: the vector, and the rows excluded from its results.

    The kinds: items; analogies a - b + c; midpoints of two items; other: users (u, d) if given, else sums of 20 items
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


def fewest_probes(
    search: Search, lists: int, queries: list[Query], true: list[np.ndarray], k: int, aim: float = AIM, first: int = 1
) -> tuple[int, float]:
    """The least number of lists, within an eighth and at least `first`, with recall@k >= `aim`, and the recall.

    true: for each query the k nearest by exact search, and as many more as rows are excluded from its results.
    """
    wanted = [set(rows.tolist()) - set(own.tolist()) for rows, (_, own) in zip(true, queries, strict=True)]
    most = k + max(len(own) for _, own in queries)

    def tried(probes: int) -> tuple[int, float]:
        found = search([query for query, _ in queries], most, probes)
        near = [
            set(rows[: k + len(own)].tolist()) - set(own.tolist())
            for rows, (_, own) in zip(found, queries, strict=True)
        ]
        return probes, float(np.mean([len(a & b) / len(a) for a, b in zip(wanted, near, strict=True)]))

    few, enough = first - 1, tried(first)
    while enough[1] < aim and enough[0] < lists:
        few, enough = enough[0], tried(min(2 * enough[0], lists))
    while enough[0] - few > max(1, enough[0] // 8):
        middle = tried((few + enough[0]) // 2)
        if middle[1] < aim:
            few = middle[0]
        else:
            enough = middle
    return enough


def write_index(index: faiss.IndexIVF, file: Path) -> None:
    """Write an index to a file."""
    import faiss

    faiss.write_index(index, str(file))


def read_index(file: Path) -> faiss.IndexIVF:
    """Read an index from a file, memory-mapped, so that processes share it. Raises BadData."""
    import faiss

    try:
        index = faiss.read_index(str(file), faiss.IO_FLAG_MMAP)
        # Otherwise each query starts 32 read-ahead threads, which takes seven times as long as the search.
        faiss.downcast_InvertedLists(index.invlists).prefetch_nthread = 0
        return index
    except RuntimeError as error:
        raise BadData(f"{file.name} is not an index that this FAISS can read.") from error
