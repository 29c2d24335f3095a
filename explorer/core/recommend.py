"""Recommendations: items near what a user liked, or with the highest predicted ratings, with explanations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.core.columns.kind import has_numbers
from explorer.core.embedding import Embedding
from explorer.core.fold_in import (
    User,
    fold_in,
    mean,
    predicts,
    ranks_for_users,
    reject,
    scale,
    trained_user,
    user_without_model,
)
from explorer.core.likely import REJECTED, Likely
from explorer.core.linear_score import LinearScore
from explorer.core.remote_vectors import RemoteVectors
from explorer.core.steering import Steer, steering
from explorer.core.suggestions import suggestions
from explorer.core.vectors import blocks
from explorer.errors import BadRequest

ADDED = ("score", "predicted", "delta", "rating", "error")  # columns of the results, which replace those of the items

__all__ = [
    "ORDERS", "Parts", "Steer", "User", "contributions", "direction", "fold_in", "liked", "likely", "near",
    "nearest_to_user", "orders_for", "predicted", "predictions", "predicts", "preferred_by_user", "ranks_for_users",
    "rated_table", "recommend", "reject", "scale", "score_parts", "suggestions", "trained_user", "user_without_model",
]  # fmt: skip

LIKED, DISLIKED = 0.8, 0.4  # shares of the highest rating: of 5 stars, 4 or more is liked, 2 or less disliked
NEITHER = 1 / 3  # weight of an item that is neither; a liked one has 1, a disliked one 0
STEER = 0.5  # standard deviations that one step of popularity adds in the order `likely`
FAME = 0.07  # cosine added per natural logarithm of the number of ratings; from benchmarks/recommendations.py


def _not_linear(embedding: Embedding, user: User, popularity: float) -> None:
    """None: the order is not linear in the vectors."""


@dataclass(frozen=True)
class Order:
    """A way to rank items for a user: a score and its explanation.

    score: (embedding, user, popularity) -> (n,) float. explain: (embedding, user, popularity, k rows) -> the part of
    each item's score that is the same for everybody, (k,), and what each rating of the user and each rejected item adds
    to it, (k, m + r). Together they sum to the scores. linear: the same score as similarity to a vector, which a
    database can search by; None if it is not linear in the vectors.
    """

    score: Callable[[Embedding, User, float], np.ndarray]
    explain: Callable[[Embedding, User, float, np.ndarray], tuple[np.ndarray, np.ndarray]]
    linear: Callable[[Embedding, User, float], LinearScore | None] = _not_linear


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


def predictions(
    embedding: Embedding, user: User, popularity: float = 1.0, rows: np.ndarray | slice = np.s_[:]
) -> np.ndarray:
    """Predicted stars of some items, by default all, not clipped to the rating scale: (len(rows),) float32.

    popularity: weight of the item bias; 1 predicts ratings, 0 uses taste alone, 2 favours well-liked items. Raises
    BadRequest for an embedding that predicts no ratings.
    """
    every = isinstance(rows, slice)
    bias = embedding.items["bias"].to_numpy(np.float32)[rows]
    vectors = embedding.vectors if every else embedding.vectors[rows]
    if embedding.network:  # its output includes the bias
        return mean(embedding) + (popularity - 1) * bias + embedding.network.scores(user.vector, vectors)
    common = mean(embedding) + popularity * bias
    return common + vectors @ user.vector + np.float32(user.bias)


def _linear_stars(embedding: Embedding, user: User, popularity: float) -> LinearScore | None:
    if embedding.network:
        return None
    bias = embedding.items["bias"].to_numpy(np.float32)
    return LinearScore(user.vector, "dot", mean(embedding) + popularity * bias + np.float32(user.bias))


def liked(embedding: Embedding, user: User) -> np.ndarray:
    """Which ratings of the user are at least 80% of the highest rating (4 of 5 stars): (m,) bool."""
    return user.ratings >= LIKED * scale(embedding)[1]


def near(embedding: Embedding, user: User, popularity: float = 1.0) -> np.ndarray:
    """Cosine of every item to the items a user liked, plus a term for popularity: (n,) float.

    The cosine is to the weighted mean of the rated items' unit vectors. Weights: 1 for liked items (4 of 5 stars or
    more), 1/3 for those between 2 and 4 stars, as the user chose them, 0 for disliked ones (2 or less), negative for
    rejected ones. The term is popularity x 0.07 x the natural logarithm of the item's number of ratings. This order
    finds what people went on to like about three times as well as predicted stars do (benchmarks/recommendations.py).
    Raises BadRequest if no rating of the user is known, none is liked, or vectors have one dimension only.
    """
    return _linear_near(embedding, user, popularity).of_all(embedding)


def _linear_near(embedding: Embedding, user: User, popularity: float) -> LinearScore:
    direction = _liked_direction(embedding, user).sum(axis=0)
    return LinearScore(direction, "cosine", popularity * _popularity_term(embedding))


def likely(embedding: Embedding, user: User, popularity: float = 1.0) -> np.ndarray:
    """How likely every item is to be liked next, given the user's ratings: (n,) float, in standard deviations.

    The score of core.likely, learned from who liked what. Of all orders it finds most of what people went on to like
    (benchmarks/recommendations.py). popularity: 1 leaves the trained score; each step above adds half the standardized
    logarithm of the item's number of ratings. Raises BadRequest if no rating of the user is known, none is liked, or
    the artifact was not trained for this order.
    """
    scores = _likely(embedding, user).scores(user.rows, user.ratings, user.rejected)
    return scores + _popularity_offset(embedding, popularity)


def orders_for(embedding: Embedding, user: User) -> list[str]:
    """The orders of ORDERS that are available for a user, the best first.

    `likely` and `near` need a liked item, `likely` an artifact trained for it, `stars` one that predicts ratings.
    """
    some = bool(liked(embedding, user).any())
    can = {"likely": some and embedding.likely is not None, "near": some and embedding.vectors.shape[1] > 1,
           "stars": predicts(embedding)}  # fmt: skip
    return [name for name in ORDERS if can.get(name, True)]


def recommend(
    embedding: Embedding,
    user: User,
    k: int = 10,
    mask: np.ndarray | None = None,
    popularity: float = 1.0,
    order: str = "stars",
    steer: Sequence[Steer] = (),
) -> pd.DataFrame:
    """The k best items for a user, best first, without those they have rated or rejected.

    mask: (n,) bool, the items to choose from. order: `likely` (to be liked), `near` (to liked items), or predicted
    `stars`. popularity: weight of popularity in that order, as in `likely`, `near` and `predictions`. steer: what the
    user wants more or less of. Returns `key`, `score` (the ranking score), `predicted` (stars, within the scale),
    `delta` (predicted minus the item's mean rating), then the item columns. Raises BadRequest.
    """
    if k < 1:
        raise BadRequest(f"At least one item must be asked for; k is {k}.")
    allowed = np.ones(len(embedding), bool) if mask is None else mask.copy()
    allowed[user.rows] = False
    allowed[user.rejected] = False
    remote = isinstance(embedding.vectors, RemoteVectors) and not steer
    linear = _order(order).linear(embedding, user, popularity) if remote else None
    if linear:
        best, score = linear.best(embedding, k, allowed)
    else:
        every = _order(order).score(embedding, user, popularity)
        if steer:
            every = every + every.std() * steering(embedding, steer).sum(axis=1)
        candidates = np.flatnonzero(allowed)
        best = candidates[np.argsort(-every[candidates], kind="stable")[:k]]
        score = every[best]
    table = predicted(embedding, user, best)
    table.insert(1, "score", score)
    return table


def predicted(embedding: Embedding, user: User, rows: np.ndarray) -> pd.DataFrame:
    """Predictions for some rows, in their order: `key`, `predicted`, `delta`, then the item columns.

    If the embedding predicts no ratings, only `key` and the item columns.
    """
    table = embedding.items.take(rows).reset_index(drop=True).drop(columns=list(ADDED), errors="ignore")
    if not predicts(embedding):
        return pd.concat([pd.DataFrame({"key": table.pop("key")}), table], axis=1)
    stars = np.clip(predictions(embedding, user, rows=rows), *scale(embedding))
    means = table["mean_rating"].to_numpy(float) if has_numbers(table, "mean_rating") else np.full(len(rows), np.nan)
    first = pd.DataFrame({"key": table.pop("key"), "predicted": stars, "delta": stars - means})
    return pd.concat([first, table], axis=1)


def rated_table(embedding: Embedding, user: User) -> pd.DataFrame:
    """A user's ratings with their predictions, the largest error first.

    Columns `key`, `rating`, `predicted` (stars, within the scale), `error` (rating minus predicted), `delta` (predicted
    minus the item's mean rating), then the item columns. For a user of the training data, the model has seen these
    ratings. Raises BadRequest.
    """
    table = predicted(embedding, user, user.rows)
    table.insert(1, "rating", user.ratings.astype(float))
    table.insert(3, "error", table["rating"] - table["predicted"])
    order = np.argsort(-np.abs(table["error"].to_numpy()), kind="stable")
    return table.take(order).reset_index(drop=True)


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
    anyone, shares = _order(order).explain(embedding, user, popularity, rows)
    steered = np.zeros((len(rows), 0))
    if steer:
        steered = _order(order).score(embedding, user, popularity).std() * steering(embedding, steer)[rows]
    known = embedding.items["key"].iloc[np.append(user.rows, user.rejected)]
    return Parts(
        ["(anyone)", *(f"({one.text})" for one in steer), *known],
        np.concatenate([np.full(1 + len(steer), np.nan), user.ratings, np.full(len(user.rejected), np.nan)]),
        np.column_stack([anyone, steered, shares]),
        1 + len(steer),
    )


def nearest_to_user(embedding: Embedding, user: User, k: int = 10, mask: np.ndarray | None = None) -> pd.DataFrame:
    """The k items nearest in direction to the user's vector; biases do not count."""
    return embedding.nearest(direction(embedding, user), k, "cosine", mask, exclude=user.rows)


def preferred_by_user(embedding: Embedding, user: User, k: int = 10, mask: np.ndarray | None = None) -> pd.DataFrame:
    """The k items with the largest dot product with the user's vector, without those they are known to have chosen.

    In implicit ALS the product is the preference: about 1 for chosen items, about 0 for others.
    """
    return embedding.nearest(user.vector, k, "dot", mask, exclude=user.rows)


def direction(embedding: Embedding, user: User) -> np.ndarray:
    """Direction among the item vectors in which predicted ratings grow: (d,) float32.

    This is the user's vector, as ratings are dot products. For a network it is the slope of a linear regression of the
    predictions on the item vectors.
    """
    if not embedding.network:
        return user.vector
    d = embedding.vectors.shape[1]
    squares, products = np.zeros((d + 1, d + 1)), np.zeros(d + 1)
    for block in blocks(embedding.vectors):
        design = np.column_stack([block, np.ones(len(block))]).astype(np.float64)
        squares += design.T @ design
        products += design.T @ embedding.network.scores(user.vector, block)
    return np.linalg.lstsq(squares, products, rcond=None)[0][:-1].astype(np.float32)


def _explain_stars(
    embedding: Embedding, user: User, popularity: float, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    nothing = np.zeros((len(rows), len(user.rejected)))
    bias, vectors = embedding.items["bias"].to_numpy(float)[rows], np.asarray(embedding.vectors[rows])
    if embedding.network:
        ratings = user.contributions_matrix[:-1]
        found = [embedding.network.shares(user.vector, ratings, vector) for vector in vectors]
        without, added = np.array([one for one, _ in found]), np.array([each for _, each in found])
        return mean(embedding) + (popularity - 1) * bias + without, np.column_stack([added, nothing])
    design = np.column_stack([vectors, np.ones(len(rows))])
    anyone = mean(embedding) + popularity * bias + design @ np.broadcast_to(user.start, design.shape[1])
    return anyone, np.column_stack([design @ user.contributions_matrix, nothing])


def _explain_near(
    embedding: Embedding, user: User, popularity: float, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    parts = _liked_direction(embedding, user)
    length = np.linalg.norm(parts.sum(axis=0)) or 1.0
    return popularity * _popularity_term(embedding)[rows], embedding.unit_vectors(rows) @ parts.T / length


def _explain_likely(
    embedding: Embedding, user: User, popularity: float, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    shares = _likely(embedding, user).contributions(user.rows, user.ratings, user.rejected, rows)
    return _popularity_offset(embedding, popularity)[rows], shares


def _likely(embedding: Embedding, user: User) -> Likely:
    if embedding.likely is None:
        raise BadRequest(f"{embedding.name} was not trained for the order likely. Order by near or stars.")
    _check_liked(embedding, user)
    return embedding.likely


def _popularity_offset(embedding: Embedding, popularity: float) -> np.ndarray:
    """What popularity adds to the order `likely`, (n,); 0 at popularity 1."""
    fame = _popularity_term(embedding)
    spread = float(fame.std())
    return (popularity - 1) * STEER * (fame - fame.mean()) / spread if spread else np.zeros(len(fame))


def _check_liked(embedding: Embedding, user: User) -> None:
    """Raise BadRequest if the user liked no known item."""
    if not len(user.rows):
        raise BadRequest("Orders by liked items need the user's ratings, which are not known for this user.")
    if not liked(embedding, user).any():
        raise BadRequest(
            f"No item is rated {LIKED * scale(embedding)[1]:g} or more, so nothing counts as liked. "
            "Rate something you like, or order by predicted stars."
        )


def _liked_direction(embedding: Embedding, user: User) -> np.ndarray:
    """Weighted unit vectors of rated, then rejected items, (m + r, d) float32; their sum is the liked direction."""
    _check_liked(embedding, user)
    good = liked(embedding, user)
    if embedding.vectors.shape[1] < 2:
        raise BadRequest(f"The vectors of {embedding.name} have one dimension only. Order by predicted stars.")
    disliked = user.ratings <= DISLIKED * scale(embedding)[1]
    weights = np.where(good, 1, np.where(disliked, 0, NEITHER))
    weights = np.append(weights, np.full(len(user.rejected), -REJECTED))
    return (weights[:, None] * embedding.unit_vectors(np.append(user.rows, user.rejected))).astype(np.float32)


def _popularity_term(embedding: Embedding) -> np.ndarray:
    known = embedding.columns.numbers("popularity")
    return np.zeros(len(embedding)) if known is None else FAME * np.log(np.fmax(known, 1))


def _order(name: str) -> Order:
    if name not in ORDERS:
        raise BadRequest(f"There is no order {name!r}; choose one of {', '.join(ORDERS)}.")
    return ORDERS[name]


ORDERS = {
    "likely": Order(likely, _explain_likely),
    "near": Order(near, _explain_near, _linear_near),
    "stars": Order(predictions, _explain_stars, _linear_stars),
}
