"""Builders of small files of twelve animals in four dimensions, and the comparison with the expected result."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.errors import ExplorerError
from explorer.formats.several import read_files
from explorer.importing.build import build
from explorer.importing.plan import guess

N = 12
D = 4
VECTORS = np.round(np.random.default_rng(7).standard_normal((N, D)), 4).astype(np.float32)
WORDS = ["ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "ibex", "jay", "koi", "lynx"]
LISTS = [[round(number, 4) for number in row] for row in VECTORS.tolist()]
FLOATS = pa.list_(pa.float32())
NAMED = {"keys": WORDS}  # without other expectations: these words and vectors
Case = tuple[dict[str, "str | bytes"], dict[str, Any]]  # files by name, and the expected result


def numbers(vector: Iterable[float], sign: str = " ") -> str:
    """A vector as text."""
    return sign.join(f"{number:.4f}" for number in vector)


def rows(keys: Sequence[str] = WORDS, a: str = " ", b: str = " ", end: str = "\n") -> str:
    """One line per item: key, `a`, then the numbers separated by `b`."""
    return "".join(f"{key}{a}{numbers(vector, b)}{end}" for key, vector in zip(keys, VECTORS, strict=True))


def npy(array: np.ndarray) -> bytes:
    """An array as .npy."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=array.dtype == object)
    return stream.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    """Arrays as .npz."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def safetensors(**arrays: np.ndarray) -> bytes:
    """Arrays of float32 as safetensors."""
    head, data = {}, b""
    for name, array in arrays.items():
        head[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    raw = json.dumps(head).encode()
    return len(raw).to_bytes(8, "little") + raw + data


def lines(documents: Iterable[Any]) -> str:
    """Records as JSON Lines."""
    return "".join(json.dumps(document) + "\n" for document in documents)


def parquet(table: Any, **options: Any) -> bytes:
    """A table or its columns as parquet."""
    stream = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), stream, **options)
    return stream.getvalue()


def zipped(**files: str | bytes) -> bytes:
    """A zip of files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def table(column: str, values: Iterable[object], head: str = "title") -> str:
    """CSV with one item column between the words and the dimensions."""
    names = ",".join(f"d{n}" for n in range(D))
    parts = zip(WORDS, values, VECTORS, strict=True)
    return f"{head},{column},{names}\n" + "".join(f"{word},{fact},{numbers(v, ',')}\n" for word, fact, v in parts)


def problems(case: Case, folder: Path) -> list[str]:
    """Differences from the expected result: error, keys, titles, vectors, columns, note or layout.

    error: pattern of the expected message. or_error: pattern of an acceptable one. Files in a folder are read as that
    folder. A column's kind may be several, as `number|text`.
    """
    files, want = case
    paths = list(dict.fromkeys(folder / name.partition("/")[0] for name in files))
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    try:
        read, metadata = read_files(paths)
        result = build(read, metadata, guess(read, metadata))
    except ExplorerError as error:
        pattern = want.get("error") or want.get("or_error")
        return [] if pattern and re.search(pattern, str(error)) else [f"stopped: {error}"]
    if "error" in want:
        return [f"imported {result.vectors.shape} {result.items['key'].tolist()}"]
    found = []
    vectors = want.get("vectors", VECTORS)
    if result.vectors.shape != vectors.shape or not np.allclose(result.vectors, vectors, atol=want.get("atol", 1e-4)):
        found.append(f"vectors {result.vectors.shape}")
    if result.items["key"].tolist() != want.get("keys", result.items["key"].tolist()):
        found.append(f"keys {result.items['key'].tolist()}")
    shown = result.items["title" if "title" in result.items else "key"].tolist()
    if shown != want.get("titles", shown):
        found.append(f"titles {shown}")
    notes = result.manifest["source"]["notes"]
    if not any(re.search(want.get("note", ""), note) for note in [*notes, *[""] * ("note" not in want)]):
        found.append(f"notes {notes}")
    if want.get("layout", "") not in ["", *result.layouts]:
        found.append(f"layouts {list(result.layouts)}")
    for name, (kind, *accepted) in want.get("cols", {}).items():
        if name not in result.items:
            found.append(f"no column {name!r}, only {list(result.items)}")
            continue
        if kind and result.schema[name].kind not in kind.split("|"):
            found.append(f"{name} is {result.schema[name].kind}")
        cells = [_plain(cell) for cell in result.items[name].tolist()]
        if not any(cells[: len(values or [])] == (values or []) for values in accepted):
            found.append(f"{name} holds {cells[:4]}")
    return found


def _plain(cell: Any) -> Any:
    """A cell as JSON; dates as ISO 8601."""
    if isinstance(cell, pd.Timestamp):
        return cell.strftime("%Y-%m-%d") if cell == cell.normalize() else cell.isoformat(timespec="microseconds")
    return None if not isinstance(cell, list) and pd.isna(cell) else cell


def cells(written: Callable[[list[float]], str]) -> str:
    """CSV whose quoted cells contain vectors."""
    body = "".join(f'{word},"{written(vector)}"\n' for word, vector in zip(WORDS, LISTS, strict=True))
    return f"title,embedding\n{body}"
