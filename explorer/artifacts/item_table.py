"""The item table of an artifact, read from parquet."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def read_items(file: Path | IO[bytes]) -> pd.DataFrame:
    """The table of an artifact from its parquet file; rows with the same genres share one list.

    A million lists would take a second to make. Raises pyarrow.ArrowException for a file that is no such table.
    """
    table = pq.read_table(file)
    if "genres" not in table.column_names:
        return table.to_pandas()
    place = table.column_names.index("genres")
    items = table.remove_column(place).to_pandas()
    items.insert(place, "genres", _lists(table["genres"].combine_chunks()))
    return items


def _lists(column: pa.ListArray) -> np.ndarray:
    joined = pc.binary_join(column, "\n")
    if joined.null_count or pc.any(pc.match_substring(column.flatten(), "\n")).as_py():
        made = column.to_pylist()
        codes = np.arange(len(made))
    else:
        codes = joined.dictionary_encode().indices.to_numpy()
        made = column.take(pa.array(np.unique(codes, return_index=True)[1])).to_pylist()
    lists = np.empty(len(made), object)
    lists[:] = made
    return lists[codes]
