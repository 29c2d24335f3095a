"""The rows of a JSON document: a list of objects, an object of columns, words with vectors, at any level."""

from __future__ import annotations

import re
from typing import Any

from explorer.formats.tables.json_fields import Row, holds_vector, is_vector, rows_of, tensor

WRAPPERS = 4  # levels searched for the list of rows: {"data": {"points": [...]}}
_DIMENSION = re.compile(r"(d|dim|v|x|f|e|emb|vec|pc|embedding|feature)?[ _.-]?[0-9]+", re.IGNORECASE)


def rows(document: Any, depth: int = WRAPPERS) -> list[Row] | None:
    """The rows of a document, at any level; None if there is no list of rows."""
    shaped = tensor(document[0] if isinstance(document, list) and len(document) == 1 else document)
    if shaped is not None:
        return [{"vector": vector} for vector in shaped]
    if isinstance(document, list):
        if document and all(isinstance(text, str) for text in document):
            return [{"key": text} for text in document]
        if document and all(isinstance(row, list) and any(map(is_vector, row)) for row in document):
            return [{str(n): cell for n, cell in enumerate(row)} for row in document]
        if len(document) == 1 and isinstance(document[0], dict) and not holds_vector(document[0]) and depth:
            inner = rows(document[0], depth - 1) or []
            if any(map(holds_vector, inner)):
                return inner
        return _flattened(_in_order(document))
    if not isinstance(document, dict) or not document or not depth:
        return None
    values = list(document.values())
    if all(map(is_vector, values)) and (len(values) > 1 or len(values[0]) > 1):
        return [{"key": key, "vector": vector} for key, vector in document.items()]
    if len(values) > 1 and (ids := _id_map(document)):
        return ids
    cells: list[Any] = next((document[name] for name in ("data", "rows") if isinstance(document.get(name), list)), [])
    if isinstance(document.get("columns"), list) and cells and all(isinstance(row, list) for row in cells):
        cut = [dict(zip(map(str, document["columns"]), row, strict=False)) for row in cells]
        index = document.get("index") or []
        named = len(index) == len(cut) and all(isinstance(text, str) for text in index)
        return [{"key": key, **row} for key, row in zip(index, cut, strict=True)] if named else cut
    tables = {key: value[0] if _is_nested(value) else _only_matrix(value) for key, value in document.items()}
    lists = {key: value for key, value in tables.items() if isinstance(value, list) and value}
    vectors = [value for value in lists.values() if len(value) > 1 and all(map(is_vector, value))]
    if vectors:
        fields = [field for value in values if isinstance(value, dict) for field in value.items()]
        lists = {key: value for key, value in [*lists.items(), *fields] if _has_length(value, len(vectors[0]))}
    lengths = {len(value) for value in lists.values()}
    if len(lists) > 1 and len(lengths) == 1:
        return _flattened([dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)])
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
            return _flattened(values if counted else [{"key": key, **row} for key, row in document.items()])
    nested: list[Any] = [value for value in values if isinstance(value, list | dict)]
    nested.sort(key=lambda value: (not _lists_vectors(value), -len(value)))
    return next((found for value in nested if (found := rows(value, depth - 1))), None)


def _lists_vectors(value: Any) -> bool:
    """Whether a list begins with a vector, or with an object that contains one."""
    first = value[0] if isinstance(value, list) and value else None
    return is_vector(first) or (isinstance(first, dict) and holds_vector(first))


def _flattened(rows: list[Any]) -> list[Row] | None:
    """All rows with flattened fields; None if one of them is not a row, or all are empty."""
    found = [rows_of(row) for row in rows]
    if any(row is None for row in found):
        return None
    return [row for several in found for row in several or ()] if any(any(several or ()) for several in found) else None


def _has_length(value: Any, n: int) -> bool:
    return isinstance(value, list) and len(value) == n


def _in_order(rows: list[Any]) -> list[Any]:
    """Embeddings of OpenAI's answers by their `index`, which is the place of their text in the request."""
    if not all(isinstance(row, dict) and row.get("object") == "embedding" and "index" in row for row in rows):
        return rows
    return sorted(rows, key=lambda row: row["index"]) if all(type(row["index"]) is int for row in rows) else rows


def _id_map(document: dict[str, Any]) -> list[Row]:
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


def _is_matrix(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(map(is_vector, value))


def _only_matrix(value: Any) -> Any:
    """The vectors in an object that contains nothing else, by types as {"float": [[0.1, ...], ...], "int8": [...]}."""
    if not isinstance(value, dict) or not value or not all(map(_is_matrix, value.values())):
        return value
    return value.get("float", next(iter(value.values())) if len(value) == 1 else value)


def other_matrices(document: Any) -> list[str]:
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
