"""Weighted undirected graphs, read from edge lists."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from math import isfinite
from pathlib import Path

import numpy as np

from explorer.datasets.sequences import Sequences
from explorer.datasets.text_lines import lines
from explorer.errors import BadData

Progress = Callable[[int, int], None]  # bytes done, total
SAMPLE = 100  # lines used to detect the format
COMMENTS = ("#", "%")
HEADERS = ("source target", "from to", "src dst", "node1 node2")  # names of the two nodes in a header line
WEIGHTS = ("weight", "weights", "value", "w", "count", "score")  # names of the weight in a header line
OTHERS = {
    r"\s*(Creator\s.*\n\s*)?graph\s*\[": "GML",
    r"\s*<": "XML, as GraphML and GEXF are",
    r"\s*(strict\s+)?(di)?graph\b.*\{": "DOT (Graphviz)",
    r"\*vertices\b": "Pajek",
    r"\s*[{\[]\s*[\"{]": "JSON",
}
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

    One edge per line, UTF-8, also .gz: two nodes and, if the first line has it, a positive weight. The delimiter is
    that of the first line: tab, comma, semicolon, | or white space. Skipped are lines that begin with # or %, the size
    line of a Matrix Market file, and a header line (one of HEADERS, or words above numbers). Below a header with one
    of HEADERS other columns than the nodes and the weight (one of WEIGHTS) are ignored. Raises BadData with file and
    line.
    """
    codes: defaultdict[str, int] = defaultdict(lambda: len(codes))
    ends: list[int] = []
    weights: list[float] = []
    for number, fields, width in _rows(path, progress):
        if len(fields) != width:
            raise BadData(f"{path}, line {number:,}: {width} fields expected, {len(fields)} found in {fields}")
        ends += (codes[fields[0]], codes[fields[1]])
        weights.append(_weight(path, number, fields[2]) if width == 3 else 1.0)
    if not weights:
        raise BadData(f"{path}: no edges in the file; expected two nodes and optionally a weight per line")
    nodes = np.array(ends, np.int64).reshape(-1, 2)
    tied, edges = np.unique(nodes[nodes[:, 0] != nodes[:, 1]], return_inverse=True)
    if not tied.size:
        raise BadData(f"{path}: all {len(weights):,} edges connect a node to itself, so no node has a neighbor")
    names, loops = list(codes), len(weights) - edges.size // 2
    edges = edges.reshape(-1, 2)
    graph = build(edges[:, 0], edges[:, 1], np.array(weights)[nodes[:, 0] != nodes[:, 1]], len(tied))
    return Graph(graph.starts, graph.targets, graph.weights, loops, graph.merged), [names[code] for code in tied]


def _rows(path: str | Path, progress: Progress | None) -> Iterator[tuple[int, list[str], int]]:
    """Line number, fields, and the expected number of fields."""
    numbered = ((number, line) for number, line in lines(path, progress))
    first = list(islice(numbered, SAMPLE))
    sizes = bool(first) and first[0][1].startswith("%%MatrixMarket")  # its first line of numbers contains sizes
    sample = [line for _, line in first if not line.startswith(COMMENTS)][int(sizes) :]
    delimiter = next((sign for sign in "\t,;|" if sample and sign in sample[0]), " ")
    fields = [_fields(line, delimiter) for line in sample]
    header = bool(fields) and _is_header(fields)
    width = len(fields[0]) if fields else 0
    used = _columns(fields[0]) if header else []
    if sample:
        _check_format(path, "\n".join(sample[:3]))
    if fields and width not in (2, 3) and not used:
        hint = " Names with spaces need tabs between the fields." if delimiter == " " else ""
        number = next(number for number, line in first if not line.startswith(COMMENTS))
        raise BadData(f"{path}, line {number:,}: two nodes and an optional weight expected, found {fields[0]}.{hint}")
    skip = int(header) + int(sizes)
    for number, line in chain(first, numbered):
        if line.startswith(COMMENTS):
            continue
        if skip:
            skip -= 1
            continue
        found = _fields(line, delimiter)
        if used and len(found) == width:
            yield number, [found[place] for place in used], len(used)
        else:
            yield number, found, width


def _fields(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    parts = (
        next(csv.reader([line], delimiter=delimiter, skipinitialspace=True)) if '"' in line else line.split(delimiter)
    )
    return [part.strip() for part in parts]


def _is_header(fields: list[list[str]]) -> bool:
    """Whether the first line is a header: one of HEADERS, a word above weights, or two words above whole numbers."""
    names, below = fields[0], fields[1:]
    if _columns(names):
        return True
    if len(below) < 2 or any(len(row) != len(names) for row in below[:10]):
        return False
    if len(names) == 3 and not _is_number(names[2]):
        return all(_is_number(row[2]) for row in below)
    words = not any(name.lstrip("-").isdecimal() for name in names[:2])
    return words and all(part.lstrip("-").isdecimal() for row in below for part in row[:2])


def _columns(names: list[str]) -> list[int]:
    """Places of the two nodes, and of the weight if there is one, in a header with one of HEADERS; else empty."""
    folded = [name.casefold() for name in names]
    ends = next((both.split() for both in HEADERS if set(both.split()) <= {*folded}), [])
    weight = [name for name in WEIGHTS if name in folded] or (
        [folded[2]] if len(folded) == 3 and folded[:2] == ends else []
    )
    return [folded.index(name) for name in (*ends, *weight[:1])] if ends else []


def _check_format(path: str | Path, first: str) -> None:
    """Raise BadData if the first lines are those of another format of graphs."""
    for pattern, what in OTHERS.items():
        if re.match(pattern, first, re.IGNORECASE):
            how = "With networkx: nx.write_weighted_edgelist(graph, 'edges.txt')." if what != "JSON" else "Write a CSV."
            raise BadData(f"{path}: is {what}; expected an edge in each line: two nodes and optionally a weight. {how}")


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def _weight(path: str | Path, number: int, text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        raise BadData(
            f"{path}, line {number:,}: weight {text!r} is not a number. A header line must begin with one of "
            f"{', '.join(HEADERS)}."
        ) from None
    if not (isfinite(weight) and weight > 0):
        raise BadData(f"{path}, line {number:,}: weight {text!r} is not above 0; leave such edges out")
    return weight


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
