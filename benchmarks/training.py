"""Time to reach a held-out RMSE: this project's mf compared with Keras in one run; and ratings per second.

    python -m benchmarks.training --data PATH [--target 0.875] [--rows] [--large]

(1) Keras model.fit, Adam, batch 5000, as in embedding tutorials; (2) the same with batch 65,536 and jit_compile=True.
All three train matrix factorization of size 32 with biases on the same 90% of the ratings and stop after the first
epoch whose held-out RMSE is at most the target; compilation counts. Finally the RMSE of a complete training of mf is
printed. --rows: the same ratings with 10 and 100 times as many rows in the tables. --large: one epoch of 20 million
generated ratings by 138,493 users of 26,744 films, and peak memory.
"""

import argparse
import contextlib
import resource
import time
from dataclasses import replace

import numpy as np
import pandas as pd

from explorer.datasets import movielens
from explorer.datasets.ratings import Ratings
from explorer.training import fit, rmse_mae, split
from explorer.training.optim.tensorflow import tensorflow
from explorer.training.ratings.models.mf import MatrixFactorization
from explorer.training.ratings.run import run

EPOCHS = 60
ROUNDS = 3


class Reached(Exception):
    """The target RMSE was reached."""


def ours(training: Ratings, test: Ratings, target: float) -> tuple[float, float, int]:
    """Seconds, RMSE and epochs until the target, with the defaults of mf."""
    start, seen = time.perf_counter(), []

    def watch(state: dict) -> None:
        if "val_rmse" in state:
            seen.append(state["val_rmse"])
            if seen[-1] <= target:
                raise Reached

    with contextlib.suppress(Reached):
        run(MatrixFactorization(training, MatrixFactorization.defaults, 0), test, EPOCHS, watch)
    return time.perf_counter() - start, seen[-1], len(seen)


def keras(
    training: Ratings, test: Ratings, target: float, batch: int, jit: bool, rate: float
) -> tuple[float, float, int]:
    """The same for Keras model.fit."""
    tensorflow()
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    l2 = keras.regularizers.L2(1e-6)  # small, because Keras penalizes the whole table at every step
    user, item = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")

    def table(rows: int, size: int, index: object) -> object:
        return layers.Embedding(rows, size, embeddings_regularizer=l2)(index)

    product = layers.Dot(axes=1)([table(training.n_users, 32, user), table(training.n_items, 32, item)])
    biases = [table(training.n_users, 1, user), table(training.n_items, 1, item)]
    model = keras.Model([user, item], layers.Add()([product, *biases]))
    model.compile(keras.optimizers.Adam(rate), "mse", jit_compile=jit)
    seen: list[float] = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            predicted = training.mean + model.predict([test.user, test.item], batch_size=1 << 16, verbose=0)[:, 0]
            seen.append(rmse_mae(np.clip(predicted, *test.scale), test.rating)["rmse"])
            self.model.stop_training = seen[-1] <= target or (len(seen) > 5 and seen[-1] > min(seen) + 0.01)

    start = time.perf_counter()
    columns = [np.array(training.user), np.array(training.item)]
    model.fit(columns, training.y, batch_size=batch, epochs=EPOCHS, verbose=0, callbacks=[Watch()])
    return time.perf_counter() - start, min(seen), len(seen)


