"""Colours: one for each genre, the same everywhere, told apart also by the colour-blind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from explorer.core.filters import Genres, genre_table

GREY = "#8a8d94"
ACCENT = "#4c6ef5"
CONTRAST = "#f08c00"
LINES = ("#4c6ef5", "#e6a428", "#26967a", "#ad0449", "#a779fd", "#697595")
# Told apart with normal sight, protanopia and deuteranopia on white and on near-black: the least Oklab distance
# between any two is 0.076 (tests/figures/test_palette.py measures it).
FILM_GENRES = {
    "Drama": "#697595", "Comedy": "#e6a428", "Thriller": "#4a369e", "Action": "#bb500f", "Romance": "#f594c7",
    "Adventure": "#5cb486", "Crime": "#4b5880", "Sci-Fi": "#26c8fb", "Horror": "#ad0449", "Fantasy": "#a779fd",
    "Children": "#f6ce16", "Mystery": "#724dc9", "Animation": "#c38417", "Documentary": "#135d4c",
    "Musical": "#e04dcf", "War": "#708060", "Western": "#713f07", "Film-Noir": "#848d96", "IMAX": "#54e9f4",
}  # fmt: skip

# For genres of other things. With those above the least distance between any two is 0.052.
FURTHER = (
    "#d1d3a0", "#67065f", "#5c2024", "#e37ac6", "#6cc771", "#6c5ea8", "#282584", "#0ba856", "#496c71", "#f2b7c8",
    "#5aacf6", "#187f14", "#7b7cb8", "#414679", "#6c1947", "#b3e571", "#c9be9b",
)  # fmt: skip


def genre_colours(genres: Sequence[str]) -> dict[str, str]:
    """A colour for each genre, in the order given: film genres keep theirs, others take the free ones in turn."""
    free = [*(colour for genre, colour in FILM_GENRES.items() if genre not in genres), *FURTHER]
    others = [genre for genre in genres if genre not in FILM_GENRES]
    taken = {genre: free[n % len(free)] for n, genre in enumerate(others)}
    return {genre: FILM_GENRES.get(genre) or taken[genre] for genre in genres}


def rarest_genre(items: pd.DataFrame, genres: Sequence[str], table: Genres | None = None) -> np.ndarray:
    """For each item the one of its genres that fewest items have: (n,) int16, places in `genres`, -1 for none of those.

    genres: those that count, the most frequent first. IMAX, a format, counts only where there is nothing else.
    table: of filters.genre_table, where it is at hand.
    """
    order = sorted(range(len(genres)), key=lambda n: -1 if genres[n] == "IMAX" else n, reverse=True)
    if not order:
        return np.full(len(items), -1, np.int16)
    have = (genre_table(items) if table is None else table).of([genres[n] for n in order])
    first = np.array(order, np.int16)[have.argmax(axis=1)]
    return np.where(have.any(axis=1), first, np.int16(-1))
