"""JSON as a table: lists of objects, one object per line, objects of columns, and words with their vectors."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from explorer.errors import BadData
from explorer.formats.parsed_file import Limits
from explorer.formats.tables.charset import utf8_source

WHOLE = 2 << 30  # bytes: larger documents must be JSON Lines, because others are parsed at once
BLOCK = 4096  # rows converted at a time
SHAPES = "a list of objects, one object a line, {word: [numbers]}, or {column: [values]}"
_DIMENSION = re.compile(r"(d|dim|v|x|f|e|emb|vec|pc|embedding|feature)?[ _.-]?[0-9]+", re.IGNORECASE)
MATRICES = ("embeddings", "vectors", "embedding", "vector")  # names of lists of vectors
_TYPED = [{kind} for kind in ("S", "N", "BOOL", "NULL", "L", "M", "SS")]  # types of DynamoDB's JSON
WRAPPERS = 4  # levels searched for the list of rows: {"data": {"points": [...]}}


def read(path: Path, format: str, limit: Limits, notes: list[str]) -> pa.Table:
    """Read a JSON or JSON Lines file as a table; nested objects become columns.

    A column of mixed types becomes text. Raises BadData with the invalid line.
    """
    source = utf8_source(path, limit, notes)
    rows = _lines(path, source, limit) if format == "jsonl" else iter(_document(path, source, limit, notes))
    tables, block, size = [], [], 0
    for count, row in enumerate(rows, 1):
        block.append(row)
        if len(block) == BLOCK or count == limit.first:
            tables.append(_table(block))
            size, block = size + tables[-1].nbytes, []
            limit.check(path.name, count, 1)
            if size > limit.bytes:
                raise BadData(f"{path.name}: unpacks to more than {limit.bytes:,} bytes, which is the limit.")
        if count == limit.first:
            break
    tables += [_table(block)] if block else []
    if not tables:
        raise BadData(f"{path.name}: contains no rows.")
    return _joined(tables)


def _lines(path: Path, source: pa.NativeFile, limit: Limits) -> Iterator[dict[str, Any]]:
    first: type | None = None
    action: dict[str, Any] = {}
    with source:
        for number, line in enumerate(_iterate(source), 1):
            if not line.strip():
                continue
            _check_objects(path, line, limit)
            try:
                row = python_object(line) if line.lstrip().startswith(b"{'") else json.loads(line)
            except (ValueError, RecursionError) as error:
                raise BadData(f"{path.name}, line {number:,}: not JSON ({error}); one object a line.") from error
            if isinstance(row, dict) and row.keys() in ({"index"}, {"create"}):
                (action,) = row.values()
                if isinstance(action, dict) and not _holds_vector(action):
                    continue  # of Elasticsearch's bulk API: the next line is the document
            cells = _row({"_id": action["_id"], **row} if "_id" in action and isinstance(row, dict) else row)
            action = {}
            first = type(row) if first is None else first
            if cells is None or type(row) is not first:
                raise BadData(f'{path.name}, line {number:,}: not an object, as in {{"key": ..., ...}}.')
            yield cells


def python_object(line: bytes) -> Any:
    """An object written by Python, `{'asin': 'B01', 'price': None}`, read without running it. Raises ValueError."""
    try:
        return ast.literal_eval(line.decode().strip())
    except (SyntaxError, MemoryError) as error:
        raise ValueError("nor an object of Python") from error


def _iterate(stream: pa.NativeFile) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(1 << 22):
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
    if rest:
        yield rest


def _check_objects(path: Path, raw: bytes, limit: Limits) -> None:
    """Raises BadData before JSON is parsed whose lists and objects alone would take more memory than is let in."""
    size = 8 * raw.count(b",") + 56 * raw.count(b"[") + 184 * raw.count(b"{")
    if size > limit.bytes:
        raise BadData(f"{path.name}: {len(raw):,} bytes of JSON that take {size:,} in memory; {limit.bytes:,} may.")


def _document(path: Path, source: pa.NativeFile, limit: Limits, notes: list[str]) -> list[dict[str, Any]]:
    if source.size() > WHOLE:
        how = f"jq -c '.[]' {path.name} > table.jsonl"
        raise BadData(f"{path.name}: {source.size():,} bytes of JSON in one piece. Make it JSON Lines: {how}")
    raw = source.read()
    _check_objects(path, raw, limit)
    try:
        document = json.loads(raw)
    except json.JSONDecodeError as error:
        raise BadData(f"{path.name}, line {error.lineno:,}: not JSON ({error.msg}).") from error
    except RecursionError as error:
        raise BadData(f"{path.name}: JSON that is nested too deeply. Expected {SHAPES}.") from error
    if document in ([], {}):
        raise BadData(f"{path.name}: contains no rows.")
    if isinstance(document, dict) and (name := next((n for n in MATRICES if document.get(n, 0) is None), "")):
        how = "collection.get(include=['embeddings', 'documents', 'metadatas'])"
        raise BadData(f"{path.name}: {name!r} is null, so there are no vectors. With Chroma: {how}")
    found = _rows(document, WRAPPERS)
    notes += _other_matrices(document)
    if not found:
        raise BadData(f"{path.name}: JSON of no known shape, or without rows. Expected {SHAPES}.")
    return found


def _rows(document: Any, depth: int) -> list[dict[str, Any]] | None:
    """The rows of a document, at any level; None if there is no list of rows."""
    if isinstance(document, list):
        if document and all(isinstance(text, str) for text in document):
            return [{"key": text} for text in document]
        if document and all(isinstance(row, list) and any(map(_is_vector, row)) for row in document):
            return [{str(n): cell for n, cell in enumerate(row)} for row in document]
        if len(document) == 1 and isinstance(document[0], dict) and not _holds_vector(document[0]) and depth:
            inner = _rows(document[0], depth - 1) or []
            if any(map(_holds_vector, inner)):
                return inner
        flat = [_row(row) for row in _in_order(document)]
        return None if any(row is None for row in flat) else flat  # type: ignore[return-value]
    if not isinstance(document, dict) or not document or not depth:
        return None
    values = list(document.values())
    if all(map(_is_vector, values)) and (len(values) > 1 or len(values[0]) > 1):
        return [{"key": key, "vector": vector} for key, vector in document.items()]
    if len(values) > 1 and (ids := _id_map(document)):
        return ids
    cells: list[Any] = next((document[name] for name in ("data", "rows") if isinstance(document.get(name), list)), [])
    if isinstance(document.get("columns"), list) and cells and all(isinstance(row, list) for row in cells):
        rows = [dict(zip(map(str, document["columns"]), row, strict=False)) for row in cells]
        index = document.get("index") or []
        named = len(index) == len(rows) and all(isinstance(text, str) for text in index)
        return [{"key": key, **row} for key, row in zip(index, rows, strict=True)] if named else rows
    tables = {key: value[0] if _is_nested(value) else _only_matrix(value) for key, value in document.items()}
    lists = {key: value for key, value in tables.items() if isinstance(value, list) and value}
    vectors = [value for value in lists.values() if len(value) > 1 and all(map(_is_vector, value))]
    if vectors:
        lists = {key: value for key, value in lists.items() if len(value) == len(vectors[0])}
    lengths = {len(value) for value in lists.values()}
    if len(lists) > 1 and len(lengths) == 1:
        return [_row(dict(zip(lists, row, strict=True))) or {} for row in zip(*lists.values(), strict=True)]
    if len(values) > 1 and all(isinstance(value, dict) and value for value in values):
        if all(value.keys() == values[0].keys() for value in values) and _are_columns(document):
            named = not all(map(_is_count, values[0]))
            return [
                {**({"key": row} if named else {}), **{name: column[row] for name, column in document.items()}}
                for row in values[0]
            ]
        if not any(
            isinstance(inner, list) and inner and isinstance(inner[0], dict) for v in values for inner in v.values()
        ):
            counted = list(document) == [str(n) for n in range(len(document))]
            rows = [_row(row) or {} for row in values]
            if not any(rows):
                return None
            return rows if counted else [{"key": key, **row} for key, row in zip(document, rows, strict=True)]
    inner = sorted(values, key=lambda value: -len(value) if isinstance(value, list | dict) else 0)
    return next(
        (found for value in inner if isinstance(value, list | dict) and (found := _rows(value, depth - 1))), None
    )


def _in_order(rows: list[Any]) -> list[Any]:
    """Embeddings of OpenAI's answers by their `index`, which is the place of their text in the request."""
    if not all(isinstance(row, dict) and row.get("object") == "embedding" and "index" in row for row in rows):
        return rows
    return sorted(rows, key=lambda row: row["index"]) if all(type(row["index"]) is int for row in rows) else rows


