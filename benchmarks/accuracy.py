"""Accuracy compared with scikit-surprise's SVD and SVD++ and with myFM on the same folds.

    python -m benchmarks.accuracy --data PATH [--split u1..u5] [--models bayes mf hybrid] [--peers SVD SVD++ myFM]

PATH is ML-100K (u1..u5) or any MovieLens folder (5fold, 90/10). scikit-surprise runs with its defaults. myFM is a
Bayesian factorization machine (Gibbs sampling, rank 10, 200 iterations) over users, items and both implicit feedback
sets (the items of a user, the users of an item). Libraries that are not installed are skipped.
"""

import argparse
import contextlib
import io
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import numpy as np

from explorer.datasets import movielens
from explorer.datasets.ratings import Ratings
from explorer.training import rmse_mae
from explorer.training.ratings.evaluation import SPLITS, evaluate, folds


def peer(name: str, ratings: Ratings, split: str, data: str) -> Iterator[dict]:
    """RMSE, MAE and seconds of another library's model on each fold."""
    predict = with_myfm if name == "myFM" else with_surprise
    for fold, training, test in folds(ratings, split, data=data):
        part = ratings.take(test)
        predicted, seconds = predict(name, ratings.take(training), part)
        yield {"fold": fold, **rmse_mae(np.clip(predicted, *ratings.scale), part.rating), "seconds": seconds}


def with_surprise(name: str, training: Ratings, test: Ratings) -> tuple[np.ndarray, float]:
    """Predictions of scikit-surprise, and the seconds of its training."""
    import surprise

    start = time.perf_counter()
    model = {"SVD": surprise.SVD, "SVD++": surprise.SVDpp}[name](random_state=0)
    model.fit(trainset(training))
    seconds = time.perf_counter() - start
    return np.array([model.predict(user, item).est for user, item in zip(test.user, test.item, strict=True)]), seconds


def with_myfm(_: str, training: Ratings, test: Ratings) -> tuple[np.ndarray, float]:
    """Predictions of myFM, and the seconds of its training."""
    import myfm
    from scipy.sparse import csr_matrix, diags, hstack, identity

    start = time.perf_counter()
    shape = (training.n_users, training.n_items)
    rated = csr_matrix((np.ones(len(training)), (training.user, training.item)), shape=shape)
    users, items = (
        hstack([identity(matrix.shape[0]), diags(np.maximum(matrix.getnnz(axis=1), 1) ** -0.5) @ matrix], format="csr")
        for matrix in (rated, rated.T.tocsr())
    )

    def blocks(part: Ratings) -> list[object]:
        return [myfm.RelationBlock(part.user, users), myfm.RelationBlock(part.item, items)]

    groups = [*shape, *shape[::-1]]  # columns: users, their items, items, their users
    model = myfm.MyFMRegressor(rank=10, random_seed=0)
    with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
        model.fit(None, training.rating.astype(float), X_rel=blocks(training), n_iter=200, group_shapes=groups)
    seconds = time.perf_counter() - start
    return model.predict(None, X_rel=blocks(test)), seconds


def trainset(ratings: Ratings) -> object:
    """The ratings as a surprise trainset."""
    import pandas as pd
    import surprise

    table = pd.DataFrame({"user": ratings.user, "item": ratings.item, "rating": ratings.rating})
    return surprise.Dataset.load_from_df(table, surprise.Reader(rating_scale=ratings.scale)).build_full_trainset()


def show(name: str, measure: Callable[[], list[dict]]) -> None:
    """Print one line: RMSE of each fold, the means, and the processor time, which other programs do not affect."""
    start = time.process_time()
    found = measure()
    processor = (time.process_time() - start) / len(found)
    mean = {key: np.mean([fold[key] for fold in found]) for key in ("rmse", "mae", "seconds")}
    each = " ".join(f"{fold['rmse']:.4f}" for fold in found)
    seconds = f"{mean['seconds']:6.1f} s, {processor:6.1f} s of processor"
    print(f"{name:16} {each}   RMSE {mean['rmse']:.4f}  MAE {mean['mae']:.4f}  {seconds}", flush=True)


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = movielens.data_root()
    parser.add_argument("--data", default=root and root / "movielens" / "ml-100k")
    parser.add_argument("--split", default="u1..u5", choices=SPLITS)
    parser.add_argument(
        "--models", nargs="*", default=["item-mean", "bias", "dot", "deep", "mf", "svdpp", "hybrid", "bayes"]
    )
    parser.add_argument("--peers", nargs="*", default=["SVD", "SVD++", "myFM"])
    options = parser.parse_args()
    ratings = movielens.load(options.data)
    print(
        f"{ratings.name}, {ratings.n_ratings:,} ratings, {options.split}: RMSE of each fold, means; of a fold the "
        "seconds of training, and those of the processor with the predictions"
    )
    for name in options.models:
        show(name, lambda name=name: evaluate(ratings, name, options.split, data=options.data)["folds"])
    for name in options.peers:
        package = "myfm" if name == "myFM" else "surprise"
        if find_spec(package) is None:
            print(f"{package} is not installed: pip install -r requirements-bench.txt")
            continue
        show(f"{package} {name}", lambda name=name: list(peer(name, ratings, options.split, options.data)))


if __name__ == "__main__":
    main()
