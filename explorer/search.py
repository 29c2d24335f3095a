"""Which items are nearest to a vector: all are compared, or an index says which to compare."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from explorer.errors import BadData, BadRequest

if TYPE_CHECKING:
    import faiss

METRICS = ("cosine", "dot", "euclidean")
ABOVE = 500_000  # items from which an index is worth its build: comparing all takes 10 ms and more
STEP = 100_000  # vectors brought to length one at a time
K, QUERIES, AIM = 10, 300, 0.995  # what an index is tuned for: recall@K over so many items
SPARE = 2  # times as many are looked up as were asked for: an index knows vectors to a byte a number
SHARE = 0.05  # of the items: where a mask leaves fewer, those are compared one by one


class Search(Protocol):
    """Whatever knows the vectors and can be asked for the nearest."""

    @property
    def recall(self) -> float | None:
        """What part of the 10 nearest it finds, measured; None where it compares all."""
        ...

    def top(
        self, query: np.ndarray, k: int, metric: str = "cosine", mask: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k items nearest to a vector (d,): their rows (k,) int64 and scores (k,) float32, best first.

        metric: one of METRICS; euclidean is a distance. mask: (n,) bool, which items may answer; fewer answer where
        it leaves fewer. Of equal scores the first row is named first. Raises BadRequest.
        """
        ...


class Exact:
    """Every item is compared."""

    recall: float | None = None

    def __init__(self, vectors: np.ndarray, norms: np.ndarray) -> None:
        """vectors: (n, d) float32. norms: (n,) float32, their lengths, 1 for a zero vector."""
        self.vectors, self.norms = vectors, norms

    def top(
        self, query: np.ndarray, k: int, metric: str = "cosine", mask: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """See Search.top."""
        if mask is not None and mask.sum() < SHARE * len(mask):
            rows = np.flatnonzero(mask)
            return best(rows, self.scores(query, metric, rows), k, metric)
        score = self.scores(query, metric)
        rows = np.arange(len(score)) if mask is None else np.flatnonzero(mask)
        return best(rows, score if mask is None else score[rows], k, metric)

    def scores(self, query: np.ndarray, metric: str, rows: np.ndarray | slice = np.s_[:]) -> np.ndarray:
        """Score of some items, or of all in their order: (len(rows),) float32. Raises BadRequest."""
        query = checked(query, metric, self.vectors.shape[1])
        some = self.vectors[rows]
        if metric == "euclidean":
            return np.linalg.norm(some - query, axis=1)
        dots = some @ query
        return dots if metric == "dot" else dots / self.norms[rows] / (np.linalg.norm(query) or 1)


@dataclass(frozen=True)
class Indexed:
    """An inverted file (IVF) of the directions says which items to compare; cosine only, other metrics compare all.

    Jégou, Douze & Schmid 2011 (Product Quantization for Nearest Neighbor Search), in FAISS; twice as many as were asked
    for are compared with the vectors themselves, so that scores are exact.
    """

    exact: Exact
    index: faiss.IndexIVF  # over unit vectors, by inner product
    probes: int  # how many of its lists are looked at
    recall: float | None

    def top(
        self, query: np.ndarray, k: int, metric: str = "cosine", mask: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """See Search.top; among the items looked at."""
        import faiss

        query = checked(query, metric, self.exact.vectors.shape[1])
        if metric != "cosine" or (mask is not None and mask.sum() < SHARE * len(mask)):
            return self.exact.top(query, k, metric, mask)
        allowed: dict[str, Any] = {}
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            allowed = {"sel": faiss.IDSelectorBitmap(bits)}
        asked = faiss.SearchParametersIVF(nprobe=self.probes, **allowed)
        rows = self.index.search(query[None] / (np.linalg.norm(query) or 1), SPARE * k, params=asked)[1][0]
        rows = rows[rows >= 0]
        if len(rows) < k:  # the lists looked at hold no more
            return self.exact.top(query, k, metric, mask)
        return best(rows, self.exact.scores(query, metric, rows), k, metric)


def best(rows: np.ndarray, score: np.ndarray, k: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """The k best of some rows and their scores, best first. rows, score: (m,)."""
    order = -score if metric != "euclidean" else score
    # All that are as near as the last of the k, so that those of equal scores come in the order of rows.
    some = np.flatnonzero(order <= np.partition(order, k - 1)[k - 1]) if k < len(rows) else np.arange(len(rows))
    some = some[np.lexsort((rows[some], order[some]))][:k]
    return rows[some], score[some]


def checked(query: np.ndarray, metric: str, dimensions: int) -> np.ndarray:
    """A query as (d,) float32. Raises BadRequest for another metric or shape."""
    if metric not in METRICS:
        raise BadRequest(f"There is no metric {metric!r}; choose one of {', '.join(METRICS)}.")
    query = np.asarray(query, dtype=np.float32)
    if query.shape != (dimensions,):
        raise BadRequest(f"The vector has shape {query.shape}; this embedding has ({dimensions},).")
    return query


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


def tune(index: faiss.IndexIVF, exact: Exact, seed: int = 0) -> Indexed:
    """The least number of lists to look at that finds AIM of the K nearest of QUERIES items, to an eighth.

    Measured on items drawn at random, each left out of its own neighbors.
    """
    n = len(exact.vectors)
    rows = np.random.default_rng(seed).choice(n, min(n, QUERIES), replace=False)
    k = min(K, n - 1)
    true = [set(exact.top(exact.vectors[row], k + 1)[0]) - {row} for row in rows]

    def tried(probes: int) -> Indexed:
        found = Indexed(exact, index, probes, None)
        near = [set(found.top(exact.vectors[row], k + 1)[0]) - {row} for row in rows]
        return replace(found, recall=float(np.mean([len(a & b) / len(a) for a, b in zip(true, near, strict=True)])))

    few, enough = 0, tried(1)
    while (enough.recall or 0) < AIM and enough.probes < index.nlist:
        few, enough = enough.probes, tried(min(2 * enough.probes, index.nlist))
    while enough.probes - few > max(1, enough.probes // 8):
        middle = tried((few + enough.probes) // 2)
        if (middle.recall or 0) < AIM:
            few = middle.probes
        else:
            enough = middle
    return enough


def write(index: faiss.IndexIVF, file: Path) -> None:
    """Store an index in a file."""
    import faiss

    faiss.write_index(index, str(file))


def read(file: Path) -> faiss.IndexIVF:
    """An index from its file, memory-mapped, so that processes share it. Raises BadData."""
    import faiss

    try:
        index = faiss.read_index(str(file), faiss.IO_FLAG_MMAP)
        # Else each question starts 32 threads that read ahead, which takes seven times as long as to answer it.
        faiss.downcast_InvertedLists(index.invlists).prefetch_nthread = 0
        return index
    except RuntimeError as error:
        raise BadData(f"{file.name} is no index that this FAISS reads.") from error
