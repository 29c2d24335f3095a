"""safetensors: 8 bytes with the length of a JSON header, the header, then raw numbers.

https://huggingface.co/docs/safetensors/index#format
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from explorer.errors import BadData
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error, choose, float32

HEADER = 100_000_000  # most bytes of a header, as defined by the format
TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def choices(path: Path, format: str, limit: Limits) -> list[str]:
    """Names of the matrices: those called embedding first, then the largest. Raises BadData."""
    with bad_data_on_error(path, format):
        shapes = {name: about["shape"] for name, about in _header(path)[0].items() if len(about["shape"]) == 2}
        return sorted(shapes, key=lambda name: ("emb" not in name.lower(), -shapes[name][0] * shapes[name][1]))


def read(path: Path, format: str, choice: str | None, limit: Limits) -> ParsedFile:
    """Read one matrix, memory-mapped if it is float32; its rows have no keys. Raises BadData."""
    with bad_data_on_error(path, format):
        name, notes = choose(choices(path, format, limit), choice, "tensor", path.name)
        tensors, start = _header(path)
        about = tensors[name]
        rows, dims = about["shape"]
        kind = np.dtype(TYPES[about["dtype"]])
        limit.check(path.name, rows, dims, kind.itemsize)
        place = start + about["data_offsets"][0]
        array = np.asarray(np.memmap(path, kind, "r", offset=place, shape=(rows, dims)))
        if about["dtype"] == "BF16":  # BF16 is the upper half of a float32
            array = (array.astype(np.uint32) << 16).view(np.float32)
        vectors = float32(array, path.name)
        return ParsedFile(vectors, pd.DataFrame(index=pd.RangeIndex(rows)), path.stem, "safetensors", notes=notes)


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """The tensors and the offset of their numbers. Raises BadData if a length, shape or offset is impossible."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(HEADER, size - 8):
            raise BadData(f"{path.name}: declares a header of {length:,} bytes; the file has {size:,}.")
        header = json.loads(file.read(length))
    if not isinstance(header, dict):
        raise BadData(f"{path.name}: its header does not describe tensors.")
    tensors = {name: about for name, about in header.items() if name != "__metadata__"}
    for name, about in tensors.items():
        if about["dtype"] not in TYPES:
            about["shape"] = []  # an unsupported type: not offered as a matrix
            continue
        shape, (first, last) = about["shape"], about["data_offsets"]
        if not all(isinstance(number, int) and number >= 0 for number in (*shape, first, last)):
            raise BadData(f"{path.name}, {name}: declares the shape {shape}.")
        wanted = int(np.prod(shape, dtype=object)) * np.dtype(TYPES[about["dtype"]]).itemsize
        if last - first != wanted or last > size - 8 - length:
            raise BadData(
                f"{path.name}, {name}: shape {shape} needs {wanted:,} bytes, but its data are at {first:,} to {last:,} "
                f"of {size - 8 - length:,}. The file is truncated or damaged."
            )
    return tensors, 8 + length
