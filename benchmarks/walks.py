"""Random walks over a graph of a million edges, and the complete `train graph` on it.

    python -m benchmarks.walks [--nodes 100000] [--edges 1000000] [--walks 10] [--length 40] [--all]

Prints seconds and walks per second for DeepWalk and node2vec (p 0.25, q 4), compared with a Python loop over walkers
that draws from the same probabilities, and, with --all, the seconds of reading, walking, training and saving. The graph
is random: communities of 100 nodes, nine of ten edges within them, weights from 1 to 5.
"""

import argparse
import random
import tempfile
import time
from pathlib import Path

import numpy as np

from explorer import artifacts
from explorer.datasets import graph_edges
from explorer.datasets.graph_edges import Graph
from explorer.jobs import training_job
from explorer.training.random_walks import Walker

LOOP = 200  # walks timed with the loop in Python


def generated(nodes: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`count` distinct random edges and their weights: (count,) each."""
    rng = np.random.default_rng(0)
    found = np.empty(0, np.int64)
    while len(found) < count:
        a = rng.integers(nodes, size=count)
        inside = rng.random(count) < 0.9
        b = np.where(inside, a // 100 * 100 + rng.integers(100, size=count), rng.integers(nodes, size=count))
        b = np.minimum(b, nodes - 1)
        pairs = np.minimum(a, b) * nodes + np.maximum(a, b)
        found = np.unique(np.append(found, pairs[a != b]))
    found = rng.permutation(found)[:count]
    return found // nodes, found % nodes, rng.integers(1, 6, size=count).astype(float)


def loop(graph: Graph, walks: int, length: int, p: float, q: float) -> None:
    """node2vec without vectorization: one walker and one step at a time."""
    chance = random.Random(0)
    near = [graph.targets[a:b].tolist() for a, b in zip(graph.starts[:-1], graph.starts[1:], strict=True)]
    heavy = [graph.weights[a:b].tolist() for a, b in zip(graph.starts[:-1], graph.starts[1:], strict=True)]
    sets = [set(nodes) for nodes in near]
    start = time.perf_counter()
    for number in range(walks):
        before, here = -1, number % len(near)
        for _ in range(length - 1):
            known = sets[before] if before >= 0 else set(near[here])
            factors = (1 / p if x == before else 1 if x in known else 1 / q for x in near[here])
            weights = [weight * factor for weight, factor in zip(heavy[here], factors, strict=True)]
            before, here = here, chance.choices(near[here], weights)[0]
    seconds = time.perf_counter() - start
    print(f"loop in Python       {walks / seconds:12,.0f} walks/s", flush=True)


def whole(a: np.ndarray, b: np.ndarray, weight: np.ndarray, options: dict) -> None:
    """From an edge file to an artifact."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "edges.tsv"
        lines = (f"n{x}\tn{y}\t{w:g}\n" for x, y, w in zip(a.tolist(), b.tolist(), weight.tolist(), strict=True))
        file.write_text("".join(lines))
        start = time.perf_counter()
        seen: dict[str, float] = {}
        request = training_job.TrainRequest("graph", str(file), f"{folder}/graph", 0, (), options)
        paths = training_job.train_other(
            request, lambda told: seen.update({told.get("phase", "reading"): time.perf_counter()})
        )
        for phase, end in seen.items():
            print(f"{phase:20} until {end - start:8.1f} s")
        manifest = artifacts.manifest(paths[0])
        print(f"edge file to artifact      {time.perf_counter() - start:8.1f} s; {manifest['metrics']}")


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("nodes", 100_000), ("edges", 1_000_000), ("walks", 10), ("length", 40)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--all", action="store_true", help="time the whole of `train graph` too")
    asked = parser.parse_args()
    a, b, weight = generated(asked.nodes, asked.edges)
    tied, ends = np.unique(np.append(a, b), return_inverse=True)
    graph = graph_edges.build(ends[: len(a)], ends[len(a) :], weight, len(tied))
    print(f"{len(graph):,} nodes, {graph.n_edges:,} edges, {asked.walks} walks of {asked.length} nodes from each")
    for name, p, q in (("DeepWalk", 1.0, 1.0), ("node2vec 0.25, 4", 0.25, 4.0)):
        start, rng = time.perf_counter(), np.random.default_rng(0)
        walker = Walker(graph, p, q)
        for _ in range(asked.walks):
            walker.walk(np.arange(len(graph)), asked.length, rng)
        seconds = time.perf_counter() - start
        print(f"{name:20} {asked.walks * len(graph) / seconds:12,.0f} walks/s  {seconds:7.1f} s", flush=True)
    loop(graph, LOOP, asked.length, 0.25, 4.0)
    if asked.all:
        whole(a, b, weight, {"epochs": asked.walks, "length": asked.length})


if __name__ == "__main__":
    main()
