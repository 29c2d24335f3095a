"""Recommendations: items near what a user liked, or with the highest predicted ratings, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.core.columns.kind import has_numbers
from explorer.core.embedding import Embedding
from explorer.core.fold_in import User, fold_in, mean, predicts, reject, scale, trained_user, user_without_model
from explorer.core.likely import REJECTED, Likely
from explorer.core.steering import Steer, steering
from explorer.core.suggestions import suggestions
from explorer.errors import BadRequest

__all__ = [
    "ORDERS", "Steer", "User", "contributions", "direction", "fold_in", "liked", "likely", "near", "nearest_to_user",
    "orders_for", "predicted", "predictions", "predicts", "rated_table", "recommend", "reject", "scale", "suggestions",
    "trained_user", "user_without_model",
]  # fmt: skip

LIKED, DISLIKED = 0.8, 0.4  # of the highest rating: 4 of 5 stars and more are liked, 2 and less disliked
NEITHER = 1 / 3  # weight of an item that is neither, beside 1 of a liked one and 0 of a disliked one
STEER = 0.5  # standard deviations of the order `likely` that popularity adds per step
FAME = 0.07  # cosine that a ratings count e times as high is worth; measured in benchmarks/recommendations.py


@dataclass(frozen=True)
class Order:
    """A way to rank items for a user: the score, and what it consists of.

    score: (embedding, user, popularity) -> (n,) float. explain: the same and a row -> the part of that item's score
    that is equal for everybody, and what each rating of the user and each rejected item adds, (m + r,); together they
    sum to the score.
    """

    score: Callable[[Embedding, User, float], np.ndarray]
    explain: Callable[[Embedding, User, float, int], tuple[float, np.ndarray]]


def predictions(embedding: Embedding, user: User, popularity: float = 1.0) -> np.ndarray:
    """Predicted stars of every item, not clipped to the scale: (n,) float32.

    popularity: weight of the item bias; 1 predicts ratings, 0 leaves taste alone, 2 prefers what everybody likes.
    Raises BadRequest for an embedding that predicts no ratings.
    """
    bias = embedding.items["bias"].to_numpy(np.float32)
    if embedding.network:  # what it predicts holds the bias already
        return mean(embedding) + (popularity - 1) * bias + embedding.network.scores(user.vector, embedding.vectors)
    common = mean(embedding) + popularity * bias
    return common + embedding.vectors @ user.vector + np.float32(user.bias)


def liked(embedding: Embedding, user: User) -> np.ndarray:
    """Which of the user's ratings are at least 4 of 5 stars (80% of the highest rating): (m,) bool."""
    return user.ratings >= LIKED * scale(embedding)[1]


def near(embedding: Embedding, user: User, popularity: float = 1.0) -> np.ndarray:
    """Cosine of every item to what a user liked, plus a little for the well-known: (n,) float.

    The cosine is to the mean direction of what was rated: liked items (4 of 5 stars or more) count 1, those between 2
    and 4 stars a third, as they were chosen too, disliked ones (2 or less) nothing, and rejected ones against. Added is
    popularity x 0.07 x the natural logarithm of the item's number of ratings. It finds what people went on to like
    about three times as well as predicted stars do (benchmarks/recommendations.py). Raises BadRequest where no rating
    of the user is known, none is liked, or vectors have one dimension only.
    """
    return embedding.scores(_liked_direction(embedding, user).sum(axis=0)) + popularity * _fame(embedding)


def likely(embedding: Embedding, user: User, popularity: float = 1.0) -> np.ndarray:
    """How likely every item is to be liked next, given what the user liked so far: (n,) float, in standard deviations.

    The score of core.likely, learned from who liked what; of all orders it finds most of what people went on to like
    (benchmarks/recommendations.py). With popularity at 1 it is as trained; each step above adds half the standardized
    logarithm of the item's number of ratings. Raises BadRequest where no rating of the user is known or none is liked,
    or the artifact was not trained for it.
    """
    scores = _likely(embedding, user).scores(user.rows, user.ratings, user.rejected)
    return scores + _steered(embedding, popularity)


