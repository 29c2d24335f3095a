"""Detection of the columns with vectors (one column of lists, or one column per dimension) and with a map."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from explorer.errors import BadData
from explorer.formats.parsed_file import Hole, Limits, other_choices
from explorer.formats.tables.vector_cells import (
    BASE64,
    NAMES,
    SOME,
    SPARSE,
    is_called,
    is_list_type,
    is_spelled,
    lists_of,
)

NO_VECTORS = ("input_ids", "token_ids", "attention_mask", "token_type_ids", "tokens", "ids", "labels", "neighbors")
PLACES = re.compile(  # names of points and rectangles, which are vectors only if no other lists are
    r"(^|[_ .-])(coordinates?|coords?|lat_?l(on|ng)|l(on|ng)_?lat|loc|location|geo|geometry|point|bbox|box|bounds)$",
    re.IGNORECASE,
)
WORDS = ("key", "title", "name", "label", "word")  # names of text columns, even if a text is `[1, 2]`
ALL_NUMBERS = "all columns of numbers"
DIMENSIONS = re.compile(
    r"(dim|d|v|x|f|e|emb|embed|embedding|vec|vector|feat|feature|pc|pca|svd|lsa|latent|factor|h|component|comp|nmf|lda"
    r"|topic)?[ _.\-\[(]?",
    re.IGNORECASE,
)
BLOCK = 4096  # rows parsed at a time
_COUNTED = re.compile(r"(.*?)([0-9]{1,6})([\])]|_(?:emb|embedding|dim|vec|vector))?", re.IGNORECASE)
_GRID = re.compile(r"((?:pixel|px|p|row|r)?[ _.-]?)(\d+)([ _.-]?(?:x|,|col|c)?[ _.-]?)", re.IGNORECASE)
Numbered = dict[tuple[str, str], dict[int, str]]  # (before the number, behind it) -> number -> column
_PLANE = re.compile(
    r"((?:x_)?(?:umap|t_?-?sne|pacmap|phate|trimap|mds|projection|proj|map|layout|coord|pca|dim)?)[ _.\-]?(x|y|[012])",
    re.I,
)
_PLANES = (
    "umap",
    "tsne",
    "t_sne",
    "t-sne",
    "x_umap",
    "x_tsne",
    "pacmap",
    "phate",
    "trimap",
    "mds",
    "projection",
    "proj",
)


@dataclass(frozen=True, eq=False)
class Split:
    """Parts of a table. vectors (n, d) float32 and xy (n, 2) float32 are None if the table has none."""

    vectors: np.ndarray | None
    xy: np.ndarray | None
    items: pa.Table
    holes: list[Hole]
    numbers: str = ""  # without vectors: the most similar columns, and how to choose them


def choices(table: pa.Table) -> list[str]:
    """Possible vectors, the likeliest first: columns of lists, then groups of columns such as `v0 ... v63`."""
    return _choices(table, set(_plane(table)))


def split(table: pa.Table, choice: str | None, limit: Limits, where: str, notes: list[str]) -> Split:
    """Split a table into vectors, map and other columns. Raises BadData for an invalid choice.

    choice: one of `choices`, a column, or columns of numbers as in `a, b, c`; by default the first reliable one; "" for
    no vectors. notes: list to which a sentence is added if there were several choices.
    """
    plane = _plane(table)
    offered = _choices(table, set(plane))
    listed = [name.strip() for name in (choice or "").split(",")]
    several = len(listed) > 1 and set(listed) <= set(_numbers(table))
    if choice and choice not in offered and choice not in table.column_names and not several:
        names = ", ".join(map(repr, offered)) or "none"
        raise BadData(f"{where}: no vectors in {choice!r}; there are: {names}.")
    if choice is None:
        sure = [name for name in offered if name != ALL_NUMBERS and not name.endswith(GAPS)]
        choice = sure[0] if sure else None
        notes += other_choices(sure)
    vectors, used, holes = None, [], list[Hole]()
    if choice:
        groups = _groups(table, set())
        groups |= {choice: listed} if several else {ALL_NUMBERS: _numbers(table)}
        used = groups.get(choice, [choice])
        if choice in table.column_names:
            vectors, holes = lists_of(table[choice], choice, limit, where)
        else:
            limit.check(where, table.num_rows, len(used))
            vectors, holes = wide(table.select(used), where)
    plane = [name for name in plane if name not in used]
    xy = wide(table.select(plane), where)[0] if len(plane) == 2 else None
    taken = {*used, *(plane if xy is not None else [])}
    items = table.select([name for name in table.column_names if name not in taken])  # drop_columns is quadratic
    return Split(vectors, xy, items, holes, "" if vectors is not None else _nearly(table, offered))


GAPS = " (with gaps)"


def _choices(table: pa.Table, plane: set[str]) -> list[str]:
    lists = [
        name for name in table.column_names
        if (name.lower() not in WORDS or is_list_type(table[name].type)) and is_spelled(table[name], is_called(name))
    ]  # fmt: skip
    lists = [name for name in lists if name.lower() not in NO_VECTORS and (name.lower() in NAMES or _even(table[name]))]
    lists.sort(
        key=lambda name: (
            NAMES.index(name.lower()) if name.lower() in NAMES else len(NAMES) + (not is_called(name)),
            bool(PLACES.search(name)),
            not _fractions(table[name]),
        )
    )
    groups = _groups(table, plane)
    even = sorted((name for name in groups if not name.endswith(GAPS)), key=lambda name: _rank(table, groups[name]))
    gaps = [name for name in groups if name.endswith(GAPS)]
    loose = len(_numbers(table)) > 1 and not lists and not even
    return [*lists, *even, *gaps, *([ALL_NUMBERS] if loose else [])]


def _rank(table: pa.Table, names: list[str]) -> tuple[bool, bool, int]:
    """Sort key of groups: columns named like dimensions, then those with fractions, then the longest group."""
    counted = _COUNTED.fullmatch(names[0])
    called = bool(counted and DIMENSIONS.fullmatch(counted[1]))
    fractions = any(pa.types.is_floating(table[name].type) for name in names[:20])
    return not (called and fractions), not fractions, -len(names)


def _nearly(table: pa.Table, offered: list[str]) -> str:
    """For a table without vectors: the most similar columns, and how to choose them."""
    if offered:
        used = _groups(table, set()).get(offered[0], _numbers(table))
        named = ", ".join(used[:4]) + (", ..." if len(used) > 4 else "")
        return f"Columns of numbers: {named}. Use them as vectors with --choice {offered[0]!r}"
    for name in table.column_names:
        if is_called(name):
            cell = next((cell for cell in table[name].slice(0, SOME).to_pylist() if cell not in (None, "")), None)
            text = str(cell)[:60]
            if isinstance(cell, bytes) or (isinstance(cell, str) and BASE64.fullmatch(cell)):
                raw = "raw" if isinstance(cell, bytes) else "base64.b64decode(raw)"
                how = f"table[{name!r}].map(lambda raw: np.frombuffer({raw}, 'float32').tolist())"
                return f"Column {name!r} contains {'bytes' if isinstance(cell, bytes) else 'base64'}; make lists: {how}"
            if SPARSE.match(text):
                return f"Column {name!r} contains sparse vectors, as {text!r}; write all their numbers: [0, 0.5, 0]"
            return f"Column {name!r} contains {text!r}, which is not a list of numbers such as [0.1, 0.2]"
    return ""


def _even(column: pa.ChunkedArray) -> bool:
    """Whether most of the first lists have the same length above one, as vectors do and lists of ids seldom do."""
    if not is_list_type(column.type):
        return True
    lengths = Counter(pc.list_value_length(column.slice(0, 1000)).drop_null().to_pylist())
    if not lengths:
        return False
    length, often = lengths.most_common(1)[0]
    return length > 1 and often >= 0.8 * sum(lengths.values()) and (len(column) > 1 or _fractions(column))


def may_be_vectors(kind: pa.DataType) -> bool:
    """Whether a column of a type may be vectors or a dimension of them: numbers and lists."""
    return is_list_type(kind) or pa.types.is_floating(kind) or pa.types.is_integer(kind)


def _fractions(column: pa.ChunkedArray) -> bool:
    return not (is_list_type(column.type) and pa.types.is_integer(column.type.value_type))


def _numbers(table: pa.Table) -> list[str]:
    kinds = ((name, table[name].type) for name in table.column_names)
    return [name for name, kind in kinds if pa.types.is_floating(kind) or pa.types.is_integer(kind)]


def _groups(table: pa.Table, plane: set[str]) -> dict[str, list[str]]:
    """Groups of numbered columns such as `v0, v1, ...`: name of the group -> columns in order.

    A text column is included if half of its cells are numbers. Groups with missing numbers are marked.
    """
    found: Numbered = {}
    for name in table.column_names:
        if name not in plane and (counted := _COUNTED.fullmatch(name)):
            found.setdefault((counted[1], counted[3] or ""), {})[int(counted[2])] = name
    numbers = set(_numbers(table))
    groups = {}
    for (prefix, _), members in _grids(found).items():
        numeric = {n: name for n, name in members.items() if name in numbers or _mostly_numbers(table[name])}
        order = sorted(numeric)
        sure = len(order) > 2 and prefix and DIMENSIONS.fullmatch(prefix)
        if not (sure or any(numeric[n] in numbers for n in order)) or (len(order) < 2 and numeric.get(0) != "dim_0"):
            continue
        columns = [numeric[n] for n in order]
        begins = order[0] in (0, 1) or (order[0] == 2 and 1 in members)  # Var1 may hold the keys
        even = begins and order[-1] - order[0] == len(order) - 1
        if even or len(order) > 2:
            groups[f"{columns[0]} ... {columns[-1]}" + ("" if even else GAPS)] = columns
    return groups


def _grids(found: Numbered) -> Numbered:
    """Join groups that are the rows of a grid, such as `1x1, 1x2, ..., 28x28` and `r0c0, r0c1, ...`, in their order."""
    grids: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for prefix, suffix in found:
        if part := _GRID.fullmatch(prefix):
            grids.setdefault((f"{part[1]}0{part[3]}", suffix), []).append((int(part[2]), prefix))
    for (name, suffix), rows in grids.items():
        members = [found[prefix, suffix] for _, prefix in sorted(rows)]
        if len(rows) > 1 and all(one.keys() == members[0].keys() for one in members):
            for _, prefix in rows:
                del found[prefix, suffix]
            found[name, suffix] = dict(enumerate(one[n] for one in members for n in sorted(one)))
    return found


def _mostly_numbers(column: pa.ChunkedArray) -> bool:
    if pa.types.is_null(column.type):
        return True
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return False
    known = column.drop_null()
    return bool(len(known)) and float(pc.mean(pc.cast(_are_numbers(known), pa.int8())).as_py()) > 0.5


def _are_numbers(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.match_substring_regex(texts, r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$")


def wide(table: pa.Table, where: str) -> tuple[np.ndarray, list[Hole]]:
    """Number columns as vectors, (rows, columns) float32, and the incomplete rows. Raises BadData."""
    vectors = np.empty((table.num_rows, table.num_columns), np.float32)
    holes: dict[int, Hole] = {}
    for n, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        texts = None
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            texts, fine = column, _are_numbers(column)
            column = pc.cast(pc.utf8_trim_whitespace(pc.if_else(fine, column, None)), pa.float64())
        elif not (
            pa.types.is_floating(column.type) or pa.types.is_integer(column.type) or pa.types.is_null(column.type)
        ):
            raise BadData(f"{where}, column {n + 1} ({name}): contains {column.type}; vectors must be numbers.")
        with np.errstate(over="ignore", invalid="ignore"):
            vectors[:, n] = column.to_numpy().astype(np.float32)
        if texts is not None or column.null_count:
            for row in np.flatnonzero(pc.is_null(column).to_numpy(zero_copy_only=False)):
                cell = None if texts is None else texts[int(row)].as_py()
                reason = "is empty" if not cell else f"is {cell[:40]!r}, no number"
                holes.setdefault(int(row), Hole(int(row), f"row {row + 1:,}, column {name!r}", reason))
    return vectors, [holes[row] for row in sorted(holes)]


def _plane(table: pa.Table) -> list[str]:
    """Names of two number columns that form a map, x before y; both must be complete."""
    numbers = _numbers(table)
    if {"w", "width"} & set(map(str.lower, numbers)) and {"h", "height"} & set(map(str.lower, numbers)):
        return []  # rectangles in pictures
    found: dict[str, dict[str, str]] = {}
    for name in numbers:
        if part := _PLANE.fullmatch(name):
            found.setdefault(part[1].lower(), {})[part[2].lower()] = name
    for prefix in sorted(found, key=lambda prefix: (prefix != "", prefix)):
        axes = found[prefix]
        named = [axes[axis] for axis in ("x", "y") if axis in axes]
        counted = [axes[axis] for axis in ("0", "1", "2") if axis in axes]
        pair = named if len(named) == 2 else counted if len(counted) == 2 and prefix in _PLANES else []
        if len(pair) == 2 and not any(
            _COUNTED.fullmatch(name) and f"{prefix}3" in map(str.lower, numbers) for name in pair
        ):
            xy = np.column_stack([table[name].to_numpy().astype(np.float32) for name in pair])
            longer = [name for name in numbers if re.fullmatch(re.escape(prefix) + r"[ _.\-]?[3-9]", name, re.I)]
            if np.isfinite(xy).all() and not longer:
                return pair
    return []