def _id_map(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a vocabulary, `{word: number}` or `{number: word}`; None for any other document."""
    values = list(document.values())
    if all(type(value) is int for value in values) and len(set(values)) == len(values):
        if values == list(range(len(values))):
            return [{"key": key} for key in document]
        return [{"key": key, "row": value} for key, value in document.items()]
    if all(isinstance(value, str) for value in values) and all(map(_is_count, document)):
        return [{"key": value, "index": int(key)} for key, value in document.items()]
    return []


def _are_columns(document: dict[str, dict[str, Any]]) -> bool:
    """Whether the objects in an object are columns rather than rows.

    They are if their own keys only count, if they are named `d0`, `d1`, or if each contains values of one type that
    differs from the next one's.
    """
    first = next(iter(document.values()))
    numbers = all(isinstance(cell, int | float | None) for column in document.values() for cell in column.values())
    if numbers and all(map(_DIMENSION.fullmatch, document)):
        return True
    if all(map(_is_count, first)):
        return not numbers or len(document) <= len(first)  # else more words than dimensions
    if all(map(_DIMENSION.fullmatch, first)):
        return False
    types = [{type(cell) for cell in column.values() if cell is not None} for column in document.values()]
    return all(len(kinds) <= 1 for kinds in types) and len({kind for kinds in types for kind in kinds}) > 1


def _is_nested(value: Any) -> bool:
    """Whether a value is a list with one list of rows, as in Chroma's results."""
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0], list) and len(value[0]) > 1


