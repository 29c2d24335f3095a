"""Agreement of neighbors in a column, pair by pair; it depends on who the neighbors are, not on distances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Agreement:
    """One measure of how far items agree with their neighbors: 1 is identical, 0 nothing in common."""

    name: str  # "neighbors that share a genre"
    unit: str
    meaning: str
    pairs: np.ndarray  # (n, k) float64, agreement of each item with each neighbor; 0 where either is unknown


def singular(phrase: str) -> str:
    """Singular of a phrase: "genres" -> "genre", "categories" -> "category"; others are unchanged."""
    if phrase.endswith("ies"):
        return f"{phrase[:-3]}y"
    return phrase[:-1] if phrase.endswith("s") and not phrase.endswith("ss") else phrase


def a(noun: str) -> str:
    """A noun with its article: "a genre", "an award"."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
