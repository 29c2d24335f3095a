"""Orders of recommendations: how each scores the items for a user, and how its scores are explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.core.embedding import Embedding
from explorer.core.recommend.linear_score import LinearScore
from explorer.core.recommend.user import User, mean, predicts, scale
from explorer.core.user_models.likely import REJECTED, Likely
from explorer.errors import BadRequest

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


def predictions(
    embedding: Embedding, user: User, popularity: float = 1.0, rows: np.ndarray | slice = np.s_[:]
) -> np.ndarray:
    """Predicted stars of some items, by default all, not clipped to the rating scale: (len(rows),) float32.

    popularity: weight of the item bias; 1 predicts ratings, 0 uses taste alone, 2 favors well-liked items. Raises
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


def _explain_stars(
    embedding: Embedding, user: User, popularity: float, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    nothing = np.zeros((len(rows), len(user.rejected)))
    bias, vectors = embedding.items["bias"].to_numpy(float)[rows], np.asarray(embedding.vectors[rows])
    if embedding.network:
        ratings = user.contributions_matrix[:-1]
        found = [embedding.network.shares(user.vector, ratings, vector) for vector in vectors]
        without, added = np.array([output for output, _ in found]), np.array([parts for _, parts in found])
        return mean(embedding) + (popularity - 1) * bias + without, np.column_stack([added, nothing])
    design = np.column_stack([vectors, np.ones(len(rows))])
    anyone = mean(embedding) + popularity * bias + design @ np.broadcast_to(user.start, design.shape[1])
    return anyone, np.column_stack([design @ user.contributions_matrix, nothing])


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


def _explain_near(
    embedding: Embedding, user: User, popularity: float, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    parts = _liked_direction(embedding, user)
    length = np.linalg.norm(parts.sum(axis=0)) or 1.0
    return popularity * _popularity_term(embedding)[rows], embedding.unit_vectors(rows) @ parts.T / length


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


def likely(embedding: Embedding, user: User, popularity: float = 1.0) -> np.ndarray:
    """How likely every item is to be liked next, given the user's ratings: (n,) float, in standard deviations.

    The score of user_models.likely, learned from who liked what. Of all orders it finds most of what people went on to
    like (benchmarks/recommendations.py). popularity: 1 leaves the trained score; each step above adds half the
    standardized logarithm of the item's number of ratings. Raises BadRequest if no rating of the user is known, none is
    liked, or the artifact was not trained for this order.
    """
    scores = _likely(embedding, user).scores(user.rows, user.ratings, user.rejected)
    return scores + _popularity_offset(embedding, popularity)


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


ORDERS = {
    "likely": Order(likely, _explain_likely),
    "near": Order(near, _explain_near, _linear_near),
    "stars": Order(predictions, _explain_stars, _linear_stars),
}


def orders_for(embedding: Embedding, user: User) -> list[str]:
    """The orders of ORDERS that are available for a user, the best first.

    `likely` and `near` need a liked item, `likely` an artifact trained for it, `stars` one that predicts ratings.
    """
    some = bool(liked(embedding, user).any())
    can = {"likely": some and embedding.likely is not None, "near": some and embedding.vectors.shape[1] > 1,
           "stars": predicts(embedding)}  # fmt: skip
    return [name for name in ORDERS if can.get(name, True)]


def find_order(name: str) -> Order:
    """The order of that name. Raises BadRequest, which lists all."""
    if name not in ORDERS:
        raise BadRequest(f"There is no order {name!r}; choose one of {', '.join(ORDERS)}.")
    return ORDERS[name]
