"""Labels: any number of values for each item, such as genres or tags."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain

import numpy as np
import pandas as pd
import pyarrow as pa

from explorer.core.columns import enrichment
from explorer.core.columns.agreement import Agreement, a, singular
from explorer.core.columns.cell_labels import is_list, labels, separator
from explorer.core.columns.choice import OneOf
from explorer.core.columns.color import MIXTURES, OTHER, PALETTE, Discrete
from explorer.core.columns.kind import Kind, narrow, stringy
from explorer.core.columns.kinds.category import FEWEST, NAMED, check_value, objects, order_of
from explorer.core.columns.summary import Counts
from explorer.core.columns.target import Target
from explorer.core.columns.traits import Traits
from explorer.errors import BadRequest

BLOCK = 500_000  # cells compared at a time
_WORDS = {"any": "or", "all": "and", "only": "and"}


class Labels(Kind):
    """Any number of labels for each item; an item without any is unknown.

    Items with the same labels share one combination, and most operations work on combinations only.
    """

    name = "labels"
    choice = OneOf

    @staticmethod
    def guess(values: pd.Series) -> float:
        if not len(values):
            return 0.0
        if stringy(values):
            return 0.9 if separator(values) else 0.0
        if values.dtype != object:
            return 0.0
        cells = objects(values)
        if not all(is_list(cell) for cell in cells):
            return 0.0
        parts = list(chain.from_iterable(cells))[:10_000]
        return 1.0 if all(part is None or isinstance(part, str) for part in parts) else 0.0

    @staticmethod
    def parse(values: pd.Series, separator: str = "") -> pd.Series:
        if values.dtype != object:
            values = values.astype(object)
        codes, cells = _distinct(values)
        made: dict[str, list[str]] = {}  # of equal texts
        parsed = np.empty(len(cells), object)
        for n, cell in enumerate(cells):
            found = made.get(cell) if isinstance(cell, str) else None
            parsed[n] = labels(cell, separator) if found is None else found
            if isinstance(cell, str):
                made[cell] = parsed[n]
        if all(type(cell) is list and cell == one for cell, one in zip(cells, parsed, strict=True)):
            return values  # of ten million items a copy takes 80 MB
        return pd.Series(parsed[codes], values.index, object, name=values.name)

    @cached_property
    def _combined(self) -> tuple[np.ndarray, list[list[str]]]:
        """Combination of each item, (n,), and the labels of each combination."""
        codes, lists = _distinct(self.values)
        same: dict[tuple[str, ...], int] = {}
        place = np.array([same.setdefault(tuple(sorted(one)), len(same)) for one in lists], np.int64)
        return narrow(place, len(same))[codes], [list(one) for one in same]

    @property
    def _codes(self) -> np.ndarray:
        return self._combined[0]

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """Pairs of combination and label, (pairs,) each, and all labels, the most frequent first."""
        codes, lists = self._combined
        items = np.bincount(codes, minlength=len(lists)) if len(codes) else np.zeros(0, np.int64)
        combination = np.repeat(np.arange(len(lists)), [len(labels) for labels in lists] or [])
        label, names = pd.factorize(np.array(list(chain.from_iterable(lists)), object))
        counts = np.bincount(label, items[combination], len(names)) if len(names) else np.zeros(0)
        order = np.lexsort((np.asarray(names, object).astype(str), -counts))
        place = np.empty(len(names), np.int64)
        place[order] = np.arange(len(names))
        return combination, place[label] if len(names) else label, tuple(str(names[n]) for n in order)

    @property
    def names(self) -> tuple[str, ...]:
        """All labels, ordered by frequency, then by name."""
        return self._table[2]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: n for n, name in enumerate(self.names)}

    @cached_property
    def _sizes(self) -> np.ndarray:
        return np.array([len(labels) for labels in self._combined[1]], np.int64)

    @cached_property
    def known(self) -> np.ndarray:
        return (self._sizes > 0)[self._codes]

    @cached_property
    def arrow(self) -> pa.Array:
        return pa.array([list(labels) for labels in self.values], pa.list_(pa.string()))

    def having(self, wanted: Sequence[str]) -> np.ndarray:
        """Which items have each of some labels: (n, len(wanted)) bool, in the order given; unknown labels are all
        False.
        """
        return self._have(wanted)[self._codes]

    def _have(self, wanted: Sequence[str]) -> np.ndarray:
        """Which combinations have each of some labels: (combinations, len(wanted)) bool."""
        combination, label, names = self._table
        column = np.full(len(names) + 1, -1)
        for n, name in enumerate(wanted):
            column[self._place.get(name, -1)] = n if name in self._place else -1
        have = np.zeros((len(self._combined[1]), len(wanted)), bool)
        present = column[label] >= 0
        have[combination[present], column[label[present]]] = True
        return have

    def matches(self, choice: OneOf) -> np.ndarray:
        wanted = list(dict.fromkeys(choice.values))
        have = self._have(wanted)
        found = np.asarray(have.any(axis=1) if choice.mode == "any" else have.all(axis=1))
        if choice.mode == "only":
            found &= self._sizes == len(wanted)
        return found[self._codes]

    def grade(self, value: str | None = None) -> np.ndarray:
        check_value(self.column.label, value, self.names)
        return np.where(self.known, self.having([str(value)])[:, 0], np.nan)

    def describe_value(self, choice: OneOf) -> str:
        words = list(choice.values)
        joined = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {_WORDS[choice.mode]} {words[-1]}"
        return f"{self.column.phrase} {'only ' if choice.mode == 'only' else ''}{joined}"

    def summary(self, among: np.ndarray | None = None) -> Counts:
        m = len(self._combined[1])
        items = np.bincount(self._codes if among is None else self._codes[among], minlength=m)
        combination, label, names = self._table
        counts = np.bincount(label, items[combination], len(names)).astype(np.int64)
        known = int(items[self._sizes > 0].sum())
        return Counts(known, int(items.sum()) - known, names, counts)

    def order(self, descending: bool = False) -> np.ndarray:
        texts = [", ".join(labels).casefold() for labels in self._combined[1]]
        rank = np.empty(len(texts), np.int64)
        rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
        return order_of(rank[self._codes], self.known, descending)

    def colors(self) -> Discrete:
        """Color items by the least common of their labels among the 20 most frequent; minor labels only if alone."""
        names = self.names[: len(PALETTE)]
        order = sorted(range(len(names)), key=lambda n: -1 if names[n] in self.column.minor else n, reverse=True)
        have = self._have([names[n] for n in order])
        codes = np.full(len(have), -1, np.int64)
        if order:
            codes = np.where(have.any(axis=1), np.array(order)[have.argmax(axis=1)], -1)
        colors = PALETTE[: len(names)]
        if len(self.names) > len(names):
            codes = np.where((codes < 0) & (self._sizes > 0), len(names), codes)
            names, colors = (*names, "other"), (*colors, OTHER)
        return Discrete(self.column.label, narrow(codes, len(names))[self._codes], names, colors)

    def layers(self, wanted: Sequence[str]) -> Discrete:
        """Color items by the least common of their labels among `wanted`; items with none of these have no color.

        Colors are those of `colors`. Unknown labels are ignored.
        """
        all_of_them = self.colors()
        own = dict(zip(all_of_them.names, all_of_them.colors, strict=True))
        names = [name for name in self.names if name in set(wanted)]
        have = self._have(names[::-1])
        codes = np.full(len(have), -1, np.int64)
        if names:
            codes = np.where(have.any(axis=1), len(names) - 1 - have.argmax(axis=1), -1)
        colors = tuple(own.get(name, OTHER) for name in names)
        return Discrete(self.column.label, narrow(codes, len(names))[self._codes], tuple(names), colors)

    def mixtures(self, wanted: Sequence[str]) -> Discrete:
        """Color items by which of up to three labels they have. Raises BadRequest for more."""
        if len(wanted) > 3:
            raise BadRequest(f"{len(wanted)} labels have too many combinations to color; choose up to 3.")
        mixed = (self._have(wanted) << np.arange(len(wanted))).sum(axis=1).astype(np.int64)
        order = [paint for paint in MIXTURES if paint < 1 << len(wanted)]
        place = np.full(8, -1, np.int8)
        place[order] = np.arange(len(order))
        names = tuple(" + ".join(name for n, name in enumerate(wanted) if paint >> n & 1) for paint in order)
        title = f"Combinations of {self.column.phrase}"
        return Discrete(title, place[mixed][self._codes], names, tuple(MIXTURES[paint] for paint in order))

    def long_text(self, row: int) -> str:
        return ", ".join(self.values.iloc[row])

    def enrichment(self, selected: np.ndarray, rest: np.ndarray) -> pd.DataFrame:
        inside, outside = self.summary(selected), self.summary(rest)
        size = int(selected.sum()), int(rest.sum())  # items without labels count as not having any
        return enrichment.compare_shares(self.column.name, self.name, self.names, inside.counts, outside.counts, size)

    def named(self, value: str) -> str:
        return value

    def association(self, score: np.ndarray) -> list[tuple[str, str, float]]:
        rows, counts = np.flatnonzero(self.known), self.summary().counts
        names = [name for name, count in zip(self.names, counts, strict=True) if FEWEST <= count <= len(rows) - FEWEST]
        ranks = pd.Series(score[rows]).rank().to_numpy()
        have = self.having(names)[rows]
        return [(name, "AUC", enrichment.auc_of_members(ranks, have[:, n])) for n, name in enumerate(names)]

    def traits(self) -> list[Traits]:
        names = [name for name in self.names[:NAMED] if name not in self.column.minor]
        return [Traits(self.column.name, tuple(names), self.having(names), most=2)]

    @cached_property
    def _bits(self) -> np.ndarray:
        """The labels of each combination as bits: (combinations, bytes) uint8."""
        combination, label, names = self._table
        bits = np.zeros((len(self._combined[1]), len(names) // 8 + 1), np.uint8)
        np.bitwise_or.at(bits, (combination, label // 8), (1 << label % 8).astype(np.uint8))
        return bits

    def agreement(self, near: np.ndarray, order: np.ndarray | None = None) -> list[Agreement]:
        codes = self._codes if order is None else self._codes[order]
        own = self._bits[codes]
        some, alike = np.zeros(near.shape), np.zeros(near.shape)
        for place, column in enumerate(near.T):
            other = own[column]
            both = np.bitwise_count(own & other).sum(axis=1)
            some[:, place] = both > 0
            alike[:, place] = both / np.maximum(np.bitwise_count(own | other).sum(axis=1), 1)
        phrase, one = self.column.phrase, a(singular(self.column.phrase))
        shared = f"Share of neighbors that have at least one of the {phrase} of the item."
        similar = f"Similarity of the {phrase} of an item and its neighbors: mean Jaccard index of both sets."
        return [
            Agreement(f"neighbors that share {one}", "share", shared, some),
            Agreement(f"similarity of {phrase}", "mean Jaccard", similar, alike),
        ]

    def target(self) -> Target | None:
        rows = np.flatnonzero(self.known)
        counts = self.summary().counts
        frequent = [name for name, n in zip(self.names, counts, strict=True) if FEWEST <= n <= len(rows) - FEWEST]
        frequent = frequent[: len(PALETTE)]
        return Target("AUC", rows, self.having(frequent)[rows], tuple(frequent), 0.5) if frequent else None


def _distinct(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The number of each cell's object among the distinct ones, (n,) ints, and these objects.

    Items share equal lists, so there are few. Works in blocks, because the addresses of ten million take 80 MB.
    """
    cells = np.ascontiguousarray(values.to_numpy())
    addresses = np.ndarray(len(cells), np.intp, cells)
    blocks = [addresses[start : start + BLOCK] for start in range(0, len(cells), BLOCK)]
    known = np.empty(0, np.intp)
    for block in blocks:
        known = np.union1d(known, block)
    codes = np.concatenate([np.empty(0, np.int8), *(narrow(np.searchsorted(known, one), len(known)) for one in blocks)])
    distinct = np.empty(len(known), object)
    distinct[codes] = cells
    return codes, distinct
