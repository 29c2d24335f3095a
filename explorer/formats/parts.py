"""Tables split into several files, as by Spark and Hugging Face: `part-00000.parquet`, `train-00000-of-00002.csv`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from explorer.errors import BadData
from explorer.formats.compression import decompressed
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error
from explorer.formats.tables import tabular, vector_columns
from explorer.formats.vectors import numpy_files

TABLES = ("csv", "tsv", "json", "jsonl", "parquet", "arrow")
_NUMBERS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+")


def grouped(files: Sequence[Path], kinds: Sequence[str]) -> dict[Path, list[Path]]:
    """Group files that are parts of one table or matrix: first file -> all its parts. Their names differ in numbers."""
    groups: dict[tuple[Path, str, str], list[Path]] = {}
    for file, kind in zip(files, kinds, strict=True):
        pattern = _NUMBERS.sub("#", file.name) if kind in (*TABLES, "npy") else file.name
        parent = next(place for place in file.parents if "=" not in place.name)  # partitions: year=2001/part-0.parquet
        groups.setdefault((parent, pattern, kind), []).append(file)
    return {members[0]: sorted(members, key=_natural) for members in groups.values()}


def _natural(file: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", file.name)]


def read(files: Sequence[Path], kind: str, choice: str | None, limit: Limits, name: str) -> ParsedFile:
    """Read and concatenate files of one format. Raises BadData if their columns differ."""
    if kind == "npy":
        return replace(_arrays(files, limit, name), path=files[0])
    notes = [f"{len(files):,} parts were read as one table, {files[0].name} first."]
    found = table(files, kind, limit, notes)
    return replace(tabular.parsed(found, name, kind, choice, limit, notes), path=files[0])


def choices(files: Sequence[Path], kind: str, limit: Limits) -> list[str]:
    """Columns that may be the vectors."""
    return [] if kind == "npy" else vector_columns.choices(table(files, kind, limit, []))


def table(files: Sequence[Path], kind: str, limit: Limits, notes: list[str]) -> pa.Table:
    """Concatenated rows of all files. Raises BadData if a file has other columns than the first."""
    tables: list[pa.Table] = []
    for file in files:
        with bad_data_on_error(file, kind), decompressed(file, limit) as unpacked:
            part, _ = tabular.table(unpacked, kind, limit, notes)
        for name, _, value in (place.name.partition("=") for place in file.parents if "=" in place.name):
            if name not in part.column_names:
                part = part.append_column(name, pa.array([int(value) if value.isdecimal() else value] * len(part)))
        if tables and set(part.column_names) != set(tables[0].column_names):
            other = sorted(set(part.column_names) ^ set(tables[0].column_names))
            raise BadData(
                f"{file.name}: has other columns than {files[0].name}: {', '.join(other[:5])}. Give one of them."
            )
        tables.append(part)
        limit.check(files[0].name, sum(map(len, tables)), 1)
    with bad_data_on_error(files[0], kind):
        return pa.concat_tables([part.select(tables[0].column_names) for part in tables], promote_options="permissive")


def _arrays(files: Sequence[Path], limit: Limits, name: str) -> ParsedFile:
    found = [numpy_files.read(file, "npy", None, limit) for file in files]
    if any(part.vectors is None for part in found):
        raise BadData(f"{name}: {files[0].name} and its parts contain no vectors.")
    shapes = {part.vectors.shape[1] for part in found if part.vectors is not None}
    if len(shapes) > 1:
        raise BadData(f"{name}: the parts have {' and '.join(map(str, sorted(shapes)))} dimensions. Give one of them.")
    vectors = np.concatenate([part.vectors for part in found if part.vectors is not None])
    limit.check(name, *vectors.shape)
    notes = [f"{len(files):,} parts were read as one matrix, {files[0].name} first."]
    return ParsedFile(vectors, pd.DataFrame(index=pd.RangeIndex(len(vectors))), name, "npy", notes=notes)
