"""The embeddings the API answers about, and where the answers are computed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import numpy as np

from explorer import artifacts
from explorer.answers import Filter
from explorer.core.embedding import Embedding
from explorer.errors import BadArtifact, closest

FRESH = 0.5  # seconds for which an embedding is taken to be unchanged
AT_ONCE = 20_000  # items: neighbors among fewer are found in less time than a thread takes to start
TEXTS = 100_000  # items up to which their JSON is kept
THREADS = 4
T = TypeVar("T")


class Library:
    """Embeddings by name. load: returns an embedding, cached as long as its artifact does not change."""

    def __init__(self, load: Callable[[str], Embedding]) -> None:
        self._load = load
        self._known: dict[str, tuple[float, Embedding]] = {}
        self._threads = anyio.CapacityLimiter(THREADS)

    def embedding(self, name: str) -> Embedding:
        """The embedding of an artifact. Raises BadArtifact for a name that `list_artifacts` does not return."""
        known = self._known.get(name)
        if known and time.monotonic() - known[0] < FRESH:
            return known[1]
        self._known.pop(name, None)
        names = artifacts.list_artifacts()
        if name not in names:
            near = ", ".join(closest(name, names) or names[:3])
            raise BadArtifact(f"There is no artifact {name!r}." + (f" Did you mean: {near}?" if near else ""))
        embedding = self._load(name)
        self._known[name] = (time.monotonic(), embedding)
        return embedding

    async def compute(self, question: Callable[[], T]) -> T:
        """The answer to a question, computed in a thread that a timeout leaves behind."""
        return await anyio.to_thread.run_sync(question, abandon_on_cancel=True, limiter=self._threads)

    async def neighbors(self, name: str, key: str, k: int, metric: str, among: Filter) -> str:
        """The JSON text of answers.neighbors."""
        known = self._known.get(name)
        if known and len(known[1]) <= AT_ONCE and not among.where and not among.without:
            return self._neighbors(name, key, k, metric, among)
        return await self.compute(lambda: self._neighbors(name, key, k, metric, among))

    def _neighbors(self, name: str, key: str, k: int, metric: str, among: Filter) -> str:
        embedding = self.embedding(name)
        adjusted, mask = among.apply(embedding)
        row = adjusted.index(key)
        query = adjusted.vectors[row[0]]
        found = adjusted.nearest_rows(query, k, metric, None if mask.all() else mask, exclude=row, kind="item")
        asked = json.dumps({"artifact": embedding.name, "key": key, "metric": metric})
        return f'{asked[:-1]}, "results": [{", ".join(_results(embedding, *found))}]}}'


def _results(embedding: Embedding, rows: np.ndarray, scores: np.ndarray) -> list[str]:
    """JSON texts of some items with their scores, as those of answers.records."""
    texts = _item_texts(embedding) if len(embedding) <= TEXTS else None
    known = [texts[row] for row in rows] if texts is not None else _texts(embedding, rows)
    return [f'{{"score": {float(score):.10g}, {text[1:]}' for score, text in zip(scores, known, strict=True)]


def _texts(embedding: Embedding, rows: Any) -> list[str]:
    text = embedding.items.iloc[rows].drop(columns="score", errors="ignore").to_json(orient="records", lines=True)
    return [line for line in text.split("\n") if line]


@lru_cache(maxsize=8)
def _cached_texts(name: str, digest: str, items: _Items) -> list[str]:
    return _texts(items.embedding, slice(None))


class _Items:
    """Hides an embedding from the key of a cache."""

    def __init__(self, embedding: Embedding) -> None:
        self.embedding = embedding

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Items)

    def __hash__(self) -> int:
        return 0


def _item_texts(embedding: Embedding) -> list[str]:
    return _cached_texts(embedding.name, embedding.digest, _Items(embedding))
