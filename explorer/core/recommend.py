"""What somebody would like: user vectors, a new user's folded in from a few ratings, predicted ratings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.core.embedding import Embedding
from explorer.errors import BadRequest

L2 = 0.05  # weight of the squared user vector a rating, where the artifact does not say what it was trained with
LIKED = 0.8  # of the highest rating
ORDERS = ("predicted", "likeness")
FAME = 0.07  # cosine that a ratings count e times as high is worth; measured in benchmarks/recommendations.py


@dataclass(frozen=True, eq=False)
class User:
    """Somebody's taste: a vector among the items, and how far above or below others they rate."""

    vector: np.ndarray  # (d,) float32
    bias: float  # stars
    rows: np.ndarray  # (m,) int64, the items they rated, where known
    ratings: np.ndarray  # (m,) float32, stars
    contributions_matrix: np.ndarray  # (d + 1, m) float32: what each rating adds to the vector and, last, to the bias


def fold_in(embedding: Embedding, rated: Iterable[tuple[str, float]], l2: float | None = None) -> User:
    """The user that these ratings would have become, every item staying as it is.

    A ridge regression: it minimizes what matrix factorization minimizes, for this user alone, in closed form
    (Koren, Bell & Volinsky 2009). rated: pairs of key and stars. l2: weight of the squared vector and bias per rating,
    by default what the artifact was trained with. Raises UnknownItem, and BadRequest for no rating, an item rated
    twice, a rating off the scale, or an embedding that was not learned from ratings.
    """
    keys, stars = _checked(embedding, rated)
    rows = embedding.index(keys)
    design = np.column_stack([embedding.vectors[rows], np.ones(len(rows))]).astype(np.float64)
    left = stars - _mean(embedding) - embedding.items["bias"].to_numpy(float)[rows]
    weight = embedding.manifest.get("params", {}).get("l2", L2) if l2 is None else l2
    normal = design.T @ design + weight * len(rows) * np.eye(design.shape[1])
    shares = np.linalg.solve(normal, design.T) * left
    taste = shares.sum(axis=1)
    return User(taste[:-1].astype(np.float32), float(taste[-1]), rows, stars.astype(np.float32), shares)


def trained_user(embedding: Embedding, number: int) -> User:
    """One of the users that the embedding was learned from, counted from 0. Raises BadRequest."""
    _mean(embedding)
    if embedding.users is None:
        raise BadRequest(f"{embedding.name} holds no user vectors; rate some items instead.")
    if not 0 <= number < len(embedding.users):
        raise BadRequest(f"There is no user {number:,}; {embedding.name} holds 0 to {len(embedding.users) - 1:,}.")
    vector = embedding.users[number]
    nothing = np.empty(0)
    return User(vector[:-1], float(vector[-1]), nothing.astype(np.int64), nothing, np.empty((len(vector), 0)))


def predictions(embedding: Embedding, user: User, popularity: float = 1.0) -> np.ndarray:
    """Predicted stars of every item, not clipped to the scale: (n,) float32.

    popularity: weight of the item bias; 1 predicts ratings, 0 leaves taste alone, 2 prefers what everybody likes.
    Raises BadRequest for an embedding that was not learned from ratings.
    """
    common = _mean(embedding) + popularity * embedding.items["bias"].to_numpy(np.float32)
    return common + embedding.vectors @ user.vector + np.float32(user.bias)


def likeness(embedding: Embedding, user: User, popularity: float = 1.0) -> np.ndarray:
    """How near every item is to what a user liked, a little more for the well-known: (n,) float.

    The cosine to the mean of the rated items' directions, those rated 4 of 5 stars or more counting three times as much
    as others, plus popularity x 0.07 x the natural logarithm of the ratings. It finds what somebody
    went on to like about three times as well as predicted stars do (benchmarks/recommendations.py), since who watches
    what says more of that than how it is rated. Raises BadRequest where no rating of the user is known.
    """
    if not len(user.rows):
        raise BadRequest("Nearness to what somebody liked needs their ratings; this user's are not known.")
    weights = 0.5 + (user.ratings >= LIKED * scale(embedding)[1])
    middle = weights @ (embedding.vectors[user.rows] / embedding.norms[user.rows, None])
    near = embedding.scores(middle.astype(np.float32))
    if "n_ratings" not in embedding.items:
        return near
    return near + popularity * FAME * np.log(np.maximum(embedding.items["n_ratings"].to_numpy(float), 1))


