"""More users than one array should hold: a folder of parquet files, a row each, with their id in the source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.errors import BadData

COLUMNS = ("user", "vector", "bias")


def count(folder: Path, dimensions: int) -> int:
    """Number of users, every file read in batches and its numbers checked. Raises BadData with the file.

    folder: files *.parquet with `user` (any id), `vector` (list of `dimensions` floats) and `bias` (float).
    """
    total = 0
    for file in sorted(folder.iterdir()):
        try:
            parts = pq.ParquetFile(file)
            if tuple(parts.schema_arrow.names) != COLUMNS:
                found = ", ".join(parts.schema_arrow.names)
                raise BadData(f"{file}: columns {', '.join(COLUMNS)} expected, found {found}.")
            for batch in parts.iter_batches():
                _check(file, batch, dimensions)
                total += len(batch)
        except (pa.ArrowException, OSError) as error:
            raise BadData(f"{file}: not an intact parquet file ({str(error).splitlines()[0]}).") from error
    return total


def _check(file: Path, batch: pa.RecordBatch, dimensions: int) -> None:
    vectors, bias = batch.column("vector"), batch.column("bias")
    lengths = np.diff(np.asarray(vectors.offsets))
    if vectors.null_count or bias.null_count or (lengths != dimensions).any():
        raise BadData(f"{file}: each user needs a bias and a vector of {dimensions} numbers.")
    if not (np.isfinite(np.asarray(vectors.flatten())).all() and np.isfinite(np.asarray(bias)).all()):
        raise BadData(f"{file} holds numbers that are not finite. Train again.")
