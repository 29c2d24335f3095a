"""Cells of a file as text on the Import page."""

from __future__ import annotations

from typing import Any

import pandas as pd

from explorer.core.text.bidirectional import strip_bidi_controls
from explorer.formats.parsed_file import cell_text
from explorer.webapp.components.widgets import cut


def shown(cell: Any) -> str:
    """A cell as short text without bidi control characters; "" if unknown."""
    if isinstance(cell, float):
        return "" if pd.isna(cell) else f"{cell:.4g}"
    return "" if cell is None or cell is pd.NA else cut(strip_bidi_controls(cell_text(cell)), 120)