def recommend(
    embedding: Embedding,
    user: User,
    k: int = 10,
    mask: np.ndarray | None = None,
    popularity: float = 1.0,
    order: str = "predicted",
) -> pd.DataFrame:
    """The k best items for a user, best first, without those they rated.

    mask: (n,) bool, which items may answer. order: `predicted` stars, or `likeness` to what they liked. popularity: how
    much what everybody thinks counts in that order, as in `predictions` and `likeness`. Returns `key`, `score` (what
    the order goes by), `predicted` (stars, within the scale), `delta` (predicted less the item's mean rating), then the
    item columns. Raises BadRequest.
    """
    if k < 1:
        raise BadRequest(f"At least one item must be asked for; k is {k}.")
    if order not in ORDERS:
        raise BadRequest(f"There is no order {order!r}; choose one of {', '.join(ORDERS)}.")
    score = (predictions if order == "predicted" else likeness)(embedding, user, popularity)
    allowed = np.ones(len(embedding), bool) if mask is None else mask.copy()
    allowed[user.rows] = False
    candidates = np.flatnonzero(allowed)
    best = candidates[np.argsort(-score[candidates], kind="stable")[:k]]
    table = predicted(embedding, user, best)
    table.insert(1, "score", score[best])
    return table


def predicted(embedding: Embedding, user: User, rows: np.ndarray) -> pd.DataFrame:
    """Predictions for some rows, in their order: `key`, `predicted`, `delta`, then the item columns."""
    table = embedding.items.take(rows).reset_index(drop=True)
    stars = np.clip(predictions(embedding, user)[rows], *scale(embedding))
    mean = table["mean_rating"].to_numpy(float) if "mean_rating" in table else np.full(len(rows), np.nan)
    first = pd.DataFrame({"key": table.pop("key"), "predicted": stars, "delta": stars - mean})
    return pd.concat([first, table], axis=1)


def contributions(embedding: Embedding, user: User, key: str) -> pd.DataFrame:
    """What each rating of a folded-in user adds to the prediction for one item, in stars, the largest first.

    Columns `key`, `rating`, `contribution`; the first row, without a rating, is what anyone would be predicted
    (mean plus item bias). The column sums to the prediction before it is clipped. Raises UnknownItem.
    """
    row = int(embedding.index(key)[0])
    shares = np.append(embedding.vectors[row], 1) @ user.contributions_matrix
    order = np.argsort(-np.abs(shares), kind="stable")
    anyone = _mean(embedding) + float(embedding.items["bias"].iloc[row])
    return pd.DataFrame(
        {
            "key": ["(anyone)", *embedding.items["key"].iloc[user.rows[order]]],
            "rating": [np.nan, *user.ratings[order]],
            "contribution": [anyone, *shares[order]],
        }
    )


def nearest_to_user(embedding: Embedding, user: User, k: int = 10, mask: np.ndarray | None = None) -> pd.DataFrame:
    """The k items whose direction is nearest to the user's vector: taste alone, whatever others think of them."""
    return embedding.nearest(user.vector, k, "cosine", mask, exclude=user.rows)


def scale(embedding: Embedding) -> tuple[float, float]:
    """Lowest and highest possible rating."""
    low, high = embedding.manifest.get("scale", (0.5, 5.0))
    return float(low), float(high)


def _mean(embedding: Embedding) -> float:
    if "mean" not in embedding.manifest or "bias" not in embedding.items:
        raise BadRequest(
            f"{embedding.name} predicts no ratings. Choose an embedding whose model does, such as mf or hybrid."
        )
    return float(embedding.manifest["mean"])


def _checked(embedding: Embedding, rated: Iterable[tuple[str, float]]) -> tuple[list[str], np.ndarray]:
    _mean(embedding)
    pairs = list(rated)
    if not pairs:
        raise BadRequest("Nothing is rated yet; rate at least one item.")
    low, high = scale(embedding)
    seen: dict[str, float] = {}
    for key, stars in pairs:
        if key in seen:
            raise BadRequest(f"{key!r} is rated twice, {seen[key]:g} and {stars:g}; rate it once.")
        if not low <= stars <= high:
            raise BadRequest(f"{key!r} is rated {stars:g}; ratings here go from {low:g} to {high:g}.")
        seen[key] = stars
    return list(seen), np.array(list(seen.values()), np.float64)
