"""Category: one of several values, such as a brand or a language."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from explorer.core.columns import enrichment
from explorer.core.columns.agreement import Agreement
from explorer.core.columns.choice import OneOf
from explorer.core.columns.color import OTHER, PALETTE, Discrete
from explorer.core.columns.kind import Kind, as_text, narrow, sample, stringy, tally, unknown_cell
from explorer.core.columns.summary import Counts
from explorer.core.columns.target import Target
from explorer.core.columns.traits import Traits
from explorer.errors import BadRequest, closest

FEW = 50  # most different texts of a category, unless values repeat often
LONG = 60  # longest mean length of a category's values, characters
NAMED = 40  # most frequent values used to name groups of items
FEWEST = 10  # items that a class needs to be a prediction target
CODES = re.compile(
    r"(^|[_ ])(cluster|class|category|code|community|group|label|segment|topic|zip|postcode|louvain|leiden)s?"
    r"([_ ]|$)"
)
VERSIONS = re.compile(r"(?i:(^|[_ .])(ver|version)$)|[a-z]Version$")  # names of columns in which 1.10 is not 1.1


class Category(Kind):
    """One of several values for each item."""

    name = "category"
    choice = OneOf

    @staticmethod
    def guess(values: pd.Series) -> float:
        if isinstance(values.dtype, pd.CategoricalDtype):
            return 0.95
        if not len(values):
            return 0.0
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            if pd.api.types.is_complex_dtype(values) or not (values % 1 == 0).all():
                return 0.0
            few = values.nunique() <= min(FEW, len(values) / 2)
            return 0.85 if few and CODES.search(str(values.name).lower()) else 0.0
        if not stringy(values):
            return 0.0
        different, lengths = values.nunique(), sample(values).str.len()
        if lengths.mean() > LONG:
            return 0.0
        few = different < max(2, min(FEW, len(values) / 2)) or 2 * different <= len(values)
        return (0.85 if VERSIONS.search(str(values.name)) else 0.75) if few else 0.0

    @staticmethod
    def parse(values: pd.Series, separator: str = "") -> pd.Series:
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype(object)
        return as_text(values)

    @cached_property
    def _coded(self) -> tuple[np.ndarray, tuple[str, ...]]:
        codes, names = pd.factorize(self.values)
        counts = np.bincount(codes[codes >= 0], minlength=len(names))
        order = np.lexsort((np.asarray(names, object).astype(str), -counts))
        place = np.empty(len(names) + 1, np.int64)
        place[order], place[-1] = np.arange(len(names)), -1
        return narrow(place[codes], len(names)), tuple(str(names[n]) for n in order)

    @property
    def codes(self) -> np.ndarray:
        """Position of each item's value in `names`, -1 where unknown: (n,), the smallest integer type that fits."""
        return self._coded[0]

    @property
    def names(self) -> tuple[str, ...]:
        """All values, ordered by frequency, then by name."""
        return self._coded[1]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: n for n, name in enumerate(self.names)}

    @cached_property
    def known(self) -> np.ndarray:
        return self.codes >= 0

    @cached_property
    def arrow(self) -> pa.Array:
        return pa.array(self.values, pa.string(), from_pandas=True)

    def matches(self, choice: OneOf) -> np.ndarray:
        wanted = np.zeros(len(self.names) + 1, bool)
        wanted[[self._place[value] for value in choice.values if value in self._place]] = True
        wanted[-1] = False
        if choice.mode != "any" and len(set(choice.values)) > 1:
            wanted[:] = False  # no item has two values of a category
        return wanted[self.codes]

    def grade(self, value: str | None = None) -> np.ndarray:
        check_value(self.column.label, value, self.names)
        return np.where(self.known, self.codes == self._place[str(value)], np.nan)

    def describe_value(self, choice: OneOf) -> str:
        return f"{self.column.phrase} {_join_words([self.shown(value) for value in choice.values], 'or')}"

    def shown(self, value: str) -> str:
        """A value as shown to users."""
        return value

    def summary(self, among: np.ndarray | None = None) -> Counts:
        counts, unknown = tally(self.codes, among, len(self.names))
        return Counts(int(counts.sum()), unknown, self.names, counts)

    def order(self, descending: bool = False) -> np.ndarray:
        return order_of(ranks(self.names)[self.codes], self.known, descending)

    def colors(self) -> Discrete:
        most = len(PALETTE)
        names, codes = tuple(map(self.shown, self.names[:most])), np.minimum(self.codes, most)
        if len(self.names) > most:
            return Discrete(self.column.label, narrow(codes, most + 1), (*names, "other"), (*PALETTE, OTHER))
        return Discrete(self.column.label, narrow(codes, most), names, PALETTE[: len(names)])

    def long_text(self, row: int) -> str:
        code = self.codes[row]
        return self.shown(self.names[code]) if code >= 0 else ""

    def enrichment(self, selected: np.ndarray, rest: np.ndarray) -> pd.DataFrame:
        inside, outside = self.summary(selected), self.summary(rest)
        size = inside.known, outside.known
        return enrichment.compare_shares(self.column.name, self.name, self.names, inside.counts, outside.counts, size)

    def association(self, score: np.ndarray) -> list[tuple[str, str, float]]:
        known = self.known
        counts = np.bincount(self.codes[known], minlength=len(self.names))
        places, found = pd.Series(score[known]).rank().to_numpy(), []
        for n in np.flatnonzero((counts >= FEWEST) & (counts.sum() - counts >= FEWEST)):
            members = self.codes[known] == n
            found.append((self.named(self.names[n]), "AUC", enrichment.auc_of_members(places, members)))
        return found

    def traits(self) -> list[Traits]:
        names = [name for name in self.names[:NAMED] if name not in self.column.minor]
        have = np.column_stack([self.codes == self._place[name] for name in names] or [np.zeros((len(self), 0), bool)])
        return [Traits(self.column.name, tuple(map(self.named_alone, names)), have)]

    def named_alone(self, value: str) -> str:
        """A value as the name of a region, without the column's name if it is clear without, as a brand is."""
        return self.shown(value) if re.search(r"[^\W\d_]{2}", value) else f"{self.column.label} {value}"

    def named(self, value: str) -> str:
        return self.named_alone(value)

    def agreement(self, near: np.ndarray, order: np.ndarray | None = None) -> list[Agreement]:
        codes = self.codes if order is None else self.codes[order]
        same = (codes[near] == codes[:, None]) & (codes >= 0)[:, None]
        phrase = self.column.phrase
        meaning = f"Share of neighbors with the same {phrase} as the item."
        return [Agreement(f"neighbors of the same {phrase}", "share", meaning, same.astype(float))]

    def target(self) -> Target | None:
        counts = np.bincount(self.codes[self.known], minlength=len(self.names))
        classes = np.flatnonzero(counts >= FEWEST)[: len(PALETTE)]
        if len(classes) < 2:
            return None
        rows = np.flatnonzero(np.isin(self.codes, classes))
        names = tuple(self.names[n] for n in classes)
        values = np.searchsorted(classes, self.codes[rows])
        return Target("accuracy", rows, values, names, float(counts[classes].max() / len(rows)))


