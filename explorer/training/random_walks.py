"""Random walks over a weighted graph, all walkers at once: DeepWalk and node2vec.

Perozzi et al. 2014, arXiv:1403.6652; Grover & Leskovec 2016, arXiv:1607.00653. Weighted sampling with an index into the
cumulative weights (Chen & Asau 1974). node2vec by rejection sampling, with the return edge sampled separately, as in
KnightKing (Yang et al. 2019, SOSP).
"""

from __future__ import annotations

import numpy as np

from explorer.datasets.graph_edges import Graph

SCANS = 8  # linear steps along a node's edges before binary search
SPREAD = 8  # hash bits per edge: one in eight unconnected pairs is looked up needlessly
MIX = np.uint64(0x9E3779B97F4A7C15)  # golden ratio (Fibonacci hashing)


class Walker:
    """A graph prepared for random walks. p, q: return and in-out parameters of node2vec; both 1 is DeepWalk.

    From node v, reached from t, the next node x is drawn in proportion to the weight of the edge v-x, times 1/p if x is
    t, 1 if x is a neighbor of t, and 1/q otherwise. The probabilities are exact.
    """

    def __init__(self, graph: Graph, p: float = 1.0, q: float = 1.0) -> None:
        self.graph, self.back, self.out = graph, 1 / p, 1 / q
        self.limit = max(1.0, self.out)
        self.first, self.degree = graph.starts[:-1], np.diff(graph.starts)
        self.even = bool((graph.weights == graph.weights[0]).all())
        self.share = graph.weights / np.add.reduceat(graph.weights, self.first)[graph.sources]
        # increases by 1 per node, so the precision does not depend on a node's weight
        self.ladder = np.append(0, np.cumsum(self.share))
        places = np.arange(len(graph.targets)) - self.first[graph.sources]
        self.twin = np.lexsort((graph.sources, graph.targets))  # position of the reversed edge
        self.index = self._search(graph.sources, places / self.degree[graph.sources])
        bits = (SPREAD * len(graph.targets)).bit_length()
        self.shift, self.marks = np.uint64(64 - bits), np.zeros(1 << bits, bool)
        self.marks[self._place(graph.keys)] = True

    def walk(self, start: np.ndarray, length: int, rng: np.random.Generator) -> np.ndarray:
        """Walks of `length` nodes from each of the start nodes (w,): (w, length) int32, including the start."""
        path = np.empty((length, len(start)), np.int32)
        path[0] = start
        for step in range(1, length):
            here = path[step - 1].astype(np.int64)
            if step == 1 or self.back == self.out == 1:
                edge = self._draw(here, rng)
            else:
                edge = self._draw_biased(path[step - 2].astype(np.int64), here, self.twin[edge], rng)
            path[step] = self.graph.targets[edge]
        return np.ascontiguousarray(path.T)

    def _draw(self, here: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Random edge of each node, by weight: (w,) positions in graph.targets."""
        chance = rng.random(len(here))
        edge = self.first[here] + (chance * self.degree[here]).astype(np.int64)
        if self.even:
            return edge
        edge = self.index[edge]
        low = self.ladder[self.first[here]]
        goal = low + chance * (self.ladder[self.first[here] + self.degree[here]] - low)
        behind = np.arange(len(here))
        for _ in range(SCANS):
            behind = behind[self.ladder[edge[behind] + 1] <= goal[behind]]
            if not behind.size:
                return edge
            edge[behind] += 1
        edge[behind] = self._search(here[behind], chance[behind])
        return edge

    def _search(self, here: np.ndarray, chance: np.ndarray) -> np.ndarray:
        """Edge of each node at which the cumulative share exceeds `chance`."""
        first, last = self.first[here], self.first[here] + self.degree[here]
        low = self.ladder[first]
        edge = np.searchsorted(self.ladder, low + chance * (self.ladder[last] - low), side="right") - 1
        return np.clip(edge, first, last - 1)

    def _draw_biased(
        self, before: np.ndarray, here: np.ndarray, way_back: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Random edge of each node by weight and previous node. way_back: the edge to the previous node.

        The factor of an edge is split into a part of at most `limit`, sampled by weight and rejection, and the excess
        of the return edge, sampled directly. Otherwise a small p would reject nearly everything.
        """
        edge = np.empty(len(here), np.int64)
        waiting = np.arange(len(here))
        beyond = max(self.back - self.limit, 0.0)
        if beyond:
            mass = beyond * self.share[way_back]
            direct = mass / (mass + self.limit)
        while waiting.size:
            t, v = before[waiting], here[waiting]
            drawn = self._draw(v, rng)
            accepted = self._accepts(t, self.graph.targets[drawn], rng.random(waiting.size) * self.limit)
            if beyond:
                at_once = rng.random(waiting.size) < direct[waiting]
                drawn, accepted = np.where(at_once, way_back[waiting], drawn), accepted | at_once
            edge[waiting[accepted]] = drawn[accepted]
            waiting = waiting[~accepted]
        return edge

    def _accepts(self, before: np.ndarray, drawn: np.ndarray, chance: np.ndarray) -> np.ndarray:
        """Whether the factor of each drawn node exceeds `chance`; edges are looked up only where they matter."""
        accepted = chance < min(self.out, 1.0)
        asked = np.flatnonzero((chance < self.limit) & ~accepted)
        near = self._connected(before[asked], drawn[asked])
        accepted[asked] = np.where(near, chance[asked] < 1, chance[asked] < self.out)
        same = drawn == before
        accepted[same] = chance[same] < min(self.back, self.limit)
        return accepted

    def _connected(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Whether there are edges from a to b; a Bloom-filter-like mark rules out most pairs without a search."""
        maybe = np.flatnonzero(self.marks[self._place(a * len(self.graph) + b)])
        tied = np.zeros(len(a), bool)
        tied[maybe] = self.graph.find(a[maybe], b[maybe]) >= 0
        return tied

    def _place(self, keys: np.ndarray) -> np.ndarray:
        return (keys.astype(np.uint64) * MIX) >> self.shift
