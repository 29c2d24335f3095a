"""Questions about an embedding: what is near, what an equation of items gives, what lies between two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.errors import BadRequest
from explorer.search import METRICS, Exact

if TYPE_CHECKING:
    from explorer.embedding import Embedding


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
    rows = embedding.index([a, b])
    two = Exact(embedding.vectors[rows], embedding.norms[rows])
    return {metric: float(two.scores(two.vectors[0], metric)[1]) for metric in METRICS}


def nearest(
    embedding: Embedding,
    query: np.ndarray,
    k: int = 10,
    metric: str = "cosine",
    mask: np.ndarray | None = None,
    exclude: Sequence[int] | np.ndarray = (),
) -> pd.DataFrame:
    """The k items nearest to any vector, (d,); rows in `exclude` never answer. Returns and raises as `neighbors`."""
    if embedding.map_alone:
        raise BadRequest(f"{embedding.name} is a map alone: nothing is known of what is near but where it lies.")
    if k < 1:
        raise BadRequest(f"At least one neighbor must be asked for; k is {k}.")
    if mask is not None:
        _check_mask(embedding, mask)
    left_out = np.unique(np.asarray(exclude, dtype=np.intp))
    rows, score = embedding.search.top(query, k + len(left_out), metric, mask)
    kept = np.flatnonzero(~np.isin(rows, left_out))[:k]
    return scored(embedding.items, rows[kept], score[kept])


def scored(items: pd.DataFrame, rows: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Some rows of the items in the order given, (k,) int, and their scores: `key`, `score`, then the other columns."""
    table = items.take(rows).reset_index(drop=True).assign(score=score)
    return table[["key", "score", *(c for c in table if c not in ("key", "score"))]]


def scores(embedding: Embedding, query: np.ndarray, metric: str = "cosine") -> np.ndarray:
    """Score of every item against one vector (d,): (n,) float32 in item order. Raises BadRequest."""
    return Exact(embedding.vectors, embedding.norms).scores(query, metric)


def target(embedding: Embedding, positive: Sequence[str], negative: Sequence[str] = ()) -> np.ndarray:
    """The vector an equation of items points at: mean of unit vectors, (d,) float32. Raises UnknownItem."""
    signs = np.r_[np.ones(len(positive)), -np.ones(len(negative))].astype(np.float32)
    return (signs[:, None] * unit(embedding, embedding.index([*positive, *negative]))).mean(axis=0)


def unit(embedding: Embedding, rows: np.ndarray) -> np.ndarray:
    """Vectors of some rows at length one, (len(rows), d) float32."""
    return embedding.vectors[rows] / embedding.norms[rows, None]


def _keys(keys: str | Sequence[str]) -> list[str]:
    return [keys] if isinstance(keys, str) else list(keys)


def _check_mask(embedding: Embedding, mask: np.ndarray) -> None:
    mask = np.asarray(mask)
    if mask.shape != (len(embedding),) or mask.dtype != bool:
        raise BadRequest(f"A mask is {len(embedding):,} truth values; this one is {mask.dtype} of shape {mask.shape}.")
