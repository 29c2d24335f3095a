"""Count the texts in which words occur."""

from __future__ import annotations

import re

import numpy as np

WORD = re.compile(r"[^\W\d_][\w'’-]+")
CHARACTERS = 2_000  # characters read of each text
VOCABULARY = 5_000  # most words compared
FEWEST = 5  # texts that must contain a word


def words(text: str) -> set[str]:
    """The distinct words at the beginning of a text, in lower case."""
    return set(WORD.findall(text[:CHARACTERS].casefold()))


def counted_words(selected: list[str], rest: list[str]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Words in at least 5 texts, most frequent first, and the number of texts of each side with them: (m,) int64."""
    place: dict[str, int] = {}
    counts = [np.array([place.setdefault(w, len(place)) for text in side for w in words(text)], np.int64)
              for side in (selected, rest)]  # fmt: skip
    inside, outside = (np.bincount(group, minlength=len(place)) for group in counts)
    both = inside + outside
    frequent = np.argsort(-both, kind="stable")[:VOCABULARY]
    frequent = frequent[both[frequent] >= FEWEST]
    names = list(place)
    return [names[n] for n in frequent], inside[frequent], outside[frequent]