def check_value(label: str, value: str | None, names: tuple[str, ...]) -> None:
    """Raise BadRequest, which names the closest values, if no item has the value."""
    if value not in names:
        similar = " or ".join(closest(value or "", names) or names[:3])
        raise BadRequest(f"{label} has no value {value!r}; choose one of {similar}.")


def ranks(names: tuple[str, ...]) -> np.ndarray:
    """Position of each name in natural order (numbers by size): (m + 1,) int64; the last is -1, for unknown."""
    keys = [[(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _parts(name)] for name in names]
    place = np.empty(len(names) + 1, np.int64)
    place[sorted(range(len(names)), key=keys.__getitem__)] = np.arange(len(names))
    place[-1] = -1
    return place


def order_of(rank: np.ndarray, known: np.ndarray, descending: bool) -> np.ndarray:
    """Rows sorted by rank (n,), stable, unknown values last: (n,) int64."""
    rows = np.flatnonzero(known)
    found = rows[np.argsort(-rank[rows] if descending else rank[rows], kind="stable")]
    return np.concatenate([found, np.flatnonzero(~known)])


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"([0-9]+)", name.casefold()) if part]


def _join_words(words: list[str], last: str) -> str:
    """Words as a list: "a, b or c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def objects(values: pd.Series) -> list[Any]:
    """The known cells of a sample of an object column."""
    return [cell for cell in sample(values) if not unknown_cell(cell)]
