"""Parts of the Home page: search box, one item with its neighbors, and details of the embedding."""

from __future__ import annotations

import streamlit as st

from explorer.core.columns import CrossFilter
from explorer.core.embedding import Embedding
from explorer.webapp import examples
from explorer.webapp.components import filters, item_list, item_search, naming, widgets
from explorer.webapp.components.mini_map import place_map
from explorer.webapp.wording import alike, escape_markdown, item_noun

AROUND = 30  # nearest items that make up a neighborhood


def search_box(embedding: Embedding) -> tuple[str, CrossFilter, tuple[str, ...]]:
    """Draw the search box and filters; returns the chosen item (by default an example), the filters and naming columns.

    The naming columns describe the neighborhood.
    """
    default = examples.items(embedding)[0]
    label = f"Which {item_noun(embedding, 1)} do you want to open?"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        key = item_search.one_item(embedding, label, default=default, label_visibility="collapsed")
        found = filters.item_filters(embedding)
        by = item_list.list_columns(embedding, "Describe the neighborhood by")
    return key or default, found, by


def opened_item(embedding: Embedding, key: str, found: CrossFilter, by: tuple[str, ...]) -> None:
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
        place_map(embedding, "place", [key, *near["key"]])
        st.caption(escape_markdown(naming.neighborhood(embedding, around, repr(found), found.mask, by)))


def about(embedding: Embedding) -> None:
    """Draw an expander with the details of the embedding, which are drawn while it is open."""
    question = "What is an embedding, and where does this one come from?"
    with st.expander(question, icon=":material/help:", key="about_embedding", on_change="rerun") as box:
        if box.open:
            _details(embedding)


def _details(embedding: Embedding) -> None:
    """Explain what an embedding is, and show the source and quality of this one."""
    items, manifest = escape_markdown(item_noun(embedding)), embedding.manifest
    st.markdown(
        f"An *embedding* gives each of these {items} a vector: a list of {embedding.vectors.shape[1]} numbers. They "
        f"were {_source(embedding)} *Nearest* compares two vectors by the cosine of their angle: 1.00 means the same "
        "direction, 0.00 no similarity. The map reduces each vector to two numbers. It keeps most neighbors close "
        "together, but large distances on it mean little."
    )
    item_list.value_list(_provenance(embedding), "about")
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
        f"{m} (trustworthiness {metadata['trustworthiness']:.2f})" if "trustworthiness" in metadata else m
        for m, metadata in manifest.get("layouts", {}).items()
    )
    return [(name, str(value)) for name, value in rows.items() if value]
