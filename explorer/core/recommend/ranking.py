"""Recommendations for a user: the best items of an order, with their predicted ratings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from explorer.core.columns.kind import has_numbers
from explorer.core.embedding import Embedding, item_table
from explorer.core.recommend.orders import find_order, predictions
from explorer.core.recommend.steering import Steer, steering
from explorer.core.recommend.user import User, predicts, scale
from explorer.core.vectors.blocks import blocks
from explorer.core.vectors.remote import RemoteVectors
from explorer.errors import BadRequest

ADDED = ("score", "predicted", "delta", "rating", "error")  # columns of the results, which replace those of the items


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
    linear = find_order(order).linear(embedding, user, popularity) if remote else None
    if linear:
        best, score = linear.best(embedding, k, allowed)
    else:
        every = find_order(order).score(embedding, user, popularity)
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
    items = embedding.items
    if not predicts(embedding):
        return item_table(embedding.item_values, rows, {}, without=ADDED)
    stars = np.clip(predictions(embedding, user, rows=rows), *scale(embedding))
    known = has_numbers(items, "mean_rating")
    means = items["mean_rating"].to_numpy(float)[rows] if known else np.full(len(rows), np.nan)
    return item_table(embedding.item_values, rows, {"predicted": stars, "delta": stars - means}, without=ADDED)


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
