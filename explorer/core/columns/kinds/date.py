"""Date: a day or a point in time, such as when something was added."""

from __future__ import annotations

import datetime
import re
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from explorer.core.columns.color import Continuous
from explorer.core.columns.kind import FIRST, sample, share, stringy
from explorer.core.columns.kinds.category import objects
from explorer.core.columns.kinds.number import BINS, Number
from explorer.core.columns.periods import periods
from explorer.core.columns.traits import Traits
from explorer.errors import BadRequest

ISO = re.compile(
    r"^\s*\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)?)?\s*$"
)
PARTED = re.compile(
    r"^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:,?\s+(\d{1,2}:\d{2})(:\d{2})?(?:\s?([AP]M))?)?\s*$", re.IGNORECASE
)
_MONTH = r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_MONTHS = r"(January|February|March|April|May|June|July|August|September|October|November|December)"
_WRITTEN = {
    r"^\d{4}/\d{1,2}/\d{1,2}$": "%Y/%m/%d",
    r"^\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}:\d{2}$": "%Y/%m/%d %H:%M:%S",
    rf"^\d{{1,2}} {_MONTH} \d{{4}}$": "%d %b %Y",
    rf"^\d{{1,2}}-{_MONTH}-\d{{4}}$": "%d-%b-%Y",
    rf"^{_MONTH} \d{{1,2}}, \d{{4}}$": "%b %d, %Y",
    rf"^\d{{1,2}} {_MONTHS} \d{{4}}$": "%d %B %Y",
    rf"^{_MONTHS} \d{{1,2}}, \d{{4}}$": "%B %d, %Y",
    rf"^\w{{3}}, \d{{1,2}} {_MONTH} \d{{4}} \d{{2}}:\d{{2}}:\d{{2}} (GMT|UTC)$": "%a, %d %b %Y %H:%M:%S %Z",
    rf"^\[?\d{{2}}/{_MONTH}/\d{{4}}:\d{{2}}:\d{{2}}:\d{{2}} [+-]\d{{4}}\]?$": "%d/%b/%Y:%H:%M:%S %z",
}
FORMS = {re.compile(pattern): form for pattern, form in _WRITTEN.items()}
DAYS = re.compile(r"(1[0-9]|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
MONTHS = re.compile(r"(1[0-9]|20)\d{2}-(0[1-9]|1[0-2])")
ALIKE = 0.95  # least share of values that are dates
PROOF = 5  # different values from which 19871130 is a date, whatever its column is called
NAMED = re.compile(
    r"(^|[_ .-])(date|day|month|released?|added|created|updated|published|born|died|birthday|dob|since|until|start|end)"
    r"(d?_?(at|on))?s?([_ .-]|$)|[a-z](Date|Day|Month)$",
    re.IGNORECASE,
)
NO_DATE = re.compile(r"(^|[_ .-])(id|no|nr|num|number|key|code|sku|ean|isbn|season)s?$|[a-z](Id|ID|No|Nr)$")
DAY = 86_400_000_000  # microseconds
YEAR = 365.2425 * DAY


class Date(Number):
    """A date for each item, kept as microseconds since 1970 in UTC."""

    name = "date"

    @staticmethod
    def guess(values: pd.Series) -> float:
        if pd.api.types.is_datetime64_any_dtype(values):
            return 1.0
        if not len(values):
            return 0.0
        if (pd.api.types.is_integer_dtype(values) or stringy(values)) and _compact(values, DAYS, "%Y%m%d"):
            return 0.97
        if stringy(values):
            texts = sample(values)
            if texts.str.contains("[0-9]").mean() < ALIKE:
                return 0.0
            if _compact(values, MONTHS, "%Y-%m"):
                return 0.93
            score = 0.95 if share(texts, ISO) >= ALIKE else 0.93 if _form(texts) else 0.0
            if not score and share(texts, PARTED) >= ALIKE and day_first(values) is not _NEITHER:
                score = 0.92
            return score if score and Date.parse(texts).notna().mean() >= ALIKE else 0.0
        if values.dtype != object:
            return 0.0
        return 1.0 if all(isinstance(cell, datetime.date | np.datetime64) for cell in objects(values)) else 0.0

    @staticmethod
    def parse(values: pd.Series, separator: str = "") -> pd.Series:
        if pd.api.types.is_integer_dtype(values):
            values = values.astype("string").where(values.between(10_000_101, 99_991_231))
            found = pd.to_datetime(values, format="%Y%m%d", errors="coerce")
        elif isinstance(values.dtype, pd.StringDtype) or (values.dtype == object and stringy(values.dropna())):
            if form := _form(sample(values.dropna())) or _compact_form(values.dropna()):
                found = pd.to_datetime(values, format=form, errors="coerce", utc=True)
            elif values.astype("str").str.match(PARTED).any():
                found = _parse_parted(values)
            else:
                texts = values.str.replace(r"\s*(UTC|GMT)\s*$", "Z", regex=True)
                found = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
        else:
            found = pd.to_datetime(values, errors="coerce", utc=True)
        if found.dt.tz is not None:
            found = found.dt.tz_convert(None)
        return found.astype("datetime64[us]")

    @cached_property
    def numbers(self) -> np.ndarray:
        stamps = self.values.to_numpy("datetime64[us]")
        return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64).astype(float))

    @cached_property
    def arrow(self) -> pa.Array:
        return pa.array(self.values.to_numpy("datetime64[us]"), pa.timestamp("us"))

    @property
    def whole(self) -> bool:
        return True

    @cached_property
    def days(self) -> bool:
        """Whether all dates are days, without a time."""
        found = self.numbers[self.known]
        return bool((found % DAY == 0).all())

    @cached_property
    def log(self) -> bool:
        return False

    def _edges(self) -> np.ndarray:
        found = self.numbers[self.known]
        if not len(found):
            return np.array([0.0, float(DAY)])
        low, high = np.floor(found.min() / DAY) * DAY, (np.floor(found.max() / DAY) + 1) * DAY
        step = max(1.0, np.ceil((high - low) / DAY / BINS)) * DAY
        return np.arange(low, high + step, step)[: int(np.ceil((high - low) / step)) + 1]

    def stored(self, numbers: np.ndarray) -> np.ndarray:
        return numbers.astype(np.int64).astype("datetime64[us]")

    def number(self, value: float | str | None) -> float | None:
        if value is None:
            return None
        try:
            stamp = pd.Timestamp(value)
            stamp = stamp.tz_convert(None) if stamp.tz else stamp
            return float(stamp.to_numpy().astype("datetime64[us]").astype(np.int64))
        except (ValueError, TypeError, OverflowError):
            raise BadRequest(f"{value!r} is not a date; write it as in 2024-12-31.") from None

    def matches(self, choice: Any) -> np.ndarray:
        high = self.number(choice.high)
        found = super().matches(choice)
        if high is not None and isinstance(choice.high, str) and len(choice.high.strip()) <= 10:
            found |= (self.numbers < high + DAY) & super().matches(type(choice)(low=choice.low))  # the whole last day
        return found

    def written(self, number: float | None) -> str:
        if number is None or np.isnan(number):
            return ""
        stamp = str(np.datetime64(int(number), "us").astype("datetime64[m]"))
        return stamp[:10] if self.days or int(number) % DAY == 0 else stamp.replace("T", " ")

    def colors(self, scale: str = "") -> Continuous:
        """Colors on a scale of years. scale: linear or rank."""
        if scale == "rank":
            return super().colors("rank")
        if scale not in ("", "linear"):
            raise BadRequest(f"There is no color scale {scale!r} for dates; choose linear or rank.")
        years = (self.numbers / YEAR + 1970).astype(np.float32)
        found = self.numbers[self.known]
        if not len(found):
            return Continuous(self.column.label, years)
        ends = self.stored(np.linspace(found.min(), found.max(), 5))
        unit = "Y" if found.max() - found.min() > 1500 * DAY else "M" if found.max() - found.min() > 120 * DAY else "D"
        marks = np.unique(ends.astype(f"datetime64[{unit}]"))
        ticks = marks.astype("datetime64[us]").astype(np.int64) / YEAR + 1970
        return Continuous(self.column.label, years, False, tuple(ticks.tolist()), tuple(map(str, marks)), _day_of)

    def sentence(self, finding: Any) -> str:
        inside, outside = self.written(finding.inside), self.written(finding.outside)
        later = "Later" if finding.auc > 0.5 else "Earlier"
        return f"{later} {self.column.phrase}: median {inside}, the rest {outside}"

    def traits(self) -> list[Traits]:
        years = self.values.dt.year.to_numpy(dtype=float, na_value=np.nan)
        known = years[~np.isnan(years)]
        if not len(known):
            return []
        return periods(self.column.name, years, (10, 20) if np.ptp(known) >= 25 else (1,))


