"""Number: a quantity, such as a price, a count or a year."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from explorer.core.columns import enrichment
from explorer.core.columns.agreement import Agreement
from explorer.core.columns.amounts import read_amounts
from explorer.core.columns.choice import Range
from explorer.core.columns.color import Continuous
from explorer.core.columns.kind import Kind, sample, stringy, unknown_cell
from explorer.core.columns.kinds.category import FEWEST, objects, order_of
from explorer.core.columns.periods import END, periods, stacked
from explorer.core.columns.summary import Histogram
from explorer.core.columns.target import Target
from explorer.core.columns.traits import Traits
from explorer.errors import BadRequest

BINS = 40
HEAVY = 10  # ratio of 99th percentile to median from which a column is shown on a logarithmic scale
BLOCK = 1_000_000  # numbers sorted into bins at a time
PLAIN = {"id", "year"}  # words in the names of columns whose whole numbers are written without commas
SCALES = ("linear", "log", "rank")
WRITTEN = re.compile(r"^\s*[-+]?(0|[1-9]\d*)?(\.\d+)?([eE][-+]?\d+)?\s*$")  # 007 is a code, not a number


def _is_rounded(text: str) -> bool:
    """Whether float64 cannot represent all characters of a number: a plus sign or too many digits."""
    digits = re.sub(r"[eE].*|\D", "", text).strip("0")
    return text.lstrip().startswith("+") or (len(digits) > 15 and Decimal(text.strip()) != Decimal(repr(float(text))))


class Number(Kind):
    """A number for each item."""

    name = "number"
    choice = Range

    @staticmethod
    def guess(values: pd.Series) -> float:
        if pd.api.types.is_bool_dtype(values) or not len(values):
            return 0.0
        if pd.api.types.is_numeric_dtype(values):
            return 0.0 if pd.api.types.is_complex_dtype(values) else 0.8
        if stringy(values):
            texts = sample(values)
            written = all(map(WRITTEN.match, texts)) and texts.str.contains(r"\d").all()
            if written:
                return 0.0 if texts.map(_is_rounded).any() else 0.8
            return 0.8 if read_amounts(values) else 0.0
        if values.dtype != object:
            return 0.0
        kinds = int | float | Decimal | np.integer | np.floating
        return 0.8 if all(isinstance(cell, kinds) and not isinstance(cell, bool) for cell in objects(values)) else 0.0

    @staticmethod
    def parse(values: pd.Series, separator: str = "") -> pd.Series:
        if values.dtype == object:
            values = values.map(lambda cell: None if unknown_cell(cell) or np.ndim(cell) else str(cell))
        if pd.api.types.is_integer_dtype(values):
            return values
        known = values.notna()
        if stringy(values[known]) and (amounts := read_amounts(values[known])):
            return pd.Series(np.nan, values.index, name=values.name).mask(
                known, pd.Series(amounts[0], values.index[known])
            )
        found = pd.to_numeric(values, errors="coerce").astype("float64")
        return found.where(np.isfinite(found)) if len(found) else found

    @cached_property
    def numbers(self) -> np.ndarray:
        """The value of each item, nan where unknown: (n,) float64."""
        return self.values.to_numpy(dtype=np.float64, na_value=np.nan)

    @cached_property
    def known(self) -> np.ndarray:
        return ~np.isnan(self.numbers)

    @property
    def _known_numbers(self) -> np.ndarray:
        """The numbers that are known; not copied if all are."""
        return self.numbers if self.known.all() else self.numbers[self.known]

    @cached_property
    def whole(self) -> bool:
        """Whether all values are whole numbers."""
        return pd.api.types.is_integer_dtype(self.values) or self._whole

    @cached_property
    def _whole(self) -> bool:
        found = self._known_numbers
        return bool(len(found) and (found == np.floor(found)).all() and np.abs(found).max() < 2**53)

    @cached_property
    def log(self) -> bool:
        """Whether a logarithmic scale suits the values: non-negative with a heavy tail."""
        found = self._known_numbers
        if not len(found) or found.min() < 0 or self.column.role == "year":
            return False
        middle, high = np.quantile(found, [0.5, 0.99])
        return bool(middle > 0 and high > HEAVY * middle)

    @cached_property
    def _binned(self) -> tuple[np.ndarray, np.ndarray]:
        """Edges of the histogram, and the bin of each item, -1 where unknown: (n,) int8."""
        edges, found = self._edges(), np.empty(len(self), np.int8)
        for start in range(0, len(self), BLOCK):
            span = slice(start, start + BLOCK)
            bins = np.clip(np.searchsorted(edges, self.numbers[span], side="right") - 1, 0, max(len(edges) - 2, 0))
            found[span] = np.where(self.known[span], bins, -1)
        return edges, found

    def _edges(self) -> np.ndarray:
        found = self._known_numbers
        if not len(found):
            return np.array([0.0, 1.0])
        low, high = float(found.min()), float(found.max())
        if self.log:
            # The first bin includes 0.
            edges = np.geomspace(found[found > 0].min(), high, BINS + 1)
            edges[0], edges[-1] = low, high
            return np.unique(edges)
        if self.whole:
            step = max(1, int(np.ceil((high - low + 1) / BINS)))
            return np.arange(low, high + 1 + step, step)[: int((high - low) // step) + 2]
        # Edges of a very narrow range can coincide.
        return np.unique(np.linspace(low, high if high > low else low + max(1.0, abs(low) * 1e-6), BINS + 1))

    @cached_property
    def _is_plain(self) -> bool:
        """Whether the name says that the numbers are years or ids, such as `release_year`."""
        return bool(PLAIN & set(re.split(r"[\W_]+", self.column.name.lower())))

    def edge_texts(self) -> list[str]:
        """The edges of the histogram as shown to users."""
        return [self.written(float(edge)) for edge in self._binned[0]]

    def summary(self, among: np.ndarray | None = None) -> Histogram:
        edges, bins = self._binned
        bins = bins if among is None else bins[among]
        found = np.zeros(len(edges), np.int64)
        for start in range(0, len(bins), BLOCK):
            found += np.bincount(bins[start : start + BLOCK].astype(np.intp) + 1, minlength=len(edges))
        return Histogram(int(found[1:].sum()), int(found[0]), self.stored(edges), found[1:], self.log)

    def matches(self, choice: Range) -> np.ndarray:
        low, high = self.number(choice.low), self.number(choice.high)
        found = np.ones(len(self), bool)
        if low is not None:
            found &= self.numbers >= low
        if high is not None:
            found &= self.numbers <= high
        return found

    def grade(self, value: str | None = None) -> np.ndarray:
        if value is not None:
            raise BadRequest(f"{self.column.label} is a {self.name} column: it is graded as a whole, not by {value!r}.")
        ranks = pd.Series(self.numbers).rank()
        return ((ranks - 1) / max(float(ranks.max()) - 1, 1) * 2 - 1).to_numpy()

    def number(self, value: float | str | None) -> float | None:
        """An end of a range as a number. Raises BadRequest if it is not one."""
        if value is None:
            return None
        try:
            return float(value)
        except ValueError:
            raise BadRequest(f"{value!r} is not a number; the range of {self.column.label} needs numbers.") from None

    def stored(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers converted to the type of the column."""
        return numbers

    def describe_value(self, choice: Range) -> str:
        low, high = (None if end is None else self.written(self.number(end)) for end in (choice.low, choice.high))
        if high is None:
            return f"{self.column.phrase} {low} or more"
        if low is None:
            return f"{self.column.phrase} {high} or less"
        return f"{self.column.phrase} {low}" if low == high else f"{self.column.phrase} {low} to {high}"

    def written(self, number: float | None) -> str:
        """A number as shown to users: years and ids without commas, whole numbers with, others to 3 digits."""
        if number is None or np.isnan(number):
            return ""
        if self.column.role == "year" or (self.whole and self._is_plain):
            return f"{number:.0f}"
        if abs(number) >= 1e15:
            return f"{number:.3g}"
        if self.whole or abs(number) >= 1000:
            return f"{number:,.0f}"
        return f"{number:.3g}"

    def long_text(self, row: int) -> str:
        return self.written(float(self.numbers[row]))

    def order(self, descending: bool = False) -> np.ndarray:
        return order_of(self.numbers, self.known, descending)

    def colors(self, scale: str = "") -> Continuous:
        """Colors on a scale: linear, log or rank; by default log for a heavy tail, else linear.

        rank: the share of known items below, equal values sharing one rank. Raises BadRequest for another scale.
        """
        scale = scale or ("log" if self.log else "linear")
        if scale not in SCALES:
            raise BadRequest(f"There is no color scale {scale!r}; choose one of {', '.join(SCALES)}.")
        title, found = self.column.label, self._known_numbers
        if scale == "linear" or not len(found):
            low, high = (found.min(), found.max()) if len(found) else (0.0, 0.0)
            diverging = bool(low < 0 < high and min(-low, high) > 0.2 * max(-low, high))
            return Continuous(title, self.numbers.astype(np.float32), diverging, written=self.written)
        if scale == "rank":
            values = np.full(len(self), np.nan, np.float32)
            values[self.known] = self.ranks
            places = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
            texts = tuple(self.written(float(value)) for value in np.quantile(found, places))
            return Continuous(title, values, False, tuple(places), texts, self._at_rank)
        positive = found[found > 0]
        least = float(positive.min()) if len(positive) else 1.0
        values = np.log10(np.maximum(self.numbers, least)).astype(np.float32)
        ticks, names = self._round_ones(least, float(found.max()))
        return Continuous(title, values, False, ticks, names, lambda power: self.written(10.0**power))

    def _at_rank(self, share: float) -> str:
        """The number of which a share of the known ones are below."""
        return self.written(float(np.interp(share, np.linspace(0, 1, len(self._quantiles)), self._quantiles)))

    @cached_property
    def _quantiles(self) -> np.ndarray:
        """The percentiles of the known numbers, from the 0th to the 100th."""
        return np.quantile(self.numbers[self.known], np.linspace(0, 1, 101))

    def _round_ones(self, low: float, high: float) -> tuple[tuple[float, ...], tuple[str, ...]]:
        powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(max(high, low)))) + 1)
        steps = (1, 2, 5) if len(powers) <= 4 else (1,)
        ones = [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]
        return tuple(float(np.log10(number)) for number in ones), tuple(f"{number:,.12g}" for number in ones)

    @cached_property
    def ranks(self) -> np.ndarray:
        """Mid-rank of each known item, scaled to 0 to 1: (known,) float64."""
        found = pd.Series(self.numbers[self.known]).rank().to_numpy(float)
        return (found - 1) / max(len(found) - 1, 1)

    def enrichment(self, selected: np.ndarray, rest: np.ndarray) -> pd.DataFrame:
        ours, theirs = (self.numbers[mask & self.known] for mask in (selected, rest))
        return enrichment.compare_numbers(self.column.name, self.name, ours, theirs)

    def sentence(self, finding: Any) -> str:
        words = {"popularity": ("Better known", "Less known"), "year": ("Later", "Earlier")}
        phrase = self.column.phrase
        more, less = words.get(self.column.role, (f"Higher {phrase}", f"Lower {phrase}"))
        inside, outside = self.written(finding.inside), self.written(finding.outside)
        unit = f" {_unit_of(phrase)}" if phrase.startswith("number of ") else ""
        return f"{more if finding.auc > 0.5 else less}: median {inside}{unit}, the rest {outside}{unit}"

    def association(self, score: np.ndarray) -> list[tuple[str, str, float]]:
        ours, theirs = self.ranks, pd.Series(score[self.known]).rank().to_numpy()
        if len(ours) < 3 or np.ptp(ours) == 0 or np.ptp(theirs) == 0:
            return []
        return [(self.column.name, "correlation", float(np.corrcoef(ours, theirs)[0, 1]))]

    def traits(self) -> list[Traits]:
        if self.column.role == "year":
            return periods(self.column.name, self.numbers, (10, 20))
        found = self.numbers[self.known]
        if len(found) < FEWEST:
            return []
        low, high = np.quantile(found, END, method="lower"), np.quantile(found, 1 - END, method="higher")
        ends: dict[str, np.ndarray] = {}
        if high > np.median(found):
            best = self.column.role == "popularity"
            ends["Best known" if best else f"{self.column.label} {self.written(high)} or more"] = self.numbers >= high
        if low < np.median(found) and self.column.role != "popularity":
            ends[f"{self.column.label} {self.written(low)} or less"] = self.numbers <= low
        return [Traits(self.column.name, tuple(ends), stacked(ends, len(self)), "ends")]

    def agreement(self, near: np.ndarray, order: np.ndarray | None = None) -> list[Agreement]:
        places = np.full(len(self), np.nan)
        places[self.known] = self.ranks
        places = places if order is None else places[order]
        alike = np.nan_to_num(1 - 3 * np.abs(places[near] - places[:, None]))
        meaning = (
            f"Similarity of the {self.column.phrase} of an item and its neighbors: 1 minus three times the mean "
            "difference of ranks (0 to 1); 0 by chance."
        )
        return [Agreement(f"neighbors alike in {self.column.phrase}", "rank agreement", meaning, alike)]

    def target(self) -> Target | None:
        rows = np.flatnonzero(self.known)
        values = self.numbers[rows]
        if len(rows) < 2 * FEWEST or values.min() == values.max():
            return None
        return Target("rank correlation", rows, values, (), 0.0)


def _unit_of(phrase: str) -> str:
    return phrase.removeprefix("number of ")
