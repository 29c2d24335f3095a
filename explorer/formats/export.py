"""Export of embeddings for other programs; each file is written atomically."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.artifacts.replaced_file import file_to_replace
from explorer.core.embedding import Embedding
from explorer.errors import BadRequest
from explorer.formats import EXPORTS, text_encoding
from explorer.formats.vectors import projector, word2vec

NEIGHBORS = 15
FOLDERS = ("projector", "npy")


def write(embedding: Embedding, format: str, path: str | Path) -> list[Path]:
    """Export an embedding in one of EXPORTS; returns the files.

    path: a file, or a folder for `projector` and `npy`. Existing files are replaced; if the path is a symbolic link,
    the file it points to is replaced. Raises BadRequest for an unknown format, for a path that cannot be written or is
    a device, pipe or socket, and for `html` if the embedding has no layout.
    """
    path = Path(path)
    if format not in EXPORTS:
        raise BadRequest(f"There is no export format {format!r}. There are: {', '.join(EXPORTS)}.")
    if format not in FOLDERS and path.is_symlink():
        path = Path(os.path.realpath(path))  # files that belong to it are written beside it, not beside the link
        if path.is_symlink():
            raise BadRequest(f"{path} is a symbolic link that leads to itself. Choose another name.")
    if format not in FOLDERS and not path.is_dir():
        file_to_replace(path)
    folder = path if format in FOLDERS else path.parent
    if (format in FOLDERS and path.is_file()) or (format not in FOLDERS and path.is_dir()):
        raise BadRequest(f"{path} is a {'file' if path.is_file() else 'folder'}; {format} needs the other.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".explorer-", dir=folder) as beside:
            target = Path(beside) if format in FOLDERS else Path(beside) / path.name
            written = _WRITERS[format](embedding, target)
            if format.startswith("word2vec"):
                text_encoding.write_note(path, len(written) > 1)
            targets = [file_to_replace(folder / file.name) for file in written]
            return [Path(shutil.move(file, target)) for file, target in zip(written, targets, strict=True)]
    except OSError as error:
        raise BadRequest(f"{path} cannot be written: {error.strerror or error}. Choose another place.") from error


def _gensim(embedding: Embedding, path: Path) -> list[Path]:
    embedding.keyed_vectors.save(str(path))
    return sorted(path.parent.iterdir())


def _csv(embedding: Embedding, path: Path) -> list[Path]:
    d = embedding.vectors.shape[1]
    vectors = pd.DataFrame({f"dim_{place}": embedding.vectors[:, place] for place in range(d)})
    _write_csv(pd.concat([_flat(embedding, {*vectors, "x", "y"}), _plane(embedding), vectors], axis=1), path)
    return [path]


def _npy(embedding: Embedding, folder: Path) -> list[Path]:
    np.save(folder / "vectors.npy", embedding.vectors)
    _write_csv(_flat(embedding, set()), folder / "metadata.csv")
    return [folder / "vectors.npy", folder / "metadata.csv"]


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    # quote all texts: an unquoted carriage return in a title would start a new row
    table.to_csv(path, index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)


def _parquet(embedding: Embedding, path: Path) -> list[Path]:
    """Write parquet for Embedding Atlas: `--vector vector --x x --y y --neighbors neighbors`.

    neighbors: {ids, distances}, rows of the table and cosine distances, nearest first, without the item itself.
    """
    from explorer.core.search.knn import all_neighbors

    n, d = embedding.vectors.shape
    own = _renamed(embedding.items, {"vector", "x", "y", "neighbors"})
    table = pa.Table.from_pandas(own, preserve_index=False)
    flat = pa.array(np.ascontiguousarray(embedding.vectors).reshape(-1))
    table = table.append_column("vector", pa.FixedSizeListArray.from_arrays(flat, d).cast(pa.list_(pa.float32())))
    for name, column in _plane(embedding).items():
        table = table.append_column(str(name), pa.array(column))
    if n > 1:
        k = min(NEIGHBORS, n - 1)
        near, scores = all_neighbors(embedding.vectors, k)
        parts = [(1 - scores).astype(np.float32), near]
        distances, ids = (
            pa.ListArray.from_arrays(np.arange(n + 1, dtype=np.int32) * k, part.reshape(-1)) for part in parts
        )
        table = table.append_column("neighbors", pa.StructArray.from_arrays([ids, distances], ["ids", "distances"]))
    pq.write_table(table, path)
    return [path]


def _html(embedding: Embedding, path: Path) -> list[Path]:
    from explorer.figures import offline_html

    if embedding.plane is None:
        raise BadRequest(f"{embedding.name} has no map; make one: Map page, or the command `project`.")
    path.write_text(offline_html.page(embedding, embedding.plane), encoding="utf-8")
    return [path]


def _plane(embedding: Embedding) -> pd.DataFrame:
    if embedding.plane is None:
        return pd.DataFrame(index=embedding.items.index)
    return pd.DataFrame({"x": embedding.plane[:, 0], "y": embedding.plane[:, 1]})


def _flat(embedding: Embedding, taken: set[str]) -> pd.DataFrame:
    """The items as a table of plain cells; labels are joined by `|`."""
    items = _renamed(embedding.items, taken)
    lists = [name for name in items if items[name].dtype == object]
    return items.assign(**{name: projector.cells(items[name]) for name in lists})


def _renamed(items: pd.DataFrame, taken: set[str]) -> pd.DataFrame:
    """Rename columns whose names are taken by those of the vectors."""
    return items.rename(columns={name: f"{name} (column)" for name in items if name in taken})


_WRITERS: dict[str, Callable[[Embedding, Path], list[Path]]] = {
    "word2vec": lambda embedding, path: word2vec.write(embedding, path, binary=False),
    "word2vec-binary": lambda embedding, path: word2vec.write(embedding, path, binary=True),
    "gensim": _gensim,
    "projector": projector.write,
    "parquet": _parquet,
    "csv": _csv,
    "npy": _npy,
    "html": _html,
}
