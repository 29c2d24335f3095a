"""Ratings as dense user and item indices, with the item table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from explorer.errors import BadData, BadRequest

COUNT, MEAN = "n_ratings", "mean_rating"  # columns of an item table: its number of ratings, and their mean
ITEM_COLUMNS = ("item_id", "key", "title", COUNT, MEAN)


@dataclass(frozen=True, eq=False)
class Ratings:
    """Ratings as dense user and item indices, with the item table; arrays are read-only.

    The constructor raises BadData if lengths, ranges or values do not fit together, or there is no rating.
    """

    user: np.ndarray  # (n,) int32, 0..n_users-1
    item: np.ndarray  # (n,) int32, row of `items`
    rating: np.ndarray  # (n,) float32
    timestamp: np.ndarray  # (n,) int64, seconds since 1970, 0 if unknown
    items: pd.DataFrame  # ITEM_COLUMNS and other columns, by item_id
    user_ids: np.ndarray  # (n_users,) ids in the source data
    scale: tuple[float, float]  # lowest and highest possible rating
    name: str
    duplicates: int = 0  # (user, item) pairs dropped, newest kept
    kind: str = "ratings"  # or movielens (has a license), or choices (1 is a choice, 0 a sampled other item)
    notes: tuple[str, ...] = ()  # how the data were read

    def __post_init__(self) -> None:
        for field, dtype in (("user", np.int32), ("item", np.int32), ("rating", np.float32), ("timestamp", np.int64)):
            values = np.asarray(getattr(self, field), dtype=dtype).view()
            values.flags.writeable = False
            object.__setattr__(self, field, values)
        self._check_shapes()
        self._check_values()

    def _check_shapes(self) -> None:
        n = self.user.size
        for field in ("user", "item", "rating", "timestamp"):
            if getattr(self, field).shape != (n,):
                raise BadData(f"{self.name}: `{field}` has shape {getattr(self, field).shape}, expected ({n},)")
        if n == 0:
            raise BadData(f"{self.name}: no ratings left; choose a larger file or weaker filters")
        missing = [column for column in ITEM_COLUMNS if column not in self.items.columns]
        if missing:
            raise BadData(f"{self.name}: the item table has no column {', '.join(missing)}")

    def _check_values(self) -> None:
        low, high = self.scale
        if not low < high:
            raise BadData(f"{self.name}: the rating scale {low:g}..{high:g} is empty")
        for field, count in (("user", self.n_users), ("item", self.n_items)):
            index = getattr(self, field)
            if index.min() < 0 or index.max() >= count:
                raise BadData(f"{self.name}: `{field}` runs {index.min()}..{index.max()}, expected 0..{count - 1}")
        # NaN fails this comparison as well
        if not (self.rating.min() >= low and self.rating.max() <= high):
            bad = self.rating[~((self.rating >= low) & (self.rating <= high))][0]
            raise BadData(f"{self.name}: rating {bad:g} is outside the scale {low:g}..{high:g}")
        for column in ("item_id", "key"):
            if not self.items[column].is_unique:
                twice = self.items[column][self.items[column].duplicated()].iloc[0]
                raise BadData(f"{self.name}: {column} {twice!r} is repeated in the item table")

    def __len__(self) -> int:
        return self.user.size

    @property
    def n_ratings(self) -> int:
        """Number of ratings."""
        return len(self)

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.user_ids)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.items)

    def counts(self) -> dict[str, Any]:
        """Name, and numbers of ratings, users and items, as the `dataset` field of a manifest has them."""
        return {"name": self.name, "ratings": self.n_ratings, "users": self.n_users, "items": self.n_items}

    @cached_property
    def mean(self) -> float:
        """Mean of these ratings, summed in double precision."""
        return float(self.rating.mean(dtype=np.float64))

    @cached_property
    def y(self) -> np.ndarray:
        """Ratings minus their mean, (n,) float32."""
        return self.rating - np.float32(self.mean)

    @property
    def chosen(self) -> Ratings:
        """Ratings that represent a choice: all; for kind `choices`, those above 0."""
        return self.take(self.rating > 0) if self.kind == "choices" else self

    def take(self, index: np.ndarray | slice) -> Ratings:
        """Ratings at `index` (positions, mask or slice), with the same users, items and item counts."""
        rows = {field: getattr(self, field)[index] for field in ("user", "item", "rating", "timestamp")}
        return replace(self, **rows)


def build(
    user: np.ndarray,
    item: np.ndarray,
    rating: np.ndarray,
    timestamp: np.ndarray,
    items: pd.DataFrame,
    *,
    scale: tuple[float, float],
    name: str,
    kind: str = "ratings",
) -> Ratings:
    """Build ratings from columns of source ids and an item table with at least item_id and title.

    See build_from_codes. Raises BadData if an item is missing from the table, and as Ratings does.
    """
    (user_index, user_ids), (item_index, item_ids) = dense(user), dense(item)
    unknown = item_ids[~np.isin(item_ids, items["item_id"].to_numpy())]
    if unknown.size:
        raise BadData(f"{name}: item {unknown[0]} is rated but missing from the item table")
    table = items.set_index("item_id").loc[item_ids].rename_axis("item_id").reset_index()
    return build_from_codes(
        user_index, item_index, rating, timestamp, table, user_ids, scale=scale, name=name, kind=kind
    )


def build_from_codes(
    user: np.ndarray,
    item: np.ndarray,
    rating: np.ndarray,
    timestamp: np.ndarray,
    items: pd.DataFrame,
    user_ids: np.ndarray,
    *,
    scale: tuple[float, float],
    name: str,
    kind: str = "ratings",
    notes: tuple[str, ...] = (),
) -> Ratings:
    """Build ratings from codes (n,) int32 of users and of rows of `items`, all of which occur.

    Of several ratings by one user for one item the newest is kept (the last row on equal timestamps); the others are
    counted in `duplicates`. Rows keep their order. The table gets `key`, `n_ratings` and `mean_rating`. Raises BadData.
    """
    rows = newest(user, item, timestamp)
    duplicates = user.size - (user.size if rows is None else rows.size)
    if rows is not None:
        user, item, rating, timestamp = user[rows], item[rows], rating[rows], timestamp[rows]
    table = items.copy()
    table.insert(1, "key", item_keys(table))
    counts = np.bincount(item, minlength=len(table))
    sums = np.bincount(item, weights=rating, minlength=len(table))
    table[COUNT] = counts.astype(np.int32)
    table[MEAN] = (sums / np.maximum(counts, 1)).astype(np.float32)
    return Ratings(user, item, rating, timestamp, table, user_ids, scale, name, duplicates, kind, notes)


def dense(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Source ids as (n,) int32 indices into the ascending array of distinct ids, and that array."""
    ids = np.asarray(ids)
    if ids.size and ids.dtype.kind in "iu" and ids.min() >= 0 and ids.max() <= 4 * ids.size + 1_000_000:
        index = np.zeros(int(ids.max()) + 1, dtype=np.int32)  # dense ids need no hashing
        index[ids] = 1
        distinct = np.flatnonzero(index)
        index[distinct] = np.arange(distinct.size)
        return index[ids], distinct
    codes, distinct = pd.factorize(ids, sort=True)
    return codes.astype(np.int32), np.asarray(distinct)


