"""A user's taste among the items of an embedding, and the ratings an embedding predicts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from explorer.core.columns.kind import has_numbers
from explorer.core.embedding import Embedding
from explorer.errors import BadRequest

WITHOUT_RATINGS = (0.5, 5.0)  # rating scale if an artifact has none; a like is the highest rating
IMPLICIT = "als-implicit"  # the model of interactions that stores user vectors


@dataclass(frozen=True, eq=False)
class User:
    """A user's taste: their vector among the items, and their bias (how much higher or lower than others they rate)."""

    vector: np.ndarray  # (d,) float32
    bias: float  # stars
    rows: np.ndarray  # (m,) int64, the rated items; empty if unknown
    ratings: np.ndarray  # (m,) float32, stars
    contributions_matrix: np.ndarray  # (d + 1, m): what each rating adds to the vector and (last row) to the bias
    start: np.ndarray | float = 0.0  # (d + 1,): vector and bias before any rating
    rejected: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))  # (r,) rejected items


def trained_user(embedding: Embedding, number: int, rated: Iterable[tuple[str, float]] = ()) -> User:
    """A user of the training data, numbered from 0.

    rated: pairs of key and stars, the user's ratings if known; vector and bias stay those of the training. Raises
    BadRequest, and UnknownItem.
    """
    if not ranks_for_users(embedding):
        mean(embedding)
    if embedding.users is None:
        raise BadRequest(f"{embedding.name} has no user vectors; rate some items instead.")
    if not 0 <= number < len(embedding.users):
        raise BadRequest(f"There is no user {number:,}; {embedding.name} has users 0 to {len(embedding.users) - 1:,}.")
    vector = embedding.users[number]
    pairs = list(rated)
    rows, stars = embedding.index([key for key, _ in pairs]), np.array([rating for _, rating in pairs], np.float32)
    return User(vector[:-1], float(vector[-1]), rows, stars, np.zeros((len(vector), len(rows))), vector)


def user_without_model(embedding: Embedding, rated: Iterable[tuple[str, float]]) -> User:
    """A user of an embedding that predicts no ratings; the orders `near` and, if trained, `likely` work for them.

    rated: pairs of key and stars. The user vector is the mean of the unit vectors of the rated items. Raises
    UnknownItem.
    """
    pairs = list(rated)
    rows, stars = embedding.index([key for key, _ in pairs]), np.array([rating for _, rating in pairs], np.float32)
    vector = embedding.unit_vectors(rows).mean(axis=0).astype(np.float32)
    return User(vector, 0.0, rows, stars, np.zeros((len(vector) + 1, len(rows))))


def reject(embedding: Embedding, user: User, keys: Iterable[str]) -> User:
    """Copy of a user with rejected items, which are never recommended again.

    In the orders `likely` and `near`, similar items also score lower. Predicted stars do not change, as nothing was
    rated. If an item is both rated and rejected, the rating counts. Raises UnknownItem.
    """
    rows = np.unique(embedding.index(list(keys)))
    return replace(user, rejected=np.setdiff1d(rows, user.rows))


def predicts(embedding: Embedding) -> bool:
    """Whether an embedding predicts ratings."""
    return "mean" in embedding.manifest and has_numbers(embedding.items, "bias")


def ranks_for_users(embedding: Embedding) -> bool:
    """Whether vectors of training users are stored whose products with item vectors rank the items for them.

    So do those of a model that predicts ratings, and of implicit ALS (Hu, Koren & Volinsky 2008).
    """
    return embedding.users is not None and (predicts(embedding) or embedding.manifest.get("model") == IMPLICIT)


def scale(embedding: Embedding) -> tuple[float, float]:
    """Lowest and highest possible rating."""
    low, high = embedding.manifest.get("scale", WITHOUT_RATINGS)
    return float(low), float(high)


def mean(embedding: Embedding) -> float:
    """Mean of the training ratings. Raises BadRequest for an embedding that predicts no ratings."""
    if not predicts(embedding):
        if embedding.manifest.get("model") == "deep":
            raise BadRequest(
                f"{embedding.name} was stored without its network, by an older version. Train it again to predict."
            )
        raise BadRequest(
            f"{embedding.name} predicts no ratings. Choose an embedding whose model does, such as mf or hybrid."
        )
    return float(embedding.manifest["mean"])
