"""What the web process keeps in memory, by artifact name and manifest digest, never by array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer import artifacts
from explorer.core import filters
from explorer.core.columns.color import OTHER
from explorer.core.columns.kinds.labels import Labels
from explorer.core.embedding import Embedding
from explorer.core.factors import Factors, factors
from explorer.datasets import movielens
from explorer.datasets.events import count_events
from explorer.datasets.movielens import data_root
from explorer.datasets.ratings import Ratings
from explorer.datasets.table_file import open_table
from explorer.maps.regions import regions
from explorer.maps.trustworthiness import Trust, map_trust

COUNTED = 200_000_000  # bytes of a table that is counted while a page waits


@st.cache_resource(max_entries=8, show_spinner=False)
def _embedding(name: str, digest: str) -> Embedding:
    return artifacts.load(name)


def embedding(name: str) -> Embedding:
    """An artifact, read once for all sessions and again when it changes on disk. Raises BadArtifact."""
    return _embedding(name, artifacts.digest(name))


@st.cache_resource(max_entries=8, show_spinner=False)
def _options(name: str, digest: str) -> tuple[str, ...]:
    items = _embedding(name, digest).items
    if "n_ratings" in items:
        items = items.sort_values("n_ratings", ascending=False, kind="stable")
    return tuple(items["key"])


def options(embedding: Embedding) -> tuple[str, ...]:
    """Every key, the best known first: what a search box offers."""
    return _options(embedding.name, embedding.digest)


def colours(embedding: Embedding) -> dict[str, str]:
    """Label -> color of the group column, the most frequent label first; the same on every page."""
    group = embedding.columns.get_role("group")
    if not isinstance(group, Labels):
        return {}
    colors = group.colors()
    own = dict(zip(colors.names, colors.colors, strict=True))
    return {name: own.get(name, OTHER) for name in group.names}


@st.cache_resource(max_entries=8, show_spinner=False)
def _genres(name: str, digest: str) -> filters.Genres:
    return filters.genre_table(_embedding(name, digest).items)


def genres(embedding: Embedding) -> filters.Genres:
    """Which item has which genre."""
    return _genres(embedding.name, embedding.digest)


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


@st.cache_resource(max_entries=16, show_spinner=False)
def _regions(name: str, digest: str, method: str) -> pd.DataFrame:
    embedding = _embedding(name, digest)
    return regions(embedding.columns, embedding.layout(method))


def named_regions(embedding: Embedding, method: str) -> pd.DataFrame:
    """Regions of a stored layout that have a name, the largest first."""
    return _regions(embedding.name, embedding.digest, method)


@st.cache_resource(max_entries=16, show_spinner="Comparing the map with the full space")
def _trust(name: str, digest: str, method: str) -> Trust:
    embedding = _embedding(name, digest)
    return map_trust(
        embedding.vectors, embedding.layout(method), trust_neighbor_count(embedding), metric(embedding, method)
    )


def trust_neighbor_count(embedding: Embedding) -> int:
    """How many neighbors decide how far a map can be trusted, which is defined for fewer than half of the items."""
    return min(15, (len(embedding) - 1) // 2)


def metric(embedding: Embedding, method: str) -> str:
    """What a stored layout was made by, and is judged by."""
    return str(embedding.manifest.get("layouts", {}).get(method, {}).get("metric", "cosine"))


def trust(embedding: Embedding, method: str) -> Trust:
    """How far a stored layout can be trusted, point by point."""
    return _trust(embedding.name, embedding.digest, method)


@st.cache_resource(max_entries=32, show_spinner=False)
def _factors(name: str, digest: str, n_items: int) -> Factors:
    return factors(_embedding(name, digest), n_items)


def item_factors(embedding: Embedding, n_items: int) -> Factors:
    """PCA factors of the best-known items. Raises BadRequest."""
    return _factors(embedding.name, embedding.digest, n_items)


@st.cache_resource(max_entries=32, show_spinner=False)
def _factor_scores(name: str, digest: str, number: int) -> np.ndarray:
    embedding = _embedding(name, digest)
    return _factors(name, digest, min(1000, len(embedding))).place(embedding.vectors, number)


def factor_scores(embedding: Embedding, number: int) -> np.ndarray:
    """Every item on a factor of the best-known ones, counted from 1: (n,) float32. Raises BadRequest."""
    return _factor_scores(embedding.name, embedding.digest, number)
