"""Mean and biases of ratings on Spark; ALS is trained on the residuals."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from explorer.core.user_models.prior import USER_DAMPING
from explorer.training.ratings.models.baselines import ITEM_DAMPING

SWEEPS = 3  # each shuffles all ratings over the network twice


@dataclass(frozen=True, eq=False)
class Biases:
    """Baseline of ratings: mean plus the biases of user and item, in stars."""

    mean: float
    users: DataFrame  # user, user_bias
    items: DataFrame  # item, item_bias, item_mean

    def beside(self, ratings: DataFrame) -> DataFrame:
        """Ratings with the columns user_bias, item_bias (0 if unknown) and item_mean (the mean if unknown) added."""
        known = ratings.join(self.users, "user", "left").join(self.items, "item", "left")
        return known.fillna({"user_bias": 0.0, "item_bias": 0.0, "item_mean": self.mean})


def biases(ratings: DataFrame) -> Biases:
    """As baselines.baseline("bias"), but with another number of sweeps; ratings need user, item and rating.

    Each table is written to the checkpoint folder, so that losing a worker does not lose it.
    """
    mean = ratings.agg(F.avg("rating")).first()[0]
    left = F.col("rating") - mean
    known = ratings.withColumn("user_bias", F.lit(0.0))
    for _ in range(SWEEPS):
        item_bias = (F.sum(left - F.col("user_bias")) / (F.count("*") + ITEM_DAMPING)).alias("item_bias")
        items = known.groupBy("item").agg(item_bias, F.avg("rating").alias("item_mean")).checkpoint()
        known = ratings.join(items, "item")
        user_bias = (F.sum(left - F.col("item_bias")) / (F.count("*") + USER_DAMPING)).alias("user_bias")
        users = known.groupBy("user").agg(user_bias).checkpoint()
        known = ratings.join(users, "user")
    return Biases(mean, users, items)
