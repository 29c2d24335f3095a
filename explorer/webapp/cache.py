"""Results that the web process caches for all visitors.

The cache key is the artifact's name and digest, never an array: Streamlit hashes only a sample of a large array.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
import streamlit as st

from explorer import artifacts
from explorer.core.columns import Discrete
from explorer.core.columns.color import OTHER
from explorer.core.columns.kinds import labels as labels_kind
from explorer.core.directions.factors import Factors, factors
from explorer.core.embedding import Embedding
from explorer.core.path import neighbor_path
from explorer.datasets import movielens
from explorer.datasets.events import count_events
from explorer.datasets.movielens import data_root
from explorer.datasets.ratings import Ratings
from explorer.datasets.table_detection import open_table
from explorer.maps.enrichment import enrichment
from explorer.maps.regions import regions
from explorer.maps.trustworthiness import Trust, map_trust

OFFERED = 5_000  # items up to which a search box lists all of them; the server searches larger catalogs
LISTED = 500  # the most popular items of a larger catalog that are listed
COUNTED = 200_000_000  # bytes: larger tables are not counted while a page waits
F = TypeVar("F", bound=Callable[..., Any])


def by_artifact(max_entries: int = 8, show_spinner: bool | str = False) -> Callable[[F], F]:
    """Decorator: `st.cache_resource` for functions of an Embedding, which is hashed by its name and digest.

    A result is found again for the same Embedding object without Streamlit, which takes 0.1 ms for each call.
    """

    def decorate(function: F) -> F:
        digests: dict[Any, Any] = {Embedding: lambda one: (one.name, one.digest)}
        cached = st.cache_resource(max_entries=max_entries, show_spinner=show_spinner, hash_funcs=digests)(function)
        hashed = sum(not name.startswith("_") for name in signature(function).parameters)
        kept: dict[tuple[Any, ...], tuple[weakref.ref[Embedding], Any]] = {}

        @wraps(function)
        def call(embedding: Embedding, *args: Any) -> Any:
            key = (id(embedding), *args[: hashed - 1])
            found = kept.get(key)
            if found is None or found[0]() is not embedding:
                if len(kept) >= max_entries:
                    kept.clear()
                found = kept[key] = weakref.ref(embedding), cached(embedding, *args)
            return found[1]

        return cast(F, call)

    return decorate


@st.cache_resource(max_entries=8, show_spinner=False)
def _embedding(name: str, digest: str) -> Embedding:
    return artifacts.load(name)


def embedding(name: str) -> Embedding:
    """Load an artifact, once for all sessions and again when it changes on disk. Raises BadArtifact."""
    return _embedding(name, artifacts.digest(name))


@by_artifact()
def _option_rows(embedding: Embedding) -> np.ndarray:
    most = len(embedding) if len(embedding) <= OFFERED else LISTED
    return embedding.columns.best_known(most)[:most]


@by_artifact()
def options(embedding: Embedding) -> tuple[str, ...]:
    """Keys as the options of a search box, the most popular first: all of up to OFFERED, else the first LISTED."""
    return tuple(embedding.items["key"].take(_option_rows(embedding)))


class Labels(dict[str, str]):
    """Key -> label in a search box; any other text is its own label."""

    mappings: tuple[list[str], dict[str, int]] | None = None  # see streamlit_costs

    def __missing__(self, text: str) -> str:
        return text


@by_artifact()
def labels(embedding: Embedding) -> Labels:
    """Key -> label of each option in a search box: title and key; a key that contains its title is its own label."""
    keys = options(embedding)
    titles = embedding.items["title"].take(_option_rows(embedding)) if "title" in embedding.items else keys
    return Labels(
        (key, f"{title} · {key}" if isinstance(title, str) and title and not key.startswith(title) else key)
        for key, title in zip(keys, titles, strict=True)
    )


@by_artifact(max_entries=32)
def value_colors(embedding: Embedding, column: str) -> dict[str, str]:
    """Value of a column -> its color on every page, the most frequent value first. Empty for numbers."""
    kind = embedding.columns[column]
    encoding = kind.colors()
    names = getattr(kind, "names", ())
    return dict(zip(names, encoding.colors, strict=False)) if isinstance(encoding, Discrete) else {}


def group_colors(embedding: Embedding) -> dict[str, str]:
    """Label of the group column -> its color on every page, the most frequent label first."""
    group = embedding.columns.get_role("group")
    if not isinstance(group, labels_kind.Labels):
        return {}
    colors = group.colors()
    own = dict(zip(colors.names, colors.colors, strict=True))
    return {name: own.get(name, OTHER) for name in group.names}


@st.cache_resource(max_entries=2, show_spinner="Reading the ratings")
def _ratings(folder: str) -> Ratings:
    return movielens.load(folder)


def counts(folder: str) -> dict[str, Any]:
    """Name of a rating dataset and its numbers of ratings, users and items. Raises BadData."""
    return _ratings(folder).counts()


@st.cache_data(max_entries=32, show_spinner="Counting users and items")
def table_counts(path: str, modified: int, columns: tuple[tuple[str, str], ...]) -> dict[str, int] | None:
    """Numbers of rows, users and items in a table; None if it is too large to count or a column is missing.

    modified: modification time of the file; a changed file is counted again. columns: (role, name).
    """
    table, names = open_table(path), dict(columns)
    large = sum(file.stat().st_size for file in table.files) > COUNTED
    return None if large or not {"user", "item"} <= names.keys() else count_events(table, names["user"], names["item"])


def ratings_of(embedding: Embedding, user: int) -> pd.DataFrame | None:
    """Ratings of a user of the training data, highest first: item columns and `score`; None without the data.

    The data are read from the data folder (EXPLORER_DATA). They count as missing if their numbers of ratings and users
    differ from those in the manifest.
    """
    dataset, folder = embedding.manifest.get("dataset", {}), data_root()
    name = str(dataset.get("name"))  # from the manifest, which may come from somebody else
    inside = Path(name).name == name != ".."
    source = folder / "movielens" / name if folder and inside else None
    if source is None or not source.exists():
        return None
    ratings = _ratings(str(source))
    if (ratings.n_ratings, ratings.n_users) != (dataset.get("ratings"), dataset.get("users")):
        return None
    mine = np.flatnonzero(ratings.user == user)
    ids = ratings.items["item_id"].to_numpy()[ratings.item[mine]]
    own = embedding.items.merge(pd.DataFrame({"item_id": ids, "score": ratings.rating[mine]}), on="item_id")
    return own.sort_values("score", ascending=False, kind="stable", ignore_index=True)


@by_artifact(max_entries=32)
def named_regions(embedding: Embedding, method: str, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Named regions of a stored layout, the largest first. by: as in `regions`; empty for its default."""
    return regions(embedding.columns, embedding.layout(method), by or None)


