"""Events (user, item, value, time) as dense codes, read in blocks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from explorer.datasets.event_columns import EventColumns
from explorer.datasets.sql import as_text, quote_name, quote_text
from explorer.datasets.table_file import TableFile, column_types, connect
from explorer.errors import BadData

Progress = Callable[[int, int], object]  # rows done, total
MISSING = ("NA", "N/A", "NULL", "null", "None", "nan", "NaN", "<NA>", "\\N", "-")  # no id among numbers
THOUSANDS = re.compile(r"[-+]?\d{1,3}([,.' ]\d{3})+")
FLOAT_ID = re.compile(r"[1-9][0-9]*\.0")  # as pandas writes ids beside missing ones
BLOCK = 500_000  # rows
NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
MILLISECONDS = 1e11  # larger times are in milliseconds (in seconds, this is the year 5138)
LARGEST = float(np.finfo(np.float32).max)  # of a value


@dataclass(frozen=True, eq=False)
class Events:
    """Rows of a table as dense codes; ids are numbered in ascending order."""

    user: np.ndarray  # (n,) int32
    item: np.ndarray  # (n,) int32
    value: np.ndarray | None  # (n,) float32
    time: np.ndarray | None  # (n,) int64, seconds since 1970, 0 if unknown
    user_ids: np.ndarray  # (users,) int64 if all are whole numbers, else str
    item_ids: np.ndarray  # (items,) likewise


def read_events(table: TableFile, columns: EventColumns, progress: Progress | None = None) -> Events:
    """Read the rows of a table in order.

    Ids are kept exactly, without surrounding spaces. A value must be a finite number; a time a number of seconds or
    milliseconds since 1970, or a date (ISO 8601; UTC without a zone). Raises BadData with file, line and value.
    """
    users, items = _Codes(), _Codes()
    parts: dict[str, list[np.ndarray]] = {"user": [], "item": [], "value": [], "time": []}
    total, done = sum(file.stat().st_size for file in table.files), 0
    with connect(table) as connection:
        types = column_types(connection, table)
        reader = connection.sql(_query(table, columns, types)).to_arrow_reader(BLOCK)
        for batch in reader:
            _check(table, columns, batch, done)
            parts["user"].append(users.encode(batch.column("user")))
            parts["item"].append(items.encode(batch.column("item")))
            for name in ("value", "time"):
                if name in batch.schema.names:
                    kind = np.float32 if name == "value" else np.int64
                    parts[name].append(batch.column(name).fill_null(0).to_numpy(zero_copy_only=False).astype(kind))
            done += batch.num_rows
            if progress:
                progress(min(done * 30, total), total)
    if not done:
        raise BadData(f"{table.path}: no rows below the header.")
    for role, codes in (("user", users), ("item", items)):
        if (missing := codes.missing()) is not None:
            row = int(np.flatnonzero(np.concatenate(parts[role]) == missing)[0])
            raise _complaint(table, getattr(columns, role), role, row)
    user, user_ids = users.ordered(parts.pop("user"))
    item, item_ids = items.ordered(parts.pop("item"))
    value, time = (np.concatenate(parts[name]) if parts[name] else None for name in ("value", "time"))
    if progress:
        progress(total, total)
    return Events(user, item, value, time, user_ids, item_ids)


def check_variety(user_ids: np.ndarray, item_ids: np.ndarray, name: str) -> None:
    """Raise BadData if there is only one user or only one item."""
    for role, ids in (("user", user_ids), ("item", item_ids)):
        if len(ids) < 2:
            raise BadData(f"{name}: only one {role}, {str(ids[0])!r}; at least two are needed to learn from.")


def select(events: Events, keep: np.ndarray) -> Events:
    """The rows of a mask (n,) bool; users and items without rows are left out."""
    user_ids, user = np.unique(events.user[keep], return_inverse=True)
    item_ids, item = np.unique(events.item[keep], return_inverse=True)
    return Events(
        user.astype(np.int32),
        item.astype(np.int32),
        None if events.value is None else events.value[keep],
        None if events.time is None else events.time[keep],
        events.user_ids[user_ids],
        events.item_ids[item_ids],
    )


def count_events(table: TableFile, user: str, item: str) -> dict[str, int]:
    """Number of rows, users and items of a table, without validating its values. Raises BadData."""
    with connect(table) as connection:
        types = column_types(connection, table)
        counted = [f"count(DISTINCT {as_text(name, types[name])})" for name in (user, item)]
        query = f"SELECT count(*), {', '.join(counted)} FROM {table.relation()}"
        rows, users, items = connection.execute(query).fetchall()[0]
    return {"rows": rows, "users": users, "items": items}


class _Codes:
    """Codes of texts, in order of first occurrence."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def encode(self, column: pa.Array) -> np.ndarray:
        found = column.dictionary_encode()
        numbers = self.numbers
        known = [numbers.setdefault(text, len(numbers)) for text in found.dictionary.to_pylist()]
        return np.array(known, np.int32)[found.indices.to_numpy()]

    def missing(self) -> int | None:
        """Code of a text such as NA, where all other ids are whole numbers."""
        absent = [self.numbers[text] for text in MISSING if text in self.numbers]
        whole = sum(map(str.isdecimal, self.numbers)) if absent else 0
        return absent[0] if absent and whole == len(self.numbers) - len(absent) else None

    def ordered(self, parts: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Codes in ascending order of ids, and the ids."""
        texts = list(self.numbers)
        if len(texts) > 1 and all(map(FLOAT_ID.fullmatch, texts)):
            texts = [text[:-2] for text in texts]
        ids = ids_from_texts(texts)
        order = np.argsort(ids, kind="stable")
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        codes = np.concatenate(parts)
        parts.clear()
        return rank[codes], ids[order]


def ids_from_texts(texts: list[str]) -> np.ndarray:
    """int64 if every text is a whole number in canonical form (no 007, no +1), else the texts as objects."""
    try:
        numbers = np.array([int(text) for text in texts], np.int64)
    except (ValueError, OverflowError):
        return np.array(texts, object)
    exact = all(str(number) == text for number, text in zip(numbers.tolist(), texts, strict=True))
    return numbers if exact else np.array(texts, object)


def _query(table: TableFile, columns: EventColumns, types: dict[str, str]) -> str:
    selected = [
        f"{as_text(columns.user, types[columns.user])} AS user",
        f"{as_text(columns.item, types[columns.item])} AS item",
    ]
    if columns.value is not None:
        selected += [f"{_number(columns.value, columns.comma)} AS value", f"{_given(columns.value)} AS value_given"]
    if columns.time is not None:
        selected += [f"{_seconds(columns, types[columns.time])} AS time", f"{_given(columns.time)} AS time_given"]
    return f"SELECT {', '.join(selected)} FROM {table.relation()}"


def _given(name: str) -> str:
    return f"{as_text(name)} IS NOT NULL"


def _number(name: str, comma: bool = False) -> str:
    text = f"CAST({quote_name(name)} AS VARCHAR)"
    text = f"replace({text}, ',', '.')" if comma else text
    return f"CASE WHEN contains({text}, '_') THEN NULL ELSE TRY_CAST({text} AS DOUBLE) END"


def _seconds(columns: EventColumns, kind: str) -> str:
    name = str(columns.time)
    column = quote_name(name)
    if kind.startswith("TIMESTAMP") or kind == "DATE":
        return f"CAST(floor(epoch({column})) AS BIGINT)"
    if columns.time_format is not None:
        written = f"try_strptime(trim(CAST({column} AS VARCHAR)), {quote_text(columns.time_format)})"
        return f"CAST(floor(epoch({written})) AS BIGINT)"
    number = _number(name)
    seconds = f"CAST(floor(CASE WHEN abs({number}) >= {MILLISECONDS} THEN {number} / 1000 ELSE {number} END) AS BIGINT)"
    if kind in (*NUMERIC, "DOUBLE", "FLOAT"):
        return seconds
    date = f"CAST(floor(epoch(TRY_CAST({column} AS TIMESTAMPTZ))) AS BIGINT)"
    return f"CASE WHEN isfinite({number}) THEN {seconds} ELSE {date} END"


def _check(table: TableFile, columns: EventColumns, batch: pa.RecordBatch, before: int) -> None:
    """Raise BadData for the first invalid row of a block. before: number of rows before the block."""
    absent = {role: batch.column(role).is_null() for role in ("user", "item") if batch.column(role).null_count}
    wrong = [(_first(mask), role) for role, mask in absent.items()]
    if "value" in batch.schema.names:
        finite = pc.fill_null(pc.less_equal(pc.abs(batch.column("value")), LARGEST), False)
        if not pc.all(finite).as_py():
            wrong.append((_first(pc.invert(finite)), "value"))
    if "time" in batch.schema.names:
        unread = pc.and_(batch.column("time").is_null(), batch.column("time_given"))
        if pc.any(unread).as_py():
            wrong.append((_first(unread), "time"))
    if wrong:
        row, role = min(wrong)
        raise _complaint(table, str(getattr(columns, role)), role, before + row)


def _first(mask: pa.Array) -> int:
    return pc.index(mask, True).as_py()


def _complaint(table: TableFile, column: str, role: str, row: int) -> BadData:
    with connect(table) as connection:
        text = f"CAST({quote_name(column)} AS VARCHAR)"
        found = connection.execute(f"SELECT {text} FROM {table.relation()} LIMIT 1 OFFSET {row}").fetchall()
    return BadData(f"{table.place(row)}: {problem_of(role, column, found[0][0] if found else None)}")


def problem_of(role: str, column: str, value: str | None) -> str:
    """What is wrong with a value. role: user, item, value or time."""
    if value is None or not value.strip() or (role in ("user", "item") and value.strip() in MISSING):
        written = f" ({value.strip()})" if value and value.strip() else ""
        return f"no {column}{written}; every row needs one, so leave such rows out"
    if role == "time":
        return f"{column} {value!r} is neither a number of seconds nor a date such as 2005-04-02 23:53:47"
    try:
        large = LARGEST < abs(float(value)) < np.inf
    except ValueError:
        large = False
    if THOUSANDS.fullmatch(value.strip()):
        return f"{column} {value!r} may have thousands or decimals; write it without separator or with a point"
    return f"{column} {value!r} " + (f"is too large; numbers go up to {LARGEST:.2g}" if large else "is not a number")


def events_name(path: str | Path) -> str:
    """Name of a table: its file or folder without endings."""
    return Path(path).resolve().name.split(".")[0] or str(path)
