"""An embedding from objects of Python: arrays, tables, dictionaries, and gensim's KeyedVectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from explorer.core.embedding import Embedding
from explorer.errors import BadData
from explorer.formats.parsed_file import ParsedFile, float32
from explorer.importing.build import build


def from_arrays(vectors: Any, items: Any = None) -> Embedding:
    """Build an embedding from arrays, for example in a notebook.

    vectors: (n, d) numbers, whose rows have keys if they are a dictionary key -> vector, a table or series of pandas
    with an index of texts, or KeyedVectors of gensim. items: a table of metadata (of pandas, polars or pyarrow), a list
    of objects, a dictionary of columns, a list of keys, or None to name rows by their numbers. Metadata is joined as
    for files: by key if the vectors have keys and a column contains them, else row by row. Duplicate keys are numbered,
    which the manifest notes. Raises BadData.

    >>> import numpy as np
    >>> from_arrays(np.eye(3), ["a", "b", "b"]).items.key.tolist()
    ['a', 'b', 'b (2)']
    >>> from_arrays({"a": [0, 1], "b": [1, 0]}, {"word": ["b", "a"], "size": [2, 1]}).items["size"].tolist()
    [1, 2]
    >>> from_arrays(np.eye(3), ["a", "b"])
    Traceback (most recent call last):
    explorer.errors.BadData: The number of vectors (3) must match the number of items (2).
    """
    keys, rows = _keyed(vectors)
    array = float32(_array(rows), "vectors")
    table = _table(items)
    if keys is not None:
        read = ParsedFile(array, pd.DataFrame({"key": keys}), "arrays", "arrays")
        return build(read, None if table is None else ParsedFile(None, table, "items", "arrays"))
    if table is None:
        table = pd.DataFrame(index=pd.RangeIndex(len(array)))
    if len(table) != len(array):
        raise BadData(f"The number of vectors ({len(array):,}) must match the number of items ({len(table):,}).")
    return build(ParsedFile(array, table, "arrays", "arrays"))


def _keyed(vectors: Any) -> tuple[list[Any] | None, Any]:
    """The keys of the vectors, if they have any, and their rows."""
    if isinstance(vectors, Mapping):
        return list(vectors), list(vectors.values())
    if hasattr(vectors, "index_to_key"):
        return list(vectors.index_to_key), vectors.vectors
    if isinstance(vectors, pd.DataFrame | pd.Series):
        rows = vectors.to_numpy() if isinstance(vectors, pd.DataFrame) else vectors.tolist()
        return (vectors.index.tolist() if _names_rows(vectors.index) else None), rows
    return None, vectors


def _array(rows: Any) -> np.ndarray:
    if hasattr(rows, "toarray"):
        raise BadData(f"vectors: a sparse matrix of shape {rows.shape}. Give its numbers: vectors.toarray()")
    try:
        return np.asarray(rows)
    except (ValueError, RuntimeError, TypeError) as error:
        how = "vectors.detach().cpu().numpy()" if hasattr(rows, "detach") else "lists of equal length"
        raise BadData(f"vectors: no matrix of numbers ({str(error)[:200]}). Give {how}.") from error


def _table(items: Any) -> pd.DataFrame | None:
    """Metadata as a table; an index of texts becomes its first column."""
    if items is None:
        return None
    if hasattr(items, "to_pandas"):
        items = items.to_pandas()
    if isinstance(items, pd.DataFrame):
        named = _names_rows(items.index) and str(items.index.name or "key") not in items
        table = items.reset_index(names=items.index.name or "key") if named else items.reset_index(drop=True)
    elif isinstance(items, Mapping) or (isinstance(items, Sequence) and items and isinstance(items[0], Mapping)):
        try:
            table = pd.DataFrame(items)
        except ValueError as error:
            raise BadData(f"items: {error}. Give columns of equal length.") from error
    else:
        table = pd.DataFrame({"key": list(items)})
    return table.rename(columns=str)


def _names_rows(index: pd.Index) -> bool:
    return index.nlevels == 1 and pd.api.types.is_string_dtype(index.dtype) and bool(index.is_unique)
