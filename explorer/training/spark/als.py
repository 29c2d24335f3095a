"""Spark's alternating least squares, explicit and implicit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.spark.biases import Biases, biases

BLOCK = 2_000_000  # ratings that one task solves for, about; so many ids and stars are 24 MB
FEWEST, MOST = 4, 2000  # blocks
ALPHA = 1.0  # implicit: what a star adds to the confidence 1 that everything has
EVERY = 3  # iterations between two checkpoints: what is lost with a worker is computed from the last


@dataclass(frozen=True, eq=False)
class Factors:
    """Trained factors: biases (explicit only) and vectors, in blocks over the workers."""

    model: ALSModel
    biases: Biases | None

    @property
    def mean(self) -> float:
        """Mean of the ratings learned from; only explicit factors have one."""
        if self.biases is None:
            raise TypeError("implicit factors predict no ratings")
        return self.biases.mean

    def users(self) -> DataFrame:
        """user, vector (float array), bias (stars; 0 where the model has none)."""
        return self._table(self.model.userFactors, "user")

    def items(self) -> DataFrame:
        """item, vector, bias."""
        return self._table(self.model.itemFactors, "item")

    def _table(self, factors: DataFrame, who: str) -> DataFrame:
        from pyspark.sql import functions as F

        found = factors.select(F.col("id").alias(who), F.col("features").alias("vector"))
        if self.biases is None:
            return found.withColumn("bias", F.lit(0.0).cast("float"))
        known = getattr(self.biases, f"{who}s").select(who, F.col(f"{who}_bias").cast("float").alias("bias"))
        return found.join(known, who)


def fit(ratings: DataFrame, n_ratings: int, recipe: Hyperparameters, seed: int, implicit: bool) -> Factors:
    """Factors of ratings with user, item and rating.

    Explicit: of what mean and biases leave over. l2 counts once for each rating of a user or an item (Zhou et al.
    2008), so that it means the same for every size of data, and in recommend.fold_in. The number of blocks goes by that
    of the ratings, not of the workers, so that these do not change the result.
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
    """Blocks that users and items are each cut into."""
    return min(max(FEWEST, -(-n_ratings // BLOCK)), MOST)


def measure(factors: Factors, test: DataFrame, scale: tuple[float, float]) -> dict[str, Any]:
    """RMSE and MAE of explicit factors and of the means on ratings they never saw; predictions clipped to the scale."""
    mean, known = factors.mean, factors.biases
    assert known is not None
    factors.model.setColdStartStrategy("nan")  # who or what was not seen has no taste, only the mean
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
