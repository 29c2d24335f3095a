"""Find ratings files under a path (MovieLens, parquet or CSV) and their item table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame, SparkSession

from explorer.datasets import movielens
from explorer.datasets.movielens.rating_columns import NAMES, SOURCE_NAMES
from explorer.errors import BadData
from explorer.training.spark.filesystem import Store

ALSO = {"user": ("user", "userid"), "item": ("item", "itemid", "movieid"), "rating": ("rating",),
        "timestamp": ("timestamp",)}  # fmt: skip
KINDS = (".parquet", ".csv", ".csv.gz")
EXPECTED = (
    "expected a MovieLens release, or parquet or CSV with the columns user, item, rating and optionally timestamp"
)


@dataclass(frozen=True, eq=False)
class Source:
    """Unvalidated ratings from files, and the item table of a release."""

    name: str
    frame: DataFrame  # those columns of NAMES that exist, unconverted
    scale: tuple[float, float] | None  # of a release
    items: pd.DataFrame | None  # of a release: item_id, title and more


def find(spark: SparkSession, store: Store, path: str, here: Path) -> Source:
    """Find the ratings under a path. here: a local folder for the small files of a release. Raises BadData."""
    name = Path(urlsplit(path).path.rstrip("/")).name or "ratings"
    if name.endswith(".zip"):
        raise BadData(f"{path}: Spark cannot read a .zip; unpack it and give the folder.")
    try:
        names = store.names(path)
    except Py4JJavaError as error:
        raise BadData(f"{path} cannot be read: {_reason(error)}") from error
    layout = next((one for one in movielens.LAYOUTS if one.ratings in (names or ())), None)
    if layout and names is not None:
        return _release(spark, store, path, layout, names, name, here)
    kinds = {kind for kind in KINDS for one in (names or {name}) if one.endswith(kind)}
    if len({kind.split(".")[1] for kind in kinds}) != 1:
        there = ", ".join(sorted(names or {name})[:10]) or "nothing"
        raise BadData(f"{path}: {EXPECTED}; found {there}")
    delimiter = "" if ".parquet" in kinds else ","
    return Source(name.removesuffix(min(kinds, key=len)), _read(spark, path, delimiter), None, None)


def _release(
    spark: SparkSession, store: Store, path: str, layout: movielens.Layout, names: set[str], name: str, here: Path
) -> Source:
    here.mkdir()
    for small in (layout.movies, layout.genres, layout.links):
        if small in names:
            store.fetch(f"{path}/{small}", here / str(small))
    if "users.dat" in names:  # only 1M has it, and only 1M has whole stars
        (here / "users.dat").touch()
    if layout.movies not in names:
        raise BadData(f"{path}: {layout.movies} is missing; layout {layout.releases} needs it. Download the set again.")
    form = movielens.form_of(here, layout)
    frame = _read(spark, f"{path}/{layout.ratings}", form.delimiter)
    return Source(name, frame, form.scale, movielens.movie_table(here, layout))


def _read(spark: SparkSession, path: str, delimiter: str) -> DataFrame:
    """Read a table with the column names NAMES. CSV columns stay text, so that errors can be reported."""
    try:
        if delimiter in ("", ","):
            frame = spark.read.csv(path, header=True) if delimiter else spark.read.parquet(path)
        else:
            text = ", ".join(f"{column} string" for column in NAMES)
            frame = spark.read.csv(path, sep=delimiter, schema=text, quote="")
    except (AnalysisException, PySparkException) as error:
        raise BadData(f"{path} cannot be read: {_reason(error)}") from error
    found = {column.lower().replace("_", ""): column for column in frame.columns}
    chosen = {name: next((found[one] for one in also if one in found), None) for name, also in ALSO.items()}
    for name in ("user", "item"):
        if chosen[name] is None:
            there = ", ".join(map(repr, frame.columns)) or "nothing"
            raise BadData(f"{path}: no column {name!r} (or {SOURCE_NAMES[name]!r}); found {there}")
    return frame.select(*(frame[column].alias(name) for name, column in chosen.items() if column))


def _reason(error: Any) -> str:
    """First line of an error of Java or Spark."""
    cause = getattr(error, "java_exception", None)
    text = str(cause.getMessage() if cause is not None else error)
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__
