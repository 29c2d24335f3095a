"""Questions about an embedding: what is near, what an equation of items gives, what lies between two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.errors import BadRequest

if TYPE_CHECKING:
    from explorer.embedding import Embedding

METRICS = ("cosine", "dot", "euclidean")


def neighbors(
    embedding: Embedding, key: str, k: int = 10, metric: str = "cosine", mask: np.ndarray | None = None
) -> pd.DataFrame:
    """The k items nearest to one item, which is left out itself.

    metric: `cosine` and `dot` (higher is nearer), or `euclidean` (a distance: lower is nearer).
    mask: (n,) bool, which items may answer. Returns at most k rows, best first: `key`, `score`, then the item columns.
    Cosine equals gensim's `KeyedVectors.most_similar`. Raises UnknownItem, BadRequest.
    """
    row = embedding.index(key)
    return nearest(embedding, embedding.vectors[row[0]], k, metric, mask, exclude=row)


def analogy(
    embedding: Embedding,
    positive: str | Sequence[str],
    negative: str | Sequence[str] = (),
    k: int = 10,
    mask: np.ndarray | None = None,
) -> pd.DataFrame:
    """The k items whose direction is nearest to positive minus negative, which are left out themselves.

    Each item counts with its unit vector (twice when named twice), as in 3CosAdd of Mikolov et al. 2013 (Linguistic
    Regularities in Continuous Space Word Representations) and gensim's `most_similar`. Returns as `neighbors` does.
    Raises UnknownItem, and BadRequest when nothing is asked or an item stands on both sides.
    """
    plus, minus = _keys(positive), _keys(negative)
    if not plus and not minus:
        raise BadRequest("An analogy needs at least one item; none was given.")
    both = sorted(set(plus) & set(minus))
    if both:
        raise BadRequest(f"{both[0]!r} is both added and taken away; name it on one side only.")
    return nearest(embedding, target(embedding, plus, minus), k, mask=mask, exclude=embedding.index(plus + minus))


def between(
    embedding: Embedding, a: str, b: str, k: int = 10, mask: np.ndarray | None = None, at: float = 0.5
) -> pd.DataFrame:
    """The k items nearest to a point on the way from item a (at=0) to item b (at=1), both left out.

    The point is the weighted mean of the two unit vectors; at 0.5 this is `analogy([a, b])`.
    Returns as `neighbors` does, by cosine, with the columns `to_a` and `to_b` (cosine to each end) after `score`.
    Raises UnknownItem, BadRequest.
    """
    if a == b:
        raise BadRequest(f"Between {a!r} and itself there is nothing; choose two items.")
    if not 0 <= at <= 1:
        raise BadRequest(f"The place between two items goes from 0 to 1; {at} is outside.")
    rows = embedding.index([a, b])
    ends = unit(embedding, rows)
    table = nearest(embedding, (1 - at) * ends[0] + at * ends[1], k, mask=mask, exclude=rows)
    to_ends = unit(embedding, embedding.index(table["key"])) @ ends.T
    table.insert(2, "to_a", to_ends[:, 0])
    table.insert(3, "to_b", to_ends[:, 1])
    return table


def compare(embedding: Embedding, a: str, b: str) -> dict[str, float]:
    """How alike two items are by every metric: `cosine`, `dot`, `euclidean` (a distance). Raises UnknownItem."""
    row = embedding.index(b)[0]
    return {metric: float(scores(embedding, embedding.vector(a), metric)[row]) for metric in METRICS}


def nearest(
    embedding: Embedding,
    query: np.ndarray,
    k: int = 10,
    metric: str = "cosine",
    mask: np.ndarray | None = None,
    exclude: Sequence[int] | np.ndarray = (),
) -> pd.DataFrame:
    """The k items nearest to any vector, (d,); rows in `exclude` never answer. Returns and raises as `neighbors`."""
    if k < 1:
        raise BadRequest(f"At least one neighbor must be asked for; k is {k}.")
    score = scores(embedding, query, metric)
    allowed = np.ones(len(embedding), bool) if mask is None else _mask(embedding, mask)
    allowed[np.asarray(exclude, dtype=np.intp)] = False
    candidates = np.flatnonzero(allowed)
    order = -score[candidates] if metric != "euclidean" else score[candidates]
    best = np.argpartition(order, k - 1)[:k] if k < len(candidates) else np.arange(len(candidates))
    best = candidates[best[np.argsort(order[best], kind="stable")]]
    return scored(embedding.items, best, score)


def scored(items: pd.DataFrame, rows: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Some rows of the items in the order given: `key`, `score`, then the other columns.

    rows: (k,) int. score: (n,), one for each item.
    """
    table = items.take(rows).reset_index(drop=True).assign(score=score[rows])
    return table[["key", "score", *(c for c in table if c not in ("key", "score"))]]


def scores(embedding: Embedding, query: np.ndarray, metric: str = "cosine") -> np.ndarray:
    """Score of every item against one vector (d,): (n,) float32 in item order. Raises BadRequest."""
    if metric not in METRICS:
        raise BadRequest(f"There is no metric {metric!r}; choose one of {', '.join(METRICS)}.")
    query = np.asarray(query, dtype=np.float32)
    if query.shape != embedding.vectors.shape[1:]:
        raise BadRequest(f"The vector has shape {query.shape}; this embedding has {embedding.vectors.shape[1:]}.")
    if metric == "euclidean":
        return np.linalg.norm(embedding.vectors - query, axis=1)
    dots = embedding.vectors @ query
    return dots if metric == "dot" else dots / embedding.norms / (np.linalg.norm(query) or 1)


def target(embedding: Embedding, positive: Sequence[str], negative: Sequence[str] = ()) -> np.ndarray:
    """The vector an equation of items points at: mean of unit vectors, (d,) float32. Raises UnknownItem."""
    signs = np.r_[np.ones(len(positive)), -np.ones(len(negative))].astype(np.float32)
    return (signs[:, None] * unit(embedding, embedding.index([*positive, *negative]))).mean(axis=0)


def unit(embedding: Embedding, rows: np.ndarray) -> np.ndarray:
    """Vectors of some rows at length one, (len(rows), d) float32."""
    return embedding.vectors[rows] / embedding.norms[rows, None]


def _keys(keys: str | Sequence[str]) -> list[str]:
    return [keys] if isinstance(keys, str) else list(keys)


def _mask(embedding: Embedding, mask: np.ndarray) -> np.ndarray:
    mask = np.array(mask)
    if mask.shape != (len(embedding),) or mask.dtype != bool:
        raise BadRequest(f"A mask is {len(embedding):,} truth values; this one is {mask.dtype} of shape {mask.shape}.")
    return mask
