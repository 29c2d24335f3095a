"""Descriptions of an embedding and its items, and escaping of text for Markdown."""

from __future__ import annotations

import re
from typing import Any

from explorer.core.embedding import Embedding
from explorer.core.text.bidirectional import isolate_rtl

WORD_JOINER = "\u2060"


def item_noun(embedding: Embedding, count: int = 2) -> str:
    """The noun for `count` items: "book", "books". Without punctuation, so labels need not escape it."""
    return re.sub(r"[^\w' -]+|_", " ", embedding.schema.called(count)).strip() or ("item" if count == 1 else "items")


def item_title(embedding: Embedding, key: str) -> str:
    """The title of an item, or its key if it has none."""
    if "title" not in embedding.items or key not in embedding:
        return key
    title = embedding.items["title"].iloc[int(embedding.index(key)[0])]
    return title if isinstance(title, str) and title.strip() and title not in key else key


ALIKE = {
    "movielens": "liked by the same people", "books": "that link to the same pages",
    "links": "that the same books link to", "sequences": "found in similar contexts",
    "graph": "close together in the graph", "categories": "that predict similar targets",
}  # fmt: skip


def alike(embedding: Embedding) -> str:
    """What similar items have in common: "liked by the same people"."""
    return ALIKE.get(embedding.manifest.get("kind", ""), "with similar vectors")


def escape_markdown(text: str) -> str:
    """Escape a text so that Streamlit's Markdown shows it unchanged, with right-to-left text isolated."""
    escaped = re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=@/])", r"\\\1", isolate_rtl(text)).replace("\n", " ")
    # Streamlit turns URLs into links even if they are escaped; an invisible word joiner prevents that.
    return re.sub(r"(?i)(?<=http)(?=s?\\:)|(?<=www)(?=\\\.)|(?=\\@)", WORD_JOINER, escaped)


def about(embedding: Embedding) -> str:
    """One line about an embedding: its size, what it was learned from, and the recall of its index."""
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
    database = f". The vectors are in the database at {manifest['database']}" if "database" in manifest else ""
    return f"{n:,} {item_noun(embedding)} in {d} dimensions{learned}{index}{database}"


QUERY_NAMES = {"item": "items", "analogy": "analogies", "between": "points between two", "other": "other queries"}


def _index_recall(recall: Any) -> str:
    """A sentence about the share of the 10 nearest items that the index finds; "" without an index.

    recall: by kind of query; by metric and kind of query, in a database; for items, in older artifacts.
    """
    if recall is None:
        return ""
    by_kind = recall if isinstance(recall, dict) else {"item": recall}
    by_kind, others = by_kind.get("cosine", by_kind), {name: by_kind.get(name) for name in ("dot", "euclidean")}
    shares = ", ".join(f"{by_kind[kind]:.1%} for {name}" for kind, name in QUERY_NAMES.items() if kind in by_kind)
    names = {"dot": "by dot product", "euclidean": "by distance"}
    least = "".join(f"; {names[name]} {min(of.values()):.1%} or more" for name, of in others.items() if of)
    return f". Share of the 10 nearest that the index finds (without filters): {shares}{least}"


def waiting_text(progress: dict[str, Any]) -> str:
    """What a job waits for that may not run yet; "" for one that runs. progress: see Job.progress."""
    if progress.get("phase") != "waiting":
        return ""
    place = progress["place"]
    return "Waiting for other jobs to finish; next in line" if place == 1 else f"Waiting for other jobs; place {place}"
