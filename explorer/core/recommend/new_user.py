"""Fold-in: the vector that a rating model would have learned for a new user, from a few ratings."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from explorer.core.embedding import Embedding
from explorer.core.normal_equations import solve
from explorer.core.recommend.user import User, mean, scale
from explorer.core.user_models.prior import USER_DAMPING, UserPrior
from explorer.errors import BadRequest

L2 = 0.05  # weight of the squared user vector per rating, if the artifact does not name the one of its training
STARTS = 1000  # most users of the training data tried as start of the search for a new user's vector
Solver = Callable[[np.ndarray, float], np.ndarray]  # vectors (m, d) and l2 -> contributions per unit of residual


def fold_in(embedding: Embedding, rated: Iterable[tuple[str, float]], l2: float | None = None) -> User:
    """Compute the user that the model would have learned from these ratings, with all items fixed.

    Minimizes the model's training objective over this user alone, in closed form (Koren, Bell & Volinsky 2009). What is
    estimated depends on the model: vector and bias for `mf`, `hybrid` and unknown models; the vector for `dot`; a
    damped bias, then the vector, for `als`; the damped bias for `bias`; nothing for `item-mean` and `global-mean`,
    which predict the same for everybody. If the artifact stores the model's prior on users, that is used. For a network
    the vector is found iteratively; see Network.user.

    rated: pairs of key and stars. l2: weight of the squared parameters per rating; by default that of the training.
    Raises UnknownItem, and BadRequest for no rating, an item rated twice, a rating off the scale, an embedding that
    predicts no ratings, or a model that cannot fold in (`svdpp` of an older artifact, without implicit item vectors).
    """
    keys, stars = _validate_ratings(embedding, rated)
    rows = embedding.index(keys)
    residual = stars - mean(embedding) - embedding.items["bias"].to_numpy(float)[rows]
    vectors = np.asarray(embedding.vectors[rows], np.float64)
    if embedding.network:
        return _of_network(embedding, rows, stars)
    settings = embedding.manifest.get("fold_in")
    if settings is not None and l2 is None:
        prior = UserPrior.read(embedding.name, settings, embedding.model, embedding.vectors.shape)
        start, shares = prior.posterior(rows, vectors, residual)
    else:
        weight = embedding.manifest.get("params", {}).get("l2", L2) if l2 is None else l2
        start, shares = np.zeros(vectors.shape[1] + 1), _solver(embedding)(vectors, float(weight)) * residual
    taste = start + shares.sum(axis=1)
    return User(taste[:-1].astype(np.float32), float(taste[-1]), rows, stars.astype(np.float32), shares, start)


def _of_network(embedding: Embedding, rows: np.ndarray, stars: np.ndarray) -> User:
    assert embedding.network
    known = None if embedding.users is None else np.asarray(embedding.users)[:: 1 + len(embedding.users) // STARTS, :-1]
    vector, parts = embedding.network.user(embedding.vectors[rows], stars - mean(embedding), known)
    shares = np.vstack([parts, np.zeros(len(rows))])
    return User(vector.astype(np.float32), 0.0, rows, stars.astype(np.float32), shares)


def _vector_and_bias(vectors: np.ndarray, l2: float) -> np.ndarray:
    return _ridge(np.column_stack([vectors, np.ones(len(vectors))]), l2)


def _vector_alone(vectors: np.ndarray, l2: float) -> np.ndarray:
    return np.vstack([_ridge(vectors, l2), np.zeros(len(vectors))])


def _bias_alone(vectors: np.ndarray, _: float) -> np.ndarray:
    shares = np.zeros((vectors.shape[1] + 1, len(vectors)))
    shares[-1] = 1 / (len(vectors) + USER_DAMPING)
    return shares


def _bias_then_vector(vectors: np.ndarray, l2: float) -> np.ndarray:
    shares = _bias_alone(vectors, l2)
    shares[:-1] = _ridge(vectors, l2) @ (np.eye(len(vectors)) - shares[-1])
    return shares


def _nothing(vectors: np.ndarray, _: float) -> np.ndarray:
    return np.zeros((vectors.shape[1] + 1, len(vectors)))


def _ridge(design: np.ndarray, l2: float) -> np.ndarray:
    """Matrix (columns, m) that maps residuals to the ridge solution; l2 counts once per rating."""
    rows, columns = design.shape
    if columns > rows:  # the dual problem has fewer equations
        return solve(design @ design.T + l2 * rows * np.eye(rows), design).T
    return solve(design.T @ design + l2 * rows * np.eye(columns), design.T)


SOLVERS: dict[str, Solver | None] = {  # by the manifest's model; None: cannot fold in
    "als": _bias_then_vector,
    "bias": _bias_alone,
    "dot": _vector_alone,
    "global-mean": _nothing,
    "hybrid": _vector_and_bias,
    "item-mean": _nothing,
    "mf": _vector_and_bias,
    "svdpp": None,
}


def _solver(embedding: Embedding) -> Solver:
    model = str(embedding.manifest.get("model"))
    solver = SOLVERS.get(model, _vector_and_bias)
    if solver is None:
        raise BadRequest(
            f"{embedding.name} was trained by {model}, which cannot fold in a new user: its implicit item vectors "
            "are not stored. Train it again, or choose another embedding."
        )
    return solver


def _validate_ratings(embedding: Embedding, rated: Iterable[tuple[str, float]]) -> tuple[list[str], np.ndarray]:
    mean(embedding)
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