def compare(ratings: Ratings, target: float) -> None:
    """Print the three results and their ratios."""
    training, test = split(ratings, 0.1, 0)
    tensorflow().keras.Sequential()  # imports do not count
    import sklearn.utils.extmath  # noqa: F401

    contenders = {
        "explorer mf": lambda: ours(training, test, target),
        "Keras 5,000": lambda: keras(training, test, target, 5000, False, 0.002),
        "Keras 65,536 jit": lambda: keras(training, test, target, 65_536, True, 0.01),
    }
    print(f"time to held-out RMSE {target} on {ratings.name}, {training.n_ratings:,} ratings")
    print(f"seconds, seconds of processor, medians of {ROUNDS}, and both by those of the first; the second counts on a")
    print("busy machine. Each takes its turn in every round; Keras compiles anew.")
    found: dict[str, list[tuple[float, float, float, int]]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, contender in contenders.items():
            processor = time.process_time()
            seconds, rmse, epochs = contender()
            found[name].append((seconds, time.process_time() - processor, rmse, epochs))
    base = np.median(found["explorer mf"], axis=0)
    for name, rounds in found.items():
        seconds, processor, rmse, epochs = np.median(rounds, axis=0)
        reached = "" if max(one[2] for one in rounds) <= target else "  (not always reached)"
        ratios = f"{seconds / base[0]:5.1f}x {processor / base[1]:5.1f}x"
        print(f"{name:18} {seconds:7.1f} s {processor:7.2f} s  {epochs:3.0f} epochs  RMSE {rmse:.4f} {ratios}{reached}")
    start = time.perf_counter()
    trained = fit(training, "mf")
    rmse = rmse_mae(trained.predict(test.user, test.item), test.rating)["rmse"]
    print(f"{'explorer mf, to its end':26} {time.perf_counter() - start:.1f} s  RMSE {rmse:.4f}")


def speed(ratings: Ratings, epochs: int = 4) -> float:
    """Ratings per second after the first epoch."""
    recipe = replace(MatrixFactorization.defaults, epochs=epochs)
    curve, _ = run(MatrixFactorization(ratings, recipe, 0), None, epochs, None)
    return ratings.n_ratings * (epochs - 1) / sum(point["seconds"] for point in curve[1:])


def spread(ratings: Ratings, times: int) -> Ratings:
    """The same ratings among `times` as many users and items, each id mapped to a random row."""
    rng = np.random.default_rng(0)
    users, items = ratings.n_users * times, ratings.n_items * times
    return generated(
        rng.permutation(users)[ratings.user], rng.permutation(items)[ratings.item], ratings.rating, users, items
    )


def generated(user: np.ndarray, item: np.ndarray, rating: np.ndarray, n_users: int, n_items: int) -> Ratings:
    """Ratings without titles."""
    names = np.char.mod("%d", np.arange(n_items))
    items = pd.DataFrame({"item_id": np.arange(n_items), "key": names, "title": names})
    items = items.assign(year=0, genres="", n_ratings=0, mean_rating=0.0)
    zeros = np.zeros(len(user), np.int64)
    return Ratings(user, item, rating, zeros, items, np.arange(n_users), (0.5, 5.0), "generated")


def large() -> None:
    """One epoch on data of the shape of MovieLens 20M."""
    rng = np.random.default_rng(0)
    n, users, items = 20_000_263, 138_493, 26_744
    user = rng.integers(users, size=n, dtype=np.int32)
    item = (items * rng.random(n, dtype=np.float32) ** 3).astype(np.int32).clip(max=items - 1)
    ratings = generated(user, item, rng.integers(1, 11, size=n).astype(np.float32) / 2, users, items)
    start = time.perf_counter()
    run(MatrixFactorization(ratings, MatrixFactorization.defaults, 0), None, 1, None)
    seconds, peak = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"20M x 138,493 x 26,744: one epoch {seconds:.1f} s, {n / seconds:,.0f} ratings/s, peak {peak:.2f} GB")


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = movielens.data_root()
    parser.add_argument("--data", default=root and root / "movielens" / "ml-1m", help="a MovieLens folder, best ML-1M")
    parser.add_argument("--target", type=float, default=0.875)
    parser.add_argument("--rows", action="store_true")
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    if options.large:
        large()
        return
    if not options.data:
        print("No data: give --data, a MovieLens folder.")
        return
    ratings = movielens.load(options.data)
    if options.rows:
        base = speed(ratings)
        print(f"rows x 1   {base:12,.0f} ratings/s")
        for times in (10, 100):
            found = speed(spread(ratings, times))
            print(f"rows x {times:<3} {found:12,.0f} ratings/s  {found / base:.2f}x", flush=True)
    else:
        compare(ratings, options.target)


if __name__ == "__main__":
    main()
