"""Sequences of items, read from text files with one sequence per line."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

import numpy as np

from explorer.datasets.event_columns import NAMES, TIME
from explorer.datasets.ratings import Ratings
from explorer.datasets.text_lines import lines
from explorer.errors import BadData

Progress = Callable[[int, int], None]  # bytes done, total
SPMF = ("-1", "-2")  # end of an item set, and of a sequence
COLUMNS = {name for names in NAMES.values() for name in names} | {"items", "itemids", "products", "tracks", "history"}
SAMPLE = 100  # lines used to detect the separator
LONGEST_NAME = 4.0  # most words per name on average; parts of sentences have more


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences of tokens, concatenated: sequence i is tokens[starts[i]:starts[i + 1]]."""

    tokens: np.ndarray  # (n,) int32
    starts: np.ndarray  # (sequences + 1,) int64, from 0 to n
    alone: int = 0  # number of sequences with one item that were left out

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
    """Read the sequences of a text file and the names of their tokens, in order of appearance.

    One sequence per line, UTF-8, also .gz. The format is detected from the first lines: a JSON list per line, or names
    separated by tabs; by commas, semicolons or `|` if these separate short names, which may then contain spaces; else
    by white space. Objects with one list of names (JSON Lines) and the sequences of SPMF (`1 -1 2 -1 -2`) are read as
    well. Empty lines are skipped. Raises BadData with the line, also if the file is a table of events.
    """
    codes: defaultdict[str, int] = defaultdict(lambda: len(codes))
    tokens: list[np.ndarray] = []
    lengths: list[int] = []
    numbered = lines(path, progress)
    first = list(islice(numbered, SAMPLE))
    sample = [line for _, line in first]
    separator = _separator(sample)
    _check_no_table(path, sample, separator)
    marks = SPMF if separator is None and sample and all(line.split()[-1:] == [SPMF[1]] for line in sample) else ()
    for number, line in chain(first, numbered):
        try:
            names = _names(line, separator)
        except ValueError as error:
            raise BadData(f"{path}, line {number:,}: {line[:60]!r} is not a JSON list of items ({error})") from error
        names = [name for name in names if name not in marks] if marks else names
        if names:
            tokens.append(np.fromiter(map(codes.__getitem__, names), np.int32, len(names)))
            lengths.append(len(names))
    if not tokens:
        raise BadData(f"{path}: no sequences in the file; expected one per line, items separated by spaces or tabs")
    return Sequences(np.concatenate(tokens), np.append(0, np.cumsum(lengths))), list(codes)


def _separator(sample: list[str]) -> str | None:
    """Separator of the items in each line: "[" for JSON lists, a character, or None for white space."""
    if sample and all(line.lstrip().startswith(("[", "{")) for line in sample) and all(map(_is_list, sample)):
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
        return isinstance(json.loads(line), list | dict)
    except ValueError:
        return False


def _check_no_table(path: str | Path, sample: list[str], separator: str | None) -> None:
    """Raise BadData if the lines are rows of a table: below a header of events, or with times in one column."""
    if separator in (None, "[") or not sample:
        return
    rows = [[cell.strip(' "') for cell in line.split(separator)] for line in sample]
    header = len(rows[0]) > 1 and sum(re.sub("[ _-]", "", name).lower() in COLUMNS for name in rows[0]) > 1
    alike = len(rows[0]) > 2 and len({len(row) for row in rows}) == 1
    times = alike and any(all(map(TIME.match, column)) for column in zip(*rows, strict=True))
    if header or times:
        what = f"line 1 is a header, {sample[0][:60]!r}" if header else "a column contains times"
        raise BadData(
            f"{path}: is a table of events, not of sequences ({what}). Learn from it with `explorer train "
            "interactions`, or write the items of one sequence in each line."
        )


def _names(line: str, separator: str | None) -> list[str]:
    """The items of one line. Raises ValueError if JSON is expected and the line is not a JSON list."""
    if separator == "[":
        found = json.loads(line)
        if isinstance(found, dict):
            lists = [value for value in found.values() if isinstance(value, list)]
            if len(lists) != 1:
                raise ValueError(f"{len(lists)} lists in an object; one is expected")
            found = lists[0]
        if not isinstance(found, list) or any(isinstance(name, list | dict) for name in found):
            raise ValueError("a list of names or numbers is expected")
        return [str(name).strip() for name in found if name is not None and str(name).strip()]
    if separator is not None and separator != "\t" and '"' in line:
        parts = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    else:
        parts = line.split(separator)
    return [name for name in map(str.strip, parts) if name]


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
