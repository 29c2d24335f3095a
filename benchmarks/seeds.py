"""Effect of the seed on one model: popularity of neighbors and shared genres by decile, on ml-latest-small.

    python benchmarks/seeds.py [--data PATH] [--seeds 7]

Trains mf, hybrid and item2vec with several seeds, compares all pairs of one model, and prints the largest difference in
any popularity decile. The Compare page must not attribute differences of this size to one of the models.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run from a checkout, without installation
from explorer import Embedding, load
from explorer.cli import main as explorer
from explorer.datasets import movielens
from explorer.quality.comparison import compare_embeddings
from explorer.quality.popularity_bias import popularity_bias

TRAININGS = {
    "mf": ["train", "movielens", "--model", "mf"],
    "hybrid": ["train", "movielens", "--model", "hybrid"],
    "item2vec": ["train", "sequences"],
}


def trained(model: str, data: Path, seeds: int, folder: Path) -> list[Embedding]:
    found = []
    for seed in range(seeds):
        out = folder / f"{model}-{seed}"
        explorer([*TRAININGS[model], "--data", str(data), "--seed", str(seed), "--out", str(out), "--layouts"])
        found.append(load(out))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = movielens.data_root()
    parser.add_argument("--data", default=root and root / "movielens" / "ml-latest-small", help="folder of the data")
    parser.add_argument("--seeds", type=int, default=7, help="trainings of each model (default 7)")
    options = parser.parse_args()
    if not options.data:
        sys.exit("Name a data set: --data PATH")
    with tempfile.TemporaryDirectory() as folder:
        for model in TRAININGS:
            trainings = trained(model, Path(options.data), options.seeds, Path(folder))
            ratios, points = [], []
            for a, b in combinations(trainings, 2):
                found = popularity_bias(compare_embeddings(a, b))
                ratios.append(np.abs(np.log2(found.deciles["ratio"])).max())
                if found.shared is not None:
                    one, other = (found.shared[name] for name in found.names)
                    points.append(100 * np.abs(one - other).max())
            print(f"{model}: {len(ratios)} pairs; largest ratio {2 ** max(ratios):.2f}, points {max(points):.1f}")


if __name__ == "__main__":
    main()
