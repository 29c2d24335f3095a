"""Ratings as a Spark table: validated, without duplicates, with integer ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from explorer.datasets.ratings import COUNT, MEAN, item_keys
from explorer.errors import BadData
from explorer.training.spark.source import Source

INT = (-(2**31), 2**31 - 1)  # range of ids in ALS


@dataclass(frozen=True, eq=False)
class SparkRatings:
    """Ratings distributed over the workers, and the item table on the driver.

    frame: user int, item int, rating float, timestamp long (seconds, 0 if unknown), each pair once. users: user int and
    `id`, if the ids of the source are not these numbers.
    """

    frame: DataFrame
    users: DataFrame | None
    items: pd.DataFrame  # by `item`, ascending: item_id, key, title, n_ratings, mean_rating; year, genres if known
    n_ratings: int
    n_users: int
    scale: tuple[float, float]
    name: str
    duplicates: int
    rated: bool  # False without a column of ratings
    release: bool  # whether this is a MovieLens release

    def counts(self) -> dict[str, Any]:
        """Name and counts, for `dataset` in the manifest."""
        return {"name": self.name, "ratings": self.n_ratings, "users": self.n_users, "items": len(self.items)}


def read_ratings(source: Source, graded: bool) -> SparkRatings:
    """Read the ratings of a source; of several of one pair the newest is kept, then the highest.

    graded: whether ratings are required; otherwise, without a rating column, each row counts 1. Raises BadData with the
    number of invalid rows and an example.
    """
    if graded and "rating" not in source.frame.columns:
        raise BadData(f"{source.name}: als needs a column 'rating'; als-implicit and item2vec do not.")
    typed = _typed(source.frame)
    whole, low, high, total = _check(source, typed)
    frame, users = _numbered(typed, "user", whole["user"])
    frame, items = _numbered(frame, "item", whole["item"])
    newest = F.max(F.struct("timestamp", "rating"))
    frame = frame.groupBy("user", "item").agg(newest.alias("newest"))
    frame = frame.select("user", "item", "newest.rating", "newest.timestamp").persist(StorageLevel.MEMORY_AND_DISK)
    by_item = frame.groupBy("item").agg(F.count("*").alias(COUNT), F.avg("rating").alias(MEAN))
    if items is not None:
        by_item = by_item.join(items, "item")
    table = _items(by_item.toArrow().to_pandas(), source)
    n_users = frame.select("user").distinct().count()
    n_ratings = int(table[COUNT].sum())
    scale = source.scale or (low, high)
    return SparkRatings(
        frame,
        users,
        table,
        n_ratings,
        n_users,
        scale,
        source.name,
        duplicates=total - n_ratings,
        rated="rating" in source.frame.columns,
        release=source.items is not None,
    )


def _typed(frame: DataFrame) -> DataFrame:
    """Ratings as float, timestamps as seconds; null for invalid text. Ids are unchanged."""
    rating = F.col("rating").try_cast("float") if "rating" in frame.columns else F.lit(1.0).cast("float")
    return frame.select("user", "item", rating.alias("rating"), _seconds(frame).alias("timestamp"))


def _seconds(frame: DataFrame) -> Column:
    kind = dict(frame.dtypes).get("timestamp")
    if kind is None:
        return F.lit(0).cast("long")
    time = F.col("timestamp")
    if kind in ("timestamp", "timestamp_ntz", "date"):
        return F.unix_timestamp(time.cast("timestamp"))
    number = time.try_cast("long")
    return F.coalesce(number, F.unix_timestamp(F.try_to_timestamp(time))) if kind == "string" else number


def _check(source: Source, typed: DataFrame) -> tuple[dict[str, bool], float, float, int]:
    """Whether user and item ids are in INT, the lowest and highest rating, and the number of rows."""
    least, most = source.scale or (-np.inf, np.inf)
    rating = F.col("rating")
    wrong = F.isnull("user") | F.isnull("item") | F.isnull("rating") | F.isnan("rating") | F.isnull("timestamp")
    wrong |= ~rating.between(least, most) | (F.abs(rating) == np.inf)
    measures = [F.count("*").alias("rows"), F.count_if(wrong).alias("wrong")]
    measures += [F.min(rating).alias("low"), F.max(rating).alias("high")]
    for name in ("user", "item"):
        number = F.col(name).try_cast("long")
        inside = number.between(*INT) & (number.cast("string") == F.col(name).cast("string"))
        measures.append(F.count_if(~F.coalesce(inside, F.lit(False))).alias(name))
    found = typed.agg(*measures).toArrow().to_pylist()[0]
    if not found["rows"]:
        raise BadData(f"{source.name}: no ratings in the files")
    if found["wrong"]:
        row = typed.where(wrong).limit(1).toArrow().to_pylist()[0]
        shown = ", ".join(f"{name} {value!r}" for name, value in row.items())
        off = "" if source.scale is None else f" or lie outside the scale {least:g}..{most:g}"
        raise BadData(f"{source.name}: {found['wrong']:,} of {found['rows']:,} rows lack a value{off}; one has {shown}")
    return {name: not found[name] for name in ("user", "item")}, found["low"], found["high"], found["rows"]


def _numbered(frame: DataFrame, column: str, whole: bool) -> tuple[DataFrame, DataFrame | None]:
    """Ids as int: unchanged if they are such numbers, else 0, 1, ... in the order of the ids.

    Returns also the table of `column` and `id` in that case. Ids are sorted into partitions and numbered by position
    plus the sizes of the earlier partitions, so they are never collected on one machine.
    """
    if whole:
        return frame.withColumn(column, F.col(column).cast("int")), None
    ids = frame.select(F.col(column).cast("string").alias("id")).distinct().sort("id")
    ids = ids.withColumn("part", F.spark_partition_id()).checkpoint()  # sorting again could give other partitions
    sizes = sorted((row["part"], row["count"]) for row in ids.groupBy("part").count().collect())
    before = dict(zip([part for part, _ in sizes], np.cumsum([0, *(size for _, size in sizes)]).tolist(), strict=False))
    offset = F.create_map(*(F.lit(n) for pair in before.items() for n in pair))
    place = F.row_number().over(Window.partitionBy("part").orderBy("id")) - 1
    numbers = ids.select("id", (place + offset[F.col("part")]).cast("int").alias("number"))
    joined = frame.join(numbers, frame[column].cast("string") == numbers["id"])
    rest = [name for name in frame.columns if name != column]
    return joined.select(F.col("number").alias(column), *rest), numbers.withColumnRenamed("number", column)


def _items(counted: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Item table by number; titles from the release, else the ids."""
    counted = counted.sort_values("item", ignore_index=True)
    counted[COUNT] = counted[COUNT].astype(np.int32)
    counted[MEAN] = counted[MEAN].astype(np.float32)
    if "id" not in counted:
        counted["id"] = counted["item"]
    table = counted.rename(columns={"id": "item_id"})[["item", "item_id", COUNT, MEAN]]
    if source.items is None:
        names = table["item_id"].astype(str)
        return table.assign(key=names, title=names)
    unknown = ~table["item_id"].isin(source.items["item_id"])
    if unknown.any():
        raise BadData(
            f"{source.name}: item {table['item_id'][unknown].iloc[0]} is rated but missing from the item table"
        )
    table = table.merge(source.items, on="item_id", how="left", validate="one_to_one")
    return table.assign(key=item_keys(table))