def orders_for(embedding: Embedding, user: User) -> list[str]:
    """The orders of ORDERS that this user can be given, the best first.

    `likely` and `near` need something they liked, `likely` an artifact that was trained for it, `stars` one that
    predicts ratings.
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
    """The k best items for a user, best first, without those they are known to have rated or rejected.

    mask: (n,) bool, which items may answer. order: `likely` to be liked, `near` what they liked, or predicted `stars`.
    popularity: how much popularity counts in that order, as in `likely`, `near` and `predictions`. steer: what is
    wanted more or less, in any order. Returns `key`, `score` (what the order goes by), `predicted` (stars, within the
    scale), `delta` (predicted less the item's mean rating), then the item columns. Raises BadRequest.
    """
    if k < 1:
        raise BadRequest(f"At least one item must be asked for; k is {k}.")
    score = _order(order).score(embedding, user, popularity)
    if steer:
        score = score + score.std() * steering(embedding, steer).sum(axis=1)
    allowed = np.ones(len(embedding), bool) if mask is None else mask.copy()
    allowed[user.rows] = False
    allowed[user.rejected] = False
    candidates = np.flatnonzero(allowed)
    best = candidates[np.argsort(-score[candidates], kind="stable")[:k]]
    table = predicted(embedding, user, best)
    table.insert(1, "score", score[best])
    return table


def predicted(embedding: Embedding, user: User, rows: np.ndarray) -> pd.DataFrame:
    """Predictions for some rows, in their order: `key`, `predicted`, `delta`, then the item columns.

    Where the embedding predicts no ratings, only `key` and the item columns.
    """
    table = embedding.items.take(rows).reset_index(drop=True)
    if not predicts(embedding):
        return pd.concat([pd.DataFrame({"key": table.pop("key")}), table], axis=1)
    stars = np.clip(predictions(embedding, user)[rows], *scale(embedding))
    means = table["mean_rating"].to_numpy(float) if has_numbers(table, "mean_rating") else np.full(len(rows), np.nan)
    first = pd.DataFrame({"key": table.pop("key"), "predicted": stars, "delta": stars - means})
    return pd.concat([first, table], axis=1)


def rated_table(embedding: Embedding, user: User) -> pd.DataFrame:
    """What a user rated beside what is predicted for them, the most surprising first.

    Columns `key`, `rating`, `predicted` (stars, within the scale), `error` (rating less predicted), `delta` (predicted
    less the item's mean rating), then the item columns, such as `n_ratings` and `mean_rating`. Of a user that the model
    was trained on, the predictions are of ratings it has seen. Raises BadRequest.
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

    The score is that of the same order, popularity and steer in `recommend`: stars for `stars`, cosine for `near`,
    standard deviations for `likely`. Columns `key`, `rating`, `contribution`. Rows without a rating: the first,
    `(anyone)`, is the part that is the same for everybody (mean and item bias for `stars`, popularity for the others);
    then one a steer, such as `(more genres Comedy)`; and, among the ratings, items that the user rejected. The column
    sums to the score. Raises UnknownItem.
    """
    row = int(embedding.index(key)[0])
    anyone, shares = _order(order).explain(embedding, user, popularity, row)
    known = np.append(user.rows, user.rejected)
    ratings = np.append(user.ratings, np.full(len(user.rejected), np.nan))
    largest = np.argsort(-np.abs(shares), kind="stable")
    steered = np.zeros(0)
    if steer:
        steered = _order(order).score(embedding, user, popularity).std() * steering(embedding, steer)[row]
    return pd.DataFrame(
        {
            "key": ["(anyone)", *(f"({one.text})" for one in steer), *embedding.items["key"].iloc[known[largest]]],
            "rating": [np.nan, *(np.nan for _ in steer), *ratings[largest]],
            "contribution": [anyone, *steered, *shares[largest]],
        }
    )


def nearest_to_user(embedding: Embedding, user: User, k: int = 10, mask: np.ndarray | None = None) -> pd.DataFrame:
    """The k items nearest to the user's direction; biases do not count."""
    return embedding.nearest(direction(embedding, user), k, "cosine", mask, exclude=user.rows)


def direction(embedding: Embedding, user: User) -> np.ndarray:
    """Where predicted ratings grow among the item vectors, (d,) float32: the user's vector, as ratings go by the dot
    product; of a network, that of linear regression of the predictions on the item vectors."""
    if not embedding.network:
        return user.vector
    design = np.column_stack([embedding.vectors, np.ones(len(embedding))])
    found = np.linalg.lstsq(design, embedding.network.scores(user.vector, embedding.vectors), rcond=None)[0]
    return found[:-1].astype(np.float32)


def _explain_stars(embedding: Embedding, user: User, popularity: float, row: int) -> tuple[float, np.ndarray]:
    nothing = np.zeros(len(user.rejected))
    if embedding.network:
        extra = mean(embedding) + (popularity - 1) * float(embedding.items["bias"].iloc[row])
        without, added = embedding.network.shares(
            user.vector, user.contributions_matrix[:-1], np.asarray(embedding.vectors[row])
        )
        return extra + without, np.append(added, nothing)
    design = np.append(embedding.vectors[row], 1)
    common = mean(embedding) + popularity * float(embedding.items["bias"].iloc[row])
    anyone = common + float(design @ np.broadcast_to(user.start, len(design)))
    return anyone, np.append(design @ user.contributions_matrix, nothing)


def _explain_near(embedding: Embedding, user: User, popularity: float, row: int) -> tuple[float, np.ndarray]:
    parts = _liked_direction(embedding, user)
    length = np.linalg.norm(parts.sum(axis=0)) or 1.0
    return popularity * float(_fame(embedding)[row]), parts @ embedding.unit_vectors(np.array([row]))[0] / length


def _explain_likely(embedding: Embedding, user: User, popularity: float, row: int) -> tuple[float, np.ndarray]:
    shares = _likely(embedding, user).contributions(user.rows, user.ratings, user.rejected)
    return float(_steered(embedding, popularity)[row]), shares[row]


def _likely(embedding: Embedding, user: User) -> Likely:
    if embedding.likely is None:
        raise BadRequest(f"{embedding.name} was not trained for the order likely. Order by near or stars.")
    _check_liked(embedding, user)
    return embedding.likely


def _steered(embedding: Embedding, popularity: float) -> np.ndarray:
    """What popularity adds to the order `likely` beyond what it has by itself, (n,)."""
    fame = _fame(embedding)
    spread = float(fame.std())
    return (popularity - 1) * STEER * (fame - fame.mean()) / spread if spread else np.zeros(len(fame))


def _check_liked(embedding: Embedding, user: User) -> None:
    """Raises BadRequest where nothing is known that the user liked."""
    if not len(user.rows):
        raise BadRequest("An order by what somebody liked needs their ratings; this user's are not known.")
    if not liked(embedding, user).any():
        raise BadRequest(
            f"Nothing is rated {LIKED * scale(embedding)[1]:g} or more, so there is nothing to be near to. "
            "Rate something you like, or order by predicted stars."
        )


def _liked_direction(embedding: Embedding, user: User) -> np.ndarray:
    """Unit vectors of rated, then rejected items by their weight, (m + r, d) float32; they sum to what was liked."""
    _check_liked(embedding, user)
    good = liked(embedding, user)
    if embedding.vectors.shape[1] < 2:
        raise BadRequest(f"The vectors of {embedding.name} have no direction to be near to. Order by predicted stars.")
    disliked = user.ratings <= DISLIKED * scale(embedding)[1]
    weights = np.where(good, 1, np.where(disliked, 0, NEITHER))
    weights = np.append(weights, np.full(len(user.rejected), -REJECTED))
    return (weights[:, None] * embedding.unit_vectors(np.append(user.rows, user.rejected))).astype(np.float32)


def _fame(embedding: Embedding) -> np.ndarray:
    known = embedding.columns.numbers("popularity")
    return np.zeros(len(embedding)) if known is None else FAME * np.log(np.fmax(known, 1))


def _order(name: str) -> Order:
    if name not in ORDERS:
        raise BadRequest(f"There is no order {name!r}; choose one of {', '.join(ORDERS)}.")
    return ORDERS[name]


ORDERS = {
    "likely": Order(likely, _explain_likely),
    "near": Order(near, _explain_near),
    "stars": Order(predictions, _explain_stars),
}
