"""Objects of JSON as rows: nested objects become fields, and typed values of databases and services plain ones."""

from __future__ import annotations

import base64
import json
import math
import re
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from explorer.errors import BadData
from explorer.formats.tables.vector_cells import BASE64, NAMES

Row = dict[str, Any]
NUMBER = "vector number"  # field that counts several vectors of one object
_TYPED = [{kind} for kind in ("S", "N", "BOOL", "NULL", "L", "M", "SS")]  # types of DynamoDB's JSON
_SHAPES, _FLAT = ("shape", "dims"), ("data", "values", "__ndarray__")  # fields of a tensor
_NUMBERS = ({"$numberDouble"}, {"$numberInt"}, {"$numberLong"}, {"$numberDecimal"})  # types of MongoDB's JSON
_EPOCH = datetime(1970, 1, 1)
_FLOAT = re.compile(r"-?(\d+(\.\d*)?([eE][-+]?\d+)?|Infinity)|NaN")
_BSON = {0x27: "<f4", 0x03: "<i1"}  # first byte of a vector in MongoDB: the type of its numbers


def is_vector(value: Any) -> bool:
    """Whether a value is a list of numbers."""
    return isinstance(value, list) and bool(value) and all(type(number) in (int, float) for number in value)


def holds_vector(document: Row, depth: int = 4) -> bool:
    """Whether an object contains a vector, at any level, perhaps as base64."""
    return any(
        is_vector(value)
        or (isinstance(value, str) and name in NAMES and bool(BASE64.fullmatch(value)))
        or (isinstance(value, dict) and depth > 0 and holds_vector(value, depth - 1))
        or (_is_one_object(value) and depth > 0 and holds_vector(value[0], depth - 1))
        for name, value in document.items()
    )


def _is_one_object(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)


def rows_of(row: Any) -> list[Row] | None:
    """The rows of an object: one, or one for each of several vectors in a list of objects; None if it is not a row.

    `{"id": 7, "chunks": [{"vector": [...]}, {"vector": [...]}]}` are two rows with the id 7, counted in NUMBER. Raises
    BadData if the vectors of an object have different lengths.
    """
    several = _several(row) if isinstance(row, dict) else [row]
    found = [_fields(one) for one in several]
    return None if any(one is None for one in found) else found  # type: ignore[return-value]


def _several(row: Row, depth: int = 4) -> list[Row]:
    for name, value in row.items():
        if isinstance(value, list) and len(value) > 1 and isinstance(value[0], dict):
            if all(isinstance(one, dict) and holds_vector(one, 1) for one in value):
                lengths = {len(vector) for one in value for vector in one.values() if is_vector(vector)}
                if len(lengths) > 1:
                    sizes = " and ".join(map(str, sorted(lengths)))
                    raise BadData(
                        f"An object has vectors of {sizes} numbers in its list {name!r}. Keep those of one model."
                    )
                return [{**row, name: one, NUMBER: n} for n, one in enumerate(value, 1)]
        elif isinstance(value, dict) and depth:
            inner = _several(value, depth - 1)
            if len(inner) > 1:
                return [{**row, name: one} for one in inner]
    return [row]


def _fields(row: Any, prefix: str = "", depth: int = 8) -> Row | None:
    """An object as one row with flattened fields; None if it is not a row."""
    if is_vector(row):
        return {"vector": row}
    if isinstance(row, list) and len(row) == 2 and isinstance(row[0], str | int) and is_vector(row[1]):
        return {"key": str(row[0]), "vector": row[1]}
    if not isinstance(row, dict):
        return None
    cells: Row = {}
    if all(isinstance(value, dict) and value.keys() in _TYPED for value in row.values()):
        row = {name: _untyped(value) for name, value in row.items()}
    for name, value in row.items():
        if isinstance(value, dict) and value.keys() == {"indices", "values"}:
            continue  # a sparse vector
        value = _plain(name, value)
        if isinstance(value, dict) and value and depth:
            for inner, cell in (_fields(value, f"{prefix}{name}.", depth - 1) or {}).items():
                short = inner.rpartition(".")[2]
                cells[short if short not in row and short not in cells else inner] = cell
        elif not (isinstance(value, dict) and not value):
            cells[f"{prefix}{name}"] = value
    return cells


def _plain(name: str, value: Any) -> Any:
    """The object in a list of one, the numbers of a tensor or of binary data; other values unchanged."""
    if _is_one_object(value):
        return value[0] if holds_vector(value[0]) else value  # one answer of a batch
    if isinstance(value, list) and value and all(isinstance(one, dict) and one.keys() in _NUMBERS for one in value):
        return [float(number) for one in value for number in one.values()]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and next(iter(value)).startswith("$"):
        value = _unwrapped(value)
        if not isinstance(value, dict):
            return value
    if value.keys() == {"type", "data"} and value["type"] == "Buffer":
        how = "Array.from(new Float32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4))"
        raise BadData(f"Field {name!r} contains the bytes of a Buffer of Node.js. Write its numbers: {how}")
    if isinstance(value.get("$binary"), dict) and value["$binary"].get("subType") in ("09", "9"):
        return _bson_vector(name, str(value["$binary"].get("base64")))
    shaped = tensor(value)
    return shaped[0] if shaped is not None and len(shaped) == 1 else value


def _unwrapped(value: Row) -> Any:
    """A typed value of MongoDB: {"$oid": "5f"} -> "5f", {"$date": {"$numberLong": "0"}} -> "1970-01-01T00:00:00"."""
    ((kind, inner),) = value.items()
    if kind == "$date":
        stamp = _unwrapped(inner) if isinstance(inner, dict) and len(inner) == 1 else inner
        try:
            return stamp if isinstance(stamp, str) else (_EPOCH + timedelta(milliseconds=stamp)).isoformat() + "Z"
        except (OverflowError, TypeError):
            return value
    if kind in ("$numberInt", "$numberLong"):
        return int(inner) if re.fullmatch(r"-?\d+", str(inner)) else value
    if kind == "$numberDouble":
        return float(inner) if _FLOAT.fullmatch(str(inner)) else value
    return inner if kind in ("$oid", "$uuid", "$numberDecimal") else value


def _bson_vector(name: str, text: str) -> list[float]:
    """The numbers of a vector as MongoDB stores it: a byte for the type, one for padding, then the numbers."""
    raw = base64.b64decode(text)
    if raw[:1] and raw[0] in _BSON and len(raw) > 2:
        return np.frombuffer(raw[2:], _BSON[raw[0]]).tolist()
    raise BadData(
        f"Field {name!r} contains a vector of MongoDB whose numbers are single bits; write a list of numbers."
    )


def tensor(value: Any) -> list[list[float]] | None:
    """The rows of `{"shape": [rows, dims], "data": [numbers in one list]}`; None for any other value.

    Raises BadData for more than two dimensions, as those of a vector for each token.
    """
    if not isinstance(value, dict):
        return None
    shape = next((value[name] for name in _SHAPES if is_vector(value.get(name))), None)
    flat = next((value[name] for name in _FLAT if is_vector(value.get(name))), None)
    if shape is None or flat is None or math.prod(shape) != len(flat):
        return None
    sizes = [size for size in shape[:-1] if size != 1]
    if len(sizes) > 1:
        raise BadData(f"A tensor of shape {shape}; expected rows by dimensions. For token vectors, save their mean.")
    width = int(shape[-1])
    return [flat[start : start + width] for start in range(0, len(flat), width)]


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
