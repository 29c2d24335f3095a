"""An IVF index (FAISS) that finds the nearest vectors without comparing all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.core.search import SHARE, ExactIndex, top_k, validate_query
from explorer.errors import BadData

if TYPE_CHECKING:
    import faiss

ABOVE = 500_000  # items from which an index is worth its build: comparing all takes 10 ms and more
STEP = 100_000  # vectors brought to length one at a time
K, QUERIES, AIM = 10, 300, 0.995  # what an index is tuned for: recall@K over so many items
SPARE = 2  # times as many are looked up as were asked for: an index knows vectors to a byte a number


@dataclass(frozen=True)
class IvfIndex:
    """An inverted file (IVF) of the directions says which items to compare; cosine only, other metrics compare all.

    Jégou, Douze & Schmid 2011 (Product Quantization for Nearest Neighbor Search), in FAISS; twice as many as were asked
    for are compared with the vectors themselves, so that scores are exact.
    """

    exact: ExactIndex
    index: faiss.IndexIVF  # over unit vectors, by inner product
    probes: int  # how many of its lists are looked at
    recall: float | None

    def search(
        self, query: np.ndarray, k: int, metric: str = "cosine", mask: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """See NeighborIndex.search; among the items looked at."""
        import faiss

        query = validate_query(query, metric, self.exact.vectors.shape[1])
        if metric != "cosine" or (mask is not None and mask.sum() < SHARE * len(mask)):
            return self.exact.search(query, k, metric, mask)
        allowed: dict[str, Any] = {}
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            allowed = {"sel": faiss.IDSelectorBitmap(bits)}
        asked = faiss.SearchParametersIVF(nprobe=self.probes, **allowed)
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


def tune(index: faiss.IndexIVF, exact: ExactIndex, seed: int = 0) -> IvfIndex:
    """The least number of lists to look at that finds AIM of the K nearest of QUERIES items, to an eighth.

    Measured on items drawn at random, each left out of its own neighbors.
    """
    n = len(exact.vectors)
    rows = np.random.default_rng(seed).choice(n, min(n, QUERIES), replace=False)
    k = min(K, n - 1)
    true = [set(exact.search(exact.vectors[row], k + 1)[0]) - {row} for row in rows]

    def tried(probes: int) -> IvfIndex:
        found = IvfIndex(exact, index, probes, None)
        near = [set(found.search(exact.vectors[row], k + 1)[0]) - {row} for row in rows]
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
