"""Ratings or interactions as a Spark table: validated, each pair once, with integer ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from explorer.datasets.event_columns import describe
from explorer.datasets.events import FLOAT_ID, LARGEST, check_variety, problem_of
from explorer.datasets.interactions import too_unpopular
from explorer.datasets.rating_table import check_spread, off_scale
from explorer.datasets.ratings import COUNT, MEAN, item_keys
from explorer.datasets.unrated import UNRATED, said, unrated
from explorer.errors import BadData
from explorer.training.spark.source import Source
from explorer.training.spark.table import FILE, PLACE, WRONG_LINE, column, shown
from explorer.training.spark.values import given, identifier, number, seconds

INT = (-(2**31), 2**31 - 1)  # range of ids in ALS


@dataclass(frozen=True, eq=False)
class SparkRatings:
    """Ratings or interactions distributed over the workers, and the item table on the driver.

    frame: user int, item int, rating float (of interactions log2(1 + weight)), timestamp long (seconds, 0 if unknown),
    each pair once. Users and items are numbered in ascending order of their ids, or numbers are the ids.
    """

    frame: DataFrame
    items: pd.DataFrame  # by `item`, ascending: item_id, key, title, other columns, COUNT; of ratings also MEAN
    n_ratings: int
    n_users: int
    scale: tuple[float, float]  # of ratings
    kind: str  # see Source
    read: dict[str, Any]  # name and counts of what was read, for `dataset` in the manifest
    duplicates: int
    notes: tuple[str, ...] = ()  # how the table was read

    @property
    def rated(self) -> bool:
        """Whether these are ratings, not interactions."""
        return self.kind != "interactions"


def read_ratings(source: Source, min_count: int = 1) -> SparkRatings:
    """Read the events of a source. Of several ratings of one pair the newest is kept (the last row on equal times), of
    interactions the weights are summed.

    min_count: of interactions, items that fewer users chose are left out, and then users who chose one item only.
    Raises BadData with file, value and the number of such rows.
    """
    typed, found = _checked(source)
    rows = _numbered(_numbered(typed, "user", found["user"]), "item", found["item"])
    rated = source.kind != "interactions"
    pairs = (_newest(rows) if rated else _summed(rows)).persist(StorageLevel.MEMORY_AND_DISK)
    counts = {"ratings" if rated else "interactions": pairs.count(), **_sizes(pairs)}
    if min(counts["users"], counts["items"]) < 2:
        check_variety(_two_ids(rows, "user"), _two_ids(rows, "item"), source.path)
        raise BadData(f"{source.path}: all weights are 0; there is nothing to learn from.")
    if not rated:
        pairs = _often(pairs, min_count).persist(StorageLevel.MEMORY_AND_DISK)
    by_item = pairs.groupBy("item").agg(
        F.first("item_id").alias("item_id"), F.count("*").alias(COUNT), F.avg("rating").alias(MEAN)
    )
    table = _items(by_item.toArrow().to_pandas(), source)
    n_pairs = int(table[COUNT].sum())
    return SparkRatings(
        pairs.select("user", "item", "rating", "timestamp"),
        table if rated else table.drop(columns=MEAN),
        n_pairs,
        _sizes(pairs)["users"],
        source.scale or (found["low"], found["high"]),
        source.kind,
        {"name": source.name, **counts},
        duplicates=found["rows"] - next(iter(counts.values())),
        notes=tuple(found["notes"]),
    )


def _checked(source: Source) -> tuple[DataFrame, dict[str, Any]]:
    """Events with the columns user, item, value, time and those of PLACE; and their measures.

    Measures: `rows`, `low` and `high`, the range of the values, and for `user` and `item` the type of the ids: int,
    bigint or string.
    """
    columns, kinds = source.columns, dict(source.frame.dtypes)
    values = F.lit(1.0) if columns.value is None else number(columns.value, kinds[columns.value], columns.comma)
    times = (
        F.lit(0).cast("bigint")
        if columns.time is None
        else seconds(columns.time, kinds[columns.time], columns.time_format)
    )
    columns_by_role = {"user": columns.user, "item": columns.item, "value": columns.value, "time": columns.time}
    texts = [given(name).alias(f"{role} given") for role, name in columns_by_role.items() if name is not None]
    typed = source.frame.select(
        identifier(columns.user, kinds[columns.user]).alias("user"),
        identifier(columns.item, kinds[columns.item]).alias("item"),
        values.alias("value"), times.alias("time"), *texts, *map(column, (WRONG_LINE, FILE, *PLACE)),
    )  # fmt: skip
    wrong = _wrong(source)
    measures = [F.count("*").alias("rows"), F.count_if(F.coalesce(*wrong.values()).isNotNull()).alias("wrong")]
    measures += [F.min("value").alias("low"), F.max("value").alias("high")]
    for value in UNRATED:
        other = F.when(F.col("value") != value, F.col("value"))
        measures += [F.count(other).alias(f"{value} others"), F.min(other).alias(f"{value} low")]
        measures.append(F.max(other).alias(f"{value} high"))
    for name in ("user", "item"):
        whole = F.col(name).try_cast("bigint")
        exact = F.coalesce(whole.cast("string") == F.col(name).cast("string"), F.lit(False))
        measures += [F.count_if(~exact).alias(f"{name} text"), F.count_if(~whole.between(*INT)).alias(f"{name} large")]
        floats = F.coalesce(F.col(name).cast("string").rlike(FLOAT_ID.pattern), F.lit(False))
        measures.append(F.count_if(~floats).alias(f"{name} no float"))
    found = typed.agg(*measures).toArrow().to_pylist()[0]
    if not found["rows"]:
        raise BadData(f"{source.path}: no rows below the header.")
    if found["wrong"]:
        raise _complaint(source, typed, wrong, found["wrong"], found["rows"])
    found["notes"] = [] if source.kind == "movielens" else [describe(source.table, columns, _value_role(source))]
    if source.kind == "ratings" and source.scale is None:
        typed = _without_unrated(source, typed, found)
    if source.kind != "interactions" and source.scale is None:
        check_spread(source.path, found["rows"], found["low"], found["high"])
    for name in ("user", "item"):
        if not found[f"{name} no float"]:
            typed = typed.withColumn(name, F.regexp_replace(name, r"\.0$", ""))
            found[name] = "bigint"
            continue
        found[name] = "string" if found[f"{name} text"] else "bigint" if found[f"{name} large"] else "int"
    return typed.fillna({"time": 0}), found


def _value_role(source: Source) -> str:
    return "weight" if source.kind == "interactions" else "rating"


def _without_unrated(source: Source, typed: DataFrame, found: dict[str, Any]) -> DataFrame:
    """Ratings without those that stand for none; changes the measures `rows`, `low`, `high` and `notes`."""

    def measure(value: float) -> tuple[int, float, float]:
        low, high = (found[f"{value} {name}"] for name in ("low", "high"))
        count = found["rows"] - found[f"{value} others"]
        return count, float("inf") if low is None else low, float("-inf") if high is None else high

    left_out = unrated(found["rows"], measure)
    if left_out is None:
        return typed
    count, found["low"], found["high"] = measure(left_out)
    found["rows"] -= count
    found["notes"].append(said(str(source.columns.value), left_out, count, found["low"], found["high"]))
    return typed.where(F.col("value") != left_out)


def _wrong(source: Source) -> dict[str, Column]:
    """Conditions of invalid rows: the name of the condition where it holds, else null."""
    value = F.col("value")
    found = {"line": column(WRONG_LINE).isNotNull(), "user": F.isnull("user"), "item": F.isnull("item")}
    found["value"] = ~F.coalesce(F.abs(value) <= LARGEST, F.lit(False))  # also of NaN
    if source.columns.time is not None:
        found["time"] = F.isnull("time") & F.isnotnull("time given")
    if source.scale is not None:
        found["scale"] = ~value.between(*source.scale)
    if source.kind == "interactions":
        found["negative"] = value < 0
    return {name: F.when(condition, F.lit(name)) for name, condition in found.items()}


def _complaint(source: Source, typed: DataFrame, wrong: dict[str, Column], n: int, rows: int) -> BadData:
    """What is wrong with the first invalid row."""
    problem = F.coalesce(*wrong.values()).alias("problem")
    order = [column(name) for name in PLACE]
    row = typed.select("*", problem).where("problem IS NOT NULL").orderBy(*order).limit(1).toArrow().to_pylist()[0]
    role, columns = row["problem"], source.columns
    if role == "line":
        complaint = source.table.line_complaint(row[WRONG_LINE]) or f"cannot be read: {row[WRONG_LINE][:200]!r}"
    elif role == "scale":
        assert source.scale
        complaint = f"{columns.value} {off_scale(row['value'], source.scale)}"
    elif role == "negative":
        complaint = f"{columns.value} {row['value']:g} is negative; weights count events."
    else:
        complaint = problem_of(role, str(getattr(columns, role)), row[f"{role} given"])
    more = f" ({n:,} of {rows:,} rows are invalid)" if n > 1 else ""
    return BadData(f"{shown(row[FILE])}: {complaint}{more}")


def _newest(frame: DataFrame) -> DataFrame:
    """Columns user, item, item_id, rating and timestamp of the newest rating of each pair."""
    newest = F.max(F.struct("time", *map(column, PLACE), F.col("value").cast("float").alias("value"), "item_id"))
    frame = frame.groupBy("user", "item").agg(newest.alias("newest"))
    return frame.select(
        "user", "item", "newest.item_id", F.col("newest.value").alias("rating"), F.col("newest.time").alias("timestamp")
    )


def _summed(frame: DataFrame) -> DataFrame:
    """Columns user, item, item_id, rating and timestamp of each pair with a weight above 0."""
    frame = frame.groupBy("user", "item").agg(
        F.first("item_id").alias("item_id"), F.sum("value").alias("weight"), F.max("time").alias("timestamp")
    )
    rating = F.log2(1 + F.col("weight")).cast("float").alias("rating")
    return frame.where("weight > 0").select("user", "item", "item_id", rating, "timestamp")


def _often(frame: DataFrame, min_count: int) -> DataFrame:
    """Items that at least min_count users chose, and users who chose two of these. Raises BadRequest if none."""
    counted = frame.groupBy("item").count()
    often = frame.join(counted.where(F.col("count") >= min_count).select("item"), "item")
    several = often.groupBy("user").count().where(F.col("count") > 1).select("user")
    if several.isEmpty():
        raise too_unpopular(min_count, counted.agg(F.max("count")).first()[0])
    return often.join(several, "user")


def _two_ids(frame: DataFrame, name: str) -> np.ndarray:
    """At most two of the ids of users or items."""
    return frame.select(f"{name}_id").distinct().limit(2).toArrow()[f"{name}_id"].to_numpy()


def _sizes(frame: DataFrame) -> dict[str, int]:
    """Numbers of users and items."""
    return {f"{name}s": frame.select(name).distinct().count() for name in ("user", "item")}


def _numbered(frame: DataFrame, name: str, kind: str) -> DataFrame:
    """Ids as int: unchanged if they are of that kind, else 0, 1, ... in the order of the ids. Items keep `item_id`.

    kind: int, bigint or string, by which ids are in order. Ids are sorted into partitions and numbered by position plus
    the sizes of the earlier partitions, so they are never collected on one machine.
    """
    frame = frame.withColumn(f"{name}_id", F.col(name).cast(kind))
    if kind == "int":
        return frame.withColumn(name, F.col(f"{name}_id"))
    ids = frame.select(F.col(f"{name}_id").alias("id")).distinct().sort("id")
    ids = ids.withColumn("part", F.spark_partition_id()).checkpoint()  # sorting again could give other partitions
    sizes = sorted((row["part"], row["count"]) for row in ids.groupBy("part").count().collect())
    before = dict(zip([part for part, _ in sizes], np.cumsum([0, *(size for _, size in sizes)]).tolist(), strict=False))
    offset = F.create_map(*(F.lit(n) for pair in before.items() for n in pair))
    place = F.row_number().over(Window.partitionBy("part").orderBy("id")) - 1
    numbers = ids.select("id", (place + offset[F.col("part")]).cast("int").alias("number"))
    return (
        frame.join(numbers, F.col(f"{name}_id") == F.col("id")).withColumn(name, F.col("number")).drop("id", "number")
    )


def _items(counted: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The item table by number. counted: item, item_id, COUNT and MEAN."""
    counted = counted.sort_values("item", ignore_index=True)
    ids = counted["item_id"].to_numpy(object if counted["item_id"].dtype.kind not in "iu" else np.int64)
    items = source.items(ids)
    items.insert(1, "key", item_keys(items))
    items.insert(0, "item", counted["item"].to_numpy())
    return items.assign(**{COUNT: counted[COUNT].astype(np.int32), MEAN: counted[MEAN].astype(np.float32)})
