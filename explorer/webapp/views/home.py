"""Sentences about an embedding and about one item's surroundings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.maps.neighborhood import common_values
from explorer.webapp import cache
from explorer.webapp.components import item_list
from explorer.webapp.wording import alike, escape_markdown, item_noun


def neighborhood(embedding: Embedding, near: pd.DataFrame, allowed: np.ndarray) -> list[str]:
    """What the nearest items have in common more often than items drawn at random would, as short sentences.

    near: rows as of queries.neighbors. allowed: (n,) bool, among which items they are the nearest.
    """
    lines = []
    if "genres" in near and len(near):
        table = cache.genres(embedding)
        here, everywhere = (
            table.have[rows].sum(axis=0) for rows in (embedding.index(near["key"]), np.flatnonzero(allowed))
        )
        found = common_values(table.names, here, everywhere, len(near), int(allowed.sum()))
        told = [
            f"{row.count} {row.name} ({row.lift:.1f} times the usual share)"
            for row in found.head(3).itertuples(index=False)
        ]
        if told:
            lines.append(f"Of its {len(near)} nearest: " + " · ".join(told) + ".")
    if "year" in near and near["year"].notna().any():
        first, last = near["year"].astype(float).quantile([0.1, 0.9])
        lines.append(f"Eight of ten are from {first:.0f}" + (f" to {last:.0f}." if round(last) > round(first) else "."))
    return lines


def details(embedding: Embedding) -> None:
    """What an embedding is, where this one comes from, how good it is."""
    items, manifest = item_noun(embedding), embedding.manifest
    st.markdown(
        f"An *embedding* gives each of these {items} a list of {embedding.vectors.shape[1]} numbers. Nobody chose the "
        f"numbers: they were learned {_learned(embedding)} *Nearest* compares the directions "
        "of two lists (cosine): 1.00 is the same direction, 0.00 has nothing in common. The map squeezes all those "
        "numbers into two; it keeps neighbors together, but large distances on it mean little."
    )
    item_list.fact_list(facts(embedding), "about")
    if manifest.get("licence"):
        st.caption(escape_markdown(str(manifest["licence"])))


def _learned(embedding: Embedding) -> str:
    """From what, so that what is alike how; and what is not known."""
    sources = {
        "books": "from which pages the articles on books link to", "links": "from which books' articles link to them",
        "graph": "from a graph", "categories": "from the rows of a table",
        "movielens": "from what people did", "sequences": "from what people did",
    }  # fmt: skip
    source = sources.get(embedding.manifest.get("kind", ""), "by whoever made them")
    if source.startswith("by"):
        return f"{source}."
    return (
        f"{source}, so that {item_noun(embedding)} {alike(embedding)} got similar numbers. Nothing here knows what a "
        f"{item_noun(embedding, 1)} is about, or what it is called."
    )


def facts(embedding: Embedding) -> list[tuple[str, str]]:
    """What is known of where an embedding comes from: name and value, as text."""
    manifest = embedding.manifest
    dataset, metrics = manifest.get("dataset", {}), manifest.get("metrics", {})
    rows = {
        "Artifact": embedding.name,
        "Model": manifest.get("model"),
        "Trained": str(manifest.get("created", ""))[:10],
    }
    if "ratings" in dataset:
        rows["Data"] = (
            f"{dataset.get('name')}: {dataset['ratings']:,} ratings by {dataset['users']:,} people of "
            f"{dataset['items']:,} {item_noun(embedding)}; kept: at least {manifest.get('min_ratings', 1)}"
        )
    if "pairs" in dataset:
        rows["Data"] = (
            f"{dataset.get('name')}: {dataset['pairs']:,} links of {dataset['books']:,} books to {dataset['links']:,} "
            "pages"
        )
    if "auc_popularity" in metrics:
        rows["Held-out links"] = (
            f"told from others in {metrics['auc']:.0%} of cases (by popularity {metrics['auc_popularity']:.0%}); among "
            f"the first 10 guesses {metrics['recall@10']:.0%} (by popularity {metrics['recall@10_popularity']:.0%})"
        )
    if "recall@10" in metrics and manifest.get("kind") == "sequences":
        rows["Held-out items"] = (
            f"among the 10 nearest to the rest of their sequence in {metrics['recall@10']:.0%} of cases (the 10 most "
            f"frequent: {metrics['recall@10_popularity']:.0%})"
        )
    if "auc_degree_product" in metrics:
        rows["Held-out edges"] = (
            f"told from pairs without one in {metrics['auc']:.0%} of cases (by the product of degrees "
            f"{metrics['auc_degree_product']:.0%})"
        )
    if "rmse_one_hot" in metrics:
        rows["Held-out error"] = (
            f"{metrics['rmse']:.3f} RMSE (one-hot {metrics['rmse_one_hot']:.3f}, the mean {metrics['rmse_mean']:.3f})"
        )
    if "log_loss_one_hot" in metrics:
        rows["Held-out rows"] = f"{metrics['accuracy']:.0%} told right (one-hot {metrics['accuracy_one_hot']:.0%})"
    if "mae" in metrics:
        rows["Held-out error"] = f"{metrics['rmse']:.3f} stars RMSE, {metrics['mae']:.3f} MAE"
        for name, of in metrics.get("baselines", {}).items():
            rows[f"  {name}, for comparison"] = f"{of['rmse']:.3f} stars RMSE, {of['mae']:.3f} MAE"
    rows["Maps"] = ", ".join(
        f"{m} (trustworthiness {facts['trustworthiness']:.2f})" if "trustworthiness" in facts else m
        for m, facts in manifest.get("layouts", {}).items()
    )
    return [(name, str(value)) for name, value in rows.items() if value]
