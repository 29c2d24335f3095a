"""Link: the address of a web page."""

from __future__ import annotations

import re

import pandas as pd

from explorer.core.columns.kind import sample, share, shorten, stringy
from explorer.core.columns.kinds.text import Text

ADDRESS = re.compile(r"^\s*https?://\S+\s*$", re.IGNORECASE)


class Link(Text):
    """An address for each item."""

    name = "link"
    words = False

    @staticmethod
    def guess(values: pd.Series) -> float:
        if not len(values) or not stringy(values):
            return 0.0
        return 0.96 if share(sample(values), ADDRESS) >= 0.95 else 0.0

    def text(self, row: int) -> str:
        return shorten(re.sub(r"^https?://(www\.)?", "", self.long_text(row)).rstrip("/"))

    def address(self, row: int) -> str | None:
        """The web address; None if it is unknown or of another scheme (such as `javascript:`)."""
        found = self.long_text(row).strip()
        return found if ADDRESS.match(found) else None
