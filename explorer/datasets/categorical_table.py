"""Tables with categorical columns and a target, encoded as integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from explorer.core.columns.amounts import read_amounts
from explorer.datasets.sql import as_text, quote_name
from explorer.datasets.table_detection import open_table
from explorer.datasets.table_file import connect
from explorer.errors import BadData, BadRequest

MOST_COLUMNS, MOST_CELLS = 2_000, 100_000_000
MISSING = "(missing)"  # value of an empty cell
ABSENT = ("NA", "N/A", "n/a", "NULL", "null", "None", "nan", "NaN", "<NA>", "\\N", "?", "-")  # words for no number
MANY = 20  # least rows that show whether a column has ids
NO_CLASS = 1000  # most classes of a target


@dataclass(frozen=True, eq=False)
class Column:
    """A categorical column. A cell may have several values, such as genres."""

    name: str
    codes: np.ndarray  # (n, m) int32, index into values; -1 is padding
    values: list[str]

    def counts(self) -> np.ndarray:
        """Number of cells with each value, (values,) int64."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    def means(self, of: np.ndarray) -> np.ndarray:
        """Mean of a number (n,) over the cells with each value, (values,) float64."""
        inside = self.codes >= 0
        spread = np.broadcast_to(np.asarray(of, np.float64)[:, None], self.codes.shape)[inside]
        return np.bincount(self.codes[inside], spread, len(self.values)) / np.maximum(self.counts(), 1)


@dataclass(frozen=True, eq=False)
class CategoricalTable:
    """Categorical columns and the target to predict from them."""

    name: str
    columns: list[Column]
    target_name: str
    target: np.ndarray  # (n,) float32 numbers, or int32 index into classes
    classes: list[str] | None  # None if the target is a number
    left_out: tuple[str, ...] = ()  # columns of numbers with fractions, and of ids
    notes: tuple[str, ...] = ()  # how the table was read

    def __len__(self) -> int:
        return len(self.target)


def read_table(
    path: str | Path, target: str = "", columns: Sequence[str] = (), separator: str = "|"
) -> CategoricalTable:
    """Read a table from CSV or TSV with a header (plain or .gz), or from parquet.

    target: name of its column, by default the last. Numbers are predicted as numbers; texts, and anything with two
    values, as classes. columns: the categorical ones, by default all others except numbers with fractions and ids.
    separator: of several values in one cell; "" for none. An empty cell has the value MISSING. Raises BadData, also for
    a column with a single value, or a target that is missing or invalid in a row; BadRequest for an unknown column.
    """
    table = _parquet(Path(path)) if Path(path).suffix == ".parquet" else _text(Path(path))
    target = target or table.column_names[-1]
    for name in (target, *columns):
        if name not in table.column_names:
            raise BadRequest(f"{path} has no column {name!r}; there are {', '.join(table.column_names)}.")
    if target in columns:
        raise BadRequest(f"{target!r} is the target, so it cannot be an input column as well.")
    target_values, classes = _target(path, target, table[target])
    inputs = [name for name in table.column_names if name != target]
    left_out = () if columns else tuple(name for name in inputs if _fractions(table[name]) or _are_ids(table[name]))
    chosen = list(columns) or [name for name in inputs if name not in left_out]
    if not chosen:
        raise BadData(f"{path}: no categorical column besides {target!r}; name those of numbers or ids that are")
    coded = []
    for name in chosen:
        try:
            coded.append(_coded(name, table[name], separator))
        except pa.ArrowException as error:
            raise BadData(f"{path}: column {name!r}, {table[name].type}, cannot be read as categories") from error
    for column in coded:
        check_values(path, column)
    span = f"a number from {target_values.min():g} to {target_values.max():g}" if classes is None else ""
    kind = span or f"{len(classes or [])} classes, {', '.join((classes or [])[:5])}"
    notes = (f"Target: {target}, {kind}.",)
    return CategoricalTable(Path(path).name, coded, target, target_values, classes, left_out, notes)


