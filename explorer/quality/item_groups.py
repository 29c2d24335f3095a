"""Groups of items that belong together, such as the parts of a series, read from a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd

from explorer.core.embedding import Embedding
from explorer.errors import BadData

COLUMNS = ("item_id", "title")


def read_groups(file: str | Path | BinaryIO, embedding: Embedding) -> dict[str, np.ndarray]:
    """Read groups from a CSV file with the columns `group` and `item_id` or `title`: name -> rows, ascending.

    file: a path, or an open file with a name. Items are matched by `item_id` if both the file and the embedding have
    it, else by key, title, or `title (year)`. Unknown items, and groups with fewer than two known items, are left out.
    Raises BadData if the file cannot be read, lacks a column, or no group is left.
    """
    path = str(file) if isinstance(file, str | Path) else file.name
    table = _table(file, path)
    by_id = "item_id" in table and "item_id" in embedding.items
    if not by_id and "title" not in table:
        raise BadData(f"{path} names items by item_id, which {embedding.name} does not have; add a column title.")
    known = _by_id(embedding) if by_id else _by_title(embedding)
    names = table["item_id" if by_id else "title"].str.strip()
    rows = names.map(known)
    found = {
        str(group): np.unique(part.to_numpy(np.int64))
        for group, part in rows.dropna().groupby(table["group"], sort=False)
    }
    whole = {group: part for group, part in found.items() if len(part) > 1}
    if not whole:
        raise BadData(
            f"{path}: no group has two items in {embedding.name}; {int(rows.notna().sum())} of its {len(table):,} "
            "lines name a known item."
        )
    return whole


def _table(file: str | Path | BinaryIO, path: str) -> pd.DataFrame:
    try:
        if not isinstance(file, str | Path):
            file.seek(0)  # it may have been read before
        table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise BadData(f"{path} cannot be read as a CSV file of groups: {error}") from error
    if "group" not in table or not set(COLUMNS) & set(table):
        names = ", ".join(map(str, table.columns))
        raise BadData(f"{path}, line 1: the columns are {names}; there must be group, and item_id or title.")
    empty = np.flatnonzero(table["group"].str.strip() == "")
    if len(empty):
        raise BadData(f"{path}, line {empty[0] + 2:,}: the column group is empty; name the group or remove the line.")
    return table


def _by_id(embedding: Embedding) -> dict[str, int]:
    return {str(name): row for row, name in enumerate(embedding.items["item_id"])}


def _by_title(embedding: Embedding) -> dict[str, int]:
    """Rows by key, title and `title (year)`; keys take precedence, then the first item with a title."""
    items = embedding.items
    found: dict[str, int] = {}
    titles = items.get("title", items["key"]).astype(str)
    year = embedding.schema.by_role("year")
    years = [f"{title} ({when})" for title, when in zip(titles, items[year.name], strict=True)] if year else []
    for names in (items["key"], years, titles):
        for row, name in enumerate(names):
            found.setdefault(name, row)
    return found
