"""Accuracy beside scikit-surprise's SVD and SVD++ on the very same folds.

    python -m benchmarks.accuracy --data PATH [--split u1..u5] [--models mf svdpp hybrid] [--peers SVD SVD++]

PATH is ML-100K (u1..u5) or any MovieLens folder (5fold, 90/10). scikit-surprise runs with its own defaults; where it is
not installed (it must be compiled, with a C compiler at hand) this project's models are printed alone.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import numpy as np

from explorer.datasets import movielens
from explorer.datasets.ratings import Ratings
from explorer.training import rmse_mae
from explorer.training.ratings.evaluation import SPLITS, evaluate, folds


def peer(name: str, ratings: Ratings, split: str, data: str) -> Iterator[dict]:
    """rmse, mae and seconds of a scikit-surprise model on each fold."""
    import surprise

    for fold, training, test in folds(ratings, split, data=data):
        start = time.perf_counter()
        model = {"SVD": surprise.SVD, "SVD++": surprise.SVDpp}[name](random_state=0)
        model.fit(trainset(ratings.take(training)))
        seconds = time.perf_counter() - start
        part = ratings.take(test)
        predicted = [model.predict(user, item).est for user, item in zip(part.user, part.item, strict=True)]
        yield {"fold": fold, **rmse_mae(np.array(predicted), part.rating), "seconds": seconds}


def trainset(ratings: Ratings) -> object:
    """The ratings as scikit-surprise takes them."""
    import pandas as pd
    import surprise

    table = pd.DataFrame({"user": ratings.user, "item": ratings.item, "rating": ratings.rating})
    return surprise.Dataset.load_from_df(table, surprise.Reader(rating_scale=ratings.scale)).build_full_trainset()


def show(name: str, measure: Callable[[], list[dict]]) -> None:
    """One line: RMSE of each fold, then the means."""
    found = measure()
    mean = {key: np.mean([fold[key] for fold in found]) for key in ("rmse", "mae", "seconds")}
    each = " ".join(f"{fold['rmse']:.4f}" for fold in found)
    print(f"{name:16} {each}   RMSE {mean['rmse']:.4f}  MAE {mean['mae']:.4f}  {mean['seconds']:6.1f} s", flush=True)


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = movielens.data_root()
    parser.add_argument("--data", default=root and root / "movielens" / "ml-100k")
    parser.add_argument("--split", default="u1..u5", choices=SPLITS)
    parser.add_argument("--models", nargs="*", default=["item-mean", "bias", "dot", "deep", "mf", "svdpp", "hybrid"])
    parser.add_argument("--peers", nargs="*", default=["SVD", "SVD++"])
    options = parser.parse_args()
    ratings = movielens.load(options.data)
    print(
        f"{ratings.name}, {ratings.n_ratings:,} ratings, {options.split}: RMSE of each fold, means, seconds of training"
    )
    for name in options.models:
        show(name, lambda name=name: evaluate(ratings, name, options.split, data=options.data)["folds"])
    if find_spec("surprise") is None:
        print("scikit-surprise is not installed: pip install scikit-surprise")
        return
    for name in options.peers:
        show(f"surprise {name}", lambda name=name: list(peer(name, ratings, options.split, options.data)))


if __name__ == "__main__":
    main()
