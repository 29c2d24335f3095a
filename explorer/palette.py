"""Colours: one for each genre, the same everywhere, told apart also by the colour-blind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

GREY = "#8a8d94"
ACCENT = "#4c6ef5"
CONTRAST = "#f08c00"
LINES = ("#4c6ef5", "#e6a428", "#26967a", "#ad0449", "#a779fd", "#697595")
# Told apart with normal sight, protanopia and deuteranopia on white and on near-black: the least Oklab distance
# between any two is 0.076 (tests/test_palette.py measures it).
FILM_GENRES = {
    "Drama": "#697595", "Comedy": "#e6a428", "Thriller": "#4a369e", "Action": "#bb500f", "Romance": "#f594c7",
    "Adventure": "#5cb486", "Crime": "#4b5880", "Sci-Fi": "#26c8fb", "Horror": "#ad0449", "Fantasy": "#a779fd",
    "Children": "#f6ce16", "Mystery": "#724dc9", "Animation": "#c38417", "Documentary": "#135d4c",
    "Musical": "#e04dcf", "War": "#708060", "Western": "#713f07", "Film-Noir": "#848d96", "IMAX": "#54e9f4",
}  # fmt: skip


def genre_colours(genres: Sequence[str]) -> dict[str, str]:
    """A colour for each genre, in the order given: film genres keep theirs, others take the free ones in turn."""
    free = [colour for genre, colour in FILM_GENRES.items() if genre not in genres] or [GREY]
    others = [genre for genre in genres if genre not in FILM_GENRES]
    taken = {genre: free[n % len(free)] for n, genre in enumerate(others)}
    return {genre: FILM_GENRES.get(genre) or taken[genre] for genre in genres}


def rarest_genre(items: pd.DataFrame, genres: Sequence[str]) -> np.ndarray:
    """For each item the one of its genres that fewest items have, "" for none of those given: (n,) object.

    genres: those that count, the most frequent first. IMAX, a format, counts only where there is nothing else.
    """
    rank = {genre: -1 if genre == "IMAX" else n for n, genre in enumerate(genres)}
    have = items["genres"] if "genres" in items else [[]] * len(items)
    return np.array([max((g for g in row if g in rank), key=rank.__getitem__, default="") for row in have], object)
