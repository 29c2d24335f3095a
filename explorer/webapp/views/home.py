"""Parts of the Home page: search box, one item with its neighbors, and details of the embedding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.columns import Counts, CrossFilter
from explorer.core.embedding import Embedding
from explorer.maps.neighborhood import common_values
from explorer.webapp import examples
from explorer.webapp.components import filters, item_list, item_search, widgets
from explorer.webapp.components.mini_map import place_map
from explorer.webapp.wording import alike, escape_markdown, item_noun

AROUND = 30  # nearest items that make up a neighborhood
MOST_VALUES = 3  # common values that are listed


def search_box(embedding: Embedding) -> tuple[str, CrossFilter]:
    """Draw the search box and filters; returns the chosen item (by default an example) and the filters."""
    default = examples.items(embedding)[0]
    label = f"Which {item_noun(embedding, 1)} do you want to open?"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        key = item_search.one_item(embedding, label, default=default, label_visibility="collapsed")
        found = filters.item_filters(embedding)
        item_list.list_columns(embedding)
    return key or default, found


def opened_item(embedding: Embedding, key: str, found: CrossFilter) -> None:
    """Draw the card of an item, its nearest items and its place on the map."""
    item_list.item_card(embedding, key)
    around = embedding.neighbors(key, k=AROUND, mask=found.mask)
    near = around.head(10)
    left, right = st.columns([11, 9], gap="medium")
    with left:
        widgets.heading("Nearest", near, f"nearest {key}")
        filters.filter_caption(embedding, found)
        item_list.item_list(embedding, near, "near")
    with right:
        widgets.heading("On the map")
        itself = embedding.items.iloc[embedding.index(key)]
        place_map(embedding, "place", pd.concat([itself, near]))
        st.caption(escape_markdown(" ".join(neighborhood(embedding, around, found.mask))))


def neighborhood(embedding: Embedding, near: pd.DataFrame, allowed: np.ndarray) -> list[str]:
    """Sentences about values that are significantly more common among the nearest items than among all allowed ones.

    near: rows as `Embedding.neighbors` returns them. allowed: (n,) bool, the items they were chosen from.
    """
    if near.empty:
        return []
    here = np.zeros(len(embedding), bool)
    here[embedding.index(near["key"])] = True
    names, inside, everywhere = _values(embedding, here, allowed)
    found = common_values(names, inside, everywhere, len(near), int(allowed.sum()))
    sentences = [
        f"{row.count} of the {len(near)} nearest are {row.name} ({row.lift:.1f}x average)."
        for row in _rows(found.head(MOST_VALUES))
    ]
    years = embedding.columns.numbers("year")
    if years is not None and np.isfinite(years[here]).any():
        first, last = (f"{end:.0f}" for end in np.nanquantile(years[here], [0.1, 0.9]))
        sentences.append(f"About 80% are from {first}" + (f" to {last}." if last != first else "."))
    return sentences


def _rows(table: pd.DataFrame) -> list[Any]:
    return list(table.itertuples(index=False))


def _values(embedding: Embedding, here: np.ndarray, allowed: np.ndarray) -> tuple[list[str], np.ndarray, np.ndarray]:
    """All values of categorical columns, and the number of items in each of two masks, (n,) bool, that have them."""
    names, inside, everywhere = [], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for kind in embedding.columns.values():
        near, among = kind.summary(here), kind.summary(allowed)
        if kind.column.role in ("key", "title") or not isinstance(near, Counts) or not isinstance(among, Counts):
            continue
        prefix = "" if kind.column.role == "group" else f"{kind.column.phrase} "
        names += [f"{prefix}{name}" for name in near.names]
        inside.append(near.counts)
        everywhere.append(among.counts)
    return names, np.concatenate(inside), np.concatenate(everywhere)


def details(embedding: Embedding) -> None:
    """Explain what an embedding is, and show the source and quality of this one."""
    items, manifest = escape_markdown(item_noun(embedding)), embedding.manifest
    st.markdown(
        f"An *embedding* gives each of these {items} a vector: a list of {embedding.vectors.shape[1]} numbers. They "
        f"were {_source(embedding)} *Nearest* compares two vectors by the cosine of their angle: 1.00 means the same "
        "direction, 0.00 no similarity. The map reduces each vector to two numbers. It keeps most neighbors close "
        "together, but large distances on it mean little."
    )
    item_list.fact_list(_provenance(embedding), "about")
    if manifest.get("licence"):
        st.caption(escape_markdown(str(manifest["licence"])))


def _source(embedding: Embedding) -> str:
    """What the vectors were learned from, and what items with similar vectors therefore have in common."""
    sources = {
        "books": "from the pages that articles about books link to", "links": "from the articles that link to them",
        "graph": "from a graph", "categories": "from the rows of a table",
        "movielens": "from people's ratings", "ratings": "from people's ratings",
        "interactions": "from who chose them", "sequences": "from items that occur together",
    }  # fmt: skip
    source = sources.get(embedding.manifest.get("kind", ""))
    if source is None:
        return "imported from a file."
    return (
        f"learned {source}: {escape_markdown(item_noun(embedding))} {alike(embedding)} have similar "
        "vectors. Titles and other columns were not used."
    )


def _provenance(embedding: Embedding) -> list[tuple[str, str]]:
    """Source and quality of an embedding as rows of name and value."""
    manifest = embedding.manifest
    dataset, metrics = manifest.get("dataset", {}), manifest.get("metrics", {})
    rows = {
        "Artifact": embedding.name,
        "Model": manifest.get("model"),
        ("Imported" if manifest.get("kind") == "import" else "Trained"): str(manifest.get("created", ""))[:10],
    }
    if "ratings" in dataset:
        rows["Data"] = (
            f"{dataset.get('name')}: {dataset['ratings']:,} ratings by {dataset['users']:,} people of "
            f"{dataset['items']:,} {item_noun(embedding)}; items with at least {manifest.get('min_ratings', 1)} kept"
        )
    if "interactions" in dataset:
        rows["Data"] = (
            f"{dataset.get('name')}: {dataset['interactions']:,} choices by {dataset['users']:,} people of "
            f"{dataset['items']:,} {item_noun(embedding)}"
        )
    if "pairs" in dataset:
        rows["Data"] = (
            f"{dataset.get('name')}: {dataset['pairs']:,} links of {dataset['books']:,} books to {dataset['links']:,} "
            "pages"
        )
    if "auc_popularity" in metrics:
        rows["Held-out links"] = (
            f"ranked above other pairs in {metrics['auc']:.0%} of cases (by popularity "
            f"{metrics['auc_popularity']:.0%}); {metrics['recall@10']:.0%} among the first 10 guesses (by popularity "
            f"{metrics['recall@10_popularity']:.0%})"
        )
    if "recall@10" in metrics and manifest.get("kind") == "interactions":
        rows["Held-out items"] = (
            f"{metrics['recall@10']:.0%} are among the 10 best for the rest of their user's items (the 10 most popular "
            f"items: {metrics['recall@10_popularity']:.0%})"
        )
    if "recall@10" in metrics and manifest.get("kind") == "sequences":
        rows["Held-out items"] = (
            f"{metrics['recall@10']:.0%} are among the 10 nearest to the rest of their sequence (the 10 most frequent "
            f"items: {metrics['recall@10_popularity']:.0%})"
        )
    if "auc_degree_product" in metrics:
        rows["Held-out edges"] = (
            f"ranked above pairs without an edge in {metrics['auc']:.0%} of cases (by the product of degrees "
            f"{metrics['auc_degree_product']:.0%})"
        )
    if "rmse_one_hot" in metrics:
        rows["Held-out error"] = (
            f"{metrics['rmse']:.3f} RMSE (one-hot {metrics['rmse_one_hot']:.3f}, the mean {metrics['rmse_mean']:.3f})"
        )
    if "log_loss_one_hot" in metrics:
        rows["Held-out rows"] = (
            f"{metrics['accuracy']:.0%} predicted correctly (one-hot {metrics['accuracy_one_hot']:.0%})"
        )
    if "mae" in metrics:
        rows["Held-out error"] = f"{metrics['rmse']:.3f} stars RMSE, {metrics['mae']:.3f} MAE"
        for name, of in metrics.get("baselines", {}).items():
            rows[f"  {name}, for comparison"] = f"{of['rmse']:.3f} stars RMSE, {of['mae']:.3f} MAE"
    rows["Maps"] = ", ".join(
        f"{m} (trustworthiness {facts['trustworthiness']:.2f})" if "trustworthiness" in facts else m
        for m, facts in manifest.get("layouts", {}).items()
    )
    return [(name, str(value)) for name, value in rows.items() if value]