def _is_vector(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(number) in (int, float) for number in value)


def _holds_vector(document: dict[str, Any], depth: int = 4) -> bool:
    """Whether an object contains a vector, at any level."""
    inner = document.values()
    return any(map(_is_vector, inner)) or any(
        isinstance(value, dict) and depth > 0 and _holds_vector(value, depth - 1) for value in inner
    )


def _is_matrix(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(map(_is_vector, value))


def _only_matrix(value: Any) -> Any:
    """The vectors in an object that contains nothing else, by types as {"float": [[0.1, ...], ...], "int8": [...]}."""
    if not isinstance(value, dict) or not value or not all(map(_is_matrix, value.values())):
        return value
    return value.get("float", next(iter(value.values())) if len(value) == 1 else value)


def _other_matrices(document: Any) -> list[str]:
    """A note if an object contains several lists of vectors, of different lengths or types, of which one is read."""
    if not isinstance(document, dict):
        return []
    typed = [value for value in document.values() if isinstance(value, dict) and len(value) > 1]
    types = sorted({kind for value in typed if _only_matrix(value) is not value for kind in value} - {"float"})
    if types:
        return [f"The vectors are those of type 'float'; there are others: {', '.join(map(repr, types))}."]
    found = {key: len(value) for key, value in document.items() if _is_matrix(value)}
    if len(set(found.values())) < 2:
        return []
    first, *others = sorted(found, key=lambda key: -found[key])
    return [
        f"The vectors are {first!r}; there are others: {', '.join(map(repr, others))}. Save those in their own file."
    ]


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _row(row: Any, prefix: str = "", depth: int = 8) -> dict[str, Any] | None:
    """An object as one row with flattened fields; None if it is not a row."""
    if _is_vector(row):
        return {"vector": row}
    if isinstance(row, list) and len(row) == 2 and isinstance(row[0], str | int) and _is_vector(row[1]):
        return {"key": str(row[0]), "vector": row[1]}
    if not isinstance(row, dict):
        return None
    cells: dict[str, Any] = {}
    if all(isinstance(value, dict) and value.keys() in _TYPED for value in row.values()):
        row = {name: _untyped(value) for name, value in row.items()}
    for name, value in row.items():
        if isinstance(value, dict) and value.keys() == {"indices", "values"}:
            continue  # a sparse vector
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
            value = value[0] if _holds_vector(value[0]) else value  # one answer of a batch
        if isinstance(value, dict) and value.keys() == {"type", "data"} and value["type"] == "Buffer":
            how = "Array.from(new Float32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4))"
            raise BadData(f"Field {name!r} contains the bytes of a Buffer of Node.js. Write its numbers: {how}")
        if isinstance(value, dict) and value and depth:
            for inner, cell in (_row(value, f"{prefix}{name}.", depth - 1) or {}).items():
                short = inner.rpartition(".")[2]
                cells[short if short not in row and short not in cells else inner] = cell
        elif not (isinstance(value, dict) and not value):
            cells[f"{prefix}{name}"] = value
    return cells


def _untyped(value: Any) -> Any:
    """A value of DynamoDB: {"N": "1.5"} -> 1.5, {"L": [{"S": "a"}]} -> ["a"]."""
    if not isinstance(value, dict) or value.keys() not in _TYPED:
        return value
    ((kind, inner),) = value.items()
    if kind == "L":
        return [_untyped(one) for one in inner]
    if kind == "M":
        return {name: _untyped(one) for name, one in inner.items()}
    return json.loads(inner) if kind == "N" else None if kind == "NULL" else inner


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: _column([row.get(name) for row in rows]) for name in names} or {"": [None] * len(rows)})


