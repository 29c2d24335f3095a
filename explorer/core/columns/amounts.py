"""Amounts: numbers written with a currency, such as `$1,299.00` or `9,99 €`."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

FIRST = 30  # texts that show whether a look at the others is worth it
_UNIT = (
    r"(?:US|A|C|R|HK|NZ|S)?\$|[€£¥₹₽₩₺₴₫฿₪]|kr\.?|zł|Kč|Ft|Fr\.?|"
    "(?:USD|EUR|GBP|JPY|CNY|INR|RUB|KRW|TRY|BRL|CHF|SEK|NOK|DKK|PLN|CZK|HUF|AUD|CAD|NZD|MXN|ZAR|SGD|HKD|ILS|THB)"
)
_SPACE = "[ \u00a0\u202f]"
_AMOUNT = re.compile(
    rf"\s*(?P<minus>[-\u2212]?)(?P<before>{_UNIT})?{_SPACE}?(?P<below>[-\u2212]?)"
    rf"(?P<digits>\d[\d.,'\u2019 \u00a0\u202f]*?){_SPACE}?(?P<after>{_UNIT})?\s*"
)
GROUPS = ((",", "."), (r"\.", ","), ("['\u2019]", "."), (_SPACE, ","), (_SPACE, "."))  # thousands and decimal sign


def _style(group: str, point: str) -> re.Pattern[str]:
    """Numbers of one style. Three digits after a sign are thousands, as few currencies have three decimals."""
    return re.compile(rf"(?:\d+|[1-9]\d{{0,2}}(?:{group}\d{{3}})+)(?:{re.escape(point)}(?:\d{{1,2}}|\d{{4,}}))?")


_STYLES = tuple((_style(group, point), group, point) for group, point in GROUPS)


def read_amounts(texts: pd.Series) -> tuple[np.ndarray, str] | None:
    """Amounts as numbers, (n,) float64, and their unit; None unless all texts are amounts in the same unit.

    texts: the known values of a column. All must separate thousands and decimals in the same way.
    """
    if not len(texts) or not all(isinstance(text, str) and _AMOUNT.fullmatch(text) for text in texts.iloc[:FIRST]):
        return None
    found = [_AMOUNT.fullmatch(text) if isinstance(text, str) else None for text in texts]
    parts = [match for match in found if match]
    units = {(match["before"] or "") + (match["after"] or "") for match in parts}
    if len(parts) < len(found) or len(units) != 1 or not (unit := units.pop()):
        return None
    digits = [match["digits"] for match in parts]
    for written, group, point in _STYLES:
        if all(map(written.fullmatch, digits)):
            numbers = [float(re.sub(group, "", text).replace(point, ".")) for text in digits]
            signs = [-1.0 if match["minus"] or match["below"] else 1.0 for match in parts]
            return np.array(numbers) * signs, unit
    return None
