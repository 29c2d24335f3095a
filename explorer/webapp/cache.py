"""What the web process keeps in memory for all visitors.

Results are cached by the artifact's name and digest, never by an array: Streamlit hashes large arrays by a sample.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
import streamlit as st

from explorer import artifacts
from explorer.core.columns import Discrete
from explorer.core.columns.color import OTHER
from explorer.core.columns.kinds.labels import Labels
from explorer.core.embedding import Embedding
from explorer.core.factors import Factors, factors
from explorer.core.path import neighbor_path
from explorer.datasets import movielens
from explorer.datasets.events import count_events
from explorer.datasets.movielens import data_root
from explorer.datasets.ratings import Ratings
from explorer.datasets.table_file import open_table
from explorer.maps.regions import regions
from explorer.maps.trustworthiness import Trust, map_trust

COUNTED = 200_000_000  # bytes of a table that is counted while a page waits
F = TypeVar("F", bound=Callable[..., Any])


def by_artifact(max_entries: int = 8, show_spinner: bool | str = False) -> Callable[[F], F]:
    """Decorator: `st.cache_resource` for a function of an Embedding, which counts by its name and digest."""
    kept = st.cache_resource(
        max_entries=max_entries, show_spinner=show_spinner, hash_funcs={Embedding: lambda one: (one.name, one.digest)}
    )
    return cast(Callable[[F], F], kept)


@st.cache_resource(max_entries=8, show_spinner=False)
def _embedding(name: str, digest: str) -> Embedding:
    return artifacts.load(name)


def embedding(name: str) -> Embedding:
    """An artifact, loaded once for all sessions and again when it changes on disk. Raises BadArtifact."""
    return _embedding(name, artifacts.digest(name))


@by_artifact()
def options(embedding: Embedding) -> tuple[str, ...]:
    """Every key, the best known first: what a search box offers."""
    known = embedding.columns.get_role("popularity")
    keys = embedding.items["key"]
    return tuple(keys if known is None else keys.iloc[known.order(descending=True)])


@by_artifact()
def labels(embedding: Embedding) -> dict[str, str]:
    """Key -> what a search box shows: the title, and the key where it is another text."""
    items = embedding.items
    if "title" not in items:
        return {}
    return {
        key: title if key.startswith(title) else f"{title} · {key}"
        for key, title in zip(items["key"], items["title"], strict=True)
        if isinstance(title, str) and title and title != key and not key.startswith(title)
    }


@by_artifact(max_entries=32)
def value_colors(embedding: Embedding, column: str) -> dict[str, str]:
    """Value of a column -> its color, the most frequent value first; the same on every page. Empty for numbers."""
    kind = embedding.columns[column]
    encoding = kind.colors()
    names = getattr(kind, "names", ())
    return dict(zip(names, encoding.colors, strict=False)) if isinstance(encoding, Discrete) else {}


def colours(embedding: Embedding) -> dict[str, str]:
    """Label -> color of the group column, the most frequent label first; the same on every page."""
    group = embedding.columns.get_role("group")
    if not isinstance(group, Labels):
        return {}
    colors = group.colors()
    own = dict(zip(colors.names, colors.colors, strict=True))
    return {name: own.get(name, OTHER) for name in group.names}


@st.cache_resource(max_entries=2, show_spinner="Reading the ratings")
def _ratings(folder: str) -> Ratings:
    return movielens.load(folder)


def counts(folder: str) -> dict[str, Any]:
    """What a data folder holds: name, ratings, users, items. Raises BadData."""
    ratings = _ratings(folder)
    return {"name": ratings.name, "ratings": ratings.n_ratings, "users": ratings.n_users, "items": ratings.n_items}


@st.cache_data(max_entries=32, show_spinner="Counting users and items")
def table_counts(path: str, modified: int, columns: tuple[tuple[str, str], ...]) -> dict[str, int] | None:
    """Rows, users and items of a table; None where it is too large to count on a page, or a column is missing.

    modified: when the file was changed, so that it is counted again. columns: (role, name).
    """
    table, names = open_table(path), dict(columns)
    large = sum(file.stat().st_size for file in table.files) > COUNTED
    return None if large or not {"user", "item"} <= names.keys() else count_events(table, names["user"], names["item"])


def ratings_of(embedding: Embedding, user: int) -> pd.DataFrame | None:
    """What a user of the training data rated, best first: item columns and `score`; None where the data are not here.

    The data are those the artifact names, in the data folder (EXPLORER_DATA), if they still have the same counts.
    """
    dataset, folder = embedding.manifest.get("dataset", {}), data_root()
    source = folder / "movielens" / str(dataset.get("name")) if folder else None
    if source is None or not source.exists():
        return None
    ratings = _ratings(str(source))
    if (ratings.n_ratings, ratings.n_users) != (dataset.get("ratings"), dataset.get("users")):
        return None
    mine = np.flatnonzero(ratings.user == user)
    ids = ratings.items["item_id"].to_numpy()[ratings.item[mine]]
    own = embedding.items.merge(pd.DataFrame({"item_id": ids, "score": ratings.rating[mine]}), on="item_id")
    return own.sort_values("score", ascending=False, kind="stable", ignore_index=True)


@by_artifact(max_entries=16)
def named_regions(embedding: Embedding, method: str) -> pd.DataFrame:
    """Regions of a stored layout that have a name, the largest first."""
    return regions(embedding.columns, embedding.layout(method))


def trust_neighbor_count(embedding: Embedding) -> int:
    """How many neighbors are compared to measure how far a map can be trusted: fewer than half of the items."""
    return min(15, (len(embedding) - 1) // 2)


def metric(embedding: Embedding, method: str) -> str:
    """The metric that a stored layout was made with, and is measured by."""
    return str(embedding.manifest.get("layouts", {}).get(method, {}).get("metric", "cosine"))


@by_artifact(max_entries=16, show_spinner="Comparing the map with the full space")
def trust(embedding: Embedding, method: str) -> Trust:
    """How far a stored layout can be trusted, point by point."""
    xy, k = embedding.layout(method), trust_neighbor_count(embedding)
    return map_trust(embedding.vectors, xy, k, metric(embedding, method))


@by_artifact(max_entries=32, show_spinner="Looking for a path")
def path(embedding: Embedding, a: str, b: str, filters: str, _mask: np.ndarray) -> pd.DataFrame:
    """The shortest path from item a to item b. filters: what the mask, (n,) bool, is made of. Raises BadRequest."""
    return neighbor_path(embedding, a, b, _mask)


@by_artifact(max_entries=32)
def item_factors(embedding: Embedding, n_items: int, filters: str = "", _mask: np.ndarray | None = None) -> Factors:
    """PCA factors of the best-known items. filters: what the mask, (n,) bool, is made of. Raises BadRequest."""
    return factors(embedding, n_items, mask=_mask)


@by_artifact(max_entries=32)
def factor_scores(embedding: Embedding, number: int) -> np.ndarray:
    """Every item on a factor of the best-known ones, counted from 1: (n,) float32. Raises BadRequest."""
    found: Factors = item_factors(embedding, min(1000, len(embedding)))
    return found.place(embedding.vectors, number)
