"""Vectors and layouts as Arrow streams."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from explorer.core.embedding import Embedding

MEDIA_TYPE = "application/vnd.apache.arrow.stream"
BATCH = 2**22  # bytes of vectors sent at a time
AXES = ("x", "y", "z")


def vector_stream(embedding: Embedding) -> Iterator[bytes]:
    """Arrow stream of the key and vector of every item, in order; `vector` is a list of d float32."""
    d = embedding.vectors.shape[1]
    schema = pa.schema([("key", pa.string()), ("vector", pa.list_(pa.float32(), d))])
    rows = max(1, BATCH // (4 * d))
    out = io.BytesIO()
    with pa.ipc.new_stream(out, schema) as writer:
        for start in range(0, len(embedding), rows):
            some = np.ascontiguousarray(embedding.vectors[start : start + rows], np.float32)
            keys = pa.array(embedding.items["key"].iloc[start : start + rows], pa.string())
            vectors = pa.FixedSizeListArray.from_arrays(pa.array(some.ravel()), d)
            writer.write_batch(pa.record_batch([keys, vectors], schema=schema))
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def layout_stream(embedding: Embedding, method: str) -> bytes:
    """Arrow stream of the key and layout position of every item: x, y and, in three dimensions, z. Raises
    BadRequest.
    """
    places = embedding.layout(method)
    columns = {"key": pa.array(embedding.items["key"], pa.string())}
    columns |= {AXES[n]: pa.array(np.ascontiguousarray(places[:, n])) for n in range(places.shape[1])}
    table = pa.table(columns)
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()