def _day_of(year: float) -> str:
    """The day at a point of time in years: 2000.5 is 2000-07-02."""
    return str(np.datetime64(round((year - 1970) * YEAR), "us").astype("datetime64[D]"))


def _form(texts: pd.Series) -> str:
    """The strptime format of dates with month names or a leading year; "" for others."""
    few = sample(texts, FIRST).tolist()
    for pattern, form in FORMS.items():
        if any(map(pattern.match, few)) and share(texts, pattern) >= ALIKE:
            return form
    return ""


def _parse_parted(values: pd.Series) -> pd.Series:
    """Parse dates such as 31/12/2020 and 12/31/2020 4:05 PM; NaT for others."""
    parts = values.astype("str").str.extract(PARTED)
    day, month = (0, 1) if day_first(values.dropna()) else (1, 0)
    half = parts[5].str.upper()
    written = parts[2] + "-" + parts[month] + "-" + parts[day] + " " + parts[3].fillna("0:00") + parts[4].fillna(":00")
    found = pd.to_datetime(written, format="%Y-%m-%d %H:%M:%S", errors="coerce").where(half.isna())
    return found.fillna(pd.to_datetime(written + half, format="%Y-%m-%d %I:%M:%S%p", errors="coerce"))


def _compact_form(values: pd.Series) -> str:
    """ "%Y%m%d" for 19871130, "%Y-%m" for 1987-11, "" for others."""
    texts = sample(values).astype("str")
    forms = {DAYS: "%Y%m%d", MONTHS: "%Y-%m"}
    return next((form for pattern, form in forms.items() if len(texts) and all(map(pattern.fullmatch, texts))), "")


