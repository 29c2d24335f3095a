"""Steer recommendations: more or less of a value or a number, such as a genre, a brand or a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.core.embedding import Embedding
from explorer.errors import BadRequest

MOST = 5.0  # most steps in either direction


@dataclass(frozen=True)
class Steer:
    """More of a column's value, or less of it if amount is negative.

    value: a value of a category or labels column; None for numbers and dates, where more means higher. amount: in
    steps. A step raises the score of an item that has the value by one standard deviation of all scores. For numbers
    and dates, it raises the highest by that much, lowers the lowest as much, and is linear in the rank between.
    """

    column: str
    amount: float = 1.0
    value: str | None = None

    def __post_init__(self) -> None:
        if not -MOST <= self.amount <= MOST:
            raise BadRequest(f"Steer {self.column} by steps from -{MOST:g} to {MOST:g}, not {self.amount}.")

    @property
    def text(self) -> str:
        """Short description: "more genres Comedy", "less year"."""
        return " ".join(["more" if self.amount >= 0 else "less", self.column, *filter(None, [self.value])])


def steering(embedding: Embedding, steers: Sequence[Steer]) -> np.ndarray:
    """What each steer adds to the score of every item, in standard deviations of the scores: (n, len(steers)) float32.

    An item whose value is unknown gets 0. Raises BadRequest for a column that cannot be steered or an unknown value.
    """
    added = np.zeros((len(embedding), len(steers)), np.float32)
    for number, steer in enumerate(steers):
        kind = embedding.columns[embedding.schema.column(steer.column).name]
        added[:, number] = steer.amount * np.nan_to_num(kind.grade(steer.value))
    return added