def check_values(where: str | Path, column: Column) -> None:
    """Raise BadData for a column with a single value."""
    if len(column.values) < 2:
        value = f"one value, {column.values[0]!r}," if column.values else "no value"
        raise BadData(f"{where}: column {column.name!r} has {value} in all rows; leave it out")


def _text(path: Path) -> pa.Table:
    table = open_table(path)
    if not table.header:
        found = ", ".join(repr(cell.strip()) for cell in table.sample[0][:6])
        raise BadData(f"{path}, line 1: no column names, but values: {found}; add a header")
    _check_names(path, list(table.columns))
    names = ", ".join(f"{as_text(name)} AS {quote_name(name)}" for name in table.columns)
    with connect(table) as connection:
        found = connection.sql(f"SELECT {names} FROM {table.relation()}").to_arrow_table()
    if table.delimiter != ",":
        columns = [
            pc.replace_substring(column, ",", ".") if _has_commas(column) else column for column in found.columns
        ]
        found = pa.table(columns, names=found.column_names)
    return _filled(path, found)


def _has_commas(column: pa.ChunkedArray) -> bool:
    """Whether all values are numbers, some of them with a decimal comma: 1,5."""
    known = column.drop_null()
    numbers = pc.match_substring_regex(known, r"^[-+]?[0-9]+(,[0-9]+)?$")
    return bool(pc.all(numbers).as_py() and pc.any(pc.match_substring(known, ",")).as_py())


def _parquet(path: Path) -> pa.Table:
    try:
        rows = pq.read_metadata(path).num_rows
        names = pq.read_schema(path).names
        _check_names(path, names)
        if rows * len(names) > MOST_CELLS:
            raise BadData(f"{path}: {rows * len(names):,} cells; at most {MOST_CELLS:,} are read. Leave some out.")
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise BadData(f"{path}: not an intact parquet file ({str(error).splitlines()[0]})") from error
    plain = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    return _filled(path, pa.table(plain, names=table.column_names))


def _check_names(path: Path, names: list[str]) -> None:
    if len(names) > MOST_COLUMNS:
        raise BadData(f"{path}: {len(names):,} columns; at most {MOST_COLUMNS:,} are read. Leave some out.")
    if "" in names or len(set(names)) < len(names):
        raise BadData(f"{path}, line 1: every column needs a unique name; found {', '.join(map(repr, names))}")
    if len(names) < 2:
        raise BadData(f"{path}: a table needs a target and another column; found {', '.join(map(repr, names))}")


def _filled(path: Path, table: pa.Table) -> pa.Table:
    if not table.num_rows:
        raise BadData(f"{path}: no rows below the header")
    return table


def _numbers(values: pa.ChunkedArray) -> np.ndarray | None:
    """Values as float64 with NaN where empty; None if a value is not a number."""
    if pa.types.is_boolean(values.type) or pa.types.is_nested(values.type):
        return None
    try:
        return values.cast(pa.float64()).to_numpy()
    except pa.ArrowException:
        return None


def _written_numbers(values: pa.ChunkedArray) -> np.ndarray | None:
    """Numbers with percent or separators of thousands, or in one currency; NaN for words such as NA, None for texts."""
    if not pa.types.is_string(values.type):
        return None
    absent = pc.fill_null(pc.is_in(values, pa.array(ABSENT)), True)
    known = values.filter(pc.invert(absent))
    if amounts := read_amounts(known.to_pandas()):
        numbers = np.full(len(values), np.nan)
        numbers[~absent.to_numpy()] = amounts[0]
        return numbers
    plain = pc.replace_substring_regex(pc.if_else(absent, None, values), r"\s*%\s*$", "")
    for thousands, point in ((",", "."), (".", ",")):
        form = rf"^-?([0-9]+|[0-9]{{1,3}}(\{thousands}[0-9]{{3}})+)(\{point}[0-9]+)?$"
        if len(known) and pc.all(pc.match_substring_regex(plain.drop_null(), form)).as_py():
            plain = pc.replace_substring(pc.replace_substring(plain, thousands, ""), point, ".")
            break
    return _numbers(plain) if len(known) else None


