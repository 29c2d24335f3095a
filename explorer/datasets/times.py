"""Written times: which format all values of a column have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

# Format of strptime (DuckDB's too) -> pattern of Java, which Spark uses. Other dates are ISO 8601.
FORMATS = {
    "%d/%m/%Y": "d/M/yyyy", "%d/%m/%Y %H:%M": "d/M/yyyy H:mm", "%d/%m/%Y %H:%M:%S": "d/M/yyyy H:mm:ss",
    "%m/%d/%Y": "M/d/yyyy", "%m/%d/%Y %H:%M": "M/d/yyyy H:mm", "%m/%d/%Y %H:%M:%S": "M/d/yyyy H:mm:ss",
    "%m/%d/%Y %I:%M:%S %p": "M/d/yyyy h:mm:ss a", "%m/%d/%Y %I:%M %p": "M/d/yyyy h:mm a",
    "%d.%m.%Y": "d.M.yyyy", "%d.%m.%Y %H:%M": "d.M.yyyy H:mm", "%d.%m.%Y %H:%M:%S": "d.M.yyyy H:mm:ss",
    "%d-%m-%Y": "d-M-yyyy", "%d-%m-%Y %H:%M": "d-M-yyyy H:mm", "%d-%m-%Y %H:%M:%S": "d-M-yyyy H:mm:ss",
    "%m-%d-%Y": "M-d-yyyy", "%Y/%m/%d": "yyyy/M/d", "%Y/%m/%d %H:%M": "yyyy/M/d H:mm",
    "%Y/%m/%d %H:%M:%S": "yyyy/M/d H:mm:ss", "%Y%m%d": "yyyyMMdd", "%d-%b-%Y": "d-MMM-yyyy", "%d %b %Y": "d MMM yyyy",
    "%d %B %Y": "d MMMM yyyy", "%b %d, %Y": "MMM d, yyyy", "%B %d, %Y": "MMMM d, yyyy", "%m %d, %Y": "M d, yyyy",
    "%a %b %d %H:%M:%S %z %Y": "EEE MMM d HH:mm:ss Z yyyy", "%a, %d %b %Y %H:%M:%S %z": "EEE, d MMM yyyy HH:mm:ss Z",
}  # fmt: skip
DATED = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])")  # 20190829
CLOCK = re.compile(r"\s*\d{4}-\d{2}-\d{2}[T ]\d{2}:|\s*\d{1,4}[/.]\d{1,2}[/.]\d{1,4} \d{1,2}:")
ISO = re.compile(r"[+-]?\d{1,6}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}|$)")  # also with one digit
HOURS = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")  # also after midnight: 25:10:00
# from 1996 to 2033, also in milliseconds
SECONDS = re.compile(r"((8[5-9]|9[0-9])[0-9]{7}|1[0-9]{9}|9[0-9]{11}|1[0-9]{12})(\.\d+)?")


def time_format(values: Sequence[str]) -> str | None:
    """The format that all values have; None for numbers of seconds, ISO 8601, and what no format fits.

    Where day and month could be either, the day is first.
    """
    given = [value.strip() for value in values if value.strip()]
    if not given:
        return None
    numbers = all(value.isdecimal() for value in given)
    if numbers and not all(map(DATED.fullmatch, given)):
        return None
    return next(
        (form for form in FORMATS if (form == "%Y%m%d") == numbers and all(_fits(v, form) for v in given)), None
    )


def are_times(values: Sequence[str]) -> bool:
    """Whether all values are times: dates with a clock, or seconds or milliseconds of the years 1998 to 2033."""
    given = [value for value in values if value.strip()]
    return bool(given) and (all(map(CLOCK.match, given)) or all(SECONDS.fullmatch(value.strip()) for value in given))


def are_dates(values: Sequence[str]) -> bool:
    """Whether all values are times, or dates or clock times with separators; numbers such as 20190829 are not."""
    given = [value.strip() for value in values if value.strip()]
    written = not any(value.isdecimal() for value in given)
    iso = all(map(ISO.match, given)) or all(map(HOURS.fullmatch, given)) or time_format(given) is not None
    return are_times(given) or (bool(given) and written and iso)


def are_readable(values: Sequence[str]) -> bool:
    """Whether at least half of the values are times: numbers of seconds, ISO 8601, or of one of FORMATS."""
    given = [value.strip() for value in values if value.strip()]
    return time_format(given) is not None or 2 * sum(map(_is_iso, given)) >= len(given)


def _is_iso(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        try:
            datetime.fromisoformat(value.removesuffix(" UTC"))
        except ValueError:
            return bool(ISO.match(value))
    return True


def _fits(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)
    except ValueError:
        return False
    return True
