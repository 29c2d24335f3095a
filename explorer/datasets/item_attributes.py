"""Columns of items from a second table, joined by item id."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from explorer.core.columns.registry import kind_named
from explorer.core.columns.schema import guess_column
from explorer.datasets.role_names import NAMES, fold
from explorer.datasets.sql import as_text, quote_name
from explorer.datasets.table_detection import open_table
from explorer.datasets.table_file import TableFile, column_types, connect
from explorer.errors import BadData, BadRequest, closest

TITLES = ("title", "name", "productname", "itemname", "movietitle", "booktitle", "trackname", "songtitle", "label")
RESERVED = ("key", "item_id", "n_ratings", "mean_rating", "bias", "count")  # columns that every item table has
TYPED = ("number", "labels", "date", "boolean")  # kinds to which text columns are converted
KEPT_TYPES = ("DOUBLE", "FLOAT", "BOOLEAN", "DATE", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "UBIGINT")


def item_table(ids: np.ndarray, file: str | Path | None, key: str | None = None, like: str = "") -> pd.DataFrame:
    """The item table: `item_id`, `title` and the columns of `file`, in the order of `ids`.

    file: a table of any format that open_table reads; without it the id is the title. key: its id column; by default
    the one called `like`, or with a usual name. An item missing from the file has its id as title and unknown values.
    Raises BadData if an id is repeated or no item is found, BadRequest for an unknown column.
    """
    texts = [str(id) for id in ids]
    items = pd.DataFrame({"item_id": ids, "title": texts})
    if file is None:
        return items
    table = open_table(file)
    found = _read(table, _key_column(table, key, like), texts)
    for name in found.columns:
        if name == "title":
            items["title"] = found[name].fillna(pd.Series(texts)).to_numpy()
        else:
            items[f"{name}_given" if name in RESERVED else name] = found[name].to_numpy()
    return items


def _read(table: TableFile, key: str, ids: list[str]) -> pd.DataFrame:
    """The columns of the items with these ids, in their order, with the title as `title`."""
    with connect(table) as connection:
        types = column_types(connection, table)
        attributes = [name for name in table.columns if name != key]
        names = [f"{_value(name, types[name])} AS {quote_name(name)}" for name in attributes]
        query = f"SELECT {', '.join([as_text(key, types[key]) + ' AS item_key__', *names])} FROM {table.relation()}"
        found = connection.sql(query).to_arrow_table().to_pandas()
    found = found[found["item_key__"].isin(set(ids))]
    twice = found["item_key__"].duplicated()
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        place = table.place(int(found.index[row]))
        raise BadData(f"{place}: {key} {found['item_key__'].iloc[row]!r} is repeated; give each item one row.")
    if found.empty:
        raise BadData(
            f"{table.path}: none of its {key} is an item of the data, such as {ids[0]!r}; name its column of ids "
            "(--item-key)."
        )
    if (title := _title_column(attributes)) is not None:
        found = found.rename(columns={title: "title"})
        found["title"] = found["title"].astype("str")
    found = found.set_index("item_key__").reindex(ids).reset_index(drop=True)
    return found.assign(**{name: _typed(found[name]) for name in found if name != "title"})


def _value(name: str, kind: str) -> str:
    if kind in KEPT_TYPES or kind.startswith("TIMESTAMP") or kind.endswith("[]"):
        return quote_name(name)
    return as_text(name, kind)


def _typed(values: pd.Series) -> pd.Series:
    """Convert a text column of numbers, dates, booleans or labels; others are unchanged."""
    if not isinstance(values.dtype, pd.StringDtype):
        return values
    column = guess_column(values)
    return kind_named(column.kind).parse(values, column.separator) if column.kind in TYPED else values


def _key_column(table: TableFile, key: str | None, like: str) -> str:
    if key is not None:
        if key not in table.columns:
            near = closest(key, table.columns, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            names = ", ".join(map(repr, table.columns))
            raise BadRequest(f"{table.path}: there is no column {key!r}; there are {names}.{hint}")
        return key
    if like in table.columns:
        return like
    folded = {fold(name): name for name in table.columns}
    found = next(
        (folded[name] for name in (*NAMES["item"][: NAMES["item"].index("title")], "id") if name in folded),
        None,
    )
    if found is None:
        names = ", ".join(map(repr, table.columns))
        raise BadRequest(f"{table.path}: the column with item ids was not recognized. Give --item-key, one of {names}.")
    return found


def _title_column(names: list[str]) -> str | None:
    folded = {fold(name): name for name in names}
    return next((folded[name] for name in TITLES if name in folded), None)
