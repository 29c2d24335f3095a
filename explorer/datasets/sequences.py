"""Sequences of items, one a line."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

import numpy as np

from explorer.datasets.ratings import Ratings
from explorer.datasets.text_lines import lines
from explorer.errors import BadData

Progress = Callable[[int, int], None]  # bytes done, bytes in all
SAMPLE = 100  # lines that tell how items stand apart
LONGEST_NAME = 4.0  # words of a name on average; between the commas of sentences there are more


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


def read_sequences(path: str | Path, progress: Progress | None = None) -> tuple[Sequences, list[str]]:
    """The sequences of a text file and the names of their tokens, in order of appearance.

    One sequence a line, UTF-8, also packed as .gz. The first lines tell how items stand apart: a JSON list a line, by
    tabs, by commas, semicolons or `|` where these part short names, so that names may hold spaces, else by white space.
    Empty lines are passed over. Raises BadData with the line.
    """
    codes: defaultdict[str, int] = defaultdict(lambda: len(codes))
    tokens: list[np.ndarray] = []
    lengths: list[int] = []
    numbered = lines(path, progress)
    first = list(islice(numbered, SAMPLE))
    separator = _separator([line for _, line in first])
    for number, line in chain(first, numbered):
        try:
            names = _names(line, separator)
        except ValueError as error:
            raise BadData(f"{path}, line {number:,}: {line[:60]!r} is no JSON list of items ({error})") from error
        if names:
            tokens.append(np.fromiter(map(codes.__getitem__, names), np.int32, len(names)))
            lengths.append(len(names))
    if not tokens:
        raise BadData(f"{path}: no sequences in the file; expected one a line, items apart by spaces or tabs")
    return Sequences(np.concatenate(tokens), np.append(0, np.cumsum(lengths))), list(codes)


def _separator(sample: list[str]) -> str | None:
    """What parts the items of each line: "[" for JSON lists, a sign, or None for white space."""
    if sample and all(line.lstrip().startswith("[") for line in sample) and all(map(_is_list, sample)):
        return "["
    if any("\t" in line for line in sample):
        return "\t"
    for sign in ",;|":
        parted = [line for line in sample if sign in line]
        parts = [part for line in parted for part in line.split(sign)]
        words = sum(len(part.split()) for part in parts) / max(1, len(parts))
        spaced = sum(len(line.split()) > 1 for line in sample if sign not in line)
        tight = sum(line.count(sign) for line in parted) > 2 * sum(line.count(f"{sign} ") for line in parted)
        if len(parted) >= 0.3 * len(sample) and words <= LONGEST_NAME and (tight or spaced < 0.1 * len(sample)):
            return sign
    return None


def _is_list(line: str) -> bool:
    try:
        return isinstance(json.loads(line), list)
    except ValueError:
        return False


def _names(line: str, separator: str | None) -> list[str]:
    """The items of one line. Raises ValueError where it is no JSON list though others are."""
    if separator == "[":
        found = json.loads(line)
        if not isinstance(found, list) or any(isinstance(name, list | dict) for name in found):
            raise ValueError("a list of names or numbers is expected")
        return [str(name).strip() for name in found if name is not None and str(name).strip()]
    if separator is not None and separator != "\t" and '"' in line:
        parts = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    else:
        parts = line.split(separator)
    return [name for name in map(str.strip, parts) if name]


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
