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
    """The table of an artifact from its parquet file; rows with the same labels share one list.

    A million lists would take a second to make. Raises pyarrow.ArrowException for a file that is no such table.
    """
    table = pq.read_table(file)
    listed = [n for n, field in enumerate(table.schema) if _of_texts(field.type)]
    items = table.drop_columns([table.column_names[n] for n in listed]).to_pandas()
    for place in listed:
        items.insert(place, table.column_names[place], _lists(table.column(place).combine_chunks()))
    return items


def _of_texts(kind: pa.DataType) -> bool:
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return lists and (pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))


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