def newest(user: np.ndarray, item: np.ndarray, timestamp: np.ndarray) -> np.ndarray | None:
    """Ascending rows that keep the newest rating of each (user, item); None when there are no duplicates."""
    if user.size == 0:
        return None
    pair = user.astype(np.int64) * (int(item.max()) + 1) + item
    if np.all(pair[1:] > pair[:-1]):  # sorted, as in the CSV releases: no duplicates
        return None
    repeated = np.flatnonzero(pd.Series(pair).duplicated(keep=False))
    if repeated.size == 0:
        return None
    repeated = repeated[np.lexsort((timestamp[repeated], pair[repeated]))]  # stable: the last row wins a tie
    superseded = repeated[:-1][pair[repeated[:-1]] == pair[repeated[1:]]]
    return np.delete(np.arange(user.size), superseded)


def well_rated(items: pd.DataFrame, min_ratings: int) -> np.ndarray:
    """Rows of an item table with at least min_ratings ratings, (k,) int64. Raises BadRequest where there is none."""
    rows = np.flatnonzero(items[COUNT] >= min_ratings)
    if not rows.size:
        most = int(items[COUNT].max()) if len(items) else 0
        raise BadRequest(f"No item has {min_ratings:,} ratings; the most-rated has {most:,}. Lower --min-ratings.")
    return rows


def item_keys(items: pd.DataFrame) -> list[str]:
    """A unique name for each item: its title; if titles collide, with the year and then #item_id."""
    keys = items["title"].astype(object)
    if "year" in items:
        years = items["year"].astype(object)
        twice = keys.duplicated(keep=False) & items["year"].notna()
        keys = keys.where(~twice, keys + " (" + years.astype(str) + ")")
    while (twice := keys.duplicated(keep=False)).any():
        keys = keys.where(~twice, keys + " #" + items["item_id"].astype(str).astype(object))
    return keys.tolist()
