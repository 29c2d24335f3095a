"""Steer recommendations: more or less of what a column says, such as a genre, a brand or a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.core.embedding import Embedding
from explorer.errors import BadRequest

MOST = 5.0  # steps either way


@dataclass(frozen=True)
class Steer:
    """More of a column, or less of it where amount is negative.

    value: of a category or labels column, which value; None for numbers and dates, where more is higher. amount: in
    steps. A step adds to the score of an item that has the value one standard deviation of the scores of all items; of
    numbers and dates, it adds that to the highest, subtracts it from the lowest, and goes by rank between.
    """

    column: str
    amount: float = 1.0
    value: str | None = None

    def __post_init__(self) -> None:
        if not -MOST <= self.amount <= MOST:
            raise BadRequest(f"More or less of {self.column} is {self.amount} steps; it is from -{MOST:g} to {MOST:g}.")

    @property
    def text(self) -> str:
        """In words: "more genres Comedy", "less year"."""
        return " ".join(["more" if self.amount >= 0 else "less", self.column, *filter(None, [self.value])])


def steering(embedding: Embedding, steers: Sequence[Steer]) -> np.ndarray:
    """What each steer adds to the score of every item, in standard deviations of the scores: (n, len(steers)) float32.

    An item whose value is unknown gets nothing. Raises BadRequest for a column without grades or an unknown value.
    """
    added = np.zeros((len(embedding), len(steers)), np.float32)
    for place, steer in enumerate(steers):
        kind = embedding.columns[embedding.schema.column(steer.column).name]
        added[:, place] = steer.amount * np.nan_to_num(kind.grade(steer.value))
    return added
