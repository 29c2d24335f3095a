"""Import and export of embeddings in the formats of other tools.

Readers never execute anything in a file: they load no pickle, build no model, and follow no link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import BadData, BadRequest
from explorer.formats.compression import decompressed
from explorer.formats.detect import detect
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error

if TYPE_CHECKING:
    from explorer.core.embedding import Embedding

__all__ = ["EXPORTS", "FORMATS", "Limits", "ParsedFile", "choices", "detect", "read", "write"]

FORMATS = {
    "word2vec": "word2vec text, and fastText .vec: a first line with the counts, then key and numbers",
    "word2vec-binary": "word2vec binary",
    "glove": "GloVe text: key and numbers, no first line",
    "npy": "numpy array (.npy)",
    "npz": "numpy arrays (.npz)",
    "projector": "Embedding Projector: tensors.tsv, numbers only",
    "projector-config": "Embedding Projector: projector_config.json or .pbtxt and the files it names",
    "bytes": "Embedding Projector: .bytes, numbers only, with a projector_config.json or labels",
    "keras": "Keras model (.keras)",
    "h5": "Keras model or weights (.h5)",
    "saved-model": "TensorFlow SavedModel (a folder, or its .zip)",
    "parquet": "parquet",
    "arrow": "Arrow or Feather",
    "csv": "CSV: commas, semicolons or |, decimal points or commas",
    "tsv": "TSV: metadata, or a table with vectors",
    "json": "JSON: a list of objects, {word: [numbers]}, or {column: [values]}",
    "jsonl": "JSON Lines",
    "safetensors": "safetensors",
    "folder": "a folder with files of these formats, or with the parts of one table",
    "zip": "an archive with files of these formats",
}
WHOLE = ("word2vec", "word2vec-binary", "glove", "npy", "projector")  # formats with one list of vectors
EXPORTS = {
    "word2vec": "word2vec text, which gensim and most other tools read",
    "word2vec-binary": "word2vec binary, smaller and faster to read",
    "gensim": "gensim's KeyedVectors.save: a pickle, which cannot be imported here",
    "projector": "Embedding Projector: a folder with tensors.tsv, metadata.tsv and projector_config.json",
    "parquet": "parquet with vectors, x, y and neighbors, as Embedding Atlas reads it",
    "csv": "CSV with one column per dimension",
    "npy": "a folder with vectors.npy and metadata.csv",
    "html": "the map as one HTML file that works offline",
}
_ENDINGS = {
    ".vec": "word2vec", ".txt": "word2vec", ".bin": "word2vec-binary", ".kv": "gensim", ".parquet": "parquet",
    ".csv": "csv", ".html": "html", ".htm": "html",
}  # fmt: skip
_READERS = {
    "word2vec": "vectors.word2vec", "word2vec-binary": "vectors.word2vec", "glove": "vectors.word2vec",
    "npy": "vectors.numpy_files", "npz": "vectors.numpy_files", "projector": "vectors.projector",
    "projector-config": "vectors.projector", "bytes": "vectors.projector", "keras": "vectors.keras_files",
    "h5": "vectors.keras_files", "saved-model": "vectors.tf_saved_model", "safetensors": "vectors.safetensors",
    "parquet": "tables.tabular", "arrow": "tables.tabular", "csv": "tables.tabular", "tsv": "tables.tabular",
    "json": "tables.tabular", "jsonl": "tables.tabular", "zip": "archives", "folder": "archives",
}  # fmt: skip


def read(
    path: str | Path,
    format: str | None = None,
    choice: str | None = None,
    limit: Limits | None = None,
    header: bool | None = None,
) -> ParsedFile:
    """Read vectors, metadata, or both from a file. A .gz is unpacked first.

    format: one of FORMATS; detected by default. choice: one of `choices`; by default the first; "" reads a
    table as metadata only. limit: limits on the size of the file. header: whether the first row of a text table names
    the columns; inferred by default. Raises BadData if the file is damaged, too large, or of an unknown format.
    """
    found = _ask("read", path, format, limit, choice, **({} if header is None else {"header": header}))
    return replace(found, path=Path(path))


def choices(path: str | Path, format: str | None = None, limit: Limits | None = None) -> list[str]:
    """Parts of a file that may be the vectors, the likeliest first; empty if there is no choice. Raises BadData.

    They are the arrays of an .npz, embeddings of a projector_config.json, layers of a Keras file, or columns of a
    table.
    """
    return _ask("choices", path, format, limit)


def export_format(path: str | Path) -> str:
    """The format of an export, one of EXPORTS, by the ending of a file name. Raises BadRequest for any other ending."""
    ending = Path(path).suffix.lower()
    if ending not in _ENDINGS:
        raise BadRequest(f"{path}: its ending does not name a format. Give --format: {', '.join(EXPORTS)}.")
    return _ENDINGS[ending]


def write(embedding: Embedding, format: str, path: str | Path) -> list[Path]:
    """Export an embedding in one of EXPORTS; returns the files. See export.write. Raises BadRequest."""
    from explorer.formats import export

    return export.write(embedding, format, path)


def named(path: str | Path) -> Path:
    """The path with a name: `.` and `..` as the folders that they stand for."""
    path = Path(path)
    return path if path.name not in ("", "..") else path.resolve()


def _ask(what: str, path: str | Path, format: str | None, limit: Limits | None, *more: Any, **how: Any) -> Any:
    path, limit = named(path), limit or Limits()
    if format is not None and format not in FORMATS:
        raise BadRequest(f"There is no format {format!r}. There are: {', '.join(FORMATS)}.")
    if not path.exists():
        raise BadData(f"{path}: no such file.")
    found = detect(path)
    format = format or found
    ask: Callable[..., Any] = getattr(import_module(f"explorer.formats.{_READERS[format]}"), what)
    if _READERS[format] != "tables.tabular":
        how, more = {}, tuple(option or None for option in more)
    if what == "read" and more[0] and format in WHOLE:
        raise BadRequest(
            f"{path.name}: there is nothing to choose in {FORMATS[format]}; leave out --choice {more[0]!r}."
        )
    if path.is_dir():
        return ask(path, format, *more, limit)
    with bad_data_on_error(path, format), decompressed(path, limit) as file:
        return ask(file, format, *more, limit, **how)
