"""Colors used on every page. Colors of columns are in explorer.core.columns.color."""

from explorer.core.columns.color import GRAY

__all__ = ["ACCENT", "CONTRAST", "GRAY", "LINES"]

ACCENT = "#4c6ef5"
CONTRAST = "#f08c00"
LINES = ("#4c6ef5", "#e6a428", "#26967a", "#ad0449", "#a779fd", "#697595")
