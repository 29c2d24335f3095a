"""TensorFlow's Embedding Projector: tensors.tsv, metadata.tsv, .bytes, and projector_config.json with several."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.errors import BadData
from explorer.formats import delimited, tabular, text_encoding, vector_columns
from explorer.formats.compression import plain
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error, float32
from explorer.formats.row_alignment import align_rows
from explorer.formats.rows import text_rows

if TYPE_CHECKING:
    from explorer.core.embedding import Embedding

CONFIG, TENSORS, METADATA = "projector_config.json", "tensors.tsv", "metadata.tsv"
CONFIG_BYTES = 1 << 24
LABELS = "|"  # between the labels of a cell


def read(path: Path, format: str, choice: str | None, limit: Limits) -> ParsedFile:
    """Vectors without keys, or, from a projector_config.json, those of the chosen embedding with its metadata.

    What the config names is looked for beside it, and nowhere else. Raises BadData.
    """
    with bad_data_on_error(path, format):
        if format == "projector":
            return _tensors(path, limit)
        if format == "bytes":
            return _beside_config(path, limit)
        entries = _entries(path)
        if choice is not None and choice not in entries:
            raise BadData(f"{path.name}: no embedding {choice!r}; there are: {', '.join(map(repr, entries))}.")
        return _embedding(path, entries[choice or next(iter(entries))], limit)


def choices(path: Path, format: str, limit: Limits) -> list[str]:
    """The embeddings of a projector_config.json. Raises BadData."""
    if format != "projector-config":
        return []
    with bad_data_on_error(path, format):
        return list(_entries(path))


def write(embedding: Embedding, folder: Path) -> list[Path]:
    """tensors.tsv, metadata.tsv and projector_config.json in a folder. Returns their paths.

    metadata.tsv has a header and a row for each item, the key first; with keys alone there is no header, as the
    projector wants it. The labels of an item stand in one cell, `Drama|War`. Tabs and ends of lines are escaped, see
    escaping, which the config notes too.
    """
    n, d = embedding.vectors.shape
    with (folder / TENSORS).open("wb") as file:
        file.writelines(text_rows(embedding.vectors, "\t"))
    cells = {name: [cell(part) for part in embedding.items[name]] for name in ("key", *_others(embedding))}
    flat = [cell for column in cells.values() for cell in column]
    made, done = text_encoding.escaped(flat, text_encoding.CONTROLS)
    rows = zip(*(made[start : start + n] for start in range(0, len(made), n)), strict=True)
    header = [tuple(text_encoding.escaped(list(cells), text_encoding.CONTROLS)[0])] if len(cells) > 1 else []
    text = "".join("\t".join(row) + "\n" for row in [*header, *rows])
    (folder / METADATA).write_bytes(text.encode())
    entry = {"tensorName": embedding.name, "tensorShape": [n, d], "tensorPath": TENSORS, "metadataPath": METADATA}
    config = {"embeddings": [entry]}
    (folder / CONFIG).write_text(json.dumps(config, indent=1), encoding="utf-8")
    return [folder / CONFIG, folder / TENSORS, folder / METADATA, *text_encoding.say(folder / METADATA, done)]


def _others(embedding: Embedding) -> list[str]:
    return [str(name) for name in embedding.items if name != "key"]


def cell(cell: Any) -> str:
    if isinstance(cell, list | tuple | np.ndarray):
        return LABELS.join(map(str, cell))
    return "" if pd.isna(cell) else str(cell)


def _tensors(path: Path, limit: Limits) -> ParsedFile:
    notes: list[str] = []
    found = delimited.read(path, "\t", limit, notes, header=False)
    limit.check(path.name, found.num_rows, found.num_columns)
    if not found.num_rows:
        raise BadData(f"{path.name}: holds no rows.")
    vectors = vector_columns.wide(found, path.name)
    return ParsedFile(vectors, pd.DataFrame(index=pd.RangeIndex(len(vectors))), path.stem, "projector")


def _entries(path: Path) -> dict[str, dict[str, Any]]:
    """The embeddings of a config by name. Raises BadData where it is none."""
    if path.stat().st_size > CONFIG_BYTES:
        raise BadData(f"{path.name}: {path.stat().st_size:,} bytes; a projector_config.json is far smaller.")
    config = json.loads(path.read_text(encoding="utf-8-sig"))
    listed = config.get("embeddings") if isinstance(config, dict) else None
    if not isinstance(listed, list) or not listed or not all(isinstance(entry, dict) for entry in listed):
        raise BadData(f'{path.name}: no list of "embeddings", as a projector_config.json has.')
    names = delimited.unique([str(entry.get("tensorName") or "embedding") for entry in listed], "embedding")
    return dict(zip(names, listed, strict=True))


def _embedding(path: Path, entry: dict[str, Any], limit: Limits) -> ParsedFile:
    source = _beside(path, entry.get("tensorPath"), "tensorPath")
    shape = entry.get("tensorShape")
    with plain(source, limit) as file:
        # what projector.tensorflow.org loads are raw numbers unless the name says otherwise
        found = _tensors(file, limit) if source.suffix in (".tsv", ".txt") else _raw(file, shape, limit)
    if shape is not None and list(found.vectors.shape) != shape:  # type: ignore[union-attr]
        found.notes.append(f"{path.name} says the shape {shape}; it is {list(found.vectors.shape)}.")  # type: ignore[union-attr]
    if not entry.get("metadataPath"):
        return ParsedFile(
            found.vectors, found.items, str(entry.get("tensorName")), "projector-config", None, found.notes
        )
    facts = _metadata(_beside(path, entry["metadataPath"], "metadataPath"), len(found), limit)
    notes = [*found.notes, *facts.notes]
    return ParsedFile(found.vectors, facts.items, str(entry.get("tensorName")), "projector-config", None, notes)


def _metadata(path: Path, n: int, limit: Limits) -> ParsedFile:

    with plain(path, limit) as file:
        facts = tabular.read(file, "tsv", None, limit)
    facts = ParsedFile(None, facts.items, path.name, "tsv", None, [])
    items, header = align_rows(facts, n, path.name)
    if text_encoding.is_escaped(path):
        texts = [name for name in items if pd.api.types.is_string_dtype(items[name])]
        items = items.assign(**{name: text_encoding.plain(items[name].fillna("").tolist()) for name in texts})
    return ParsedFile(None, items, path.name, "tsv", None, [f"The {what}." for what in header])


def _raw(path: Path, shape: Any, limit: Limits) -> ParsedFile:
    if not (isinstance(shape, list) and len(shape) == 2 and all(isinstance(size, int) and size > 0 for size in shape)):
        raise BadData(f"{path.name}: raw numbers, of which the config must say the tensorShape, [rows, dimensions].")
    rows, dims = shape
    limit.check(path.name, rows, dims)
    size = path.stat().st_size
    if size != 4 * rows * dims:
        raise BadData(f"{path.name}: has {size:,} bytes; {rows:,} x {dims:,} of float32 are {4 * rows * dims:,}.")
    vectors = float32(np.asarray(np.memmap(path, "<f4", "r", shape=(rows, dims))), path.name)
    return ParsedFile(vectors, pd.DataFrame(index=pd.RangeIndex(rows)), path.stem, "bytes")


def _beside_config(path: Path, limit: Limits) -> ParsedFile:
    config = path.with_name(CONFIG)
    entries = _entries(config).values() if config.is_file() and not config.is_symlink() else []
    named = [entry for entry in entries if entry.get("tensorPath") == path.name]
    if not named:
        raise BadData(f"{path.name}: raw numbers; give the projector_config.json that says its tensorShape.")
    return _raw(path, named[0].get("tensorShape"), limit)


def _beside(config: Path, named: Any, what: str) -> Path:
    """A file that a config names, in its own folder or below. Raises BadData for any other."""
    if not isinstance(named, str) or not named or "\0" in named:
        raise BadData(f"{config.name}: an embedding has no {what}.")
    if "://" in named:
        raise BadData(f"{config.name}: {what} is {named!r}; nothing is fetched. Put the file beside the config.")
    place = PurePosixPath(named)
    if place.is_absolute() or ".." in place.parts or "\\" in named:
        raise BadData(f"{config.name}: {what} {named!r} leads out of its folder. Put the file beside the config.")
    path = config.parent / named
    if not path.resolve().is_relative_to(config.parent.resolve()):
        raise BadData(f"{config.name}: {what} {named!r} is a link that leads out of its folder.")
    if not path.is_file():
        raise BadData(f"{config.name}: {what} names {named!r}, which is not there. Give it too.")
    return path
