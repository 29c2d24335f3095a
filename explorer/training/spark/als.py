"""Spark's alternating least squares, explicit and implicit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.spark.biases import Biases, biases

BLOCK = 2_000_000  # approximate number of ratings per task, 24 MB of ids and ratings
FEWEST, MOST = 4, 2000  # blocks
ALPHA = 1.0  # implicit: confidence added per star to the base confidence of 1
EVERY = 3  # iterations between checkpoints, from which lost partitions are recomputed


@dataclass(frozen=True, eq=False)
class Factors:
    """Trained factors: biases (explicit only) and vectors, distributed over the workers."""

    model: ALSModel
    biases: Biases | None

    @property
    def mean(self) -> float:
        """Mean of the training ratings; explicit factors only."""
        if self.biases is None:
            raise TypeError("implicit factors predict no ratings")
        return self.biases.mean

    def users(self) -> DataFrame:
        """Columns user, vector (float array), bias (stars; 0 without biases)."""
        return self._table(self.model.userFactors, "user")

    def items(self) -> DataFrame:
        """Columns item, vector, bias."""
        return self._table(self.model.itemFactors, "item")

    def _table(self, factors: DataFrame, who: str) -> DataFrame:
        from pyspark.sql import functions as F

        found = factors.select(F.col("id").alias(who), F.col("features").alias("vector"))
        if self.biases is None:
            return found.withColumn("bias", F.lit(0.0).cast("float"))
        known = getattr(self.biases, f"{who}s").select(who, F.col(f"{who}_bias").cast("float").alias("bias"))
        return found.join(known, who)


def fit(ratings: DataFrame, n_ratings: int, recipe: Hyperparameters, seed: int, implicit: bool) -> Factors:
    """Train factors on ratings with the columns user, item and rating.

    Explicit factors are trained on the residuals of mean and biases. l2 counts once per rating of a user or an item
    (Zhou et al. 2008), so it has the same meaning for any amount of data, and for fold-in. The number of blocks
    depends on the number of ratings, not of workers, so that the result does not depend on the cluster.
    """
    known = None if implicit else biases(ratings)
    if known is not None:
        rest = F.col("rating") - known.mean - F.col("user_bias") - F.col("item_bias")
        ratings = known.beside(ratings).withColumn("rating", rest.cast("float"))
    blocks = blocks_of(n_ratings)
    als = ALS(
        rank=recipe.size,
        maxIter=recipe.epochs,
        regParam=recipe.l2,
        implicitPrefs=implicit,
        alpha=ALPHA,
        userCol="user",
        itemCol="item",
        ratingCol="rating",
        numUserBlocks=blocks,
        numItemBlocks=blocks,
        checkpointInterval=EVERY,
        seed=seed,
        intermediateStorageLevel="MEMORY_AND_DISK",
        finalStorageLevel="MEMORY_AND_DISK",
    )
    return Factors(als.fit(ratings.select("user", "item", "rating")), known)


def blocks_of(n_ratings: int) -> int:
    """Number of blocks of users, and of items."""
    return min(max(FEWEST, -(-n_ratings // BLOCK)), MOST)


def measure(factors: Factors, test: DataFrame, scale: tuple[float, float]) -> dict[str, Any]:
    """RMSE and MAE of explicit factors and of the means on held-out ratings; predictions are clipped to the scale."""
    mean, known = factors.mean, factors.biases
    assert known is not None
    factors.model.setColdStartStrategy("nan")  # unknown users and items get the mean and known biases
    stars = factors.model.transform(known.beside(test))
    bias = mean + F.col("user_bias") + F.col("item_bias")
    predicted = {
        "als": bias + F.nanvl(F.col("prediction"), F.lit(0.0)),
        "global-mean": F.lit(mean),
        "item-mean": F.col("item_mean"),
        "bias": bias,
    }
    sums = [F.count("*").alias("n")]
    for name, stars_of in predicted.items():
        error = F.least(F.greatest(stars_of, F.lit(scale[0])), F.lit(scale[1])) - F.col("rating")
        sums += [F.avg(error * error).alias(f"{name} squared"), F.avg(F.abs(error)).alias(f"{name} mae")]
    found = stars.agg(*sums).first()
    errors = {name: {"rmse": found[f"{name} squared"] ** 0.5, "mae": found[f"{name} mae"]} for name in predicted}
    return {**errors.pop("als"), "n_test": found["n"], "baselines": errors}
