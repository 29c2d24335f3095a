"""Vectors in the cells of one column, as lists or as texts such as `[0.1, 0.2]`, `tensor([...])`, `{0.1,0.2}`."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from explorer.errors import BadData
from explorer.formats.parsed_file import Hole, Limits

NAMES = ("vector", "vectors", "embedding", "embeddings", "emb", "vec", "values", "features")  # of columns
SOME = 200  # cells that are inspected
BLOCK = 4096  # rows parsed at a time
MOST_HOLES = 0.5  # largest share of rows without a vector in a column of vectors
BASE64 = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}")
SPARSE = re.compile(r"\s*(\{\d+:|[\[(]?\s*\d+\s*,\s*\[)")  # {1:0.5}/4 of pgvector, (4,[0,2],[0.5,1.5]) of Spark
_CALLED = re.compile(r"[_ .-](emb|embed|embeddings?|vec|vectors?)$", re.IGNORECASE)
_CAST = r"(?:np\.|numpy\.)?float(?:16|32|64)?\(([^()]*)\)"
_WORDS = (
    r"(?i)\b(?:torch\.|tf\.|np\.|numpy\.)?(?:tensor|array|vector|parameter|list)\b"
    r"|,?\s*\b(?:dtype|device|grad_fn|requires_grad|shape)=[^,)\]]*"
)
_BRACKETED = r"^\s*[\[({<][^A-DF-Zb-df-hj-mo-z]*[\])}>]\s*$"
_BARE = r"^\s*[-+0-9.eEnaifNAIF]+([\s,;|]+[-+0-9.eEnaifNAIF]+)+\s*$"
_MARKS = r"[\[\](){}<>,;|\s]+"
_DECIMAL_COMMA = r"[0-9],[0-9]+\s*[;|]"


def is_called(name: str) -> bool:
    """Whether a name says that a column contains vectors: `vector`, `text_embedding`."""
    return name.lower() in NAMES or bool(_CALLED.search(name))


def is_list_type(kind: pa.DataType) -> bool:
    """Whether a type is a list, of fixed or variable length."""
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def is_spelled(column: pa.ChunkedArray, called: bool) -> bool:
    """Whether the cells of a column are vectors: lists of numbers, or mostly texts of such lists.

    called: whether the column has a typical name of vectors; then numbers without brackets count too.
    """
    kind = column.type
    if is_list_type(kind):
        inner = kind.value_type
        return pa.types.is_floating(inner) or (pa.types.is_integer(inner) and inner.bit_width > 1)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return False
    sample = column.slice(0, 10 * SOME).drop_null().slice(0, SOME)
    sample = sample.filter(pc.not_equal(pc.utf8_trim_whitespace(sample), ""))
    if not len(sample):
        return False
    if any(map(SPARSE.match, sample.to_pylist())):
        return False
    bare = _without_words(sample)
    fine = pc.or_(
        pc.and_(pc.match_substring_regex(bare, _BRACKETED), pc.match_substring_regex(bare, "[0-9]")),
        pc.match_substring_regex(bare, _BARE) if called else pc.match_substring_regex(bare, r"\A\z"),
    )
    several = pc.greater(
        pc.list_value_length(_parts(bare.combine_chunks() if isinstance(bare, pa.ChunkedArray) else bare)), 1
    )
    share = np.asarray(fine) & np.asarray(several)
    return float(share.mean()) > (0.5 if called else 0.8)


def lists_of(column: pa.ChunkedArray, name: str, limit: Limits, where: str) -> tuple[np.ndarray, list[Hole]]:
    """Parse the vectors in a column; returns (n, d) float32 and the rows whose vector is missing or has another length.

    These rows are NaN. Raises BadData if they are more than half, or if numpy abbreviated printed vectors with `...`.
    """
    dims = _dims(column)
    if not dims:
        cell = next(
            (cell for cell in column.slice(0, SOME).to_pylist() if isinstance(cell, str) and "..." in cell), None
        )
        if cell is not None:
            raise BadData(f"{where}, column {name!r}: {_reason(cell, 0, 1)}.")
        raise BadData(f"{where}, column {name!r}: the vectors are empty.")
    limit.check(where, len(column), dims)
    vectors = np.full((len(column), dims), np.nan, np.float32)
    holes: list[Hole] = []
    for first in range(0, len(column), BLOCK):
        cells = column.slice(first, BLOCK).combine_chunks()
        lists, wrong = _numbers_in(cells)
        lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
        good = (lengths == dims) & ~wrong
        flat = pc.cast(lists.filter(pa.array(good)).flatten(), pa.float32(), safe=False)
        vectors[first : first + len(cells)][good] = flat.to_numpy(zero_copy_only=False).reshape(-1, dims)
        for row in np.flatnonzero(~good):
            place = f"row {first + row + 1:,}, column {name!r}"
            holes.append(Hole(first + int(row), place, _reason(cells[int(row)].as_py(), int(lengths[row]), dims)))
    if len(holes) > MOST_HOLES * len(column):
        raise BadData(
            f"{where}, {holes[0].where}: {holes[0].reason}, and so in {len(holes):,} of {len(column):,} rows."
        )
    return vectors, holes


def _reason(cell: object, length: int, dims: int) -> str:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return "no vector"
    if isinstance(cell, str) and "..." in cell:
        return f"{cell[:60]!r}, which was abbreviated when printed; save all numbers"
    if length and length != dims:
        return f"{length:,} numbers, expected {dims:,}"
    return f"{str(cell)[:60]!r}, not a list of numbers"


def _dims(column: pa.ChunkedArray) -> int:
    """The most frequent length among the first vectors."""
    lengths: list[int] = []
    for first in range(0, len(column), BLOCK):
        lists, wrong = _numbers_in(column.slice(first, BLOCK).combine_chunks())
        found = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
        lengths += found[(found > 0) & ~wrong].tolist()
        if len(lengths) >= SOME:
            break
    return int(np.bincount(lengths).argmax()) if lengths else 0


def _numbers_in(block: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Numbers of each cell as lists, and the mask (n,) bool of cells that are not lists of numbers."""
    if not (pa.types.is_string(block.type) or pa.types.is_large_string(block.type)):
        return block, np.zeros(len(block), bool)
    bare = _without_words(block)
    known = pc.fill_null(
        pc.match_substring_regex(
            bare, r"^[\s\[\](){}<>,;|0-9.+\-eEnaifNAIFty]*[0-9nN][\s\[\](){}<>,;|0-9.+\-eEnaifNAIFty]*$"
        ),
        False,
    )
    clean = pc.and_(known, pc.invert(pc.fill_null(pc.match_substring(bare, "..."), False)))
    lists = _parts(pc.if_else(clean, bare, pa.scalar(None, bare.type)))
    try:
        pc.cast(lists.flatten(), pa.float64())
    except pa.ArrowInvalid:
        numbers = [_are_numbers(cell) for cell in lists.to_pylist()]
        clean = pc.and_(clean, pa.array(numbers))
        lists = _parts(pc.if_else(clean, bare, pa.scalar(None, bare.type)))
    return lists, ~np.asarray(clean, bool)


def _are_numbers(parts: list[str] | None) -> bool:
    try:
        for part in parts or ():
            float(part)
    except ValueError:
        return False
    return parts is not None


def _without_words(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Remove Python's notation around numbers: tensor(...), np.float32(...), dtype=..."""
    bare = pc.replace_substring_regex(pc.replace_substring_regex(texts, _CAST, r"\1"), _WORDS, "")
    return pc.replace_substring_regex(bare, r"^\s*[\"']\s*([\[({<].*[\])}>])\s*[\"']\s*$", r"\1")


def _parts(texts: pa.Array) -> pa.Array:
    """Split texts at brackets, commas and spaces; decimal commas become points."""
    commas = pc.fill_null(pc.match_substring_regex(texts, _DECIMAL_COMMA), False)
    texts = pc.if_else(commas, pc.replace_substring(texts, ",", "."), texts)
    bare = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, _MARKS, " "))
    return pc.split_pattern(bare, " ")
