"""Which columns of a table are its vectors: one of lists, or one column a dimension; and which are a map."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from explorer.errors import BadData
from explorer.formats.parsed_file import Limits

NAMES = ("vector", "vectors", "embedding", "embeddings", "emb", "vec")
MAPS = (("x", "y"), ("projection_x", "projection_y"), ("umap_x", "umap_y"), ("tsne_x", "tsne_y"), ("pca_x", "pca_y"))
WORDS = ("key", "title", "name", "label", "word")  # texts, even where one is `[1, 2]`
ALL_NUMBERS = "all columns of numbers"
BLOCK = 4096  # rows whose lists are taken apart together
_COUNTED = re.compile(r"(.*?)([0-9]{1,6})")
_LIST = r"^\s*\[[-+0-9.,eE\sinfNa]*\]\s*$"


def choices(table: pa.Table) -> list[str]:
    """What may be the vectors, the likeliest first: columns of lists, then groups such as `v0 ... v63`."""
    lists = [name for name in table.column_names if name.lower() not in WORDS and _is_list(table[name])]
    lists.sort(key=lambda name: NAMES.index(name.lower()) if name.lower() in NAMES else len(NAMES))
    named = [name for name in lists if name.lower() in NAMES or _even(table[name])]
    groups = sorted(_groups(table).items(), key=lambda group: (not group[0].startswith("dim_"), -len(group[1])))
    wide = [name for name, _ in groups]
    loose = _numbers(table) if len(_numbers(table)) > 1 and not named and not wide else []
    return [*named, *wide, *([ALL_NUMBERS] if loose else [])]


def split(
    table: pa.Table, choice: str | None, limit: Limits, where: str, notes: list[str]
) -> tuple[np.ndarray | None, np.ndarray | None, pa.Table]:
    """A table as its vectors (n, d) float32, its map (n, 2) float32, and its other columns; None where there is none.

    Raises BadData where the choice is not one of `choices`, or a row has another number of dimensions.
    """
    offered = choices(table)
    if choice is not None and choice not in offered and choice not in table.column_names:
        there = ", ".join(map(repr, offered)) or "none"
        raise BadData(f"{where}: no vectors in {choice!r}; there are: {there}.")
    if choice is None:
        choice = next((name for name in offered if name != ALL_NUMBERS), None)
    vectors, used = None, []
    if choice is not None:
        groups = _groups(table)
        used = _numbers(table) if choice == ALL_NUMBERS and choice not in groups else groups.get(choice, [choice])
        limit.check(where, table.num_rows, len(used))
        vectors = (
            wide(table.select(used), where) if choice not in table.column_names else _lists(table[choice], limit, where)
        )
    xy, plane = _map(table.drop_columns(used) if used else table)
    kept = [name for name in table.column_names if name not in {*used, *plane}]
    odd = [name for name in kept if pa.types.is_struct(table[name].type) or pa.types.is_map(table[name].type)]
    if odd:
        notes.append(f"Left out, as no table shows them: {', '.join(odd)}.")
    return vectors, xy, table.select([name for name in kept if name not in odd])


def is_number(text: object) -> bool:
    """Whether a cell is a number as Python writes them; nothing and `nan` are not."""
    try:
        return bool(np.isfinite(float(str(text)))) and "_" not in str(text)
    except ValueError:
        return False


def _is_list(column: pa.ChunkedArray) -> bool:
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return pa.types.is_integer(kind.value_type) or pa.types.is_floating(kind.value_type)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return False
    sample = column.slice(0, 100).drop_null()
    return len(sample) > 0 and bool(pc.all(pc.match_substring_regex(sample, _LIST)).as_py())


def _even(column: pa.ChunkedArray) -> bool:
    """Whether the first lists have the same length, more than one: vectors do, lists of ids seldom."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return True
    lengths = pc.unique(pc.list_value_length(column.slice(0, 1000)).drop_null()).to_pylist()
    return len(lengths) == 1 and lengths[0] > 1


def _numbers(table: pa.Table) -> list[str]:
    kinds = ((name, table[name].type) for name in table.column_names)
    return [name for name, kind in kinds if pa.types.is_floating(kind) or pa.types.is_integer(kind)]


def _groups(table: pa.Table) -> dict[str, list[str]]:
    """Columns of numbers that count on, `v0, v1, ...`: name of the group -> names in order of the number."""
    found: dict[str, dict[int, str]] = {}
    for name in _numbers(table):
        if counted := _COUNTED.fullmatch(name):
            found.setdefault(counted[1], {})[int(counted[2])] = name
    groups = {}
    for numbers in found.values():
        order = sorted(numbers)
        if (
            (len(order) > 1 or numbers.get(0) == "dim_0")
            and order[0] in (0, 1)
            and order[-1] - order[0] == len(order) - 1
        ):
            columns = [numbers[n] for n in order]
            groups[f"{columns[0]} ... {columns[-1]}"] = columns
    return groups


def wide(table: pa.Table, where: str) -> np.ndarray:
    """Columns of numbers as vectors, (rows, columns) float32. Raises BadData for a column of anything else."""
    vectors = np.empty((table.num_rows, table.num_columns), np.float32)
    for n, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type) or pa.types.is_null(column.type)):
            raise BadData(f"{where}, column {n + 1} ({name}): holds {column.type}; vectors are numbers.")
        vectors[:, n] = _numpy(column)
    return vectors


def _numpy(column: pa.ChunkedArray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        return column.to_numpy().astype(np.float32)


def _lists(column: pa.ChunkedArray, limit: Limits, where: str) -> np.ndarray:
    """Lists, or texts such as `[0.1, 0.2]`, of one length each."""
    vectors, start = np.empty((0, 0), np.float32), 0
    for first in range(0, len(column), BLOCK):
        block = _as_lists(column.slice(first, BLOCK).combine_chunks())
        lengths = pc.fill_null(pc.list_value_length(block), 0).to_numpy(zero_copy_only=False)
        if not start:
            limit.check(where, len(column), int(lengths[0]))
            vectors = np.empty((len(column), int(lengths[0])), np.float32)
        wrong = np.flatnonzero(lengths != vectors.shape[1])
        if len(wrong):
            row = start + int(wrong[0])
            raise BadData(
                f"{where}, row {row + 1:,}: {lengths[wrong[0]]:,} dimensions; the first row has {vectors.shape[1]:,}."
            )
        flat = pc.cast(block.flatten(), pa.float32(), safe=False)
        vectors[start : start + len(block)] = flat.to_numpy(zero_copy_only=False).reshape(len(block), -1)
        start += len(block)
    if not vectors.size:
        raise BadData(f"{where}: the vectors are empty.")
    return vectors


def _as_lists(block: pa.Array) -> pa.Array:
    if not (pa.types.is_string(block.type) or pa.types.is_large_string(block.type)):
        return block
    bare = pc.utf8_trim_whitespace(pc.replace_substring_regex(block, r"[\[\],\s]+", " "))
    return pc.split_pattern(bare, " ")


def _map(table: pa.Table) -> tuple[np.ndarray | None, Sequence[str]]:
    """A map that stands in two columns of numbers, complete in every row, and their names."""
    numbers = {name.lower(): name for name in _numbers(table)}
    for names in MAPS:
        if all(name in numbers for name in names):
            plane = [numbers[name] for name in names]
            xy = wide(table.select(plane), "map")
            if np.isfinite(xy).all():
                return xy, plane
    return None, ()
