"""Mean and biases of ratings on Spark; ALS learns the residuals."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from explorer.core.fold_in import USER_DAMPING
from explorer.training.ratings.baselines import ITEM_DAMPING

SWEEPS = 3  # each passes all ratings through the network twice


@dataclass(frozen=True, eq=False)
class Biases:
    """What a rating is without taste: mean plus the biases of its user and its item, in stars."""

    mean: float
    users: DataFrame  # user, user_bias
    items: DataFrame  # item, item_bias, item_mean

    def beside(self, ratings: DataFrame) -> DataFrame:
        """Ratings with user_bias, item_bias (0 where nothing is known) and item_mean (then the mean) beside them."""
        known = ratings.join(self.users, "user", "left").join(self.items, "item", "left")
        return known.fillna({"user_bias": 0.0, "item_bias": 0.0, "item_mean": self.mean})


def biases(ratings: DataFrame) -> Biases:
    """As means.baseline("bias") has them, of ratings with user, item and rating, but for the number of sweeps.

    Each table is written to the checkpoint folder, so that a worker that is lost takes none of it along.
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