@by_artifact(max_entries=64)
def differences(embedding: Embedding, digest: str, by: tuple[str, ...], _mask: np.ndarray, _among: np.ndarray) -> Any:
    """See maps.enrichment.enrichment. digest: of both masks, (n,) bool each. by: none for all columns."""
    return enrichment(embedding.columns, _mask, _among, by or None)


def trust_neighbor_count(embedding: Embedding) -> int:
    """Number of neighbors that `trust` compares; it must be less than half of the number of items."""
    return min(15, (len(embedding) - 1) // 2)


def metric(embedding: Embedding, method: str) -> str:
    """The metric that a stored layout was computed with; its trustworthiness uses the same metric."""
    return str(embedding.manifest.get("layouts", {}).get(method, {}).get("metric", "cosine"))


@by_artifact(max_entries=16, show_spinner="Comparing the map with the full space")
def trust(embedding: Embedding, method: str) -> Trust:
    """Trustworthiness and continuity of a stored layout, for each point."""
    xy, k = embedding.layout(method), trust_neighbor_count(embedding)
    return map_trust(embedding.vectors, xy, k, metric(embedding, method))


@by_artifact(max_entries=32, show_spinner="Looking for a path")
def path(embedding: Embedding, a: str, b: str, filters: str, _mask: np.ndarray) -> pd.DataFrame:
    """Shortest path from item a to item b over nearest neighbors. Raises BadRequest.

    filters: text that identifies the filters behind _mask, (n,) bool, which is not hashed.
    """
    return neighbor_path(embedding, a, b, _mask)


@by_artifact(max_entries=32)
def item_factors(embedding: Embedding, n_items: int, filters: str = "", _mask: np.ndarray | None = None) -> Factors:
    """PCA factors of the most popular items. Raises BadRequest.

    filters: text that identifies the filters behind _mask, (n,) bool, which is not hashed.
    """
    return factors(embedding, n_items, mask=_mask)


@by_artifact(max_entries=32)
def factor_scores(embedding: Embedding, number: int) -> np.ndarray:
    """Scores of all items on one factor of the most popular items: (n,) float32. Raises BadRequest.

    number: the factor, counted from 1.
    """
    found: Factors = item_factors(embedding, min(1000, len(embedding)))
    return found.place(embedding.vectors, number)
