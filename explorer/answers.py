"""Answers to questions about an embedding, as documents: the same for the command line, the API and agents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from explorer import artifacts
from explorer.core import recommend as taste
from explorer.core.columns import Range
from explorer.core.directions.column_direction import without_column
from explorer.core.embedding import Embedding
from explorer.core.text.item_search import find_items
from explorer.errors import BadArtifact, BadRequest, closest

SHOWN = 0.005  # smallest contribution of a rating that is named as a reason
REASONS = 2  # ratings named per recommendation
MOST = 1000  # items in one answer
MEASURED = ["what", "measure", "value", "strength", "end", "p"]  # columns of Factors.goes_with


@dataclass(frozen=True)
class Answer:
    """A table of items, best first, and the question it answers."""

    asked: Mapping[str, Any]
    found: pd.DataFrame

    @property
    def document(self) -> dict[str, Any]:
        """The question, and the items as `results`; values are those of JSON."""
        return {**self.asked, "results": records(self.found)}


@dataclass(frozen=True)
class Filter:
    """The items to answer with, and the columns to remove from the vectors.

    where: an SQL condition on the columns. min_ratings: least value of the column with the role popularity. without:
    columns, or column=value, whose linear effect is removed from the vectors.
    """

    where: str = ""
    min_ratings: float = 0
    without: Sequence[str] = ()

    def apply(self, embedding: Embedding) -> tuple[Embedding, np.ndarray]:
        """The embedding without those columns, and the items that remain: (n,) bool. Raises BadRequest."""
        for text in self.without:
            name, _, value = (text, "", "") if text in embedding.schema else text.rpartition("=")
            embedding = without_column(embedding, name or text, value or None)
        popularity = embedding.schema.by_role("popularity")
        choices = {popularity.name: Range(low=self.min_ratings)} if popularity and self.min_ratings > 0 else {}
        return embedding, embedding.columns.filtered(choices, self.where).mask


EVERYTHING = Filter()


def summaries() -> list[dict[str, Any]]:
    """Each artifact's name, items, dimensions, model, date and dataset; of one that cannot be read, name and error."""
    return [_summary(name) for name in artifacts.list_artifacts()]


def check_listed(name: str) -> None:
    """Raises BadArtifact for a name that `list_artifacts` does not return, such as a path."""
    names = artifacts.list_artifacts()
    if name not in names:
        near = ", ".join(closest(name, names) or names[:3])
        raise BadArtifact(f"There is no artifact {name!r}." + (f" Did you mean: {near}?" if near else ""))


def describe(embedding: Embedding) -> dict[str, Any]:
    """Size, columns, layouts and manifest of an embedding."""
    size = {"items": len(embedding), "dimensions": embedding.vectors.shape[1], "digest": embedding.digest}
    layouts = {method: list(xy.shape) for method, xy in embedding.layouts.items()}
    described = {**embedding.schema.document(), "layouts": layouts}
    return {"artifact": embedding.name, **size, **described, "manifest": embedding.manifest}


def neighbors(
    embedding: Embedding, key: str, k: int = 10, metric: str = "cosine", among: Filter = EVERYTHING
) -> Answer:
    """The k items nearest to one item; see Embedding.neighbors."""
    adjusted, mask = among.apply(embedding)
    found = adjusted.neighbors(key, k, metric, mask)
    return Answer({"artifact": embedding.name, "key": key, "metric": metric}, found)


def analogy(
    embedding: Embedding,
    positive: Sequence[str],
    negative: Sequence[str] = (),
    k: int = 10,
    among: Filter = EVERYTHING,
) -> Answer:
    """The k items nearest to a sum of items; see Embedding.analogy."""
    adjusted, mask = among.apply(embedding)
    found = adjusted.analogy(positive, negative, k, mask)
    return Answer({"artifact": embedding.name, "positive": list(positive), "negative": list(negative)}, found)


def between(embedding: Embedding, a: str, b: str, k: int = 10, at: float = 0.5, among: Filter = EVERYTHING) -> Answer:
    """The k items between two items; see Embedding.between."""
    adjusted, mask = among.apply(embedding)
    found = adjusted.between(a, b, k, mask, at)
    return Answer({"artifact": embedding.name, "a": a, "b": b, "at": at}, found)


def nearest(
    embedding: Embedding,
    vectors: Sequence[Sequence[float]],
    k: int = 10,
    metric: str = "cosine",
    among: Filter = EVERYTHING,
) -> list[Answer]:
    """The k items nearest to each vector of the embedding's dimensions. Raises BadRequest."""
    adjusted, mask = among.apply(embedding)
    answers = []
    for vector in vectors:
        with np.errstate(over="ignore"):
            query = np.asarray(vector, np.float32)
        if not np.isfinite(query).all():
            raise BadRequest("The vector contains a number that is not finite in float32.")
        found = adjusted.nearest(query, k, metric, mask)
        answers.append(Answer({"artifact": embedding.name, "metric": metric}, found))
    return answers


