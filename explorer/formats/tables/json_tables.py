"""JSON and JSON Lines files as tables."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from explorer.errors import BadData
from explorer.formats.parsed_file import Limits
from explorer.formats.tables.json_columns import joined, table_of
from explorer.formats.tables.json_fields import NUMBER, holds_vector, rows_of
from explorer.formats.tables.json_rows import other_matrices, rows
from explorer.formats.tables.utf8_source import utf8_source

WHOLE = 2 << 30  # bytes: larger documents must be JSON Lines, because others are parsed at once
BLOCK = 4096  # rows converted at a time
SHAPES = "a list of objects, one object a line, {word: [numbers]}, or {column: [values]}"
MATRICES = ("embeddings", "vectors", "embedding", "vector")  # names of lists of vectors


def read(path: Path, format: str, limit: Limits, notes: list[str]) -> pa.Table:
    """Read a JSON or JSON Lines file as a table; nested objects become columns.

    A column of mixed types becomes text. Raises BadData with the invalid line.
    """
    source = utf8_source(path, limit, notes)
    found = _lines(path, source, limit) if format == "jsonl" else iter(_document(path, source, limit, notes))
    tables, block, size, names = [], [], 0, set[str]()
    for count, row in enumerate(found, 1):
        block.append(row)
        if len(block) == BLOCK or count == limit.first:
            tables.append(table_of(block))
            size, block = size + tables[-1].nbytes, []
            limit.check(path.name, count, 1)
            names.update(tables[-1].column_names)
            limit.check_columns(path.name, len(names), 0)
            if size > limit.bytes:
                raise BadData(f"{path.name}: unpacks to more than {limit.bytes:,} bytes, which is the limit.")
        if count == limit.first:
            break
    tables += [table_of(block)] if block else []
    if not tables:
        raise BadData(f"{path.name}: contains no rows.")
    if any(NUMBER in table.column_names for table in tables):
        notes.append(f"Objects with several vectors are several rows; {NUMBER!r} counts them.")
    return joined(tables)


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
                if isinstance(action, dict) and not holds_vector(action):
                    continue  # of Elasticsearch's bulk API: the next line is the document
            cells = rows_of({"_id": action["_id"], **row} if "_id" in action and isinstance(row, dict) else row)
            action = {}
            first = type(row) if first is None else first
            if cells is None or type(row) is not first:
                raise BadData(f'{path.name}, line {number:,}: not an object, as in {{"key": ..., ...}}.')
            yield from cells


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
    found = rows(document)
    notes += other_matrices(document)
    if not found:
        raise BadData(f"{path.name}: JSON of no known shape, or without rows. Expected {SHAPES}.")
    return found
