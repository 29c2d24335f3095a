"""Words about an embedding and its items, and text made safe for Markdown."""

from __future__ import annotations

import re

from explorer.core.embedding import Embedding
from explorer.core.unicode_text import isolate_rtl

WORD_JOINER = "\u2060"


def item_noun(embedding: Embedding, count: int = 2) -> str:
    """What so many of the items are called: "book", "books"."""
    return embedding.schema.called(count)


ALIKE = {
    "movielens": "liked by the same people", "books": "that link to the same pages",
    "links": "that the same books link to", "sequences": "met in the same company",
    "graph": "that walks over the graph meet together", "categories": "that foretell the same",
}  # fmt: skip


def alike(embedding: Embedding) -> str:
    """What items have in common that lie near each other: "liked by the same people"."""
    return ALIKE.get(embedding.manifest.get("kind", ""), "whose vectors point the same way")


def escape_markdown(text: str) -> str:
    """Text that Streamlit's Markdown shows as it is, whatever signs are in it and whichever way it is written."""
    escaped = re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=@/])", r"\\\1", isolate_rtl(text)).replace("\n", " ")
    # Addresses become links even when their signs are escaped; a sign that is not seen keeps them apart.
    return re.sub(r"(?i)(?<=http)(?=s?\\:)|(?<=www)(?=\\\.)|(?=\\@)", WORD_JOINER, escaped)


def about(embedding: Embedding) -> str:
    """One line on where an embedding comes from."""
    manifest, (n, d) = embedding.manifest, embedding.vectors.shape
    dataset = manifest.get("dataset", {})
    learned = ""
    if "ratings" in dataset:
        learned = f", learned from {dataset['ratings']:,} ratings by {dataset['users']:,} people"
    elif "pairs" in dataset:
        learned = (
            f", learned from {dataset['pairs']:,} links of {dataset['books']:,} books to {dataset['links']:,} pages"
        )
    index = _index_recall(manifest.get("index", {}).get("recall"))
    away = f". Their vectors are in the database at {manifest['database']}" if "database" in manifest else ""
    return f"{n:,} {item_noun(embedding)} in {d} dimensions{learned}{index}{away}"


QUERY_NAMES = {"item": "an item", "analogy": "an analogy", "between": "a point between two", "other": "anything else"}


def _index_recall(recall: float | dict[str, float] | None) -> str:
    """What share of the 10 nearest an index finds, by kind of query; "" without an index."""
    if recall is None:
        return ""
    by_kind = recall if isinstance(recall, dict) else {"item": recall}
    said = ", ".join(f"{by_kind[kind]:.1%} for {name}" for kind, name in QUERY_NAMES.items() if kind in by_kind)
    return f". An index finds this share of the 10 nearest, where nothing is filtered: {said}"
