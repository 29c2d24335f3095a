"""TensorFlow's Embedding Projector: tensors.tsv, metadata.tsv, .bytes, and projector_config.json with several."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from explorer.errors import BadData
from explorer.formats import text_encoding
from explorer.formats.compression import decompressed
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error, choose, float32
from explorer.formats.row_alignment import align_rows
from explorer.formats.tables import delimited, tabular, vector_columns
from explorer.formats.vectors.rows import text_rows

if TYPE_CHECKING:
    from explorer.core.embedding import Embedding

CONFIG, TENSORS, METADATA = "projector_config.json", "tensors.tsv", "metadata.tsv"
CONFIG_BYTES = 1 << 24
FEWEST = 3  # least rows for a first column of distinct integers to be ids
LABELS = "|"  # separator of the labels in a cell
_BLOCK = re.compile(r"embeddings\s*:?\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_TEXT_FIELD = re.compile(r'(\w+)\s*:\s*"([^"]*)"')
_SHAPE = re.compile(r"tensor_shape\s*:\s*\[?\s*(\d+)")


def read(path: Path, format: str, choice: str | None, limit: Limits) -> ParsedFile:
    """Read vectors without keys or, from a projector_config.json, the chosen embedding with its metadata.

    Files named in the config must be in its folder. Raises BadData.
    """
    with bad_data_on_error(path, format):
        if format == "projector":
            return _tensors(path, limit)
        if format == "bytes":
            return _beside_config(path, limit)
        entries = _entries(path)
        name, more = choose(entries, choice, "embedding", path.name)
        found = _embedding(path, entries[name], limit)
        return replace(found, notes=[*found.notes, *more])


def choices(path: Path, format: str, limit: Limits) -> list[str]:
    """The embeddings of a projector_config.json. Raises BadData."""
    if format != "projector-config":
        return []
    with bad_data_on_error(path, format):
        return list(_entries(path))


def write(embedding: Embedding, folder: Path) -> list[Path]:
    """Write tensors.tsv, metadata.tsv and projector_config.json to a folder; returns their paths.

    metadata.tsv has a header and one row per item, with the key first. If there are only keys, it has no header, as the
    projector requires. The labels of an item are in one cell, `Drama|War`. Tabs and line breaks are escaped, see
    text_encoding; the config notes this too.
    """
    n, d = embedding.vectors.shape
    with (folder / TENSORS).open("wb") as file:
        file.writelines(text_rows(embedding.vectors, "\t"))
    table = {name: cells(embedding.items[name]) for name in ("key", *_others(embedding))}
    flat = [cell for column in table.values() for cell in column]
    texts, done = text_encoding.escaped(flat, text_encoding.CONTROLS)
    rows = zip(*(texts[start : start + n] for start in range(0, len(texts), n)), strict=True)
    header = [tuple(text_encoding.escaped(list(table), text_encoding.CONTROLS)[0])] if len(table) > 1 else []
    text = "".join("\t".join(row) + "\n" for row in [*header, *rows])
    (folder / METADATA).write_bytes(text.encode())
    entry = {"tensorName": embedding.name, "tensorShape": [n, d], "tensorPath": TENSORS, "metadataPath": METADATA}
    config = {"embeddings": [entry]}
    (folder / CONFIG).write_text(json.dumps(config, indent=1), encoding="utf-8")
    return [folder / CONFIG, folder / TENSORS, folder / METADATA, *text_encoding.write_note(folder / METADATA, done)]


def _others(embedding: Embedding) -> list[str]:
    return [str(name) for name in embedding.items if name != "key"]


def cells(column: Iterable[Any]) -> list[str]:
    """A column as texts: labels as `Drama|War`, or as JSON if a label contains `|`; unknown cells are empty."""
    column = list(column)
    lists = [cell for cell in column if isinstance(cell, list | tuple | np.ndarray)]
    exact = any(LABELS in str(label) for labels in lists for label in labels)
    return [_cell(cell, exact) for cell in column]


def _cell(cell: Any, exact: bool) -> str:
    if isinstance(cell, list | tuple | np.ndarray):
        labels = [str(label) for label in cell]
        return json.dumps(labels, ensure_ascii=False) if exact else LABELS.join(labels)
    return "" if pd.isna(cell) else str(cell)


def _tensors(path: Path, limit: Limits, keyed: bool = True) -> ParsedFile:
    """Read a table of numbers; with `keyed`, a first column of distinct integers contains the ids of the rows."""
    notes: list[str] = []
    with path.open("rb") as stream:
        delimiter = "\t" if b"\t" in stream.read(1 << 16) else None
    found, dialect = delimited.read(path, delimiter, limit, notes, header=False)
    if "key" in found.column_names and (not keyed or len(dialect.rows) < FEWEST):
        numbers = pc.cast(found["key"], pa.float64())
        found = found.set_column(found.column_names.index("key"), "key ", numbers)
    found = found.slice(0, limit.first) if limit.first else found
    keys = found["key"].to_pylist() if "key" in found.column_names else None
    numbers = found.drop_columns(["key"]) if keys else found
    limit.check(path.name, numbers.num_rows, numbers.num_columns)
    if not numbers.num_rows or not numbers.num_columns:
        raise BadData(f"{path.name}: contains no rows.")
    vectors, holes = vector_columns.wide(numbers, path.name)
    items = pd.DataFrame({"key": keys} if keys else {}, index=pd.RangeIndex(len(vectors)))
    if keys:
        notes.append("The first column contains distinct whole numbers; they are used as ids of the rows.")
    return ParsedFile(vectors, items, path.stem, "projector", None, notes, holes)


def _entries(path: Path) -> dict[str, dict[str, Any]]:
    """The embeddings of a config by name. Raises BadData if it is not a config."""
    if path.stat().st_size > CONFIG_BYTES:
        raise BadData(f"{path.name}: {path.stat().st_size:,} bytes; a projector_config.json is far smaller.")
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    config = json.loads(text) if text.lstrip().startswith("{") else _protobuf(text)
    listed = config.get("embeddings") if isinstance(config, dict) else None
    if not isinstance(listed, list) or not listed or not all(isinstance(entry, dict) for entry in listed):
        raise BadData(f'{path.name}: has no list "embeddings", so it is not a projector_config.json.')
    listed = [{_camel(name): value for name, value in entry.items()} for entry in listed]
    names = delimited.unique([str(entry.get("tensorName") or "embedding") for entry in listed], "embedding")
    return dict(zip(names, listed, strict=True))


def _protobuf(text: str) -> dict[str, Any]:
    """Convert a projector_config.pbtxt (text protobuf) to the equivalent JSON."""
    text = re.sub(r"(?m)^\s*#.*$", "", text)
    entries = []
    for block in _BLOCK.findall(text):
        entry: dict[str, Any] = dict(_TEXT_FIELD.findall(block))
        shape = [int(number) for number in _SHAPE.findall(block)]
        entries.append(entry | ({"tensor_shape": shape} if shape else {}))
    return {"embeddings": entries}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _embedding(path: Path, entry: dict[str, Any], limit: Limits) -> ParsedFile:
    if not entry.get("tensorPath"):
        raise BadData(
            f"{path.name}: an embedding has no tensorPath; its vectors are in a checkpoint. Save them as tensors.tsv, "
            "one row of numbers a line, and give that file with the metadata."
        )
    source = _beside(path, entry.get("tensorPath"), "tensorPath")
    shape = entry.get("tensorShape")
    metadata = (
        _metadata(_beside(path, entry["metadataPath"], "metadataPath"), limit) if entry.get("metadataPath") else None
    )
    with decompressed(source, limit) as file:
        # like projector.tensorflow.org, treat the file as raw numbers unless its suffix says otherwise
        if source.suffix in (".tsv", ".txt"):
            found = _tensors(file, limit, keyed=False)
        else:
            found = raw(
                file, shape, limit, None if metadata is None else len(metadata), metadata.name if metadata else ""
            )
    assert found.vectors is not None
    if shape is not None and list(found.vectors.shape) != shape and not limit.first:
        found.notes.append(f"{path.name} declares the shape {shape}, but the tensor has {list(found.vectors.shape)}.")
    parsed = ParsedFile(found.vectors, found.items, str(entry.get("tensorName")), "projector-config", None, found.notes,
                      found.holes)  # fmt: skip
    if metadata is None:
        return parsed
    if metadata.items.shape[1] == 1 and len(metadata) == len(found) - 1:
        # the projector's rule: a single column has no header
        metadata = _metadata(_beside(path, entry["metadataPath"], "metadataPath"), limit, header=False)
    items, header = align_rows(metadata, len(found), path.name)
    return replace(parsed, items=items, notes=[*parsed.notes, *metadata.notes, *(f"The {what}." for what in header)])


def _metadata(path: Path, limit: Limits, header: bool | None = None) -> ParsedFile:
    with decompressed(path, limit) as file:
        metadata = tabular.read(file, "tsv", "", limit, header)
    items = metadata.items
    if text_encoding.is_escaped(path):
        texts = [name for name in items if pd.api.types.is_string_dtype(items[name])]
        items = items.assign(**{name: text_encoding.unescape(items[name].fillna("").tolist()) for name in texts})
    return replace(metadata, items=items, name=path.name, notes=[])


def raw(path: Path, shape: Any, limit: Limits, rows: int | None = None, labels: str = "") -> ParsedFile:
    """Read raw float32 numbers. shape: [rows, dimensions], or None to use the number of labels as rows.

    Raises BadData if the size of the file does not match.
    """
    size = path.stat().st_size
    if shape is None and rows:
        if size % (4 * rows):
            raise BadData(
                f"{path.name}: has {size:,} bytes, which are not the same number of float32 for each of the {rows:,} "
                f"rows of {labels}. Give the projector_config.json that says its tensorShape."
            )
        shape = [rows, size // (4 * rows)]
    if not (isinstance(shape, list) and len(shape) == 2 and all(isinstance(size, int) and size > 0 for size in shape)):
        raise BadData(
            f"{path.name}: raw floats; give the labels too, one per line, or a projector_config.json that says the "
            "tensorShape, [rows, dimensions]."
        )
    rows, dims = shape
    limit.check(path.name, rows, dims)
    if size != 4 * rows * dims:
        raise BadData(f"{path.name}: has {size:,} bytes; {rows:,} x {dims:,} of float32 are {4 * rows * dims:,}.")
    vectors = float32(np.asarray(np.memmap(path, "<f4", "r", shape=(rows, dims))), path.name)
    return ParsedFile(vectors, pd.DataFrame(index=pd.RangeIndex(rows)), path.stem, "bytes")


def _beside_config(path: Path, limit: Limits) -> ParsedFile:
    config = path.with_name(CONFIG)
    entries = _entries(config).values() if config.is_file() and not config.is_symlink() else []
    named = [entry for entry in entries if entry.get("tensorPath") == path.name]
    return raw(path, named[0].get("tensorShape") if named else None, limit)


def _beside(config: Path, named: Any, what: str) -> Path:
    """A file named in a config, which must be in the folder of the config or below. Raises BadData for any other."""
    if not isinstance(named, str) or not named or "\0" in named:
        raise BadData(f"{config.name}: an embedding has no {what}.")
    if "://" in named:
        raise BadData(f"{config.name}: {what} is {named!r}; nothing is downloaded. Put the file beside the config.")
    place = PurePosixPath(named)
    if place.is_absolute() or ".." in place.parts or "\\" in named:
        raise BadData(f"{config.name}: {what} {named!r} points outside its folder. Put the file beside the config.")
    path = config.parent / named
    if not path.resolve().is_relative_to(config.parent.resolve()):
        raise BadData(f"{config.name}: {what} {named!r} is a link that points outside its folder.")
    if not path.is_file():
        raise BadData(f"{config.name}: {what} names {named!r}, which is missing. Provide it too.")
    return path
