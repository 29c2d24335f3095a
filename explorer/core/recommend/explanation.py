"""Explanations of recommendations: what each rating, steer and rejected item adds to an item's score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.core.embedding import Embedding
from explorer.core.recommend.orders import find_order
from explorer.core.recommend.steering import Steer, steering
from explorer.core.recommend.user import User


@dataclass(frozen=True)
class Parts:
    """The parts of some items' scores, see `score_parts`. shares: (k, p). names, ratings: of the p parts.

    fixed: number of parts before those of ratings and rejected items.
    """

    names: list[str]
    ratings: np.ndarray
    shares: np.ndarray
    fixed: int

    def table(self, i: int) -> pd.DataFrame:
        """The parts of one item's score as `contributions` returns them. i: its position among the items."""
        largest = np.argsort(-np.abs(self.shares[i, self.fixed :]), kind="stable")
        order = np.append(np.arange(self.fixed), self.fixed + largest)
        names, shares = [self.names[part] for part in order], self.shares[i, order]
        return pd.DataFrame({"key": names, "rating": self.ratings[order], "contribution": shares})


def contributions(
    embedding: Embedding,
    user: User,
    key: str,
    order: str = "stars",
    popularity: float = 1.0,
    steer: Sequence[Steer] = (),
) -> pd.DataFrame:
    """What each rating of a folded-in user adds to the score of one item, the largest first.

    The score is the one `recommend` computes with the same order, popularity and steer: stars for `stars`, cosine for
    `near`, standard deviations for `likely`. Columns `key`, `rating`, `contribution`. The first row, `(anyone)`, is the
    part that is the same for everybody (mean and item bias for `stars`, popularity for the others). Then follows a row
    for each steer, such as `(more genres Comedy)`. Rejected items are listed among the ratings, with an unknown rating.
    The column sums to the score. Raises UnknownItem.
    """
    return score_parts(embedding, user, [key], order, popularity, steer).table(0)


def score_parts(
    embedding: Embedding,
    user: User,
    keys: Sequence[str],
    order: str = "stars",
    popularity: float = 1.0,
    steer: Sequence[Steer] = (),
) -> Parts:
    """The parts of several items' scores at once; see `contributions`.

    The parts are `(anyone)`, each steer, then each rating and each rejected item in the order given. Raises
    UnknownItem.
    """
    rows = embedding.index(list(keys))
    anyone, shares = find_order(order).explain(embedding, user, popularity, rows)
    steered = np.zeros((len(rows), 0))
    if steer:
        steered = find_order(order).score(embedding, user, popularity).std() * steering(embedding, steer)[rows]
    known = embedding.items["key"].iloc[np.append(user.rows, user.rejected)]
    return Parts(
        ["(anyone)", *(f"({wish.text})" for wish in steer), *known],
        np.concatenate([np.full(1 + len(steer), np.nan), user.ratings, np.full(len(user.rejected), np.nan)]),
        np.column_stack([anyone, steered, shares]),
        1 + len(steer),
    )
