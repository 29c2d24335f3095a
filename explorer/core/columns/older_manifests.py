"""What items are called where a manifest was written before it said so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = {"movielens": "film", "books": "book", "links": "page"}


def noun(manifest: Mapping[str, Any]) -> tuple[str, str]:
    """One item and several, by the kind of data that the manifest names; item and items for any other."""
    word = manifest.get("items_are") or KINDS.get(str(manifest.get("kind")), "item")
    return str(word), f"{word}s"
