"""Problems of vectors and metadata to be imported, with counts and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from explorer.core.vectors.validation import LARGEST
from explorer.formats.parsed_file import Hole

EXAMPLES = 5
BLOCK = 4_000_000  # numbers checked at a time


@dataclass(frozen=True, eq=False)
class Issue:
    """A problem of some rows, with its count and examples."""

    name: str  # nan, zero, constant, duplicate, empty, unmatched, unused, header
    count: int
    examples: list[str]
    text: str
    one: str  # the text for a count of 1
    quoted: bool = True  # whether the examples are keys; otherwise they describe positions

    @property
    def message(self) -> str:
        """The problem as text: `2 rows have no metadata`."""
        return f"{self.count:,} {self.one if self.count == 1 else self.text}"


@dataclass(frozen=True, eq=False)
class ImportSummary:
    """Summary of an import before it starts. first: the first rows with key, metadata and the first numbers."""

    rows: int
    dimensions: int
    first: pd.DataFrame
    found: list[Issue] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # from the readers and the join

    def get(self, name: str) -> Issue | None:
        """The issue with this name, or None."""
        return next((finding for finding in self.found if finding.name == name), None)


@dataclass(frozen=True, eq=False)
class Flaws:
    """Invalid rows and dimensions of the vectors."""

    broken: np.ndarray  # (n,) bool, rows with NaN, infinite or too large numbers (above LARGEST)
    zero: np.ndarray  # (n,) bool, rows of zeros
    constant: np.ndarray  # (d,) bool, dimensions with the same number in all valid rows


def find_flaws(vectors: np.ndarray) -> Flaws:
    """Find flaws of vectors (n, d) float32 in one pass over blocks, because the vectors may be on disk."""
    n, d = vectors.shape
    broken, zero = np.zeros(n, bool), np.zeros(n, bool)
    low, high = np.full(d, np.inf, np.float32), np.full(d, -np.inf, np.float32)
    step = max(1, BLOCK // d)
    for start in range(0, n, step):
        block = np.asarray(vectors[start : start + step])
        with np.errstate(invalid="ignore"):  # raised by signaling NaNs
            finite = is_usable(block).all(axis=1)
            broken[start : start + step] = ~finite
            zero[start : start + step] = ~block.any(axis=1)
        whole = block if finite.all() else block[finite]
        if len(whole):
            low, high = np.minimum(low, whole.min(axis=0)), np.maximum(high, whole.max(axis=0))
    return Flaws(broken, zero, (low == high) if (~broken).sum() > 1 else np.zeros(d, bool))


def is_usable(numbers: np.ndarray) -> np.ndarray:
    """Mask of numbers that are neither NaN nor infinite nor above LARGEST: bool of the same shape."""
    return np.abs(numbers) <= LARGEST


def of_vectors(found: Flaws, keys: list[str], holes: Sequence[Hole] = ()) -> list[Issue]:
    """Issues of the vectors. keys: of all rows, for the examples. holes: the rows without vectors."""
    issues: list[Issue] = []
    numbers = "no vector, or NaN, infinite or too large numbers" if holes else "NaN, infinite or too large numbers"
    nothing = "all zero, without a direction"
    for name, rows, text, single in (
        ("nan", found.broken, f"rows contain {numbers}", f"row contains {numbers}"),
        ("zero", found.zero, f"rows are {nothing}", f"row is {nothing}"),
    ):
        if rows.any():
            reasons = {hole.row: f"{hole.where}: {hole.reason}" for hole in holes} if name == "nan" else {}
            examples = [reasons.get(row, keys[row]) for row in np.flatnonzero(rows)[:EXAMPLES].tolist()]
            issues.append(Issue(name, int(rows.sum()), examples, text, single, quoted=not reasons))
    if found.constant.any():
        columns = np.flatnonzero(found.constant)
        examples = [f"dimension {column}" for column in columns[:EXAMPLES]]
        same = "the same number in every row"
        issues.append(Issue("constant", len(columns), examples, f"dimensions are {same}", f"dimension is {same}"))
    return issues


def of_keys(keys: pd.Series) -> list[Issue]:
    """Issues of the keys: empty ones and duplicates."""
    issues: list[Issue] = []
    empty = keys.isna() | (keys == "")
    if empty.any():
        rows = [f"row {row + 1:,}" for row in np.flatnonzero(empty)[:EXAMPLES]]
        many, single = "rows have no key; they are named by their number", "row has no key; it is named by its number"
        issues.append(Issue("empty", int(empty.sum()), rows, many, single))
    again = keys[~empty].duplicated()
    if again.any():
        examples = keys[~empty][again].astype(str).unique()[:EXAMPLES].tolist()
        before = "a repeated key"
        issues.append(Issue("duplicate", int(again.sum()), examples, f"rows have {before}", f"row has {before}"))
    return issues
