"""The embeddings that the API serves, and the execution of its queries."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

import numpy as np

from explorer.answers import Filter, check_listed
from explorer.core.embedding import Embedding

FRESH = 0.5  # seconds before an embedding is checked for changes again
AT_ONCE = 20_000  # items; below it, a query takes less time than starting a thread
TEXTS = 100_000  # items up to which their JSON is cached
THREADS = 4
T = TypeVar("T")


class Library:
    """Embeddings by name. load: returns an embedding, cached until its artifact changes."""

    def __init__(self, load: Callable[[str], Embedding]) -> None:
        self._load = load
        self._known: dict[str, tuple[float, Embedding]] = {}
        self._texts: dict[str, tuple[str, list[str]]] = {}  # by name: digest, JSON text of each item
        self._threads = ThreadPoolExecutor(THREADS, "api")

    def embedding(self, name: str) -> Embedding:
        """The embedding of an artifact. Raises BadArtifact for a name not in `list_artifacts`."""
        known = self._known.get(name)
        if known and time.monotonic() - known[0] < FRESH:
            return known[1]
        self._known.pop(name, None)
        check_listed(name)
        embedding = self._load(name)
        self._known[name] = (time.monotonic(), embedding)
        return embedding

    async def compute(self, question: Callable[[], T]) -> T:
        """Run a query in one of THREADS threads. After a timeout it keeps its thread until it ends."""
        running = self._threads.submit(copy_context().run, question)
        return await asyncio.wrap_future(running)

    async def neighbors(self, name: str, key: str, k: int, metric: str, among: Filter) -> str:
        """JSON text of answers.neighbors."""
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
        return f'{asked[:-1]}, "results": [{", ".join(self._results(embedding, *found))}]}}'

    def _results(self, embedding: Embedding, rows: np.ndarray, scores: np.ndarray) -> list[str]:
        """JSON texts of items with their scores, equal to answers.records; cached for small embeddings."""
        if len(embedding) > TEXTS:
            texts = _texts(embedding, rows)
        else:
            digest, every = self._texts.get(embedding.name, ("", []))
            if digest != embedding.digest:
                every = _texts(embedding, slice(None))
                self._texts[embedding.name] = (embedding.digest, every)
            texts = [every[row] for row in rows]
        return [f'{{"score": {float(score):.10g}, {text[1:]}' for score, text in zip(scores, texts, strict=True)]


def _texts(embedding: Embedding, rows: Any) -> list[str]:
    """JSON texts of some items without a score."""
    text = embedding.items.iloc[rows].drop(columns="score", errors="ignore").to_json(orient="records", lines=True)
    return [line for line in text.split("\n") if line]
