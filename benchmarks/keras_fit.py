"""Our training loop compared with Keras `fit`: same model, data, batch size and optimizer, in processor seconds.

    python -m benchmarks.keras_fit [--data PATH] [--ratings 100000] [--models dot deep hybrid]

A first epoch for compilation does not count; then two epochs are measured. Keras trains the same model built from its
layers: embeddings (with regularization in the loss), dense layers, Adam; `hybrid` is measured without its second loss,
which favors Keras.
"""

import argparse
import time

import numpy as np

from explorer.datasets import movielens
from explorer.datasets.ratings import Ratings
from explorer.training.optim.tensorflow import tensorflow
from explorer.training.ratings.models.deep import HIDDEN
from explorer.training.ratings.registry import hyperparameters, model_class

EPOCHS = 2


def own_loop(name: str, ratings: Ratings) -> float:
    """Processor seconds per epoch of our loop."""
    model = model_class(name)(ratings, hyperparameters(name, {}), 0)
    model.epoch(1, lambda **_: None)
    start = time.process_time()
    for number in range(EPOCHS):
        model.epoch(number + 2, lambda **_: None)
    return (time.process_time() - start) / EPOCHS


def keras_fit(name: str, ratings: Ratings) -> float:
    """Processor seconds per epoch of Keras `fit` on the same model."""
    tensorflow()
    import keras
    from keras import layers, ops

    recipe = hyperparameters(name, {})
    biased = name == "hybrid"
    ids = [keras.Input((), dtype="int32") for _ in range(2)]
    rows = [
        layers.Embedding(n, recipe.size + biased)(one)
        for n, one in zip((ratings.n_users, ratings.n_items), ids, strict=True)
    ]
    if name == "deep":
        found = layers.Concatenate()(rows)
        for width in HIDDEN:
            found = layers.Dense(width, "relu")(found)
        found = layers.Dense(1)(found)[:, 0]
    elif biased:
        p, q = rows
        found = ops.sum(p[:, :-1] * q[:, :-1], axis=1) + p[:, -1] + q[:, -1]
    else:
        found = layers.Dot(1)(rows)[:, 0]

    class Penalized(keras.Model):
        """Squared error plus l2 times the squared rows of the batch."""

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):  # type: ignore[no-untyped-def]
            predicted, *fetched = y_pred
            penalty = sum(ops.sum(ops.square(row), axis=1) for row in fetched)
            return ops.mean(ops.square(predicted - y) + recipe.l2 * penalty)

    model = Penalized(ids, [found, *rows])
    model.compile(keras.optimizers.Adam(recipe.rate))
    inputs = [ratings.user, ratings.item]
    model.fit(inputs, ratings.y, batch_size=recipe.batch, verbose=0)
    start = time.process_time()
    model.fit(inputs, ratings.y, batch_size=recipe.batch, epochs=EPOCHS, verbose=0)
    return (time.process_time() - start) / EPOCHS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = movielens.data_root()
    parser.add_argument("--data", default=root and root / "movielens" / "pool")
    parser.add_argument("--ratings", type=int, default=100_000)
    parser.add_argument("--models", nargs="*", default=["dot", "deep", "hybrid"])
    options = parser.parse_args()
    ratings = movielens.load(options.data)
    rows = np.sort(np.random.default_rng(0).permutation(ratings.n_ratings)[: options.ratings])
    ratings = ratings.take(rows)
    print(f"{ratings.name}: {ratings.n_ratings:,} ratings; seconds of processor an epoch")
    for name in options.models:
        ours, theirs = own_loop(name, ratings), keras_fit(name, ratings)
        print(f"{name:8} our loop {ours:.2f}, Keras fit {theirs:.2f}: {theirs / ours:.1f} times as much", flush=True)


if __name__ == "__main__":
    main()