def item(embedding: Embedding, key: str) -> dict[str, Any]:
    """The columns of one item and its vector. Raises UnknownItem."""
    row = embedding.index(key)
    (about,) = records(embedding.items.iloc[row])
    return {"artifact": embedding.name, **about, "vector": embedding.vectors[row][0].tolist()}


def items(
    embedding: Embedding, search: str = "", where: str = "", limit: int = 100, after: str | None = None
) -> dict[str, Any]:
    """A page of items in the order of the artifact, or the best matches of a search first.

    limit: at most MOST. after: the key of the last item of the page before. Returns `results`, and `next`: the value of
    `after` for the next page, None for the last. Raises BadRequest, UnknownItem.
    """
    if not 1 <= limit <= MOST:
        raise BadRequest(f"limit is {limit}; it must be from 1 to {MOST:,}.")
    rows = np.flatnonzero(embedding.where(where)) if where else np.arange(len(embedding))
    if search:
        allowed = set(rows.tolist())
        rows = np.array([m.row for m in find_items(embedding, search, len(embedding)) if m.row in allowed], np.int64)
    if after is not None:
        last = np.flatnonzero(rows == embedding.index(after)[0])
        if not len(last):
            raise BadRequest(f"{after!r} is not among these items, so no page follows it.")
        rows = rows[last[0] + 1 :]
    page = embedding.items.iloc[rows[:limit]]
    following = str(page["key"].iloc[-1]) if len(rows) > limit else None
    return {"artifact": embedding.name, "results": records(page), "next": following}


def factors(embedding: Embedding, n: int = 1000, n_factors: int = 10, k: int = 5, where: str = "") -> dict[str, Any]:
    """The directions in which the n best-known items differ most, and k items at both ends of each."""
    from explorer.core.directions.factors import factors as find

    found = find(embedding, n, n_factors, embedding.where(where) if where else None)
    axes = []
    for number, share in enumerate(found.explained, start=1):
        low, high = found.extremes(number, k)
        ends = {"low": records(low), "high": records(high)}
        goes_with = records(found.goes_with(number)[MEASURED])
        axes.append({"factor": number, "explained": float(share), **ends, "goes_with": goes_with})
    return {"artifact": embedding.name, "items": len(found.items), "factors": axes}


def recommend(
    embedding: Embedding,
    rated: Sequence[tuple[str, float]],
    k: int = 10,
    order: str | None = None,
    popularity: float = 1.0,
    steer: Sequence[taste.Steer] = (),
    rejected: Sequence[str] = (),
    among: Filter = EVERYTHING,
    likes: Sequence[str] = (),
) -> dict[str, Any]:
    """Recommendations from a few ratings, each with the ratings that contribute most; see core.recommend.

    order: likely, near or stars; by default the best that the ratings allow. likes: keys of items that count as rated
    with the highest rating, unless they are in `rated`. Raises BadRequest, UnknownItem.
    """
    if not np.isfinite(popularity):
        raise BadRequest(f"popularity is {popularity}; it is 0 for taste alone, 1 as usual, 2 for what all like.")
    rated = list({**dict.fromkeys(likes, float(taste.scale(embedding)[1])), **dict(rated)}.items()) if likes else rated
    fold_in = taste.fold_in if taste.predicts(embedding) else taste.user_without_model
    user = taste.reject(embedding, fold_in(embedding, rated), rejected)
    orders = taste.orders_for(embedding, user)
    if not orders:
        raise BadRequest(
            f"{embedding.name} predicts no ratings, so it needs something that is liked: rate an item "
            f"{taste.LIKED * taste.scale(embedding)[1]:g} or more."
        )
    order = order or orders[0]
    _, mask = among.apply(embedding)
    found = taste.recommend(embedding, user, k, mask, popularity, order, steer)
    first = [name for name in ("key", "predicted", "mean_rating", "delta", "score") if name in found]
    results = records(found[[*first, *found.columns.difference(first, sort=False)]])
    scores = taste.score_parts(embedding, user, found["key"].tolist(), order, popularity, steer)
    for i, result in enumerate(results):
        parts = scores.table(i).iloc[1:]
        reasons = parts[parts["rating"].notna() & (parts["contribution"] >= SHOWN)]
        result["because"] = records(reasons.head(REASONS))  # the largest are first
    asked = {"artifact": embedding.name, "rated": dict(rated), "popularity": popularity, "order": order}
    return {**asked, "liked": int(taste.liked(embedding, user).sum()), "results": results}


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON values; unknown values become None."""
    return json.loads(table.to_json(orient="records"))


def _summary(name: str) -> dict[str, Any]:
    try:
        manifest = artifacts.manifest(name)
    except BadArtifact as error:
        return {"name": name, "error": str(error)}
    about = {key: manifest.get(key) for key in ("items", "dimensions", "model", "created")}
    return {"name": name, **about, "dataset": (manifest.get("dataset") or {}).get("name")}
