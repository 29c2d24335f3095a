"""Text, names and columns as SQL of DuckDB."""

from __future__ import annotations

import re


def quote_text(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """A column name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def escape_glob(path: str) -> str:
    """Escape *, ? and [ in a path, which DuckDB would treat as patterns."""
    return re.sub(r"([*?\[])", r"[\1]", path)


def as_text(name: str, kind: str = "VARCHAR") -> str:
    """SQL for a column as text: whole numbers without `.0`, no surrounding spaces, empty text as NULL."""
    column = quote_name(name)
    if kind in ("DOUBLE", "FLOAT"):
        whole = f"{column} = floor({column}) AND abs({column}) < 9007199254740992"
        return f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
    return f"nullif(trim(CAST({column} AS VARCHAR), ' \t'), '')"