def _compact(values: pd.Series, pattern: re.Pattern[str], form: str) -> bool:
    """Whether all values are dates without signs between, or months: proven by the name, or by five different values.

    Names of ids prove that they are none, and so do months that follow their year, as 2001-02 names a season.
    """
    if not len(values) or not all(pattern.fullmatch(str(value)) for value in sample(values, FIRST)):
        return False
    texts = values.astype("str")
    if not texts.str.fullmatch(pattern.pattern).all():
        return False
    named = bool(NAMED.search(str(values.name)))
    if not named and (NO_DATE.search(str(values.name)) or texts.nunique() < PROOF):
        return False
    following = (texts.str[2:4].astype(int) + 1) % 100 == texts.str[-2:].astype(int)
    if form == "%Y-%m" and following.all():
        return False
    return bool(pd.to_datetime(texts, format=form, errors="coerce").notna().all())


_NEITHER = object()


def day_first(values: pd.Series) -> Any:
    """Whether dates such as 12/03/2020 begin with the day: True or False if a number is above 12, else None.

    Dates with points, as 12.03.2020, begin with the day unless a number above 12 says otherwise. values: known texts.
    Returns _NEITHER if none is such a date, or if both numbers exceed 12 somewhere, as these are not dates.
    """
    texts = list(map(str, sample(values)))
    found = [match for match in map(PARTED.match, texts) if match]
    if not found:
        return _NEITHER
    first, second = (max(int(match[part]) for match in found) for part in (1, 2))
    if first > 12 and second > 12:
        return _NEITHER
    dots = all("." in text for text in texts)
    return True if first > 12 or (dots and second <= 12) else False if second > 12 else None


def assumed_order(values: pd.Series) -> str:
    """What is assumed of dates such as 01/02/2020 that prove no order; "" if they prove one, or are other dates."""
    known = values.dropna()
    if not len(known) or not stringy(known) or day_first(known) is not None:
        return ""
    return f"{known.iloc[0]} is read with the month first, as no value proves the order"
