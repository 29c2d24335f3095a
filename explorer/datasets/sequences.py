"""Sequences of items, one a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from explorer.datasets.ratings import Ratings
from explorer.datasets.text_lines import lines
from explorer.errors import BadData

Progress = Callable[[int, int], None]  # bytes done, bytes in all


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences of tokens, concatenated: sequence i is tokens[starts[i]:starts[i + 1]]."""

    tokens: np.ndarray  # (n,) int32
    starts: np.ndarray  # (sequences + 1,) int64, from 0 to n
    alone: int = 0  # sequences of one item that were left out: they have no company to learn from

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each sequence, (sequences,) int64."""
        return np.diff(self.starts)

    @property
    def owner(self) -> np.ndarray:
        """The sequence of each token, (n,) int64."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def counts(self, n: int) -> np.ndarray:
        """How often each of the tokens 0..n-1 occurs, (n,) int64."""
        return np.bincount(self.tokens, minlength=n)

    def take(self, keep: np.ndarray) -> Sequences:
        """The tokens of a mask (n,); sequences that it leaves empty are gone."""
        return grouped(self.tokens[keep], self.owner[keep])

    def without_alone(self) -> Sequences:
        """Drop sequences of one token; `alone` counts them."""
        long = self.lengths > 1
        return replace(self.take(long[self.owner]), alone=self.alone + int(np.count_nonzero(~long)))

    def shuffled(self, rng: np.random.Generator) -> Sequences:
        """Shuffle each sequence."""
        return replace(self, tokens=self.tokens[np.lexsort((rng.random(len(self.tokens)), self.owner))])


def grouped(tokens: np.ndarray, owner: np.ndarray) -> Sequences:
    """Build sequences from tokens (n,) and their ascending sequence numbers (n,)."""
    starts = np.append(np.flatnonzero(np.append(True, owner[1:] != owner[:-1])[: len(owner)]), len(owner))
    return Sequences(np.asarray(tokens, np.int32), starts.astype(np.int64))


def read(path: str | Path, progress: Progress | None = None) -> tuple[Sequences, list[str]]:
    """The sequences of a text file and the names of their tokens, in order of appearance.

    One sequence a line, UTF-8, also packed as .gz. Tokens stand apart by tabs where the file's first line with anything
    on it has one, so that titles may hold spaces, else by white space. Empty lines are passed over. Raises BadData.
    """
    codes: defaultdict[str, int] = defaultdict(lambda: len(codes))
    tokens: list[np.ndarray] = []
    lengths: list[int] = []
    tab: str | None = None
    for _, line in lines(path, progress):
        if not lengths:
            tab = "\t" if "\t" in line else None
        names = [name for name in map(str.strip, line.split(tab)) if name]
        if names:
            tokens.append(np.fromiter(map(codes.__getitem__, names), np.int32, len(names)))
            lengths.append(len(names))
    if not tokens:
        raise BadData(f"{path}: no sequences in the file; expected one a line, items apart by spaces or tabs")
    return Sequences(np.concatenate(tokens), np.append(0, np.cumsum(lengths))), list(codes)


def liked(ratings: Ratings, at_least: float | None) -> Sequences:
    """The items each user liked, oldest first (by item where times are equal or unknown); tokens are rows of items.

    at_least: stars from which on an item is liked; None is each user's own mean. A user without any has no sequence.
    """
    if at_least is None:
        counts = np.bincount(ratings.user, minlength=ratings.n_users)
        means = np.bincount(ratings.user, weights=ratings.rating, minlength=ratings.n_users) / np.maximum(counts, 1)
        chosen = ratings.rating >= means[ratings.user] - 1e-6  # a mean of equal stars may round to just above them
    else:
        chosen = ratings.rating >= at_least
    rows = np.flatnonzero(chosen)
    rows = rows[np.lexsort((ratings.item[rows], ratings.timestamp[rows], ratings.user[rows]))]
    return grouped(ratings.item[rows], ratings.user[rows])
