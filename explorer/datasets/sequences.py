"""Sequences of items, read from text files with one sequence per line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from explorer.datasets.lines.sequence_lines import named_sequences
from explorer.datasets.ratings import Ratings
from explorer.errors import BadData

Progress = Callable[[int, int], None]  # bytes done, total


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences of tokens, concatenated: sequence i is tokens[starts[i]:starts[i + 1]]."""

    tokens: np.ndarray  # (n,) int32
    starts: np.ndarray  # (sequences + 1,) int64, from 0 to n
    alone: int = 0  # number of sequences with one item that were left out
    notes: tuple[str, ...] = ()  # how the file was read

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Number of tokens of each sequence, (sequences,) int64."""
        return np.diff(self.starts)

    @property
    def owner(self) -> np.ndarray:
        """The sequence of each token, (n,) int64."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def counts(self, n: int) -> np.ndarray:
        """Frequency of each of the tokens 0..n-1, (n,) int64."""
        return np.bincount(self.tokens, minlength=n)

    def take(self, keep: np.ndarray) -> Sequences:
        """The tokens selected by a mask (n,); empty sequences are removed."""
        return replace(grouped(self.tokens[keep], self.owner[keep]), notes=self.notes)

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


def read_sequences(path: str | Path, progress: Progress | None = None) -> tuple[Sequences, list[str]]:
    """Read the sequences of a file and the names of their tokens, in order of appearance.

    One sequence per line, also .gz. The format is detected from the first lines: a JSON list per line, or names
    separated by tabs; by commas, semicolons or `|` if these separate short names, which may then contain spaces; else
    by white space. Ids of users before the items are left out. Read are also objects with one list of names (JSON
    Lines), one JSON list of lists, a column of lists in parquet, and the sequences of SPMF (`1 -1 2 -1 -2`). Empty
    lines are skipped. `notes` says what was detected. Raises BadData with the line, also if the file is a table of
    events.
    """
    codes: defaultdict[str, int] = defaultdict(lambda: len(codes))
    tokens: list[np.ndarray] = []
    lengths: list[int] = []
    found, notes = named_sequences(path, progress)
    for names in found:
        if names:
            tokens.append(np.fromiter(map(codes.__getitem__, names), np.int32, len(names)))
            lengths.append(len(names))
    if not tokens:
        raise BadData(f"{path}: no sequences in the file; expected one per line, items separated by spaces or tabs")
    starts = np.append(0, np.cumsum(lengths))
    return Sequences(np.concatenate(tokens), starts, notes=tuple(notes)), list(codes)


def liked(ratings: Ratings, at_least: float | None) -> Sequences:
    """The items each user liked, oldest first (by item if times are equal or unknown); tokens are rows of items.

    at_least: lowest rating of a liked item, in stars; None is each user's mean. A user without liked items has no
    sequence.
    """
    if at_least is None:
        counts = np.bincount(ratings.user, minlength=ratings.n_users)
        means = np.bincount(ratings.user, weights=ratings.rating, minlength=ratings.n_users) / np.maximum(counts, 1)
        chosen = ratings.rating >= means[ratings.user] - 1e-6  # the mean of equal ratings may be rounded up
    else:
        chosen = ratings.rating >= at_least
    rows = np.flatnonzero(chosen)
    rows = rows[np.lexsort((ratings.item[rows], ratings.timestamp[rows], ratings.user[rows]))]
    return grouped(ratings.item[rows], ratings.user[rows])
