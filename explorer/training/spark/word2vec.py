"""Spark's Word2Vec: skip-gram with hierarchical softmax; partitions are trained separately and averaged."""

from __future__ import annotations

import numpy as np
from pyspark.ml.feature import Word2Vec
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from explorer.core.recommend import LIKED
from explorer.errors import BadRequest
from explorer.training.item2vec import Options
from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.result import TrainingResult
from explorer.training.spark import als_implicit, holdout
from explorer.training.spark.ratings import SparkRatings
from explorer.training.spark.run import Run, counts

PART = 2_000_000  # approximate tokens per partition; more partitions are faster but learn less per pass
WINDOW, MIN_COUNT = Options.window, Options.min_count
LONGEST = 10_000  # items; longer sequences are split


def train(run: Run) -> TrainingResult:
    """Train item vectors, evaluated on a held-out liked item of each of some users, then trained on everything."""
    ratings, seed = run.ratings, run.request.seed
    run.phase("measuring")
    chosen = liked(ratings)
    n_chosen = chosen.count()
    held_out = holdout.hold_out(chosen, ratings.n_users, seed)
    numbers, vectors, _ = run.items(fit(held_out.rest, n_chosen, run.recipe, seed), "measured")
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    metrics = holdout.measure(
        held_out, numbers, counts(ratings, numbers), unit, _mean_directions(held_out, numbers, unit)
    )
    run.phase("training")
    items = run.items(fit(chosen, n_chosen, run.recipe, seed), "items")
    run.phase("writing")
    evaluation = als_implicit.found(metrics, "nearest to the mean of the others")
    return run.result(items, metrics, evaluation, {"kind": "sequences"} if ratings.rated else {})


def _mean_directions(held_out: holdout.Items, numbers: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Mean direction of each user's other items, (t, d) float32; 0 if none of them has a vector."""
    middles = np.zeros((len(held_out.rests), unit.shape[1]), np.float32)
    for test, rest in enumerate(held_out.rests):
        rows = np.searchsorted(numbers, rest[np.isin(rest, numbers)])
        if len(rows):
            middles[test] = unit[rows].mean(axis=0)
    return middles


def liked(ratings: SparkRatings) -> DataFrame:
    """Columns user, item and timestamp of liked items: 4 of 5 stars or more; all items without ratings."""
    if not ratings.rated:
        return ratings.frame
    return ratings.frame.where(F.col("rating") >= LIKED * ratings.scale[1])


def fit(chosen: DataFrame, n_chosen: int, recipe: Hyperparameters, seed: int) -> DataFrame:
    """Columns item, vector (float array) of the items chosen at least MIN_COUNT times. chosen: user, item, timestamp.

    A user's items, oldest first, are a sentence; items with equal times are in random order, not in the order of ids.
    """
    place = F.struct("timestamp", F.xxhash64("user", "item").alias("lot"), F.col("item").cast("string").alias("item"))
    sentences = chosen.groupBy("user").agg(F.array_sort(F.collect_list(place)).alias("places"))
    sentences = sentences.select(F.col("places.item").alias("items")).where(F.size("items") > 1)
    frequent = chosen.groupBy("item").count().where(F.col("count") >= MIN_COUNT)
    if frequent.isEmpty() or sentences.isEmpty():
        raise BadRequest(
            f"No item was liked {MIN_COUNT} times by users who liked two items, so there are no pairs to learn."
        )
    model = Word2Vec(
        vectorSize=recipe.size,
        minCount=MIN_COUNT,
        numPartitions=parts_of(n_chosen),
        stepSize=recipe.rate,
        maxIter=recipe.epochs,
        seed=seed,
        inputCol="items",
        windowSize=WINDOW,
        maxSentenceLength=LONGEST,
    ).fit(sentences)
    vector = vector_to_array(F.col("vector"), "float32")
    return model.getVectors().select(F.col("word").cast("int").alias("item"), vector.alias("vector"))


def parts_of(n_chosen: int) -> int:
    """Number of partitions trained in parallel."""
    return max(1, -(-n_chosen // PART))