def _column(values: list[Any]) -> pa.Array:
    """Values of one type unchanged, with exact integers; values of several types as texts."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int}:
        for kind in (pa.int64(), pa.uint64()):
            try:
                return pa.array(values, kind)
            except (OverflowError, pa.ArrowInvalid):
                continue
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    try:
        if kinds <= {int, float}:
            return pa.array(values, pa.float64())
        if len(kinds) <= 1:
            return _surrogates_replaced(values) if kinds == {str} else pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass
    return _surrogates_replaced([None if value is None else _text(value) for value in values])


def _surrogates_replaced(values: list[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # an unpaired surrogate, which is valid in JSON but not in UTF-8
        return pa.array([value if value is None else value.encode(errors="replace").decode() for value in values])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _joined(tables: list[pa.Table]) -> pa.Table:
    """Concatenate tables; columns with different types become text."""
    names = dict.fromkeys(name for table in tables for name in table.column_names)
    columns = {}
    for name in names:
        parts = [
            table[name] if name in table.column_names else pa.chunked_array([pa.nulls(len(table))]) for table in tables
        ]
        columns[name] = _concatenated(parts)
    return pa.table(columns)


def _concatenated(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    kinds = {part.type for part in parts} - {pa.null()}
    kind = next(iter(kinds), pa.null())
    if len(kinds) > 1:
        numbers = all(pa.types.is_integer(type_) or pa.types.is_floating(type_) for type_ in kinds)
        lists = all(pa.types.is_list(type_) and not pa.types.is_nested(type_.value_type) for type_ in kinds)
        kind = pa.float64() if numbers else pa.list_(pa.float64()) if lists else pa.string()
    try:
        return pa.chunked_array([chunk for part in parts for chunk in pc.cast(part, kind, safe=False).chunks], kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        texts = [[None if v is None else _text(v) for v in part.to_pylist()] for part in parts]
        return pa.chunked_array([pa.array(text, pa.string()) for text in texts])
