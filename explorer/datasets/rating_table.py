"""Ratings from any table that table_file reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.datasets.event_columns import choose_columns, describe
from explorer.datasets.events import Events, Progress, check_variety, events_name, read_events, select
from explorer.datasets.item_attributes import item_table
from explorer.datasets.ratings import Ratings, build_from_codes
from explorer.datasets.table_detection import open_table
from explorer.datasets.unrated import said, unrated
from explorer.errors import BadData, BadRequest


@dataclass(frozen=True)
class RatingSource:
    """Column names of a table of ratings; None is guessed.

    items: a table of item columns, joined by its column item_key. scale: lowest and highest possible rating as `1..5`,
    by default the range of the data.
    """

    user: str | None = None
    item: str | None = None
    rating: str | None = None
    time: str | None = None
    items: str | None = None
    item_key: str | None = None
    scale: str | None = None


def load_ratings(path: str | Path, source: RatingSource | None = None, progress: Progress | None = None) -> Ratings:
    """Read the ratings of a table: ids of any type; of several ratings of an item by a user the newest is kept.

    Raises BadData with file, line and value; BadRequest for an unknown column or an invalid scale.
    """
    source = source or RatingSource()
    scale = parse_scale(source.scale) if source.scale else None
    table = open_table(path)
    columns = choose_columns(table, "rating", source.user, source.item, source.rating, source.time)
    events = read_events(table, columns, progress)
    check_variety(events.user_ids, events.item_ids, str(path))
    notes = [describe(table, columns, "rating")]
    if scale is None and (left_out := _unrated(events)) is not None:
        assert events.value is not None
        others = events.value[events.value != left_out]
        count = len(events.value) - len(others)
        notes.append(said(str(columns.value), left_out, count, others.min(), others.max()))
        events = select(events, events.value != left_out)
        check_variety(events.user_ids, events.item_ids, str(path))
    rating = events.value
    assert rating is not None
    low, high = float(rating.min()), float(rating.max())
    check_spread(str(path), len(rating), low, high)
    if scale and not scale[0] <= low <= high <= scale[1]:
        outside = int(np.flatnonzero((rating < scale[0]) | (rating > scale[1]))[0])
        raise BadData(f"{table.place(outside)}: {columns.value} {off_scale(rating[outside], scale)}")
    return build_from_codes(
        events.user,
        events.item,
        rating,
        np.zeros(len(rating), np.int64) if events.time is None else events.time,
        item_table(events.item_ids, source.items, source.item_key, columns.item),
        events.user_ids,
        scale=scale or (low, high),
        name=events_name(path),
        notes=tuple(notes),
    )


def _unrated(events: Events) -> float | None:
    values = events.value
    assert values is not None

    def measure(value: float) -> tuple[int, float, float]:
        others = values[values != value]
        return len(values) - len(others), float(others.min(initial=np.inf)), float(others.max(initial=-np.inf))

    return unrated(len(values), measure)


def check_spread(name: str, n: int, low: float, high: float) -> None:
    """Raise BadData if all n ratings are equal. low, high: the lowest and the highest."""
    if low == high:
        raise BadData(
            f"{name}: all {n:,} ratings are {low:g}; there is nothing to predict. If the rows only tell who "
            "chose what, train on interactions."
        )


def off_scale(rating: float, scale: tuple[float, float]) -> str:
    """What is wrong with a rating outside a scale."""
    return f"{rating:g} is outside the scale {scale[0]:g}..{scale[1]:g}"


def parse_scale(text: str) -> tuple[float, float]:
    """`1..5` as (1.0, 5.0). Raises BadRequest."""
    low, dots, high = text.partition("..")
    try:
        found = float(low), float(high)
    except ValueError:
        found = (0.0, 0.0)
    if not dots or not -np.inf < found[0] < found[1] < np.inf:
        raise BadRequest(f"{text!r} is not a scale; write the lowest and the highest rating, such as 1..5.")
    return found
