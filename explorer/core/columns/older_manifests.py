"""Names of items for manifests written before they stored one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = {"movielens": "film", "books": "book", "links": "page"}


def noun(manifest: Mapping[str, Any]) -> tuple[str, str]:
    """Singular and plural name of an item, from the kind of data in the manifest; "item", "items" by default."""
    word = manifest.get("items_are") or KINDS.get(str(manifest.get("kind")), "item")
    return str(word), f"{word}s"
