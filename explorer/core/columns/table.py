"""The columns of an embedding, prepared on first use and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from threading import Lock

import numpy as np
import pandas as pd

from explorer.core.columns import registry
from explorer.core.columns.choice import Choice
from explorer.core.columns.expression import evaluate
from explorer.core.columns.kind import Kind
from explorer.core.columns.schema import Schema, read_schema
from explorer.core.columns.summary import Summary

MASKS, MASK_BYTES = 64, 64 << 20  # most cached masks, and most bytes of them: one per item each
BLOCK = 1_000_000  # numbers compared at a time
Filters = tuple[Mapping[str, Choice], str]  # choices by column, and an SQL condition or ""


class Columns(Mapping[str, Kind]):
    """The values of each column by name, in the order of the schema.

    One object serves all users of an embedding; its caches are safe to share between threads.
    """

    def __init__(self, items: pd.DataFrame, schema: Schema) -> None:
        self.schema = schema
        self._items = items
        self._made: dict[str, Kind] = {}
        self._masks: OrderedDict[tuple[str, Choice | str], np.ndarray] = OrderedDict()
        self._combined: OrderedDict[int, tuple[np.ndarray, Filters]] = OrderedDict()
        self._lock = Lock()
        self._most = max(4, min(MASKS, MASK_BYTES // max(1, len(items))))

    @classmethod
    def of(cls, items: Columns | pd.DataFrame) -> Columns:
        """The columns of a table, with guessed kinds; Columns are returned unchanged."""
        return items if isinstance(items, Columns) else cls(items, read_schema({}, items))

    def __getitem__(self, name: str) -> Kind:
        if name not in self._made:
            column = self.schema[name]
            kind = registry.kind_named(column.kind)(self._items[name], column)
            self._made.setdefault(name, kind)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.schema)

    def __len__(self) -> int:
        return len(self.schema)

    def take(self, rows: np.ndarray) -> Columns:
        """The columns of some items, (m,) int, in that order, without keys and titles."""
        names = [column.name for column in self.schema.attributes]
        parts = {name: self._items[name].take(rows).reset_index(drop=True) for name in names}
        return Columns(pd.DataFrame(parts, index=range(len(rows))), Schema(self.schema.attributes, self.schema.noun))

    @property
    def n(self) -> int:
        """The number of items."""
        return len(self._items)

    def get_role(self, role: str) -> Kind | None:
        """The column with a role; None if there is none."""
        column = self.schema.by_role(role)
        return None if column is None else self[column.name]

    def numbers(self, role: str) -> np.ndarray | None:
        """Numbers of the column with a role, (n,) float64, nan where unknown; None if there is no such column."""
        found = self.get_role(role)
        return None if found is None else getattr(found, "numbers", None)

    def best_known(self, n: int, mask: np.ndarray | None = None) -> np.ndarray:
        """Rows of the n most popular items, by the column with the role popularity; all rows in order without one.

        mask: (n,) bool, the items to choose from. Returns (m,) int64, the most popular first, unknown counts last.
        """
        found = self.get_role("popularity")
        if found is None:
            return np.arange(self.n) if mask is None else np.flatnonzero(mask)
        numbers = getattr(found, "numbers", None)
        if numbers is None:
            rows = found.order(descending=True)
            return (rows if mask is None else rows[mask[rows]])[:n]
        return largest(numbers, n, mask)

    def mask(self, name: str, choice: Choice) -> np.ndarray:
        """Items that pass a filter: (n,) bool, read-only, cached.

        Raises BadRequest for an unknown column, or a filter of another kind.
        """
        self.schema.column(name)
        return self._cached_mask((name, choice), lambda: self[name].mask(choice))

    def where(self, expression: str) -> np.ndarray:
        """Items for which an SQL expression is true: (n,) bool, read-only, cached. Raises BadRequest."""
        return self._cached_mask(("", expression), lambda: evaluate(self, expression))

    def filtered(
        self, choices: Mapping[str, Choice], expression: str = "", among: np.ndarray | None = None
    ) -> CrossFilter:
        """Combine several filters; see CrossFilter. Raises BadRequest."""
        return CrossFilter(self, choices, expression, among)

    def remember(self, mask: np.ndarray, filters: Filters) -> None:
        """Keep which filters a combined mask (n,) is the result of."""
        with self._lock:
            self._combined[id(mask)] = mask, filters
            while len(self._combined) > self._most:
                self._combined.popitem(last=False)

    def filters_of(self, mask: np.ndarray) -> Filters | None:
        """The filters that a mask is the result of; None if it was made otherwise, or is forgotten.

        mask: the object that `mask`, `where` or CrossFilter.mask returned, not a copy.
        """
        with self._lock:
            known, filters = self._combined.get(id(mask), (None, None))
            if known is mask:
                return filters
            found = next((key for key, array in self._masks.items() if array is mask), None)
        if found is None:
            return None
        name, asked = found
        return ({}, asked) if isinstance(asked, str) else ({name: asked}, "")

    def _cached_mask(self, key: tuple[str, Choice | str], make: Callable[[], np.ndarray]) -> np.ndarray:
        with self._lock:
            if key in self._masks:
                self._masks.move_to_end(key)
                return self._masks[key]
        mask = make()
        mask.flags.writeable = False
        with self._lock:
            self._masks[key] = mask
            while len(self._masks) > self._most:
                self._masks.popitem(last=False)
        return mask


class CrossFilter:
    """Several filters combined: the items that pass all, and for each column the items that pass the other filters.

    choices: by column. expression: an SQL condition, or "". among: (n,) bool, the items to choose from.
    """

    def __init__(
        self, columns: Columns, choices: Mapping[str, Choice], expression: str = "", among: np.ndarray | None = None
    ) -> None:
        self.columns = columns
        self.choices = {name: choice for name, choice in choices.items() if choice}
        self.expression = expression.strip()
        masks = [columns.mask(name, choice) for name, choice in self.choices.items()]
        self._masks = dict(zip(self.choices, masks, strict=True))
        self._among = among
        fixed = [] if among is None else [among]
        if self.expression:
            fixed.append(columns.where(self.expression))
        # Number of filters that exclude each item, from which `others` follows without evaluating filters again.
        self._left_out = np.zeros(columns.n, np.int16)
        for mask in (*masks, *fixed):
            self._left_out += ~mask

    def __repr__(self) -> str:
        """Text that identifies the filters, for caches."""
        return repr((self.choices, self.expression))

    @cached_property
    def mask(self) -> np.ndarray:
        """Items that pass all filters: (n,) bool, read-only."""
        mask = self._left_out == 0
        mask.flags.writeable = False
        if self._among is None:
            self.columns.remember(mask, (self.choices, self.expression))
        return mask

    @property
    def active(self) -> int:
        """Number of filters that can exclude an item."""
        return len(self.choices) + bool(self.expression)

    def others(self, name: str) -> np.ndarray:
        """Items that pass all filters except that of one column: (n,) bool."""
        own = self._masks.get(name)
        return self.mask if own is None else self._left_out == ~own

    def summary(self, name: str) -> Summary:
        """Counts or a histogram of a column among the items that pass the other columns' filters."""
        mask = self.others(name)
        return self.columns[name].summary(None if mask is self.mask and not self._left_out.any() else mask)

    def describe(self) -> str:
        """The filters in words: "number of ratings 100 or more, genres Comedy or War"; "" if there is none."""
        descriptions = [self.columns[name].describe(choice) for name, choice in self.choices.items()]
        return ", ".join(filter(None, [*descriptions, self.expression]))


def largest(numbers: np.ndarray, n: int, mask: np.ndarray | None = None) -> np.ndarray:
    """Rows of the n largest of some numbers, (m,) int64, the largest first, equal ones in order, nan last.

    mask: (rows,) bool, those to choose from. Works in blocks: sorting ten million would take 300 MB.
    """
    if 2 * n >= len(numbers):
        rows = np.argsort(-numbers, kind="stable")
        return (rows if mask is None else rows[mask[rows]])[:n]
    found = np.empty(0, np.int64)
    for start in range(0, len(numbers), BLOCK):
        span = slice(start, start + BLOCK)
        rows = (
            np.arange(start, min(start + BLOCK, len(numbers))) if mask is None else start + np.flatnonzero(mask[span])
        )
        if len(rows) > n:
            values = np.nan_to_num(numbers[rows], nan=-np.inf)
            rows = rows[values >= np.partition(values, len(values) - n)[len(values) - n]] if n else rows[:0]
        rows = np.concatenate([found, rows])
        found = rows[np.argsort(-numbers[rows], kind="stable")[:n]]
    return found