def _fractions(values: pa.ChunkedArray) -> bool:
    numbers = _numbers(values)
    return numbers is not None and bool((numbers % 1 > 0).any())


def _are_ids(values: pa.ChunkedArray) -> bool:
    """Whether almost all rows have different values, such as numbers of rows, names or texts."""
    many = len(values) >= MANY and not pa.types.is_nested(values.type)
    return many and pc.count_distinct(values).as_py() > 0.95 * len(values)


def _target(path: str | Path, name: str, values: pa.ChunkedArray) -> tuple[np.ndarray, list[str] | None]:
    if pa.types.is_nested(values.type):
        raise BadData(f"{path}: target {name!r} contains lists; it must be a number or a text in every row")
    numbers = _numbers(values)
    numbers = _written_numbers(values) if numbers is None else numbers
    empty = pc.is_null(values).to_numpy()
    if numbers is not None:
        empty = ~np.isfinite(numbers)
    if empty.any():
        row = int(empty.argmax())
        found = "nothing" if values[row].as_py() is None else repr(values[row].as_py())
        raise BadData(
            f"{path}: target {name!r} is {found} in row {row + 1:,} below the header; fill in or drop such rows"
        )
    different = pc.count_distinct(values).as_py()
    if different < 2:
        raise BadData(f"{path}: target {name!r} is {values[0].as_py()!r} in all rows, so there is nothing to predict")
    if numbers is not None and different > 2:
        return numbers.astype(np.float32), None
    if different > NO_CLASS:
        row, text = _first_text(values)
        raise BadData(
            f"{path}: target {name!r} is not a number (row {row:,} below the header has {text!r}), and has too many "
            f"values for classes: {different:,}, the limit is {NO_CLASS:,}"
        )
    codes, classes = pd.factorize(values.cast(pa.string()).to_numpy(zero_copy_only=False), sort=True)
    return codes.astype(np.int32), [str(value) for value in classes]


def _first_text(values: pa.ChunkedArray) -> tuple[int, str]:
    texts = values.cast(pa.string()).to_pandas()
    row = int(pd.to_numeric(texts, errors="coerce").isna().to_numpy().argmax())
    return row + 1, texts.iloc[row]


def _coded(name: str, values: pa.ChunkedArray, separator: str) -> Column:
    array = values.combine_chunks()
    if pa.types.is_nested(array.type):
        array = array.cast(pa.list_(pa.string()))
    else:
        array = pc.if_else(pc.equal(array := array.cast(pa.string()), ""), pa.scalar(None, pa.string()), array)
        array = array.fill_null(MISSING)
        if separator and pc.any(pc.match_substring(array, separator)).as_py():
            array = pc.split_pattern(array, separator)
    if not pa.types.is_nested(array.type):
        codes, names = _factorized(array)
        return Column(name, codes[:, None], names)
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    flat = pc.list_flatten(array)
    codes, names = _factorized(pc.if_else(pc.equal(flat, ""), MISSING, flat).fill_null(MISSING))
    return Column(name, *padded(codes, lengths, names))


def _factorized(texts: pa.Array) -> tuple[np.ndarray, list[str]]:
    """Index (n,) int32 into the distinct texts, and these in order of appearance."""
    found = texts.dictionary_encode()
    return found.indices.to_numpy().astype(np.int32), found.dictionary.to_pylist()


def padded(codes: np.ndarray, lengths: np.ndarray, values: list[str]) -> tuple[np.ndarray, list[str]]:
    """Convert concatenated values (k,) with the number of values per cell (n,) to codes and values of a Column.

    An empty cell gets the value MISSING; repeated values in a cell count once.
    """
    if not lengths.all():
        values = values if MISSING in values else [*values, MISSING]
    wide = np.full((len(lengths), max(1, int(lengths.max(initial=0)))), -1, np.int32)
    wide[np.arange(wide.shape[1]) < lengths[:, None]] = codes
    wide[lengths == 0, 0] = values.index(MISSING) if not lengths.all() else -1
    wide = -np.sort(-wide, axis=1)
    wide[:, 1:][wide[:, 1:] == wide[:, :-1]] = -1
    return wide, values
