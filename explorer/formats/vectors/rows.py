"""Vectors as lines of text that parse to the same float32 values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BLOCK = 4096  # rows formatted at a time


def text_rows(vectors: np.ndarray, separator: str, first: Sequence[str] | None = None) -> Iterator[bytes]:
    """Yield blocks of lines, one vector each, in the fewest digits that identify the numbers. first: first cells."""
    for start in range(0, len(vectors), BLOCK):
        block = np.asarray(vectors[start : start + BLOCK], np.float32)
        cells = [pc.cast(pa.array(np.ascontiguousarray(column)), pa.string()) for column in block.T]
        if first is not None:
            cells.insert(0, pa.array(first[start : start + BLOCK], pa.string()))
        lines = pc.binary_join_element_wise(*cells, separator) if len(cells) > 1 else cells[0]
        yield ("\n".join(lines.to_pylist()) + "\n").encode()
