"""What a training on Spark reads: a MovieLens release, or a table of ratings or interactions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession

from explorer.datasets import movielens
from explorer.datasets.event_columns import EventColumns, choose_columns
from explorer.datasets.interactions import InteractionSource
from explorer.datasets.item_attributes import item_table
from explorer.datasets.movielens.rating_columns import NAMES
from explorer.datasets.rating_table import RatingSource, parse_scale
from explorer.datasets.table_file import TableFile
from explorer.errors import BadData
from explorer.training.spark import table
from explorer.training.spark.filesystem import Store
from explorer.training.spark.request import Request


@dataclass(frozen=True, eq=False)
class Source:
    """Unvalidated events from files, and their items."""

    kind: str  # movielens, ratings or interactions
    name: str
    path: str
    table: TableFile
    frame: DataFrame  # see table.read
    columns: EventColumns
    scale: tuple[float, float] | None  # None: the range of the data
    items: Callable[[np.ndarray], pd.DataFrame]  # ids, ascending -> item_id, title and other columns, in their order


def find(spark: SparkSession, store: Store, request: Request, here: Path) -> Source:
    """Find the data of a request. here: a new local folder for small files. Raises BadData and BadRequest."""
    here.mkdir()
    path = request.data
    name = Path(urlsplit(path).path.rstrip("/")).name
    if request.kind == "movielens":
        return _release(spark, store, path, name, here)
    source = request.source
    assert source is not None
    rated = isinstance(source, RatingSource)
    item_file = _item_file(store, source, here)
    with table.named(here, path):
        found, files = table.describe(spark, store, path, here / "heads")
        value = source.rating if isinstance(source, RatingSource) else source.weight
        columns = choose_columns(found, "rating" if rated else "weight", source.user, source.item, value, source.time)
    scale = parse_scale(source.scale) if isinstance(source, RatingSource) and source.scale else None
    frame = table.read(spark, found, files)

    def items(ids: np.ndarray) -> pd.DataFrame:
        return item_table(ids, item_file, source.item_key, columns.item)

    return Source(request.kind, name.split(".")[0] or "data", path, found, frame, columns, scale, items)


def _item_file(store: Store, source: RatingSource | InteractionSource, here: Path) -> str | Path | None:
    """The table of items, copied to this machine if it is on another file system."""
    if source.items is None or table.local_path(source.items) is not None:
        return source.items
    copy = here / Path(urlsplit(source.items).path).name
    try:
        store.fetch(source.items, copy)
    except Py4JJavaError as error:
        raise BadData(f"{source.items} cannot be read: {table.reason(error)}") from error
    return copy


def _release(spark: SparkSession, store: Store, path: str, name: str, here: Path) -> Source:
    if name.endswith(".zip"):
        raise BadData(f"{path}: Spark cannot read a .zip; unpack it and give the folder.")
    try:
        names = store.names(path) or set()
    except Py4JJavaError as error:
        raise BadData(f"{path} cannot be read: {table.reason(error)}") from error
    layout = next((candidate for candidate in movielens.LAYOUTS if candidate.ratings in names), None)
    if layout is None:
        listing = ", ".join(sorted(names)[:10]) or "nothing"
        raise BadData(
            f"{path}: not a folder of a MovieLens release; found {listing}. For any other table use "
            "`explorer train ratings --engine spark`."
        )
    if layout.movies not in names:
        raise BadData(f"{path}: {layout.movies} is missing; layout {layout.releases} needs it. Download the set again.")
    for small in (layout.movies, layout.genres, layout.links):
        if small in names:
            store.fetch(f"{path}/{small}", here / str(small))
    if "users.dat" in names:  # only 1M has it, and only 1M has whole stars
        (here / "users.dat").touch()
    form = movielens.form_of(here, layout)
    file = f"{path.rstrip('/')}/{layout.ratings}"
    with table.named(here, path):
        found, files = table.describe(spark, store, file, here / "heads")
        given = dict(zip(NAMES, found.columns, strict=False)) if not found.header else {}
        user, item, rating, time = (given.get(candidate) for candidate in NAMES)
        columns = choose_columns(found, "rating", user, item, rating, time)
    known = movielens.movie_table(here, layout)

    def items(ids: np.ndarray) -> pd.DataFrame:
        unknown = ids[~np.isin(ids, known["item_id"].to_numpy())]
        if unknown.size:
            raise BadData(f"{name}: item {unknown[0]} is rated but missing from the item table")
        return known.set_index("item_id").loc[ids].rename_axis("item_id").reset_index()

    return Source("movielens", name, path, found, table.read(spark, found, files), columns, form.scale, items)
