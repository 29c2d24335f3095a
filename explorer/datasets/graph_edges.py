"""Weighted undirected graphs, read from edge lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from explorer.datasets.lines.edge_lines import edges
from explorer.datasets.sequences import Sequences
from explorer.errors import BadData

Progress = Callable[[int, int], None]  # bytes done, total
_BLOCK = 512  # items per block of co-like counts


@dataclass(frozen=True, eq=False)
class Graph:
    """An undirected weighted graph in CSR form: edges of node v from starts[v] to starts[v + 1], each stored twice.

    Every node has an edge, there are no self-loops, and the targets of each node are ascending.
    """

    starts: np.ndarray  # (n + 1,) int64
    targets: np.ndarray  # (2 edges,) int32
    weights: np.ndarray  # (2 edges,) float64, above 0
    loops: int = 0  # self-loops that were left out
    merged: int = 0  # duplicate edges, in either direction, whose weights were added
    notes: tuple[str, ...] = ()  # how the file was read

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def n_edges(self) -> int:
        """Number of undirected edges."""
        return len(self.targets) // 2

    @property
    def sources(self) -> np.ndarray:
        """Source node of each edge, (2 edges,) int64."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def pairs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Each edge once: lower node, higher node, weight."""
        once = self.sources < self.targets
        return self.sources[once], self.targets[once], self.weights[once]

    @cached_property
    def keys(self) -> np.ndarray:
        """source * n + target of each edge, (2 edges,) int64, ascending."""
        return self.sources * len(self) + self.targets

    def find(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Positions of the edges from nodes a to nodes b, (k,) int64; -1 without an edge."""
        wanted = a.astype(np.int64) * len(self) + b
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[place] == wanted, place, -1)


def build(a: np.ndarray, b: np.ndarray, weight: np.ndarray, n: int) -> Graph:
    """Build a graph of the nodes 0..n-1 from edges (k,) in either direction; weights of duplicates are added."""
    loops = a == b
    low, high, weight = np.minimum(a, b)[~loops], np.maximum(a, b)[~loops], weight[~loops]
    keys, index = np.unique(low.astype(np.int64) * n + high, return_inverse=True)
    sums = np.bincount(index, weights=weight, minlength=len(keys))
    low, high = np.divmod(keys, n)
    source, target, both = np.append(low, high), np.append(high, low), np.append(sums, sums)
    order = np.lexsort((target, source))
    starts = np.append(0, np.cumsum(np.bincount(source, minlength=n)))
    merged = len(weight) - len(keys)
    return Graph(starts, target[order].astype(np.int32), both[order], int(loops.sum()), merged)


def read_graph(path: str | Path, progress: Progress | None = None) -> tuple[Graph, list[str]]:
    """Read a graph from a text file: the graph, and the names of its nodes in order of appearance.

    One edge per line, also .gz: two nodes and, if the first line has it, a positive weight. The delimiter is detected:
    tab, comma, semicolon, | or white space. Skipped are lines that begin with # or %, the size line of a Matrix Market
    file, and a header line. Below a header that names the nodes (edge_lines.NODES) other columns than these and the
    weight are ignored; so are times in a fourth column, and the relation between two nodes of a triple. `notes` says
    what was detected. Raises BadData with file and line.
    """
    codes: defaultdict[str, int] = defaultdict(lambda: len(codes))
    ends: list[int] = []
    weights: list[float] = []
    edges_found, notes = edges(path, progress)
    for a, b, weight in edges_found:
        ends += (codes[a], codes[b])
        weights.append(weight)
    if not weights:
        raise BadData(f"{path}: no edges in the file; expected two nodes and optionally a weight per line")
    nodes = np.array(ends, np.int64).reshape(-1, 2)
    tied, places = np.unique(nodes[nodes[:, 0] != nodes[:, 1]], return_inverse=True)
    if not tied.size:
        raise BadData(f"{path}: all {len(weights):,} edges connect a node to itself, so no node has a neighbor")
    names, loops = list(codes), len(weights) - places.size // 2
    places = places.reshape(-1, 2)
    graph = build(places[:, 0], places[:, 1], np.array(weights)[nodes[:, 0] != nodes[:, 1]], len(tied))
    return replace(graph, loops=loops, notes=tuple(notes)), [names[code] for code in tied]


def coliked(likes: Sequences, n: int, links: int) -> tuple[Graph, np.ndarray]:
    """Graph of the items 0..n-1 liked by the same users; each item keeps its `links` strongest edges.

    The weight is the cosine: the number of users who like both, over the square root of the product of the numbers who
    like each. This normalization keeps popular items from being connected to everything. Returns the graph and the item
    of each node, (nodes,) int64; items without an edge are not nodes.
    """
    import scipy.sparse as sp

    ones = np.ones(len(likes.tokens), np.float32)
    matrix = sp.csr_array((ones, likes.tokens, likes.starts), shape=(len(likes), n))
    matrix = sp.csr_array(matrix @ sp.diags_array(1 / np.sqrt(np.maximum(likes.counts(n), 1))))
    turned = sp.csr_array(matrix.T)
    found = []
    for start in range(0, n, _BLOCK):
        rows = (turned[start : start + _BLOCK] @ matrix).toarray()
        own = np.arange(len(rows))
        rows[own, start + own] = 0
        best = np.argpartition(-rows, min(links, n - 1) - 1, axis=1)[:, :links]
        tied = rows[own[:, None], best] > 0
        found.append((np.repeat(start + own, tied.sum(axis=1)), best[tied], rows[own[:, None], best][tied]))
    a, b, weight = (np.concatenate(parts) for parts in zip(*found, strict=True))
    pair = np.minimum(a, b).astype(np.int64) * n + np.maximum(a, b)
    _, once = np.unique(pair, return_index=True)  # most edges are among the strongest of both ends
    items, ends = np.unique(np.append(a[once], b[once]), return_inverse=True)
    half = len(ends) // 2
    return build(ends[:half], ends[half:], weight[once].astype(np.float64), len(items)), items
