"""Interactions (user, item, weight, time) from any table that table_file reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.datasets.event_columns import choose_columns, describe
from explorer.datasets.events import Events, Progress, check_variety, events_name, read_events
from explorer.datasets.item_attributes import item_table
from explorer.datasets.ratings import item_keys
from explorer.datasets.sequences import Sequences, grouped
from explorer.datasets.table_detection import open_table
from explorer.errors import BadData, BadRequest


@dataclass(frozen=True, eq=False)
class Interactions:
    """Each pair of a user and an item once, sorted by user, then time."""

    user: np.ndarray  # (n,) int32, ascending
    item: np.ndarray  # (n,) int32, row of `items`
    weight: np.ndarray  # (n,) float32, above 0
    time: np.ndarray  # (n,) int64, seconds since 1970 of the latest event of the pair, 0 if unknown
    items: pd.DataFrame  # `item_id`, `key`, `title`, `count` (of users) and other columns, by item_id
    user_ids: np.ndarray
    name: str
    rows: int  # rows of the table, before pairs were summed
    notes: tuple[str, ...] = ()  # how the table was read

    def __len__(self) -> int:
        return len(self.user)

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.user_ids)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.items)

    def sequences(self) -> Sequences:
        """The items of each user by time; tokens are rows of `items`."""
        return grouped(self.item, self.user)

    def matrix(self) -> object:
        """The weights, (users, items) scipy CSR float32."""
        from scipy.sparse import csr_matrix

        return csr_matrix((self.weight, (self.user, self.item)), shape=(self.n_users, self.n_items))


@dataclass(frozen=True)
class InteractionSource:
    """Column names of a table of interactions; None is guessed. items, item_key: as in RatingSource."""

    user: str | None = None
    item: str | None = None
    weight: str | None = None
    time: str | None = None
    items: str | None = None
    item_key: str | None = None


def load_interactions(
    path: str | Path, source: InteractionSource | None = None, progress: Progress | None = None
) -> Interactions:
    """Read the interactions of a table: ids of any type; weights of the same user and item are summed.

    Without a weight column each row counts 1. Raises BadData with file, line and value, BadRequest for an unknown
    column.
    """
    source = source or InteractionSource()
    table = open_table(path)
    columns = choose_columns(table, "weight", source.user, source.item, source.weight, source.time)
    events = read_events(table, columns, progress)
    check_variety(events.user_ids, events.item_ids, str(path))
    if events.value is not None and (low := int(events.value.argmin())) >= 0 and events.value[low] < 0:
        raise BadData(
            f"{table.place(low)}: {columns.value} {events.value[low]:g} is negative; weights count events. Leave "
            "such rows out, maybe of returns."
        )
    if events.value is not None and not events.value.any():
        raise BadData(f"{path}: all weights are 0; there is nothing to learn from.")
    items = item_table(events.item_ids, source.items, source.item_key, columns.item)
    notes = (describe(table, columns, "weight"),)
    return replace(build_interactions(events, items, events_name(path)), notes=notes)


def too_unpopular(min_count: int, most: int) -> BadRequest:
    """The error for data where no user chose two items of min_count users. most: users of the most popular item."""
    return BadRequest(
        f"No user chose two items that {min_count:,} users chose; the most popular was chosen by {most:,}. Lower "
        "--min-count."
    )


def build_interactions(events: Events, items: pd.DataFrame, name: str) -> Interactions:
    """Build interactions from events: weights of each pair are summed, pairs with weight 0 left out."""
    n = len(events.user)
    value = np.ones(n, np.float32) if events.value is None else events.value
    time = np.zeros(n, np.int64) if events.time is None else events.time
    pair = events.user.astype(np.int64) * len(items) + events.item
    order = np.argsort(pair, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(pair[order]) != 0))
    weight = np.add.reduceat(value[order].astype(np.float64), starts)
    latest = np.maximum.reduceat(time[order], starts)
    found = pair[order][starts]
    first = np.minimum.reduceat(order, starts)  # with unknown times, in the order of the rows
    positive = weight > 0
    user, item = np.divmod(found[positive], len(items))
    by_time = np.lexsort((first[positive], latest[positive], user))
    table = items.copy()
    table.insert(1, "key", item_keys(table))
    table["count"] = np.bincount(item, minlength=len(table)).astype(np.int32)
    return Interactions(
        user[by_time].astype(np.int32),
        item[by_time].astype(np.int32),
        weight[positive][by_time].astype(np.float32),
        latest[positive][by_time],
        table,
        events.user_ids,
        name,
        n,
    )
