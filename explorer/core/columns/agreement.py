"""How far neighbors agree in a column, pair by pair; no distance enters, only who is near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Agreement:
    """One measure of how far items agree with their neighbors: 1 the same, 0 nothing in common."""

    name: str  # "neighbors that share a genre"
    unit: str
    meaning: str
    pairs: np.ndarray  # (n, k) float64, an item and each of its neighbors; 0 where either is unknown


def singular(phrase: str) -> str:
    """ "genres" -> "genre", "categories" -> "category"; a phrase that is no plural stays as it is."""
    if phrase.endswith("ies"):
        return f"{phrase[:-3]}y"
    return phrase[:-1] if phrase.endswith("s") and not phrase.endswith("ss") else phrase


def a(noun: str) -> str:
    """A noun with its article: "a genre", "an award"."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
